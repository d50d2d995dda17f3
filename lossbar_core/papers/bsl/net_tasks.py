"""The independent parts of the small-network sweep: clouds, slopes, grids (BSL section 4.2, Figure 7)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, singledispatch

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.papers.base import Result
from lossbar_core.papers.bsl.deformation import deform, profile, spread
from lossbar_core.papers.bsl.net_cloud import Cloud, fill, rise
from lossbar_core.papers.bsl.net_descents import Minima, find_minima
from lossbar_core.papers.bsl.net_exact import grid_bars, grid_points
from lossbar_core.papers.bsl.net_models import limits, network
from lossbar_core.papers.bsl.net_slopes import slope_noise

STORED = 60  # bars of a cloud that are described, those with the largest components
LISTED = 200  # sizes of components that are listed
SHORTEST = 1e-5  # length of the bars of a grid that are described: below, float32 rounds


@dataclass(frozen=True)
class CloudTask:
    """A network, its minima by descent, and its barcode on nested clouds of several sizes.

    ``deformed`` bars of the longest cloud, those with the largest components, are checked by paths.
    """

    variant: str
    widths: tuple[int, ...]
    sizes: tuple[int, ...]
    runs: int
    steps: int
    deformed: int
    path_steps: int
    pivots: int = 25
    reduced: bool = False
    level: float = 1.5
    multiple: int = 2
    seed: int = 0


@dataclass(frozen=True)
class SlopeTask:
    """Slopes on clouds of the same sizes in the same box as a network's."""

    variant: str
    widths: tuple[int, ...]
    sizes: tuple[int, ...]
    slopes: int
    reduced: bool = False
    multiple: int = 2
    seed: int = 0


@dataclass(frozen=True)
class GridTask:
    """A network's loss on a regular grid, or its reduced loss, whose output layer is at its best everywhere."""

    variant: str
    widths: tuple[int, ...]
    shape: tuple[int, ...]
    reduced: bool
    seed: int = 0


Task = CloudTask | SlopeTask | GridTask


def measure(task: Task) -> Result:
    """What one part of the sweep measured. Items share parts, so a process computes each of them once."""
    return _measured(task)


@lru_cache(maxsize=512)
def _measured(task: Task) -> Result:
    return _measure(task)


@singledispatch
def _measure(task: Task) -> Result:
    raise TypeError(f"expected a CloudTask, SlopeTask or GridTask, got {task!r}; build one of them")


@_measure.register
def _cloud(task: CloudTask) -> Result:
    """Arrays of the j-th cloud have names that end in ``_j``."""
    model = network(task.variant, task.widths, task.seed, reduced=task.reduced)
    box = limits(model, task.variant)
    minima = find_minima(model, box, task.runs, task.steps, task.seed)
    cloud = fill(model, box, max(task.sizes), task.level, task.seed)
    values = {
        "dimension": model.dimension,
        "acceptance": cloud.accepted / cloud.tried,
        "highest": float(np.nanmax([cloud.highest, cloud.highest_corner])),
        "highest_sampled": cloud.highest,
        "n_minima": len(minima.values),
        "lowest_minimum": float(minima.values[0]),
        "limit_share": minima.limit_share,
        "settled_share": float((minima.slope < 1e-2).mean()),
    }
    arrays: dict[str, np.ndarray] = {"minima_values": minima.values, "minima_count": minima.count}
    for j, n in enumerate(task.sizes):
        bars = cloud_barcode(model, cloud, minima, n, task.multiple)
        stored = _stored(bars)
        values |= _counts(bars, j)
        arrays |= {f"{name}_{j}": array for name, array in _described(model, bars, stored, n).items()}
        if n == max(task.sizes):
            arrays |= _deformed(task, model, box, bars, stored)
    return Result(values, arrays)


def cloud_barcode(model: SmallNetwork, cloud: Cloud, minima: Minima, n: int, multiple: int) -> Barcode:
    """Barcode of the first n points of a cloud and, after them, the minima."""
    points = np.concatenate([cloud.points[:n], minima.points.astype(np.float32)])
    values = np.concatenate([cloud.values[:n], model(points[n:])])
    graph = knn_graph(points, multiple * model.dimension)
    bars = graph_barcode(values, graph)
    bars.points, bars.values, bars.graph = points, values, graph
    return bars


def _stored(bars: Barcode) -> np.ndarray:
    """Positions of the bars with the largest components, in the order of the barcode."""
    return np.sort(np.argsort(-bars.size, kind="stable")[:STORED])


