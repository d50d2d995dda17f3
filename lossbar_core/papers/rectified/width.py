"""FB-Cor2.5: the gap between the ends of a path and its top, against the number of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.rectified.bounded_path import bounded_path, compressions
from lossbar_core.papers.rectified.capacity import best_units, hash_of
from lossbar_core.papers.rectified.curve import flat
from lossbar_core.papers.rectified.regression import Regression, smooth_regression
from lossbar_core.paths import ElasticBand, Path

LEAST = 1e-16  # a gap that is 0 up to rounding
SMALL = 1e-9  # gaps below this do not count as falling
POINTS = 101  # on every piece of a path
MEASURED = ("end", "band", "built", "straight", "pivots", "half")


@dataclass(frozen=True)
class Widths:
    """``pairs`` of trained networks for each number of units, in R^``inputs``."""

    units: tuple[int, ...] = (2, 4, 8, 16, 32, 64)
    pairs: int = 4
    inputs: int = 2
    ridge: float = 1e-4
    pivots: int = 31
    steps: int = 150
    angle: float = 0.1
    shares: tuple[float, ...] = (0.5, 0.75)
    seed: int = 0


@dataclass(frozen=True)
class OneWidth:
    """All pairs of one number of units."""

    units: int
    config: Widths
    seed: int = 0


def split(config: Widths) -> list[OneWidth]:
    """One task for each number of units, the largest first."""
    return [OneWidth(units, config, config.seed) for units in sorted(config.units, reverse=True)]


def measure(task: OneWidth) -> Result:
    """Gaps of all pairs: elastic bands, and the path of the theorem.

    Parameters
    ----------
    task : OneWidth

    Returns
    -------
    Result
        Arrays (pairs,), over E Y^2: ``end``, the larger risk of both ends; ``band``, ``built`` and ``straight``: the
        top of a band, of the lowest path of the theorem and of the segment, each less ``end``. All three are read from
        one surface, which divides every unit by its norm. ``pivots`` and ``half``: the highest pivot of the band, at
        its end and after half of the steps (or where it had stopped by then), less ``end``.
    """
    torch.set_num_threads(1)
    config = task.config
    problem = smooth_regression(config.inputs, ridge=config.ridge, seed=config.seed)
    surface = problem.landscape(task.units)
    ends = [_trained(problem, task.units, hash_of(config.seed, end)) for end in range(2 * config.pairs)]
    pairs = [(_vector(*ends[2 * i]), _vector(*ends[2 * i + 1])) for i in range(config.pairs)]
    bands = ElasticBand(config.pivots, steps=config.steps, jitter=0.1, seed=config.seed).connect_many(
        surface, pairs
    )
    larger = np.array([float(surface.losses(torch.stack(pair)).max()) for pair in pairs])
    shares = torch.linspace(0, 1, POINTS, dtype=torch.float64)[:, None]
    straight = [float(surface.losses((1 - shares) * a + shares * b).max()) for a, b in pairs]
    built = [_built(problem, surface, ends[2 * i], ends[2 * i + 1], config) for i in range(config.pairs)]
    tops = {
        "band": [band.top for band in bands],
        "built": built,
        "straight": straight,
        "pivots": [_highest_pivot(band, config.steps) for band in bands],
        "half": [_highest_pivot(band, config.steps // 2) for band in bands],
    }
    return Result({}, {"end": larger, **{name: np.maximum(top - larger, 0) for name, top in tops.items()}})


def _highest_pivot(band: Path, steps: int) -> float:
    """Of a band after some steps; one that had stopped before is as it stopped."""
    tops = band.history["top"]
    return float(tops[min(steps, len(tops)) - 1])


def _trained(problem: Regression, units: int, seed: int) -> tuple[Tensor, Tensor]:
    """A local minimum of the risk."""
    inner, _ = best_units(problem, units, 1, seed)
    return inner, problem.best_outer(inner)


def _vector(inner: Tensor, outer: Tensor) -> Tensor:
    return torch.cat([inner.flatten(), outer])


def _built(
    problem: Regression,
    surface: AnalyticLandscape,
    start: tuple[Tensor, Tensor],
    end: tuple[Tensor, Tensor],
    config: Widths,
) -> float:
    """The lowest top over some numbers of kept units."""
    tops, units = [], len(start[1])
    for share in config.shares:
        kept = min(max(1, round(share * units)), units - 1)
        oracle, _ = best_units(problem, units - kept, 3, config.seed)
        sides = [compressions(problem, inner, kept, (config.angle,))[0] for inner, _ in (start, end)]
        first, last = ((inner.numpy(), outer[None].numpy()) for inner, outer in (start, end))
        placed = oracle.numpy(), problem.best_outer(oracle).numpy()
        path = bounded_path(first, last, (sides[0], sides[1]), placed)
        along = np.stack([flat(weights) for weights in path.sampled(POINTS)])
        tops.append(float(surface.losses(torch.from_numpy(along)).max()))
    return min(tops)


@sweep_item(
    "FB-Cor2.5",
    split=split,
    task=measure,
    smoke=Widths((2, 4, 8), pairs=2, steps=30, pivots=9),
    quick=Widths(),
    paper=Widths(pairs=20, steps=3000, pivots=61),
)
def gap_by_width(config: Widths, results: Sequence[Result]) -> Result:
    """The lowest gap found against the number of units: FB Corollary 2.5, in two dimensions.

    Parameters
    ----------
    config : Widths
    results : sequence of Result

    Returns
    -------
    Result
        ``exponent`` of the mean gap against m; ``rises``: neighbouring numbers of units at which the mean gap rises by
        more than two standard errors of the difference; ``first`` and ``last`` mean gap; ``straight_exponent`` and
        ``built_exponent`` of the other paths; ``band_wins``: share of the pairs whose band is below the built path.
        ``still_falls``: share by which the second half of the steps lowers the mean gap at the pivots of the bands,
        the largest of all widths, and ``falls_at``, that width. ``band_last``, ``pivots_last`` and ``built_last``: mean
        gaps at the largest width, of the bands with what lies between their pivots, without it, and of the built path.
        Arrays by m: ``units``, ``gap``, ``error``, ``band``, ``built``, ``straight``, ``end``, ``pivots``, ``half``.
    """
    ordered = sorted(zip(split(config), results, strict=True), key=lambda pair: pair[0].units)
    table = {name: np.stack([r.arrays[name] for _, r in ordered]) for name in MEASURED}
    gaps = np.minimum(table["band"], table["built"])
    units = np.array([task.units for task, _ in ordered])
    mean, error = gaps.mean(axis=1), gaps.std(axis=1, ddof=1) / np.sqrt(config.pairs)
    rise = np.diff(mean) > 2 * np.hypot(error[1:], error[:-1])
    means = {name: part.mean(axis=1) for name, part in table.items()}
    falls = 1 - (means["pivots"] + SMALL) / (means["half"] + SMALL)
    return Result(
        {
            "pairs": config.pairs,
            "largest_units": int(units.max()),
            "exponent": _power(units, mean),
            "rises": int(rise.sum()),
            "first": float(mean[0]),
            "last": float(mean[-1]),
            "straight_exponent": _power(units, means["straight"]),
            "built_exponent": _power(units, means["built"]),
            "band_wins": float((table["band"] < table["built"]).mean()),
            "still_falls": float(falls.max()),
            "falls_at": int(units[falls.argmax()]),
            **{f"{name}_last": float(means[name][-1]) for name in ("band", "pivots", "built")},
        },
        {"units": units, "gap": mean, "error": error, **means},
    )


def _power(units: np.ndarray, gaps: np.ndarray) -> float:
    return float(np.polyfit(np.log(units), np.log(np.maximum(gaps, LEAST)), 1)[0])
