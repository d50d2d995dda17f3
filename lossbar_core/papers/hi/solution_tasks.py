"""Many trainings of the CNN with 552 parameters, and the directions in which its loss cannot change."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lossbar_core.alignment import balanced
from lossbar_core.datasets import Dataset, load
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import cnn_552
from lossbar_core.papers.base import Result
from lossbar_core.training import Adam, initial_vectors, train_ensemble

CLASSES = 10


@dataclass(frozen=True)
class SolutionTask:
    """Networks ``first`` to ``first + count - 1``: random starts of PyTorch, Adam with PyTorch's rate.

    HI gives neither rate nor batch nor epochs. The networks of a task share the order of the mini-batches.
    """

    first: int
    count: int
    n_train: int | None
    epochs: int
    batch: int
    rate: float
    dataset: str
    variant: str
    seed: int = 0


def landscape_of(task: SolutionTask) -> Landscape:
    """Mean cross-entropy on the training images, 28 x 28 pixels on [0, 1], float32."""
    return Landscape(cnn_552(), "cross_entropy", _data(task).train)


def _data(task: SolutionTask) -> Dataset:
    return load(task.dataset, n_train=task.n_train, variant=task.variant, flatten=False, seed=task.seed)


@lru_cache(maxsize=32)
def train(task: SolutionTask) -> Result:
    """Train the networks of a task; a process does it once.

    Parameters
    ----------
    task : SolutionTask

    Returns
    -------
    Result
        ``failures``, ``n_images``, ``data``, and ``entropy``, the loss of the best constant prediction. Arrays,
        float32: ``start`` and ``theta`` (P, 552), ``loss`` and ``accuracy`` (P,), ``canonical`` (P, 552).
    """
    torch.set_num_threads(1)  # one task a core is faster than two threads that wait for each other
    data = _data(task)
    landscape = landscape_of(task)
    seeds = [100_000 * task.seed + task.first + i for i in range(task.count)]
    found = train_ensemble(
        landscape,
        seeds,
        optimizer=Adam(),
        schedule=task.rate,
        epochs=task.epochs,
        batch=task.batch,
        batch_seed=seeds[0],
    )
    counts = np.bincount(data.train[1].numpy(), minlength=CLASSES) / len(data.train[1])
    entropy = float(-(counts[counts > 0] * np.log(counts[counts > 0])).sum())
    return Result(
        {
            "failures": sum(failure is not None for failure in found.failures),
            "n_images": landscape.n_rows,
            "data": data.variant,
            "entropy": entropy,
        },
        {
            "start": initial_vectors(landscape, seeds).numpy(),
            "theta": found.thetas.numpy(),
            "loss": found.losses.numpy(),
            "accuracy": np.asarray(found.accuracies),
            "canonical": torch.stack([canonical(landscape, theta) for theta in found.thetas]).numpy(),
        },
    )


def canonical(landscape: Landscape, theta: Tensor) -> Tensor:
    r"""One definite network among those that the symmetries of the CNN carry into each other.

    Softmax ignores what all classes have in common: the mean over classes is taken from the last layer, 50
    directions. ReLU and max-pooling let a positive factor pass: weights are balanced between the layers, 2 directions.
    Convolutions of one channel have no units to exchange, and ReLU has no signs to flip.

    Parameters
    ----------
    landscape : Landscape
        Of `cnn_552`.
    theta : (552,) tensor

    Returns
    -------
    (552,) tensor
        With the same losses.
    """
    centred = theta.clone()
    weights = centred[-500:-10].view(CLASSES, 49)
    weights -= weights.mean(dim=0)
    centred[-10:] -= centred[-10:].mean()
    return balanced(landscape, centred)