def _counts(bars: Barcode, j: int) -> dict[str, float]:
    finite = ~bars.essential
    return {
        f"all_bars_{j}": len(bars),
        f"islands_{j}": int(bars.essential.sum()) - 1,
        f"lowest_birth_{j}": float(bars.birth[0]),
        f"highest_death_{j}": float(bars.death[finite].max(initial=-np.inf)),
    }


def _described(model: SmallNetwork, bars: Barcode, stored: np.ndarray, n: int) -> dict[str, np.ndarray]:
    """Ends, sizes and parameters of stored bars, and the sizes of all components; NaN where there is no saddle."""
    assert bars.points is not None
    finite = bars.saddle[stored] >= 0
    saddle, swallower = np.full((2, len(stored), model.dimension), np.nan, np.float32)
    saddle[finite] = bars.points[bars.saddle[stored][finite]]
    swallower[finite] = bars.points[bars.swallower[stored][finite]]
    return {
        "birth": bars.birth[stored],
        "death": bars.death[stored],
        "size": bars.size[stored],
        "descended": bars.minimum[stored] >= n,
        "rise": rise(bars, stored, model.gradient),
        "minimum_theta": bars.points[bars.minimum[stored]],
        "saddle_theta": saddle,
        "swallower_theta": swallower,
        "sizes": np.sort(bars.size)[::-1][:LISTED],
    }


def _deformed(
    task: CloudTask, model: SmallNetwork, box: np.ndarray, bars: Barcode, stored: np.ndarray
) -> dict[str, np.ndarray]:
    """Paths from minima to their swallowers, along the graph and straight, both moved down; the lower one counts.

    ``graph_highest`` is the highest value along the edges of the graph's path, which may leap over a ridge.
    """
    finite = stored[~bars.essential[stored]]
    chosen = np.sort(finite[np.argsort(-bars.size[finite], kind="stable")[: task.deformed]])
    if not len(chosen) or bars.points is None:
        empty = np.empty((0, task.pivots, model.dimension), np.float32)
        none = np.empty(0)
        return {"deformed": np.empty(0, int), "path_highest": none, "graph_highest": none, "paths": empty}
    points = bars.points.astype(np.float64)
    graph_paths = [points[bars.path(int(i))][None] for i in chosen]
    along = np.concatenate([spread(path, task.pivots) for path in graph_paths])
    ends = points[np.stack([bars.minimum[chosen], bars.swallower[chosen]], axis=1)]
    starts = np.concatenate([along, spread(ends, task.pivots)])
    paths, highest = deform(model, model.gradient, starts, pivots=task.pivots, steps=task.path_steps, box=box)
    both = highest.reshape(2, len(chosen))
    best = both.argmin(axis=0)
    return {
        "deformed": np.searchsorted(stored, chosen),
        "path_highest": both.min(axis=0),
        "graph_highest": np.array([profile(model, path).max() for path in graph_paths]),
        "paths": paths.reshape(2, len(chosen), task.pivots, -1)[best, np.arange(len(chosen))].astype(
            np.float32
        ),
    }


@_measure.register
def _slopes(task: SlopeTask) -> Result:
    """Largest false components and highest false bars of slopes, one row a size of the cloud."""
    box = limits(network(task.variant, task.widths, reduced=task.reduced), task.variant)
    noise = [slope_noise(box, n, task.multiple, task.slopes, task.seed) for n in task.sizes]
    return Result(
        {"dimension": len(box)},
        {
            "size": np.stack([one.size for one in noise]),
            "rise": np.stack([one.rise for one in noise]),
            "count": np.stack([one.count for one in noise]),
        },
    )


@_measure.register
def _grid(task: GridTask) -> Result:
    """Bars of a grid without those that rounding makes, and where their minima and saddles are."""
    model = network(task.variant, task.widths, task.seed, reduced=task.reduced)
    box = limits(model, task.variant)
    everything = grid_bars(model, box, task.shape)
    bars = everything.filter(min_persistence=SHORTEST)
    stored = _stored(bars)
    finite = bars.saddle[stored] >= 0
    saddle = np.full((len(stored), model.dimension), np.nan, np.float32)
    saddle[finite] = grid_points(box, task.shape, bars.saddle[stored][finite])
    return Result(
        {"dimension": model.dimension, "n_points": int(np.prod(task.shape)), "all_bars": len(everything)},
        {
            "birth": bars.birth[stored],
            "death": bars.death[stored],
            "size": bars.size[stored],
            "minimum_theta": grid_points(box, task.shape, bars.minimum[stored]).astype(np.float32),
            "saddle_theta": saddle,
        },
    )
