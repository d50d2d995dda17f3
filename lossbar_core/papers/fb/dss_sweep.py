"""FBF-quad and FBF-cubic: lengths and beads of strings against the level, for the two polynomial tasks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.polynomial import CUBIC, QUADRATIC, TASKS
from lossbar_core.papers.fb.printed import mean_gap, plotted
from lossbar_core.papers.fb.strings import Strings, joined, measure

QUICK_LEVELS = {
    "quadratic": (0.005, 0.01, 0.025, 0.05, 0.1),
    "cubic": (0.05, 0.1, 0.14, 0.15, 0.156, 0.158, 0.16, 0.164, 0.17, 0.2),
}
# Those of the plots; of the cubic's 25, those that were not read are filled in evenly.
PAPER_LEVELS = {
    "quadratic": (0.001, 0.0025, 0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.125),
    "cubic": (
        *(0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.12, 0.14, 0.15, 0.152, 0.154, 0.156, 0.158),
        *(0.16, 0.162, 0.164, 0.166, 0.168, 0.17, 0.18, 0.2, 0.22, 0.25, 0.28, 0.32),
    ),
}
TABLE = ("connected", "beads", "length", "full_length", "straight_length", "chord", "steps")
POWER_LAW_UP_TO = 0.14  # of the cubic's beads, as in the register: above, three beads are the least
STRAIGHT_FROM = 0.17
REFERENCE_LEVEL = 0.1  # with which the quadratic's lowest level is compared


@dataclass(frozen=True)
class LevelSweep:
    """Levels of one task; ``group`` pairs make one independent part of the computation."""

    task: str
    levels: tuple[float, ...]
    pairs: int = 20
    group: int = 20
    inputs: int = 200
    sampled: bool = False
    rate: float = 1e-3
    seed: int = 0


def profiles(task: str, smoke: tuple[float, ...], quick_pairs: int) -> dict[str, Any]:
    """The three settings of a task: ``sampled`` and 10,000 inputs are the authors'."""
    return {
        "smoke": LevelSweep(task, smoke, pairs=3, group=2, inputs=50, rate=0.01),
        "quick": LevelSweep(task, QUICK_LEVELS[task], pairs=quick_pairs),
        "paper": LevelSweep(task, PAPER_LEVELS[task], group=5, inputs=10_000, sampled=True),
    }


def split(config: LevelSweep) -> list[Strings]:
    """One part for each level and group of pairs, the lowest levels first: they take longest.

    Examples
    --------
    >>> len(split(LevelSweep("cubic", (0.1, 0.2), pairs=20, group=5)))
    8
    """
    return [
        Strings(
            TASKS[config.task],
            level,
            pairs=min(config.group, config.pairs - first),
            first_pair=first,
            inputs=config.inputs,
            sampled=config.sampled,
            rate=config.rate,
            seed=config.seed,
        )
        for level in sorted(config.levels)
        for first in range(0, config.pairs, config.group)
    ]


@sweep_item("FBF-quad", split=split, task=measure, **profiles("quadratic", (0.05, 0.1), quick_pairs=20))
def quadratic(config: LevelSweep, results: Sequence[Result]) -> Result:
    """Strings of :math:`f = 0.5 x^2 + 0.25 x + 0.1`: final text, quadratic task.

    Parameters
    ----------
    config : LevelSweep
    results : sequence of Result
        Of the parts, in their order.

    Returns
    -------
    Result
        ``length_drop``: mean length at the lowest level less that at 0.1; ``beads_monotone``, ``bead_slope`` of log
        beads against log level over all levels; see `sweep_table` for the others.
    """
    values, arrays = sweep_table(config, results)
    levels, length = arrays["levels"], arrays["mean_length"]
    reference = float(length[np.abs(levels - REFERENCE_LEVEL).argmin()])
    values |= {
        "length_drop": float(length[0]) - reference,
        "beads_monotone": bool((np.diff(arrays["mean_beads"]) < 0).all()),
        "bead_slope": power(levels, arrays["mean_beads"]),
        "bead_slope_low": power(levels[levels <= 0.01], arrays["mean_beads"][levels <= 0.01]),
        "constant_error": QUADRATIC.constant_error,
        "line_error": QUADRATIC.line_error,
    }
    return Result(values, arrays)


