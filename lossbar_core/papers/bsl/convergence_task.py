"""One pair of clouds of BSL Figure 6: its barcodes, how far apart they are, and how far from the truth.

Only what computes is here: a task's result is kept for as long as this file and what it imports stay the same.
Statistics are in `lossbar_core.papers.bsl.convergence`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_samples import evaluate
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph, paper_radius
from lossbar_core.functions.benchmark import ALPINE_01, SCHWEFEL_26, XIN_SHE_YANG_04, BenchmarkFunction
from lossbar_core.functions.separable import exact_barcode
from lossbar_core.papers.base import Result

PLANE = BenchmarkFunction(
    "Plane",
    None,
    ((0, 1),),
    lambda x: x.sum(axis=1),
    ((0.0,),),
    "none of the papers",
    "One bar, no inner minimum: what a sample shows beside it is noise.",
    summand=lambda t: t,
)
FUNCTIONS = (ALPINE_01, SCHWEFEL_26, XIN_SHE_YANG_04, PLANE)
NOISE_SIZE = 20  # points from which on a component is drawn by the authors' code (its default)


@dataclass(frozen=True)
class CloudPair:
    """Two independent clouds of ``n_points`` uniform points, joined to ``multiple`` * D neighbours.

    ``factor`` c is that of a longest edge c (volume / N)^(1/D); 0 stands for none. ``pair`` counts the repetitions:
    the same ``seed``, ``dimension``, ``n_points`` and ``pair`` give the same clouds, whatever the graph.
    """

    dimension: int
    n_points: int
    pair: int
    multiple: int = 2
    factor: float = 0.0
    seed: int = 0


@dataclass(frozen=True)
class Bars:
    """What is kept of a barcode: bars (b, 2), points of each, and which belong to the largest component."""

    diagram: np.ndarray
    size: np.ndarray
    largest: np.ndarray


def cloud_pair(task: CloudPair) -> Result:
    r"""Distances :math:`W_\infty(\hat D_f(\Theta_N), \hat D_f(\Theta'_N))`, a term of BSL equation (4).

    One cloud and one graph serve every function. Their boxes are cubes, so one dilation and shift carries the unit
    cube to each of them; it multiplies all distances by one number, and the order of distances, which is all that
    nearest neighbours depend on, stays. (A radius is multiplied too.) So the points are drawn and joined in the unit
    cube, once, and a function's values are taken at their images: no rounding can tell two graphs apart.

    Parameters
    ----------
    task : CloudPair

    Returns
    -------
    Result
        Arrays over the f `FUNCTIONS`: ``distance`` (f,), infinite where the graphs have different numbers of
        components; ``distance_largest`` (f,) between the bars of the largest components, always finite;
        ``distance_filtered`` (f,) without those of fewer than 20 points too; ``truth`` (f, 2), each largest
        component against the exact barcode, NaN where that is unknown; ``lowest`` (f, 2), smallest values;
        ``n_bars`` (f, 2); ``components`` (2,) and ``largest_share`` (2,) of the points. Values: the seconds of the
        graphs, of the barcodes and of the distances.
    """
    clock = Clock()
    first = sampled_bars(task, 0, clock)
    second = sampled_bars(task, 1, clock)
    both = list(zip(first, second, strict=True))
    whole = _over(both, lambda bars: bars.diagram)
    connected = first[0].largest.all() and second[0].largest.all()
    arrays = {
        "distance": whole,
        # The same computation if nothing is left out, and the longest of all.
        "distance_largest": whole if connected else _over(both, lambda bars: bars.diagram[bars.largest]),
        "distance_filtered": _over(both, lambda bars: bars.diagram[bars.largest & (bars.size >= NOISE_SIZE)]),
        "truth": np.array(
            [
                [_to_truth(function, task.dimension, bars) for bars in pair]
                for function, pair in zip(FUNCTIONS, both, strict=True)
            ]
        ),
        "lowest": np.array([[bars.diagram[0, 0] for bars in pair] for pair in both]),
        "n_bars": np.array([[len(bars.diagram) for bars in pair] for pair in both]),
        "components": np.array([np.isinf(bars.diagram[:, 1]).sum() for bars in both[0]]),
        "largest_share": np.array([_largest_size(bars) / task.n_points for bars in both[0]]),
    }
    clock.stop("distances")
    return Result({f"seconds_{name}": seconds for name, seconds in clock.seconds.items()}, arrays)


class Clock:
    """Seconds between stops, added up by name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def stop(self, name: str) -> None:
        """Add what went by since the last stop."""
        now = time.perf_counter()
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._last
        self._last = now


