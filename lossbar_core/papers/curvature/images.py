"""FBF-MNIST, FBF-CIFAR, FB-Fig2-right: lengths of strings between convolutional networks against the test error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.curvature.level_strings import Ends, LevelStrings, gathered, measure, trained_ends
from lossbar_core.papers.curvature.problems import Images
from lossbar_core.training import Adam, train_ensemble

EARLY = 1.5  # levels from so many times the lowest one on count as far from it: chosen here


@dataclass(frozen=True)
class ImageLevels:
    """Strings at several levels of the test error. ``further`` epochs of training look for the best error."""

    problem: Images
    levels: tuple[float, ...]
    pairs: int
    tolerance: float
    batch: int = 100
    end_rate: float = 1e-3
    epochs: int = 40
    rate: float = 1e-4
    bead_steps: int = 6000
    further: int = 10
    seed: int = 0


@dataclass(frozen=True)
class BestOf:
    """How low the test error gets when the ends of the lowest level are trained on."""

    ends: Ends
    epochs: int
    seed: int = 0


SMOKE = Images("mnist", n_train=300, n_test=200, channels=(2, 4), dense=16)
# The carried images; and the largest that two cores can pay in an hour. The paper's own sizes stand in the register.
MNIST: dict[str, Any] = {
    "smoke": ImageLevels(SMOKE, (70.0, 55.0), 2, 1.1, rate=1e-3, bead_steps=300, further=2),
    "quick": ImageLevels(Images("mnist"), (30.0, 15.0, 10.0), 2, 1.02, rate=2e-4, further=4),
    "paper": ImageLevels(
        Images("mnist", "full", 10_000, 2_000, channels=(16, 32), dense=256),
        (10.0, 6.0, 4.0, 3.0, 2.5),
        3,
        1.02,
    ),
}
CIFAR: dict[str, Any] = {
    "smoke": ImageLevels(
        Images("fashion-mnist", n_train=300, n_test=200, channels=(2, 4), dense=16), (70.0, 60.0), 2, 1.1,
        rate=1e-3, bead_steps=300, further=2,
    ),
    "quick": ImageLevels(
        Images("fashion-mnist"), (60.0, 40.0, 30.0, 23.0), 2, 1.1, batch=128, rate=2e-4, further=4
    ),
    "paper": ImageLevels(
        Images("cifar10", "full", 10_000, 2_000, side=16, channels=(16, 32), dense=256),
        (80.0, 65.0, 57.0, 52.0, 49.0), 3, 1.1, batch=128,
    ),
}  # fmt: skip


def ends_of(config: ImageLevels) -> Ends:
    """The networks of a configuration."""
    return Ends(
        config.problem,
        config.levels,
        config.pairs,
        config.end_rate,
        config.batch,
        config.epochs,
        seed=config.seed,
    )


def split(config: ImageLevels) -> list[LevelStrings | BestOf]:
    """One part a level, and one that looks for the best error.

    Examples
    --------
    >>> len(split(MNIST["smoke"]))
    3
    """
    ends = ends_of(config)
    strings = [
        LevelStrings(
            ends,
            level,
            tolerance=config.tolerance,
            rate=config.rate,
            bead_steps=config.bead_steps,
            seed=config.seed,
        )
        for level in config.levels
    ]
    return [*strings, BestOf(ends, config.further, config.seed)]


def task(part: LevelStrings | BestOf) -> Result:
    """Strings of a level, or the best error."""
    return measure(part) if isinstance(part, LevelStrings) else best_of(part)


def best_of(config: BestOf) -> Result:
    """Lowest test error of each network at the ends of so many further epochs.

    Returns
    -------
    Result
        ``best`` over all networks; array ``errors`` (networks,).
    """
    surface = config.ends.problem.surface()
    thetas, _ = trained_ends(config.ends)
    trained = train_ensemble(
        surface,
        range(len(thetas[-1])),
        schedule=config.ends.rate,
        epochs=config.epochs,
        batch=config.ends.batch,
        optimizer=Adam(),
        starts=thetas[-1],
        stop_at=0.0,  # so that the error is looked at after every epoch
        batch_seed=1000 * config.seed + len(thetas),
    )
    before = surface.losses(thetas[-1]).numpy()
    errors = np.minimum(before, np.nanmin(trained.history["full_loss"], axis=0))
    return Result({"best": float(errors.min())}, {"errors": errors})


@sweep_item("FBF-MNIST", split=split, task=task, **MNIST)
def mnist(config: ImageLevels, results: Sequence[Result]) -> Result:
    """Strings between convolutional networks on MNIST: final text, MNIST task.

    Parameters
    ----------
    config : ImageLevels
    results : sequence of Result
        Of the levels, then the best error.

    Returns
    -------
    Result
        As `curves`.
    """
    return Result(*curves(config, results))


@sweep_item("FB-Fig2-right", split=split, task=task, **MNIST)
def figure(config: ImageLevels, results: Sequence[Result]) -> Result:
    """The same strings as the draft's figure shows them: normalised length against the level.

    Parameters
    ----------
    config : ImageLevels
    results : sequence of Result

    Returns
    -------
    Result
        As `curves`.
    """
    return Result(*curves(config, results))


@sweep_item("FBF-CIFAR", split=split, task=task, **CIFAR)
def cifar(config: ImageLevels, results: Sequence[Result]) -> Result:
    """Strings between convolutional networks on CIFAR-10: final text, CIFAR-10 task.

    In quick Fashion-MNIST, which the package carries, stands for it: ``is_cifar`` tells.

    Parameters
    ----------
    config : ImageLevels
    results : sequence of Result
        Of the levels, then the best error.

    Returns
    -------
    Result
        As `curves`.
    """
    return Result(*curves(config, results))


def curves(config: ImageLevels, results: Sequence[Result]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What the items of this module report.

    Returns
    -------
    values
        Those of `level_strings.gathered`; ``best_error``, ``lowest_over_best``: the lowest level over it; ``falls``:
        levels whose mean length is below that of the next higher level; ``growth``: length at the lowest level less
        that at the highest; ``early_share`` of it that has come at levels of at least 1.5 times the lowest;
        ``is_cifar``, ``data``, ``side``, ``first_channels``, ``rows``.
    arrays
        Those of `level_strings.gathered`, and ``errors`` of the networks.
    """
    *levels, best = results
    values, arrays = gathered(levels)
    length = arrays["mean_length"][arrays["reached"].all(axis=1)]
    known = arrays["levels"][arrays["reached"].all(axis=1)]
    growth = float(length[-1] - length[0]) if len(length) else float("nan")
    early = length[known >= EARLY * values["lowest_level"]]
    values |= {
        "best_error": best.values["best"],
        "lowest_over_best": values["lowest_level"] / best.values["best"],
        "falls": int((np.diff(length) < 0).sum()),
        "growth": growth,
        "early_share": float(early.max(initial=length[0]) - length[0]) / growth
        if growth > 0
        else float("nan"),
        "is_cifar": config.problem.dataset == "cifar10",
        "side": config.problem.side,
        "first_channels": config.problem.channels[0],
        "rows": config.problem.surface().n_rows,
        "data": config.problem.data().variant,
    }
    return values, arrays | {"errors": best.arrays["errors"]}