@sweep_item(
    "FBF-cubic", split=split, task=measure, **profiles("cubic", (0.1, 0.14, 0.158, 0.2), quick_pairs=10)
)
def cubic(config: LevelSweep, results: Sequence[Result]) -> Result:
    """Strings of :math:`f = 8 x^3 - 10 x^2 + 3 x`: final text, cubic task.

    Parameters
    ----------
    config : LevelSweep
    results : sequence of Result
        Of the parts, in their order.

    Returns
    -------
    Result
        ``peak_level`` and ``peak_height`` of the mean length, ``length_above``: the largest mean length from 0.17
        on, ``bead_slope`` up to 0.14; see `sweep_table` for the others.
    """
    values, arrays = sweep_table(config, results)
    levels, length = arrays["levels"], arrays["mean_length"]
    peak = int(np.nanargmax(length))
    low = levels <= POWER_LAW_UP_TO
    values |= {
        "peak_level": float(levels[peak]),
        "peak_height": float(length[peak]),
        "length_above": float(length[levels >= STRAIGHT_FROM].max(initial=-np.inf)),
        "bead_slope": power(levels[low], arrays["mean_beads"][low]),
        "constant_error": CUBIC.constant_error,
        "line_error": CUBIC.line_error,
    }
    return Result(values, arrays)


def sweep_table(
    config: LevelSweep, results: Sequence[Result]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What both tasks report: one row a level, one column a pair, means over the connected pairs.

    Returns
    -------
    values
        ``n_levels``, ``lowest_level``, ``pairs``, ``inputs``; ``connected_share`` of all pairs, ``stuck_starts``;
        ``straightening``: the largest relative loss of mean length by straightening; ``length_gap`` and
        ``bead_gap``: mean relative differences from the paper's plot, at the levels that both have.
    arrays
        ``levels``, `TABLE` (levels, pairs), and ``mean_``, ``std_`` of length and beads.
    """
    rows = len(results) // len(config.levels)
    grouped = [results[i : i + rows] for i in range(0, len(results), rows)]
    arrays = {name: np.stack([joined(part, name) for part in grouped]) for name in TABLE}
    arrays["levels"] = levels = np.array(sorted(config.levels))
    known = np.where(arrays["connected"], 1.0, np.nan)
    for name in ("length", "beads", "straight_length", "full_length"):
        arrays[f"mean_{name}"] = mean_of(arrays[name] * known)
        arrays[f"std_{name}"] = np.sqrt(
            mean_of((arrays[name] * known - arrays[f"mean_{name}"][:, None]) ** 2)
        )
    lengths, beads = plotted(config.task)
    saved = 1 - arrays["mean_straight_length"] / arrays["mean_length"]
    values = {
        "n_levels": len(levels),
        "lowest_level": float(levels[0]),
        "pairs": config.pairs,
        "inputs": config.inputs,
        "connected_share": float(arrays["connected"].mean()),
        "stuck_starts": sum(int(result.values["restarts"]) for result in results),
        "straightening": float(np.nanmax(saved)) if np.isfinite(saved).any() else float("nan"),
        "length_gap": float(mean_gap(levels, arrays["mean_length"], lengths)),
        "bead_gap": float(mean_gap(levels, arrays["mean_beads"], beads)),
    }
    return values, arrays


def mean_of(rows: np.ndarray) -> np.ndarray:
    """Means of rows without their NaN; NaN where nothing is left.

    Examples
    --------
    >>> mean_of(np.array([[1.0, np.nan], [np.nan, np.nan]]))
    array([ 1., nan])
    """
    known = np.isfinite(rows)
    count = known.sum(axis=-1)
    return np.divide(
        np.where(known, rows, 0.0).sum(axis=-1), count, out=np.full(count.shape, np.nan), where=count > 0
    )


def power(levels: np.ndarray, beads: np.ndarray) -> float:
    """Slope of log beads against log level; NaN from fewer than two levels.

    Examples
    --------
    >>> round(power(np.array([0.01, 0.04]), np.array([20.0, 10.0])), 3)
    -0.5
    """
    known = np.isfinite(beads)
    if known.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(levels[known]), np.log(beads[known]), 1)[0])