def unit_cloud(task: CloudPair, side: int) -> np.ndarray:
    """Uniform points of the unit cube, (n, D) float32; ``side`` 0 or 1 of the pair."""
    entropy = (task.seed, task.dimension, task.n_points, task.pair, side)
    generator = np.random.default_rng(np.random.SeedSequence(entropy))
    return generator.random((task.n_points, task.dimension), dtype=np.float32)


def cloud_graph(points: np.ndarray, multiple: int, factor: float) -> NeighborGraph:
    """The paper's graph of points in the unit cube."""
    n, d = points.shape
    radius = paper_radius(n, [(0, 1)] * d, factor) if factor else None
    return knn_graph(points, min(multiple * d, n - 1), radius)


def sampled_bars(task: CloudPair, side: int, clock: Clock) -> list[Bars]:
    """Bars of every function on one cloud; its points and its graph are gone afterwards."""
    points = unit_cloud(task, side)
    graph = cloud_graph(points, task.multiple, task.factor)
    clock.stop("graphs")
    found = [kept(graph_barcode(values_in_box(function, points), graph)) for function in FUNCTIONS]
    clock.stop("barcodes")
    return found


def values_in_box(function: BenchmarkFunction, points: np.ndarray) -> np.ndarray:
    """Values of a function at the images of points of the unit cube in its box, in the points' dtype."""
    low, high = function.bounds(points.shape[1])[0]
    return evaluate(lambda unit: function(low + (high - low) * unit), points)


def kept(bars: Barcode) -> Bars:
    """Diagram, sizes and largest component, without the graph and the values that a barcode holds."""
    return Bars(bars.to_diagram(), bars.size.copy(), on_largest_component(bars))


def on_largest_component(bars: Barcode) -> np.ndarray:
    """Mask of the bars that belong to the component of the graph with most points (the first of equals)."""
    by_id = np.argsort(bars.minimum)
    elder = np.where(bars.essential, bars.minimum, bars.swallower)
    up = by_id[np.searchsorted(bars.minimum, elder, sorter=by_id)]
    while not np.array_equal(up, above := up[up]):
        up = above
    return up == np.argmax(np.where(bars.essential, bars.size, 0))


@cache
def truth(function: BenchmarkFunction, dimension: int) -> np.ndarray | None:
    """All bars of a separable function, (b, 2); None for another one.

    None is left out. A bar of length at most 2W may go to the diagonal itself, but it may also be the partner that
    keeps a longer bar of the other side from going there: W of {(0, 2)} and {(0.5, 1.5)} is 0.5, and 1 without the
    second bar. Leaving out bars of length at most 2t moves W by up to t, so that only t = 0 changes nothing.
    """
    return None if function.summand is None else exact_barcode(function, dimension).to_diagram()


def _to_truth(function: BenchmarkFunction, dimension: int, bars: Bars) -> float:
    exact = truth(function, dimension)
    return np.nan if exact is None else bottleneck_distance(bars.diagram[bars.largest], exact)


def _over(pairs: Sequence[tuple[Bars, Bars]], part: Callable[[Bars], np.ndarray]) -> np.ndarray:
    """Distance between some bars of the two clouds, one a function."""
    return np.array([bottleneck_distance(part(first), part(second)) for first, second in pairs])


def _largest_size(bars: Bars) -> int:
    return int(bars.size[np.isinf(bars.diagram[:, 1])].max())
