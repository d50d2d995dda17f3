"""FB-Fig2-left: lengths of strings against the level, on a cubic; and how far such lengths are from geodesics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.curvature.calibration import (
    RADIUS,
    Acrosses,
    Calibration,
    Shells,
    acrosses,
    calibrate,
    ring_geodesic,
    shells,
)
from lossbar_core.papers.fb.dss_sweep import mean_of
from lossbar_core.papers.fb.polynomial import CUBIC
from lossbar_core.papers.fb.strings import Strings, measure

MIDDLE = (0.14, 0.17)  # where the peak should be: register


@dataclass(frozen=True)
class Figure:
    """Levels of the cubic task; cells and pairs of the calibration."""

    levels: tuple[float, ...] = (0.1, 0.13, 0.15, 0.158, 0.18, 0.2)
    pairs: int = 10
    inputs: int = 200
    rate: float = 1e-3
    planes: tuple[str, ...] = ("ring", "bent", "valley", "product")
    cells: int = 700
    plane_pairs: int = 8
    dimensions: tuple[int, ...] = (2, 20, 200)
    seed: int = 0


Part = Strings | Calibration | Shells | Acrosses


def split(config: Figure) -> list[Part]:
    """Strings of the cubic, one part a level; then one a plane, the shells, and the pairs that cannot be joined.

    Examples
    --------
    >>> len(split(Figure()))
    12
    """
    strings: list[Part] = [
        Strings(CUBIC, level, config.pairs, inputs=config.inputs, rate=config.rate, seed=config.seed)
        for level in sorted(config.levels)
    ]
    planes = [
        Calibration(plane, config.cells, config.plane_pairs, seed=config.seed) for plane in config.planes
    ]
    others: list[Part] = [
        Shells(config.dimensions, pairs=config.plane_pairs, seed=config.seed),
        Acrosses(seed=config.seed),
    ]
    return [*strings, *planes, *others]


def task(part: Part) -> Result:
    """One part of the figure."""
    if isinstance(part, Strings):
        return measure(part)
    if isinstance(part, Calibration):
        return calibrate(part)
    return shells(part) if isinstance(part, Shells) else acrosses(part)


@sweep_item(
    "FB-Fig2-left",
    split=split,
    task=task,
    smoke=Figure(
        (0.1, 0.158, 0.2), 2, 50, 0.01, planes=("ring", "product"), cells=130, plane_pairs=2, dimensions=(2,)
    ),
    quick=Figure(),
)
def figure(config: Figure, results: Sequence[Result]) -> Result:
    """Figure 2, left: normalised lengths of strings on the cubic, and their calibration against geodesics.

    Parameters
    ----------
    config : Figure
    results : sequence of Result
        Of the parts, in their order.

    Returns
    -------
    Result
        ``peak_level``, ``peak_height`` of the mean length; ``over_lower``, ``over_upper``: the peak over the mean
        length at the nearest level on either side of 0.14 to 0.17; ``connected_share``. Of the calibration see
        `calibration_values`. Arrays: ``levels``, ``length``, ``straight_length`` (levels, pairs) with means, and
        ``<plane>_<array>`` of `calibrate`, ``shell_<array>`` of `shells`.
    """
    n = len(config.levels)
    strings, planes = results[:n], results[n : n + len(config.planes)]
    levels = np.array(sorted(config.levels))
    connected = np.stack([result.arrays["connected"] for result in strings])
    known = np.where(connected, 1.0, np.nan)
    arrays: dict[str, np.ndarray] = {"levels": levels, "connected": connected}
    for name in ("length", "straight_length"):
        arrays[name] = np.stack([result.arrays[name] for result in strings]) * known
        arrays[f"mean_{name}"] = mean_of(arrays[name])
    values = {"pairs": config.pairs, "connected_share": float(connected.mean())} | peak_values(
        levels, arrays["mean_length"]
    )
    for result in planes:
        arrays |= {f"{result.values['plane']}_{name}": array for name, array in result.arrays.items()}
    arrays |= {f"shell_{name}": array for name, array in results[-2].arrays.items()}
    values |= calibration_values(planes, results[-2]) | {"across": results[-1].values["certified"]}
    return Result(values, arrays)


def peak_values(levels: np.ndarray, length: np.ndarray) -> dict[str, float]:
    """The peak of a curve, and how high it stands over the nearest levels outside `MIDDLE`.

    Examples
    --------
    >>> peak_values(np.array([0.1, 0.158, 0.2]), np.array([1.5, 3.0, 1.0]))["over_lower"]
    2.0
    """
    peak = int(np.nanargmax(length))
    below, above = np.flatnonzero(levels < MIDDLE[0]), np.flatnonzero(levels > MIDDLE[1])
    return {
        "peak_level": float(levels[peak]),
        "peak_height": float(length[peak]),
        "over_lower": float(length[peak] / length[below[-1]]) if len(below) else float("nan"),
        "over_upper": float(length[peak] / length[above[0]]) if len(above) else float("nan"),
    }


def calibration_values(planes: Sequence[Result], shell: Result) -> dict[str, Any]:
    """How strings compare with geodesics, over all planes and levels.

    Returns
    -------
    dict
        ``ratio``: mean length of strings over geodesics, by the authors' rule; ``worst_ratio`` of a plane and level;
        ``least_ratio`` of a single string of any rule, below 1 by no more than the grid's error; ``ratios``: the mean,
        by rule; ``straight_ratios`` after straightening; ``lost``: strings not found, by rule; ``rank_correlation``
        of the normalised lengths of strings and geodesics; ``ring_error``: largest relative error of geodesics of the
        ring; ``strings``: number of strings by the authors' rule; ``shell_ratios`` by dimension.
    """
    ratio = [result.arrays["length"] / result.arrays["geodesic"] for result in planes]
    straight = [result.arrays["straight_length"] / result.arrays["geodesic"] for result in planes]
    code = np.concatenate([rows[0] for rows in ratio])
    normal = np.concatenate([result.arrays["geodesic"] / result.arrays["chord"] for result in planes])
    lengths = np.concatenate([result.arrays["length"][0] / result.arrays["chord"] for result in planes])
    found = np.isfinite(lengths)
    return {
        "ratio": float(np.nanmean(code)),
        "worst_ratio": float(np.nanmax(mean_of(code))),
        "least_ratio": float(min(np.nanmin(rows) for rows in straight)),
        "ratios": [float(value) for value in np.nanmean(np.concatenate(ratio, axis=1), axis=(1, 2))],
        "straight_ratios": [
            float(value) for value in np.nanmean(np.concatenate(straight, axis=1), axis=(1, 2))
        ],
        "lost": [int(value) for value in np.isnan(np.concatenate(ratio, axis=1)).sum(axis=(1, 2))],
        "rank_correlation": float(spearmanr(lengths[found], normal[found]).statistic),
        "ring_error": max(
            (_ring_error(result) for result in planes if result.values["plane"] == "ring"),
            default=float("nan"),
        ),
        "strings": int(found.size),
        "shell_ratios": [float(value) for value in np.nanmean(shell.arrays["ratio"], axis=1)],
    }


def _ring_error(result: Result) -> float:
    """Largest relative error of the geodesics of the ring, which are known."""
    limits = result.values["tolerance"] * result.arrays["levels"]
    exact = np.array(
        [
            [ring_geodesic(RADIUS - limit**0.5, a, b) for a, b in pairs]
            for limit, pairs in zip(limits, result.arrays["ends"], strict=True)
        ]
    )
    return float(np.abs(result.arrays["geodesic"] / exact - 1).max())
