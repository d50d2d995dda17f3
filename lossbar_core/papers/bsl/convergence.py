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
    varied_dimensions: tuple[int, ...] = (3, 4, 5)
    varied_log_size: float = 5.0
    varied_pairs: int = 20
    multiples: tuple[int, ...] = (1, 2, 3, 4, 8)
    factors: tuple[float, ...] = (0.75, 1.0, 1.25, 1.5, 2.0)
    seed: int = 0


SMOKE: dict[str, Any] = {"dimensions": (3, 4), "log_sizes": (2.0, 2.5, 3.0), "pairs": 3}
VARIED_SMOKE: dict[str, Any] = {
    "varied_dimensions": (3,),
    "varied_log_size": 2.5,
    "varied_pairs": 2,
    "multiples": (1, 2),
    "factors": (1.0,),
}
QUICK: dict[str, Any] = {
    "log_sizes": (3.0, 3.5, 4.0, 4.5, 5.0),
    "log_limits": (5.0, 5.0, 4.5, 4.0),
    "pairs": 8,
}
VARIED_QUICK: dict[str, Any] = {"varied_dimensions": (3, 4), "varied_log_size": 4.0, "varied_pairs": 8}


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
    volatile=("seconds", "seconds_left"),
    smoke=Convergence(**SMOKE, **VARIED_SMOKE),
    quick=Convergence(**QUICK, **VARIED_QUICK),
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
        ``unbent_curves``, those with D > 3 that do not fall after an onset; ``infinite_<D>d`` and ``infinite_pairs``
        of ``cloud_pairs``; ``seconds`` of one thread, and ``seconds_left`` for what ``log_limits`` leave out.
        Arrays ``log_sizes`` (s,), ``dimensions`` (d,), and ``distance``, ``distance_largest``,
        ``distance_filtered`` (d, s, pairs, f), ``truth``, ``lowest``, ``n_bars`` (d, s, pairs, f, 2),
        ``components``, ``largest_share`` (d, s, pairs, 2), NaN where not run; ``varied_<which>_<name>``
        (d, values, pairs, ...).
    """
    found = dict(zip(split(config), results, strict=True))
    arrays = main_arrays(config, found)
    values: dict[str, Any] = {
        "dimensions": list(config.dimensions),
        "pairs": config.pairs,
        "largest_n": [round(10 ** sizes_of(config, d)[-1]) for d in config.dimensions],
        "smallest_largest_n": min(round(10 ** sizes_of(config, d)[-1]) for d in config.dimensions),
        "seconds": float(sum(sum(result.values.values()) for result in results)),
        "seconds_left": seconds_left(config, arrays["task_seconds"]),
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


def seconds_left(config: Convergence, seconds: np.ndarray) -> float:
    """What the sizes above ``log_limits`` would take: a power law through the two largest run, at least N."""
    left, log_sizes = 0.0, np.array(config.log_sizes)
    for i, d in enumerate(config.dimensions):
        run = len(sizes_of(config, d))
        means = np.log10(seconds[i, max(run - 2, 0) : run].mean(axis=1))
        steps = np.diff(log_sizes[max(run - 2, 0) : run])
        exponent = max([1.0, *(np.diff(means) / steps)])
        left += float((10 ** (means[-1] + exponent * (log_sizes[run:] - log_sizes[run - 1]))).sum())
    return left * config.pairs


def samples_of(
    arrays: Mapping[str, np.ndarray], quantity: str, d: int, name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Sizes (s,) and samples (s, r) of a quantity for one dimension and function; both clouds of a pair count.

    Raises
    ------
    ValueError
        If the dimension or the function was not run.
    """
    dimensions = arrays["dimensions"].tolist()
    if d not in dimensions or name not in NAMES:
        raise ValueError(
            f"expected one of the dimensions {dimensions} and of {', '.join(NAMES)}, got {d} and {name!r}; "
            "run them, or ask for others"
        )
    part = arrays[quantity][dimensions.index(d)][:, :, NAMES.index(name)]
    return np.round(10.0 ** arrays["log_sizes"]), part.reshape(len(part), -1)
