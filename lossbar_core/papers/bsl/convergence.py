"""How the distance between two estimates falls with N: BSL section 4.1.2, equations (3), (4) and Figure 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.bsl.convergence_task import FUNCTIONS, CloudPair, cloud_pair
from lossbar_core.papers.bsl.rates import last_decade, onset_size, slope_between

NAMES = tuple(function.name for function in FUNCTIONS)
OF_THE_PAPER = NAMES[:3]  # the last one is a plane, which shows noise alone
MEASURED = {  # arrays of a task, and what one entry of each belongs to beside its function
    "distance": False,
    "distance_largest": False,
    "distance_filtered": False,
    "truth": True,
    "lowest": True,
    "n_bars": True,
}


@dataclass(frozen=True)
class Convergence:
    """``pairs`` pairs of clouds for each of ``dimensions`` and ``log_sizes`` = log10 N, joined to ``multiple`` * D.

    ``log_limits``, where given, holds the largest log10 N of each dimension. The graph is varied for the dimensions
    in ``varied_dimensions`` at ``varied_log_size`` on ``varied_pairs`` of the same clouds: ``multiples`` of D
    neighbours without a radius, and ``factors`` c of a radius c N^(-1/D) with ``multiple`` * D neighbours.
    """

    dimensions: tuple[int, ...] = (3, 4, 5, 6)
    log_sizes: tuple[float, ...] = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0)
    pairs: int = 20
    multiple: int = 2
    log_limits: tuple[float, ...] = ()
    varied_dimensions: tuple[int, ...] = (3, 4)
    varied_log_size: float = 5.0
    varied_pairs: int = 20
    multiples: tuple[int, ...] = (1, 2, 3, 4, 8)
    factors: tuple[float, ...] = (0.75, 1.0, 1.25, 1.5, 2.0)
    seed: int = 0


@dataclass(frozen=True)
class Consistency:
    """Pairs of clouds in one dimension at the smallest and at the largest N."""

    dimension: int = 3
    log_sizes: tuple[float, float] = (3.0, 7.0)
    pairs: int = 20
    multiple: int = 2
    seed: int = 0


SMOKE: dict[str, Any] = {"dimensions": (3, 4), "log_sizes": (2.0, 2.5, 3.0), "pairs": 3}
VARIED_SMOKE: dict[str, Any] = {
    "varied_log_size": 2.5,
    "varied_pairs": 2,
    "multiples": (1, 2),
    "factors": (1.0,),
}
QUICK: dict[str, Any] = {"log_sizes": (3.0, 3.5, 4.0, 4.5, 5.0), "pairs": 8}
VARIED_QUICK: dict[str, Any] = {"varied_log_size": 4.0, "varied_pairs": 8}


def main_task(config: Convergence, d: int, log_size: float, pair: int) -> CloudPair:
    """The task of a point of Figure 6."""
    return CloudPair(d, round(10**log_size), pair, config.multiple, 0.0, config.seed)


def sizes_of(config: Convergence, d: int) -> tuple[float, ...]:
    """The log10 N that are run in a dimension.

    Raises
    ------
    ValueError
        If limits are given, but not one a dimension.
    """
    if not config.log_limits:
        return config.log_sizes
    if len(config.log_limits) != len(config.dimensions):
        raise ValueError(
            f"expected one of log_limits a dimension ({len(config.dimensions)}), got {len(config.log_limits)}; "
            "leave them empty for no limits"
        )
    limit = config.log_limits[config.dimensions.index(d)]
    return tuple(size for size in config.log_sizes if size <= limit)


def varied_tasks(config: Convergence) -> dict[tuple[str, int, float, int], CloudPair]:
    """Tasks with other graphs, by what is varied, dimension, its value and the pair."""
    tasks: dict[tuple[str, int, float, int], CloudPair] = {}
    for d in config.varied_dimensions:
        for pair in range(config.varied_pairs):
            n = round(10**config.varied_log_size)
            for m in config.multiples:
                tasks["multiples", d, m, pair] = CloudPair(d, n, pair, m, 0.0, config.seed)
            for c in config.factors:
                tasks["factors", d, c, pair] = CloudPair(d, n, pair, config.multiple, c, config.seed)
    return tasks


def split(config: Convergence) -> list[CloudPair]:
    """All tasks, small clouds first, so that every curve grows while the sweep runs; none twice."""
    tasks = [
        main_task(config, d, size, pair)
        for d in config.dimensions
        for size in sizes_of(config, d)
        for pair in range(config.pairs)
    ]
    return sorted(dict.fromkeys([*tasks, *varied_tasks(config).values()]), key=lambda task: task.n_points)


@sweep_item(
    "BSL-Fig6",
    split=split,
    task=cloud_pair,
    volatile=("seconds",),
    smoke=Convergence(**SMOKE, **VARIED_SMOKE),
    quick=Convergence(dimensions=(3, 4), **QUICK, **VARIED_QUICK),
    paper=Convergence(),
)
def figure_6(config: Convergence, results: Sequence[Result]) -> Result:
    r"""Mean distance :math:`\frac1R \sum_r W_\infty(\hat D_f(\Theta_r), \hat D_f(\Theta'_r))` against N: Figure 6.

    Slopes are those of the distances between largest components, which are finite; the number of pairs whose whole
    distance is infinite is a value of its own. Where it is 0 the two are the same.

    Parameters
    ----------
    config : Convergence
    results : sequence of Result
        Of `cloud_pair` for the tasks of `split`, in their order.

    Returns
    -------
    Result
        For each function of the paper and dimension ``slope_<name>_<D>d`` over the last decade,
        ``slope_error_<name>_<D>d`` = \|slope + 1/D\|, ``onset_<name>_<D>d`` and ``late_slope_<name>_<D>d`` after it;
        ``unbent_curves``, those with D > 3 that do not fall after an onset; ``infinite_<D>d`` and
        ``unequal_pairs``; ``seconds``. Arrays ``log_sizes`` (s,), ``dimensions`` (d,), and
        ``distance``, ``distance_largest``, ``distance_filtered`` (d, s, pairs, f), ``truth``, ``lowest``,
        ``n_bars`` (d, s, pairs, f, 2), ``components``, ``largest_share`` (d, s, pairs, 2), NaN where not run;
        ``varied_<which>_<name>`` (d, values, pairs, f).
    """
    found = dict(zip(split(config), results, strict=True))
    arrays = main_arrays(config, found)
    values: dict[str, Any] = {
        "dimensions": list(config.dimensions),
        "pairs": config.pairs,
        "largest_n": [round(10 ** sizes_of(config, d)[-1]) for d in config.dimensions],
        "smallest_largest_n": min(round(10 ** sizes_of(config, d)[-1]) for d in config.dimensions),
        "seconds": seconds_of(results),
    }
    values |= slope_values(config, arrays) | infinite_values(config, arrays)
    return Result(values, arrays | varied_arrays(config, found))


def main_arrays(config: Convergence, found: Mapping[CloudPair, Result]) -> dict[str, np.ndarray]:
    """What the tasks of the figure measured, by dimension, size and pair; NaN where nothing was run."""
    shape = (len(config.dimensions), len(config.log_sizes), config.pairs)
    arrays = {
        name: np.full((*shape, len(NAMES), 2) if two else (*shape, len(NAMES)), np.nan)
        for name, two in MEASURED.items()
    }
    arrays |= {name: np.full((*shape, 2), np.nan) for name in ("components", "largest_share")}
    seconds = np.full(shape, np.nan)
    for i, d in enumerate(config.dimensions):
        for j, size in enumerate(sizes_of(config, d)):
            for pair in range(config.pairs):
                result = found[main_task(config, d, size, pair)]
                for name in (*MEASURED, "components", "largest_share"):
                    arrays[name][i, j, pair] = result.arrays[name]
                seconds[i, j, pair] = sum(result.values.values())
    return arrays | {
        "dimensions": np.array(config.dimensions),
        "log_sizes": np.array(config.log_sizes),
        "task_seconds": seconds,
    }


def varied_arrays(config: Convergence, found: Mapping[CloudPair, Result]) -> dict[str, np.ndarray]:
    """Distances, exact errors and components for other graphs: (dimensions, values, pairs, f), each side alone last."""
    tasks = varied_tasks(config)
    arrays: dict[str, np.ndarray] = {
        "varied_dimensions": np.array(config.varied_dimensions),
        "multiples": np.array(config.multiples),
        "factors": np.array(config.factors),
    }
    for which, places in (("multiples", config.multiples), ("factors", config.factors)):
        for name in ("distance", "distance_largest", "truth", "components", "largest_share"):
            rows = [
                [
                    [found[tasks[which, d, x, pair]].arrays[name] for pair in range(config.varied_pairs)]
                    for x in places
                ]
                for d in config.varied_dimensions
            ]
            arrays[f"varied_{which}_{name}"] = np.array(rows, dtype=np.float64)
    return arrays


def slope_values(config: Convergence, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Slopes over the last decade, onsets, and slopes after them."""
    values: dict[str, Any] = {}
    sizes, unbent = np.round(10.0 ** arrays["log_sizes"]), 0
    for i, d in enumerate(config.dimensions):
        for f, name in enumerate(OF_THE_PAPER):
            samples = arrays["distance_largest"][i, :, :, f]
            key = f"{name.lower()}_{d}d"
            end = last_decade(sizes, samples, config.seed)
            onset = onset_size(sizes, samples)
            late = slope_between(sizes, samples, onset, sizes[-1], config.seed)
            values |= {
                f"slope_{key}": end.slope,
                f"slope_low_{key}": end.low,
                f"slope_high_{key}": end.high,
                f"slope_error_{key}": abs(end.slope + 1 / d),
                f"onset_{key}": onset,
                f"late_slope_{key}": late.slope,
                f"late_slope_high_{key}": late.high,
            }
            unbent += d > 3 and not late.slope < 0
    return values | {"unbent_curves": int(unbent)}


