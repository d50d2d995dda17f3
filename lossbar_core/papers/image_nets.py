"""Networks trained on images, and paths between their minima: what items of three papers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import torch
from torch import nn

from lossbar_core.datasets import Dataset, load
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP, cnn
from lossbar_core.paths import Path, PathMethod, StraightLine
from lossbar_core.paths.profile import arc_lengths, subdivided
from lossbar_core.training import Adam, Cyclical, train_ensemble

CLASSES = 10
WITHIN = 4  # points inside each segment of a path: the alphas 0.2, 0.4, 0.6, 0.8 of TO section 2.7
STRAIGHT = 7  # points of a straight segment, with those inside: 31


@dataclass(frozen=True)
class Training:
    """Networks of one shape on images: ``hidden`` dense layers, or CNN-n-C where ``hidden`` is ("cnn", n, C).

    ``n_train`` None takes all rows, ``side`` 14 pools 28 x 28 pixels to 14 x 14. Adam with a cyclical rate, as in TO
    section 2.1, which gives no number: rates, batch, cycle and epochs were tuned here, until further cycles moved the
    losses of the minima by little against the tops of the paths between them. First values and the common order of
    mini-batches are those of the TO authors' code for convolutional networks.
    """

    dataset: str
    hidden: tuple[Any, ...]
    minima: int
    n_train: int | None
    side: int
    variant: str
    epochs: int
    batch: int = 100
    high: float = 3e-3
    low: float = 1e-5
    cycle: int = 20
    seed: int = 0

    @classmethod
    def part_of(cls, config: Any) -> Training:
        """What a configuration of paths says of the networks: all fields of the same name, but its batch is the paths'.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> Training.part_of(SimpleNamespace(
        ...     dataset="mnist", hidden=(8,), minima=2, n_train=50, side=14, variant="small", epochs=1, batch=7)).batch
        100
        """
        shared = {field.name for field in fields(cls)} & set(vars(config)) - {"batch"}
        return cls(**{name: getattr(config, name) for name in shared})


@dataclass(frozen=True, eq=False)
class Minima:
    """Trained networks and what they reach.

    Attributes
    ----------
    landscape : Landscape
        Mean cross-entropy of the training rows, without a penalty, float32.
    thetas : (K, M) tensor
    births : (K,) float64 array
        Training losses.
    accuracies, test_losses, test_accuracies : (K,) float64 arrays
    data : Dataset
    """

    landscape: Landscape
    thetas: torch.Tensor
    births: np.ndarray
    accuracies: np.ndarray
    test_losses: np.ndarray
    test_accuracies: np.ndarray
    data: Dataset


@lru_cache(maxsize=16)
def minima_of(config: Training) -> Minima:
    """Train the networks of a configuration, all at once; a process does it once."""
    convolutional = config.hidden[0] == "cnn"
    data = load(
        config.dataset,
        n_train=config.n_train,
        size=config.side,
        variant=config.variant,
        flatten=not convolutional,
        standardise=True,
        seed=config.seed,
    )
    module = network_of(config)
    landscape, test = (Landscape(module, "cross_entropy", rows) for rows in (data.train, data.test))
    seeds = [config.seed * config.minima + i for i in range(config.minima)]
    found = train_ensemble(
        landscape,
        seeds,
        optimizer=Adam(),
        schedule=Cyclical(config.low, config.high, half=config.cycle / 2),
        epochs=config.epochs,
        batch=config.batch,
        scheme="to",
        batch_seed=config.seed,
    )
    thetas = found.thetas
    return Minima(
        landscape,
        thetas,
        _numbers(landscape.losses(thetas)),
        _numbers(landscape.accuracies(thetas)),
        _numbers(test.losses(thetas)),
        _numbers(test.accuracies(thetas)),
        data,
    )


def network_of(config: Training) -> nn.Module:
    """The module of a configuration.

    Examples
    --------
    >>> network_of(Training("mnist", (32, 32), 2, 500, 28, "small", 20)).widths
    (784, 32, 32, 10)
    """
    if config.hidden[0] == "cnn":
        _, depth, channels = config.hidden
        return cnn(depth, channels, image=(1, config.side, config.side))
    return MLP((config.side**2, *config.hidden, CLASSES))


def _numbers(values: Any) -> np.ndarray:
    return np.asarray(values.double().cpu().numpy())


@dataclass(frozen=True, eq=False)
class Connected:
    """Paths between pairs of minima, with tables (K, K) of their tops, births on the diagonal.

    Attributes
    ----------
    pairs : list of (int, int)
    paths : list of Path
    tops : (K, K) array
        Highest loss on the path, `WITHIN` points inside each segment; infinite where the path failed.
    pivot_tops, straight_tops : (K, K) arrays
        Highest loss on the pivots alone, and on the straight segment between the minima.
    top_at : (pairs,) array
        Where the tops are, as shares of the lengths.
    """

    pairs: list[tuple[int, int]]
    paths: list[Path]
    tops: np.ndarray
    pivot_tops: np.ndarray
    straight_tops: np.ndarray
    top_at: np.ndarray

    @property
    def length(self) -> float:
        """Mean length of the paths over the distance of their ends."""
        return float(np.mean([path.normalised_length for path in self.paths]))

    @property
    def failures(self) -> int:
        """Paths that diverged."""
        return sum(path.failure is not None for path in self.paths)


def connected(
    minima: Minima, method: PathMethod, pairs: Sequence[tuple[int, int]] | None = None
) -> Connected:
    """Relax paths between all pairs of minima, or between those given, in one batch."""
    pairs = list(pairs or combinations(range(len(minima.thetas)), 2))
    ends = [(minima.thetas[a], minima.thetas[b]) for a, b in pairs]
    paths = method.connect_many(minima.landscape, ends)
    losses = [_losses_along(minima.landscape, path) for path in paths]
    good = [path.failure is None for path in paths]
    tops = [dense.max() if ok else np.inf for dense, ok in zip(losses, good, strict=True)]
    on_pivots = [dense[:: WITHIN + 1].max() if ok else np.inf for dense, ok in zip(losses, good, strict=True)]
    straight = StraightLine(STRAIGHT).connect_many(minima.landscape, ends)
    straight_tops = [_losses_along(minima.landscape, path).max() for path in straight]
    top_at = [_place(path, int(dense.argmax())) for path, dense in zip(paths, losses, strict=True)]
    return Connected(
        pairs,
        paths,
        as_table(minima.births, pairs, tops),
        as_table(minima.births, pairs, on_pivots),
        as_table(minima.births, pairs, straight_tops),
        np.array(top_at),
    )


def _losses_along(landscape: Landscape, path: Path) -> np.ndarray:
    """As `Path.profile`, without accuracies, which would cost as much again."""
    return _numbers(landscape.losses(subdivided(path.pivots, WITHIN)))


def _place(path: Path, index: int) -> float:
    """Share of the length at which a point of the dense chain lies."""
    lengths = arc_lengths(subdivided(path.pivots, WITHIN))
    return float(lengths[index] / lengths[-1])


def as_table(births: np.ndarray, pairs: Sequence[tuple[int, int]], values: Sequence[float]) -> np.ndarray:
    """A symmetric table (K, K) with births on its diagonal, infinite for pairs that are not there.

    Examples
    --------
    >>> as_table(np.array([0.0, 1.0]), [(0, 1)], [3.0]).tolist()
    [[0.0, 3.0], [3.0, 1.0]]
    """
    table = np.full((len(births), len(births)), np.inf)
    np.fill_diagonal(table, births)
    for (a, b), value in zip(pairs, values, strict=True):
        # Another batch may round the loss of an end otherwise.
        table[a, b] = table[b, a] = max(value, births[a], births[b])
    return table


@dataclass(frozen=True)
class Falling:
    """A rate that is constant for half of the steps and then falls linearly to 5 percent, chosen here.

    TO table D.5 falls to a sixteenth in the last tenth of 300 epochs; our runs are short.

    Examples
    --------
    >>> rate = Falling(0.1, 100)
    >>> rate(0), rate(50), round(rate(99), 3)
    (0.1, 0.1, 0.007)
    """

    rate: float
    steps: int

    def __call__(self, step: int) -> float:
        """Rate of a step, counted from 0."""
        return self.rate * min(1.0, 1 - 0.95 * (step / self.steps - 0.5) / 0.5)
