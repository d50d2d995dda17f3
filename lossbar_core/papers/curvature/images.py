"""FBF-MNIST, FBF-CIFAR, FB-Fig2-right: lengths of strings between convolutional networks against the test error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.curvature.image_tasks import ImageLevels, split, task
from lossbar_core.papers.curvature.level_table import gathered
from lossbar_core.papers.curvature.problems import Images
from lossbar_core.papers.fb.dss_sweep import mean_of

EARLY = (
    2 / 3
)  # of the range of levels, from above: growth there is early, two thirds of it on a straight line
ERRORS = 2  # standard errors of paired differences by which a mean length must fall to count as falling

SMOKE = Images("mnist", n_train=300, n_test=200, channels=(2, 4), dense=16)
# The carried images; and the largest that two cores can pay in an hour. The paper's own sizes stand in the register.
MNIST: dict[str, Any] = {
    "smoke": ImageLevels(SMOKE, (70.0, 55.0), 2, 1.1, rate=1e-3, bead_steps=300, further=2),
    "quick": ImageLevels(Images("mnist", n_test=500), (30.0, 15.0, 10.0), 2, 1.02, rate=2e-4, further=4),
    "paper": ImageLevels(
        Images("mnist", "full", 10_000, 2_000, channels=(16, 32), dense=256), (10.0, 6.0, 4.0, 3.0, 2.5), 3, 1.02
    ),
}  # fmt: skip
CIFAR: dict[str, Any] = {
    "smoke": ImageLevels(
        Images("fashion-mnist", n_train=300, n_test=200, channels=(2, 4), dense=16), (70.0, 60.0), 2, 1.1,
        rate=1e-3, bead_steps=300, further=2,
    ),
    "quick": ImageLevels(
        Images("fashion-mnist", n_test=500), (60.0, 40.0, 30.0, 23.0), 2, 1.1, batch=128, rate=2e-4, further=4
    ),
    "paper": ImageLevels(
        Images("cifar10", "full", 10_000, 1_000, side=16, channels=(16, 32), dense=256),
        (80.0, 65.0, 57.0, 52.0, 49.0), 3, 1.1, batch=128,
    ),
}  # fmt: skip


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
        Those of `level_table.gathered`; ``best_error``, ``lowest_over_best``: the lowest level over it; ``falls``:
        see `falls`; ``growth``: mean length at the lowest level less that at the highest; ``early_share`` of it that
        has come in the upper two thirds of the range of levels;
        ``is_cifar``, ``data``, ``side``, ``first_channels``, ``rows``.
    arrays
        Those of `level_table.gathered`, and ``errors`` of the networks.
    """
    *levels, best = results
    values, arrays = gathered(levels)
    full = arrays["reached"].all(axis=1)
    length, known = arrays["mean_length"][full], arrays["levels"][full]
    growth = float(length[-1] - length[0]) if len(length) else float("nan")
    early = length[known >= known[0] - EARLY * (known[0] - known[-1])] if len(length) else length
    values |= {
        "best_error": best.values["best"],
        "lowest_over_best": values["lowest_level"] / best.values["best"],
        "falls": falls(arrays["length"][full]),
        "growth": growth,
        "early_share": float(early.max() - length[0]) / growth if growth > 0 else float("nan"),
        "is_cifar": config.problem.dataset == "cifar10",
        "side": config.problem.side,
        "first_channels": config.problem.channels[0],
        "rows": config.problem.surface().n_rows,
        "data": config.problem.data().variant,
    }
    return values, arrays | {"errors": best.arrays["errors"]}


def falls(length: np.ndarray) -> int:
    """Levels whose mean length is below that of the next higher level by more than two standard errors.

    Parameters
    ----------
    length : (levels, pairs) array
        The highest level first; the same pairs at every level, so that differences are paired. NaN where no string
        was found.

    Examples
    --------
    >>> falls(np.array([[1.2, 1.3, 1.25], [1.1, 1.2, 1.16], [1.1, 1.3, 1.1]]))
    1
    """
    step = np.diff(length, axis=0)
    known = np.isfinite(step)
    count = known.sum(axis=1)
    mean = mean_of(step)
    spread = np.sqrt(mean_of((step - mean[:, None]) ** 2) / np.maximum(count - 1, 1))
    return int((mean < -ERRORS * spread).sum())