def infinite_values(config: Convergence, arrays: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """How many pairs of clouds have an infinite distance: those with different numbers of components."""
    run = ~np.isnan(arrays["components"][..., 0])
    unequal = run & (arrays["components"][..., 0] != arrays["components"][..., 1])
    per_dimension = {f"infinite_{d}d": int(unequal[i].sum()) for i, d in enumerate(config.dimensions)}
    return per_dimension | {"infinite_pairs": int(unequal.sum()), "cloud_pairs": int(run.sum())}


def seconds_of(results: Sequence[Result]) -> float:
    """Seconds of all tasks, as if run one after another."""
    return float(sum(sum(result.values.values()) for result in results))


def split_consistency(config: Consistency) -> list[CloudPair]:
    """Tasks that Figure 6 has too."""
    sizes = [round(10**size) for size in config.log_sizes]
    return [
        CloudPair(config.dimension, n, pair, config.multiple, 0.0, config.seed)
        for n in sizes
        for pair in range(config.pairs)
    ]


@sweep_item(
    "BSL-eq3-4",
    split=split_consistency,
    task=cloud_pair,
    smoke=Consistency(log_sizes=(2.0, 3.0), pairs=6),
    quick=Consistency(log_sizes=(3.0, 5.0), pairs=8),
    paper=Consistency(),
)
def consistency(config: Consistency, results: Sequence[Result]) -> Result:
    r"""Is :math:`W_\infty(\hat D_f(\Theta_N), \hat D_f(\Theta'_N))` smaller for more points? BSL equations (3) and (4).

    The r-th pair of clouds of the smallest N against the r-th of the largest: Wilcoxon's exact signed-rank test, one
    side, of the distances between largest components; and a sign test of the whole distances, which an infinite one
    at the larger N counts against.

    Parameters
    ----------
    config : Consistency
    results : sequence of Result
        Of `cloud_pair` for the tasks of `split_consistency`, in their order.

    Returns
    -------
    Result
        ``largest_p`` of the three functions and ``largest_sign_p``, ``ratio`` (the largest ratio of the means),
        ``infinite_pairs`` of ``cloud_pairs``. Arrays ``smallest``, ``largest`` (pairs, 3) of whole distances.
    """
    whole = np.array([result.arrays["distance"][:3] for result in results]).reshape(2, config.pairs, 3)
    large = np.array([result.arrays["distance_largest"][:3] for result in results]).reshape(
        2, config.pairs, 3
    )
    tests = [signed_rank_p(large[1, :, f], large[0, :, f]) for f in range(3)]
    signs = [sign_p(whole[1, :, f], whole[0, :, f]) for f in range(3)]
    values: dict[str, Any] = {f"p_{name.lower()}": p for name, p in zip(OF_THE_PAPER, tests, strict=True)}
    values |= {
        "largest_p": max(tests),
        "largest_sign_p": max(signs),
        "ratio": float((large[1].mean(axis=0) / large[0].mean(axis=0)).max()),
        "infinite_pairs": int(np.isinf(whole[:, :, 0]).sum()),
        "cloud_pairs": 2 * config.pairs,
        "dimension": config.dimension,
        "pairs": config.pairs,
        "smallest_n": round(10 ** config.log_sizes[0]),
        "largest_n": round(10 ** config.log_sizes[1]),
    }
    return Result(values, {"smallest": whole[0], "largest": whole[1]})


def signed_rank_p(later: np.ndarray, earlier: np.ndarray) -> float:
    """Probability of so small differences later - earlier if their signs were chance (Wilcoxon, exact).

    Examples
    --------
    >>> signed_rank_p(np.arange(8.0), np.arange(8.0) + np.linspace(1, 2, 8))
    0.00390625
    """
    from scipy.stats import wilcoxon

    return float(wilcoxon(later, earlier, alternative="less", method="exact").pvalue)


def sign_p(later: np.ndarray, earlier: np.ndarray) -> float:
    """Probability of so many later < earlier if each were a fair coin; what is not below counts against.

    Examples
    --------
    >>> sign_p(np.array([0.0, 1.0, np.inf]), np.array([1.0, np.inf, np.inf]))
    0.5
    """
    from scipy.stats import binomtest

    return float(
        binomtest(int(np.count_nonzero(later < earlier)), len(later), 0.5, alternative="greater").pvalue
    )
