"""BSL-Complexity: time and counted steps against N, one run in 15 dimensions, and matrix reduction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_samples import evaluate, sample_points
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.functions import exact_barcode, get
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.counting import count_algorithm1, count_reduction, slow_graph
from lossbar_core.papers.bsl.measure import growth_exponent, processor_seconds

STEPS = ("comparisons", "edges", "pointers", "merges")
FITTED_FROM = 10_000  # points; below, the fixed cost of a call bends the line


@dataclass(frozen=True)
class ComplexityConfig:
    """Sizes to time, to count steps on (in plain Python, so smaller), and one cloud in a high dimension."""

    sizes: tuple[int, ...]
    counted_sizes: tuple[int, ...]
    slow_sizes: tuple[int, ...]
    high_n: int
    repeats: int
    repeats_below: int = 2_000_000
    high_dimension: int = 15
    dimension: int = 2
    function: str = "Wavy"
    high_function: str = "Alpine01"
    seed: int = 0


@item(
    "BSL-Complexity",
    smoke=ComplexityConfig(
        sizes=(1000, 10_000, 20_000), counted_sizes=(300, 1000), slow_sizes=(50, 100), high_n=500, repeats=1
    ),
    quick=ComplexityConfig(
        sizes=(1000, 10_000, 31_623, 100_000, 316_228, 1_000_000),
        counted_sizes=(1000, 3162, 10_000, 31_623, 100_000),
        slow_sizes=(250, 500, 1000, 2000),
        high_n=10_000,
        repeats=3,
    ),
    paper=ComplexityConfig(
        sizes=(1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
        counted_sizes=(1000, 3162, 10_000, 31_623, 100_000, 316_228, 1_000_000),
        slow_sizes=(250, 500, 1000, 2000, 4000),
        high_n=100_000,
        repeats=3,
    ),
    volatile=("exponent", "exponent_graph", "exponent_whole", "seconds_graph", "seconds_barcode"),
)
def complexity_item(config: ComplexityConfig) -> Result:
    r"""Time and counted steps :math:`\sim N^p`, and one cloud in 15 dimensions: BSL sections 1 and 3.

    Parameters
    ----------
    config : ComplexityConfig

    Returns
    -------
    Result
        ``exponent`` of the barcode with the graph given, ``exponent_graph``, ``exponent_whole``;
        ``work_exponent`` of the counted steps beside ``n_log_n_exponent`` over the same sizes;
        ``additions_exponent`` of matrix reduction on the clouds, ``slow_additions_exponent`` on the graph
        made for it; ``count_mismatches``; ``high_bars`` and ``high_exact_bars`` in ``largest_dimension``.
        Arrays: sizes, seconds and counts.
    """
    values: dict[str, object] = {}
    arrays: dict[str, np.ndarray] = {}
    for part in (timed, counted, reduced, high_dimensional):
        some_values, some_arrays = part(config)
        values |= some_values
        arrays |= some_arrays
    return Result(values, arrays)


Part = tuple[dict[str, object], dict[str, np.ndarray]]


def cloud(name: str, d: int, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Uniform points in a benchmark function's box, and its values there."""
    function = get(name)
    points = sample_points(function.bounds(d), n, seed)
    return points, evaluate(function, points)


def timed(config: ComplexityConfig) -> Part:
    """Processor seconds of the graph and of the merge, and the exponents of both."""
    rows = []
    for n in config.sizes:
        points, values = cloud(config.function, config.dimension, n, config.seed)
        repeats = config.repeats if n < config.repeats_below else 1
        graph_time, graph = processor_seconds(partial(knn_graph, points), repeats)
        merge_time, bars = processor_seconds(partial(graph_barcode, values, graph), repeats)
        rows.append((n, graph_time, merge_time, len(bars)))
        del points, values, graph, bars  # the next cloud may need the room
    sizes, graph_times, merge_times, n_bars = np.array(rows).T
    fitted = sizes >= FITTED_FROM
    measured: dict[str, object] = {
        "largest_n": int(sizes[-1]),
        "exponent": growth_exponent(sizes[fitted], merge_times[fitted]),
        "exponent_graph": growth_exponent(sizes[fitted], graph_times[fitted]),
        "exponent_whole": growth_exponent(sizes[fitted], (graph_times + merge_times)[fitted]),
        "seconds_graph": graph_times[-1],
        "seconds_barcode": merge_times[-1],
        "n_bars": int(n_bars[-1]),
    }
    return measured, {
        "sizes": sizes.astype(np.int64),
        "seconds_graph": graph_times,
        "seconds_barcode": merge_times,
        "n_bars": n_bars.astype(np.int64),
    }


def counted(config: ComplexityConfig) -> Part:
    """Steps of Algorithm 1 and column additions of matrix reduction on the same clouds."""
    columns: dict[str, list[int]] = {name: [] for name in (*STEPS, "additions")}
    mismatches = 0
    for n in config.counted_sizes:
        points, values = cloud(config.function, config.dimension, n, config.seed)
        graph = knn_graph(points)
        pairs, steps = count_algorithm1(values, graph)
        reduced_pairs, additions = count_reduction(values, graph)
        bars = graph_barcode(values, graph)
        mismatches += (not pairs.same_as(bars)) + (not reduced_pairs.same_as(bars))
        for name in STEPS:
            columns[name].append(getattr(steps, name))
        columns["additions"].append(additions)
    sizes = np.array(config.counted_sizes)
    arrays = {"counted_sizes": sizes} | {name: np.array(column) for name, column in columns.items()}
    work = np.sum([arrays[name] for name in STEPS], axis=0)
    return {
        "count_mismatches": mismatches,
        "work_exponent": growth_exponent(sizes, work),
        "n_log_n_exponent": growth_exponent(sizes, sizes * np.log(sizes)),
        "additions_exponent": growth_exponent(sizes, arrays["additions"]),
        "additions_an_edge": float(arrays["additions"][-1] / arrays["edges"][-1]),
    }, arrays | {"work": work}


def reduced(config: ComplexityConfig) -> Part:
    """The graph on which reduction is slow: its additions, and the steps of Algorithm 1 there."""
    additions = _over(config.slow_sizes, lambda v, g: count_reduction(v, g)[1])
    work = _over(config.slow_sizes, lambda v, g: count_algorithm1(v, g)[1].total)
    return {
        "slow_additions_exponent": growth_exponent(config.slow_sizes, additions),
        "slow_work_exponent": growth_exponent(config.slow_sizes, work),
    }, {"slow_sizes": np.array(config.slow_sizes), "slow_additions": additions, "slow_work": work}


def _over(sizes: tuple[int, ...], count: Callable[[np.ndarray, NeighborGraph], int]) -> np.ndarray:
    return np.array([count(*slow_graph(n)) for n in sizes])


def high_dimensional(config: ComplexityConfig) -> Part:
    """One cloud in a high dimension: it runs, and the number of true bars says what it can mean."""
    d = config.high_dimension
    points, values = cloud(config.high_function, d, config.high_n, config.seed)
    bars = graph_barcode(values, knn_graph(points))
    one_axis = exact_barcode(get(config.high_function), 1).n_bars
    return {
        "largest_dimension": d,
        "high_n": config.high_n,
        "high_bars": len(bars),
        "high_infinite": int(bars.essential.sum()),
        "high_exact_bars": one_axis**d,
    }, {}
