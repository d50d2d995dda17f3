"""BSL-Alg1: the fast algorithm gives the printed algorithm's bars, in time about N log N."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_samples import evaluate, sample_points
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.barcodes.oracle import OracleBars, algorithm1, descending_pairs, minimax_deaths
from lossbar_core.functions import get
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.basins import crossing_edges
from lossbar_core.papers.bsl.measure import growth_exponent, processor_seconds
from lossbar_core.papers.bsl.random_graphs import random_cases


@dataclass(frozen=True)
class Algorithm1Config:
    """Random graphs to compare on, and sizes of point clouds to time on."""

    trials: int
    most_vertices: int
    sizes: tuple[int, ...]
    repeats: int
    crossing_n: int
    function: str = "Wavy"
    dimension: int = 2
    seed: int = 0


@item(
    "BSL-Alg1",
    smoke=Algorithm1Config(trials=12, most_vertices=30, sizes=(1000, 4000), repeats=1, crossing_n=2000),
    quick=Algorithm1Config(
        trials=300,
        most_vertices=60,
        sizes=(10_000, 31_623, 100_000, 316_228, 1_000_000),
        repeats=5,
        crossing_n=100_000,
    ),
    volatile=("exponent", "seconds"),
)
def algorithm1_item(config: Algorithm1Config) -> Result:
    r"""Fast against printed algorithm on small random graphs; time :math:`t \sim N^p` on clouds: BSL section 3.

    Parameters
    ----------
    config : Algorithm1Config

    Returns
    -------
    Result
        ``mismatches`` among the ``trials``; ``bars_lost_by_printed_test``, which compares values alone;
        ``exponent`` p beside ``exponent_of_n_log_n`` over the same sizes; ``crossing_share`` of the edges
        between basins on a cloud of ``crossing_n`` points. Arrays ``sizes``, ``seconds``, ``n_bars``.
    """
    values, arrays = timings(config)
    return Result({**comparisons(config), **values}, arrays)


def comparisons(config: Algorithm1Config) -> dict[str, int]:
    """Kernel against the printed algorithm (all fields), paths and the falling level (pairs)."""
    mismatches = bars = vertices = lost = 0
    for case in random_cases(config.seed, config.trials, config.most_vertices):
        fast, printed = graph_barcode(case.values, case.graph), algorithm1(case.values, case.graph)
        mismatches += not agree(fast, printed, case.values, case.graph)
        vertices, bars = vertices + len(case.values), bars + len(fast)
        lost += lost_by_comparing_values(printed, case.values)
    return {
        "trials": config.trials,
        "mismatches": mismatches,
        "vertices_compared": vertices,
        "bars_compared": bars,
        "bars_lost_by_printed_test": lost,
    }


def agree(fast: Barcode, printed: OracleBars, values: np.ndarray, graph: NeighborGraph) -> bool:
    """Whether four computations of the same bars agree."""
    others = (minimax_deaths(values, graph), descending_pairs(values, graph))
    return printed.same_as(fast) and all(pairs.same_as(fast) for pairs in others)


def lost_by_comparing_values(printed: OracleBars, values: np.ndarray) -> int:
    """Bars of positive length that vanish if minima are told apart by their values alone.

    That is the test in the printed algorithm: a component whose lowest value equals the lowest value of all
    leaves no bar, not even when it holds another minimum.
    """
    dies = printed.saddle >= 0
    twin = values[printed.minimum[dies]] == values[printed.swallower[dies]]
    return int((twin & (printed.death[dies] > printed.birth[dies])).sum())


def cloud_graph(config: Algorithm1Config, n: int) -> tuple[np.ndarray, NeighborGraph]:
    """Values of the benchmark function at n uniform points, and their k = 2D graph."""
    function = get(config.function)
    points = sample_points(function.bounds(config.dimension), n, config.seed)
    return evaluate(function, points), knn_graph(points)


def timings(config: Algorithm1Config) -> tuple[dict[str, float | int], dict[str, np.ndarray]]:
    """Processor seconds of the merge alone, and how few edges it has to sort."""
    seconds, n_bars = [], []
    for n in config.sizes:
        values, graph = cloud_graph(config, n)
        spent, bars = processor_seconds(partial(graph_barcode, values, graph), config.repeats)
        seconds.append(spent)
        n_bars.append(len(bars))
    values, graph = cloud_graph(config, config.crossing_n)
    sizes = np.array(config.sizes)
    measured = {
        "largest_n": int(sizes[-1]),
        "exponent": growth_exponent(sizes, seconds),
        "exponent_of_n_log_n": growth_exponent(sizes, sizes * np.log(sizes)),
        "seconds": seconds[-1],
        "n_bars": n_bars[-1],
        "crossing_n": config.crossing_n,
        "crossing_share": len(crossing_edges(values, graph)) / graph.n_edges,
    }
    return measured, {"sizes": sizes, "seconds": np.array(seconds), "n_bars": np.array(n_bars)}
