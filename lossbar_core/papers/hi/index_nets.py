"""One network of HI section 5, trained or at random, and all that its Hessian says: what the index items share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn

from lossbar_core.datasets import Dataset, load
from lossbar_core.hessians import (
    Index,
    descent_test,
    exact_hessian,
    index_curve,
    index_of,
    layer_indexes,
    lowest_pair,
    spectrum_of,
)
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP, cnn_552
from lossbar_core.papers.base import Result
from lossbar_core.training import SGD, Adam, initial_vectors, train_ensemble

HIDDEN = {"2mlp": (10,), "3mlp": (10, 10)}  # section 5.1
CLASSES = 10
SHARES = np.logspace(-16, -1, 31)  # thresholds, as shares of the largest eigenvalue
STEPS = np.logspace(-4, -1, 13)  # of the descent test, as lengths in parameter space


@dataclass(frozen=True)
class IndexTask:
    """A network of section 5.1 and where its Hessian is taken.

    Attributes
    ----------
    network : {"2mlp", "3mlp", "cnn"}
    dataset : str
    trained : bool
        Else the parameters are PyTorch's own random ones (section 5.5).
    run : int
    n_train : int or None
        Images; all where None. The Hessian is that of the loss on all of them.
    side : int
        Pixels a side: 14 pools 2 x 2 of them. The CNN needs 28.
    epochs : int
    rate : float
        Of SGD for the MLPs, of Adam for the CNN. The paper gives none of these numbers; ours are PyTorch's examples'.
    batch : int
    activation : str
        Not stated either; ReLU is the natural guess.
    standardise : bool
        Pixels with mean 0 and standard deviation 1, as in many a tutorial; else on [0, 1]. Not stated.
    route : str
        Of the Hessian in float32; "products" is what automatic differentiation gives.
    closely : bool
        Also the index of each layer's own block, and the descent along the lowest eigenvector.
    variant : str
        Of the data.
    seed : int
    """

    network: str
    dataset: str
    trained: bool
    run: int
    n_train: int | None
    side: int
    epochs: int
    rate: float
    batch: int = 64
    activation: str = "relu"
    standardise: bool = False
    route: str = "auto"
    closely: bool = False
    variant: str = "any"
    seed: int = 0

    @property
    def number(self) -> int:
        """Seed of the parameters and of the order of mini-batches."""
        return 1000 * self.seed + self.run


def module_of(task: IndexTask) -> nn.Module:
    """The network.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> task = IndexTask("3mlp", "mnist", False, 0, 100, 28, 1, 0.1)
    >>> n_parameters(module_of(task))
    8070
    """
    if task.network != "cnn":
        return MLP((task.side**2, *HIDDEN[task.network], CLASSES), task.activation)
    made = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}[task.activation]
    return nn.Sequential(*(made() if isinstance(part, nn.ReLU) else part for part in cnn_552()))


def data_of(task: IndexTask) -> Dataset:
    """The images; the last two sets stay in memory."""
    return _data(
        task.dataset,
        task.n_train,
        task.side,
        task.network != "cnn",
        task.standardise,
        task.variant,
        task.seed,
    )


@lru_cache(maxsize=2)
def _data(
    dataset: str, n_train: int | None, side: int, flat: bool, standardise: bool, variant: str, seed: int
) -> Dataset:
    size = side if side != 28 else None
    return load(
        dataset, n_train, size=size, variant=variant, flatten=flat, standardise=standardise, seed=seed
    )


def landscape_of(task: IndexTask, dtype: torch.dtype) -> Landscape:
    """The mean cross-entropy on the training images."""
    return Landscape(module_of(task), "cross_entropy", data_of(task).train, dtype=dtype)


def parameters_of(task: IndexTask, landscape: Landscape) -> Tensor:
    """Where the Hessian is taken, (M,) in float32: PyTorch's random start, trained where wanted."""
    if not task.trained:
        return initial_vectors(landscape, [task.number])[0]
    found = train_ensemble(
        landscape,
        [task.number],
        optimizer=Adam() if task.network == "cnn" else SGD(momentum=0.0),
        schedule=task.rate,
        epochs=task.epochs,
        batch=task.batch,
        batch_seed=task.number,
    )
    return found.thetas[0]


