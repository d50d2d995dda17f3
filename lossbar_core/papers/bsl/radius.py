"""BSL-Radius: what the longest edge c (volume / N)^(1/D) and the number k of neighbours do to a barcode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_samples import evaluate, sample_points
from lossbar_core.barcodes.neighbours import knn_graph, paper_radius
from lossbar_core.functions import exact_barcode, get
from lossbar_core.papers.base import Result, item

FACTORS = tuple(round(0.5 * 2 ** (i / 3), 4) for i in range(13))  # 0.5 to 8, a factor of 16
MEASURED = ("infinite", "noise", "distance", "edges", "share")


@dataclass(frozen=True)
class RadiusConfig:
    """Sweep of c at k = 2D, one number of points a dimension, and of k = m D without a radius.

    The ``multiples`` m contain 2, the paper's choice. ``noise_size`` is the smallest number of points of a
    bar that is no noise: 20 in the authors' code.
    """

    n_points: tuple[int, ...]
    repeats: int
    dimensions: tuple[int, ...] = (2, 3)
    factors: tuple[float, ...] = FACTORS
    multiples: tuple[int, ...] = (1, 2, 3, 4, 6, 8)
    tolerance: float = 0.1
    noise_size: int = 20
    function: str = "Wavy"
    seed: int = 0


@item(
    "BSL-Radius",
    smoke=RadiusConfig(n_points=(4000,), dimensions=(2,), repeats=1),
    quick=RadiusConfig(n_points=(100_000, 100_000), repeats=2),
    paper=RadiusConfig(n_points=(1_000_000, 1_000_000), repeats=5),
)
def radius_item(config: RadiusConfig) -> Result:
    r"""Infinite bars, noise bars and distance to the exact barcode for :math:`r = c N^{-1/D}`: BSL section 3.

    The distance is taken on the component of the global minimum. Read off is the first c from which on
    everything stays as it is without a radius.

    Parameters
    ----------
    config : RadiusConfig

    Returns
    -------
    Result
        ``chosen_c`` for each of the ``dimensions`` and ``edges_cut_at_chosen_c``; ``plateau_found``;
        ``infinite_bars_ratio``, smallest c over chosen c; ``distance_ratio``, chosen c over no radius.
        Arrays ``c``, ``multiples`` (k / D) and for each dimension ``<measured>_<D>d`` over c,
        ``free_<measured>_<D>d`` without a radius and ``k_<measured>_<D>d`` over k, for each of `MEASURED`.
    """
    arrays = {"c": np.array(config.factors), "multiples": np.array(config.multiples)}
    chosen = []
    for d, n in zip(config.dimensions, config.n_points, strict=True):
        sweep = sweep_of_one_dimension(config, d, n)
        arrays |= {f"{name}_{d}d": column for name, column in sweep.items()}
        chosen.append(first_plateau(sweep, config.tolerance))
    return Result(_values(config, arrays, chosen), arrays)


def _values(config: RadiusConfig, arrays: dict[str, np.ndarray], chosen: list[int]) -> dict[str, object]:
    """What the criterion asks for: the worst of all dimensions, and no ratios where there is no plateau."""
    found = all(0 < i < len(config.factors) for i in chosen)
    values: dict[str, object] = {
        "dimensions": list(config.dimensions),
        "n_points": list(config.n_points),
        "sweep_factor": max(config.factors) / min(config.factors),
        "plateau_found": found,
        "chosen_c": [config.factors[i] if i < len(config.factors) else None for i in chosen],
    }
    if found:
        at = list(zip(config.dimensions, chosen, strict=True))
        infinite = [float(arrays[f"infinite_{d}d"][0] / arrays[f"infinite_{d}d"][i]) for d, i in at]
        distance = [float(arrays[f"distance_{d}d"][i] / arrays[f"free_distance_{d}d"][()]) for d, i in at]
        values |= {"infinite_bars_ratio": min(infinite), "distance_ratio": max(distance)}
        values["edges_cut_at_chosen_c"] = [
            float(1 - arrays[f"edges_{d}d"][i] / arrays[f"free_edges_{d}d"][()]) for d, i in at
        ]
    return values


def sweep_of_one_dimension(config: RadiusConfig, d: int, n: int) -> dict[str, np.ndarray]:
    """Means over the repeats: for every c, without a radius (``free_``), and for every k (``k_``)."""
    function = get(config.function)
    exact = exact_barcode(function, d)
    reference = exact.to_diagram()
    bounds = function.bounds(d)
    radii = [paper_radius(n, bounds, c) for c in config.factors]
    runs = []
    for repeat in range(config.repeats):
        points = sample_points(bounds, n, config.seed + repeat)
        values = evaluate(function, points)
        settings = [(2 * d, radius) for radius in radii] + [(m * d, None) for m in config.multiples]
        runs.append([measure(points, values, k, r, reference, config.noise_size) for k, r in settings])
    split, free = len(radii), config.multiples.index(2)
    sweep: dict[str, np.ndarray] = {}
    for name, row in zip(MEASURED, np.mean(runs, axis=0).T, strict=True):
        sweep |= {name: row[:split], f"k_{name}": row[split:], f"free_{name}": np.array(row[split + free])}
    return sweep


def measure(
    points: np.ndarray,
    values: np.ndarray,
    k: int,
    radius: float | None,
    reference: np.ndarray,
    noise_size: int,
) -> tuple[float, ...]:
    """The `MEASURED` of one graph; ``share`` is that of the points joined to the global minimum."""
    graph = knn_graph(points, k, radius)
    bars = graph_barcode(values, graph)
    noise = ~bars.essential & (bars.size < noise_size)
    distance = bottleneck_distance(of_global_minimum(bars), reference)
    return (
        float(bars.essential.sum()),
        float(noise.sum()),
        float(distance),
        float(graph.n_edges),
        float(bars.size[0] / len(points)),
    )


def of_global_minimum(bars: Barcode) -> Barcode:
    """The bars of the lowest vertex's component: its infinite bar, and all that it swallowed in the end."""
    by_id = np.argsort(bars.minimum)
    up = by_id[np.searchsorted(bars.minimum[by_id], np.maximum(bars.swallower, bars.minimum.min()))]
    up = np.where(bars.essential, np.arange(len(bars)), up)
    while not np.array_equal(up, up[up]):
        up = up[up]
    return bars[up == 0]


def first_plateau(sweep: dict[str, np.ndarray], tolerance: float) -> int:
    """First index from which on infinite bars and distance are those of the free graph, within ``tolerance``.

    The number of factors if there is none.
    """
    within = np.ones(len(sweep["infinite"]), dtype=bool)
    for name in ("infinite", "distance"):
        within &= np.abs(sweep[name] / sweep[f"free_{name}"] - 1) <= tolerance
    outside = np.flatnonzero(~within)
    return int(outside[-1]) + 1 if len(outside) else 0
