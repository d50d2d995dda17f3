"""The networks of FB sections 4.2 and 4.3, smaller: what is trained on what, and what their level is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn

from lossbar_core.datasets import Dataset, load, load_text
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import LanguageModel
from lossbar_core.papers.curvature.measured import Measured
from lossbar_core.training.starts import initial_vectors

FILTER = 5  # side of the filters, as in the authors' code for MNIST and CIFAR-10
CLASSES = 10
WORD_SCALE = 0.1  # of a language model's first parameters, uniform: chosen here


@dataclass(frozen=True)
class Images:
    """Two convolutions with pools, a dense layer and a head, as for MNIST in the authors' code; the level is the test
    error in percent.

    Left out against the authors' code: dropout, the second softmax, response normalisation, random crops and the
    penalty on dense layers. ``side`` pools the pixels; the authors have 28 (MNIST) and crops of 24 (CIFAR-10).
    ``channels`` 32, 64 and ``dense`` 1024 are theirs for MNIST.
    """

    dataset: str
    variant: str = "small"
    n_train: int | None = None
    n_test: int | None = None
    side: int = 14
    channels: tuple[int, int] = (8, 16)
    dense: int = 128
    seed: int = 0

    def data(self) -> Dataset:
        """The images."""
        return _images(self)

    def surface(self) -> Measured:
        """Test error in percent, with the gradients of the mean cross-entropy of the training rows."""
        return _image_surface(self)

    def starts(self, numbers: range) -> Tensor:
        """First parameters (P, M), one a number, by the rules of torch's layers."""
        return initial_vectors(self.surface().trained, [_number(self.seed, i) for i in numbers])


@dataclass(frozen=True)
class Text:
    """An LSTM language model; the level is the perplexity of the test words.

    ``source`` "ptb" is the authors' text, for those who have it; ``width`` 200 and 2 layers are theirs, ``vocabulary``
    None takes all words. Their first parameters are not given: uniform on (-0.1, 0.1) here.
    """

    source: str = "alice"
    vocabulary: int | None = 500
    width: int = 64
    layers: int = 2
    length: int = 20
    seed: int = 0

    def data(self) -> Dataset:
        """The rows of words."""
        return load_text(self.source, length=self.length, vocabulary=self.vocabulary)

    def surface(self) -> Measured:
        """Perplexity of the test rows, with the gradients of the mean cross-entropy of the training rows."""
        return _text_surface(self)

    def starts(self, numbers: range) -> Tensor:
        """First parameters (P, M), one a number."""
        seeds = [_number(self.seed, i) for i in numbers]
        return WORD_SCALE * initial_vectors(self.surface().trained, seeds, "uniform")


def _number(seed: int, index: int) -> int:
    """A seed of its own for every network of every run."""
    return 1000 * seed + index


def convolutional(problem: Images, planes: int, side: int) -> nn.Sequential:
    """Convolution, ReLU, pool, twice; dense, ReLU; head. A pool halves the sides.

    Examples
    --------
    >>> convolutional(Images("mnist"), 1, 14)(torch.zeros(2, 1, 14, 14)).shape
    torch.Size([2, 10])
    """
    parts: list[nn.Module] = []
    for channels in problem.channels:
        parts += [nn.Conv2d(planes, channels, FILTER, padding=FILTER // 2), nn.ReLU(), nn.MaxPool2d(2)]
        planes, side = channels, side // 2
    parts += [nn.Flatten(), nn.Linear(planes * side * side, problem.dense), nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(problem.dense, CLASSES))


@lru_cache(maxsize=4)
def _images(problem: Images) -> Dataset:
    return load(
        problem.dataset,
        problem.n_train,
        problem.n_test,
        size=problem.side,
        variant=problem.variant,
        standardise=True,
        seed=problem.seed,
    )


@lru_cache(maxsize=4)
def _image_surface(problem: Images) -> Measured:
    data = problem.data()
    _, planes, side, _ = data.train.inputs.shape
    module = convolutional(problem, planes, side)
    trained, tested = (Landscape(module, "cross_entropy", rows) for rows in (data.train, data.test))

    def error(thetas: Tensor) -> Tensor:
        accuracies = tested.accuracies(thetas)
        assert accuracies is not None  # cross-entropy has one
        return 100 * (1 - accuracies)

    return Measured(trained, error, "test error in percent")


@lru_cache(maxsize=4)
def _text_surface(problem: Text) -> Measured:
    data = problem.data()
    module = LanguageModel(len(data.classes), problem.width, problem.layers)
    trained, tested = (Landscape(module, "cross_entropy", rows) for rows in (data.train, data.test))
    return Measured(trained, lambda thetas: tested.losses(thetas).exp(), "perplexity of the test words")


def unigram_perplexity(problem: Text) -> float:
    r"""Perplexity of the test words under the frequencies of the training words, :math:`e^{-\overline{\log p(w)}}`.

    What a model reaches that knows no order of words; each word is counted once more, so that none has frequency 0.

    Examples
    --------
    >>> 90 < unigram_perplexity(Text()) < 150
    True
    """
    data = problem.data()
    counts = torch.bincount(data.train.targets.flatten(), minlength=len(data.classes)) + 1
    log_share = (counts / counts.sum()).double().log()
    return float((-log_share[data.test.targets.flatten()].mean()).exp())