def measure(task: IndexTask) -> Result:
    """The index at one point: certain, as a function of the threshold, and as float32 without a threshold has it.

    Items that ask for the same point share it.

    Parameters
    ----------
    task : IndexTask

    Returns
    -------
    Result
        ``low`` and ``high`` hold the index; ``bound`` is the theorems' smallest, ``zeros`` the zeros that are known.
        ``at_threshold`` counts below minus 1e-8 of the largest eigenvalue; ``count32`` and ``count64`` all that come
        out negative in float32 and float64; ``null32`` those that float32 cannot tell from 0: closer than 1e-7 of the
        largest; ``exact32`` those that float32 has as 0 itself. ``loss``, ``accuracy``, ``gradient_norm``,
        ``largest``, ``lowest``, ``error``, ``unsure``. Arrays: ``eigenvalues`` (M,), ``shares`` and, for them,
        ``curve64`` and ``curve32``. With ``closely`` also
        ``layers_low`` and ``layers_high`` (layers,), the indexes of the blocks of single layers, and ``descent``
        (3, steps): measured and predicted change along the lowest eigenvector, and the lower of its two sides.
    """
    return _measured(task)


@lru_cache(maxsize=512)
def _measured(task: IndexTask) -> Result:
    torch.set_num_threads(1)  # one task a core is faster than two threads that wait for each other
    single = landscape_of(task, torch.float32)
    theta = parameters_of(task, single)
    double = landscape_of(task, torch.float64)
    rounded = spectrum_of(exact_hessian(single, theta, route=task.route))
    found = index_of(double, theta.double())
    accuracies = single.accuracies(theta[None])
    return Result(
        {
            **_counts(found),
            "count32": rounded.index(0.0),
            "exact32": int((rounded.eigenvalues == 0).sum()),
            "loss": found.loss,
            "accuracy": float(accuracies[0]) if accuracies is not None else float("nan"),
            "gradient_norm": found.gradient_norm,
            "n_images": double.n_rows,
            "dimension": double.dimension,
            "data": data_of(task).variant,
        },
        {
            "eigenvalues": found.spectrum.eigenvalues,
            "shares": SHARES,
            "curve64": index_curve(found.spectrum, SHARES),
            "curve32": index_curve(rounded, SHARES),
            **(_closely(double, theta.double(), found) if task.closely else {}),
        },
    )


def _closely(landscape: Landscape, theta: Tensor, found: Index) -> dict[str, np.ndarray]:
    low, high = zip(*layer_indexes(found.hessian).values(), strict=True)
    value, vector = lowest_pair(found.hessian, found.spectrum)
    down = descent_test(landscape, theta, vector, value, STEPS)
    return {
        "layers_low": np.array(low),
        "layers_high": np.array(high),
        "descent": np.stack([down.measured, down.predicted, down.lower]),
    }


NOISE = 1e-7  # of the largest eigenvalue: float32 keeps 24 bits, so less is not seen beside it
THRESHOLD = 1e-8  # of the largest eigenvalue: the register's criterion


def _counts(found: Index) -> dict[str, float]:
    spectrum = found.spectrum
    small = np.abs(spectrum.eigenvalues) <= NOISE * spectrum.largest
    return {
        "low": found.low,
        "high": found.high,
        "bound": min(bound.value for bound in found.bounds),
        "zeros": found.zeros,
        "at_threshold": spectrum.relative_index(THRESHOLD),
        "count64": spectrum.index(0.0),
        "null32": int(small.sum()),
        "largest": spectrum.largest,
        "lowest": float(spectrum.eigenvalues[0]),
        "error": spectrum.error,
        "unsure": found.hessian.unsure_gates,
    }
