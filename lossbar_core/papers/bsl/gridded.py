"""A grid in place of a random cloud: the same number of points, the same function, the same reference."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_grid import CONNECTIVITY, grid_barcode
from lossbar_core.barcodes.from_samples import sample_points
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.barcodes.oracle import cubical_bars
from lossbar_core.functions import BenchmarkFunction, exact_barcode
from lossbar_core.papers.bsl.radius import of_global_minimum


def grid_values(function: BenchmarkFunction, dimension: int, side: int) -> np.ndarray:
    """Values on a regular grid with ``side`` points along every axis of the box, ends included."""
    axes = [np.linspace(low, high, side) for low, high in function.bounds(dimension)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, dimension)
    return function(nodes).reshape((side,) * dimension)


def grid_against_cloud(
    function: BenchmarkFunction,
    dimension: int,
    sides: Sequence[int],
    multiples: Sequence[int] = (2, 6),
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Bottleneck distance to the exact barcode and number of bars, for grids and for clouds of as many points.

    Parameters
    ----------
    function : a separable BenchmarkFunction
    dimension : int
    sides : sequence of int
        Points along an axis of the grid.
    multiples : sequence of int
        The cloud's graph has k = m D neighbours for each m.
    seed : int

    Returns
    -------
    dict
        ``n`` points, and for "faces", "full" and each "k = m D" the arrays ``distance <name>`` and
        ``bars <name>``. A distance is taken on the component of the global minimum.

    Raises
    ------
    ValueError
        If the function is not separable, so that there is no exact barcode.
    """
    exact = exact_barcode(function, dimension).to_diagram()
    columns: dict[str, list[float]] = {"n": [side**dimension for side in sides]}
    for side in sides:
        for name, bars in _barcodes(function, dimension, side, multiples, seed):
            columns.setdefault(f"bars {name}", []).append(len(bars))
            distance = float(bottleneck_distance(of_global_minimum(bars), exact))
            columns.setdefault(f"distance {name}", []).append(distance)
    return {name: np.array(column) for name, column in columns.items()}


def _barcodes(
    function: BenchmarkFunction, dimension: int, side: int, multiples: Sequence[int], seed: int
) -> list[tuple[str, Barcode]]:
    array = grid_values(function, dimension, side)
    points = sample_points(function.bounds(dimension), array.size, seed)
    values = function(points)
    on_grids = [(name, grid_barcode(array, name)) for name in CONNECTIVITY]
    return on_grids + [
        (f"k = {m}D", graph_barcode(values, knn_graph(points, m * dimension))) for m in multiples
    ]


def agreement_with_peers(shapes: Sequence[Sequence[int]], seed: int = 0) -> list[dict[str, object]]:
    """Bars of random arrays by this library, by GUDHI and by Cubical Ripser, compared one by one.

    Cubical Ripser takes up to four axes; beyond, its entry is None.

    Returns
    -------
    list of dict
        For each shape and connectivity: ``shape``, ``connectivity``, ``bars``, and whether ``gudhi`` and
        ``cripser`` found the same.

    Raises
    ------
    ImportError
        If one of the two is not installed.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for shape, connectivity in product(shapes, CONNECTIVITY):
        array = rng.random(tuple(shape))
        ours = grid_barcode(array, connectivity).to_diagram()
        ours = ours[np.lexsort((ours[:, 1], ours[:, 0]))]
        rows.append(
            {
                "shape": tuple(shape),
                "connectivity": connectivity,
                "bars": len(ours),
                "gudhi": np.array_equal(ours, cubical_bars(array, connectivity)),
                "cripser": np.array_equal(ours, cripser_bars(array, connectivity))
                if len(shape) <= 4
                else None,
            }
        )
    return rows


def cripser_bars(array: np.ndarray, connectivity: str) -> np.ndarray:
    """Degree-0 bars (b, 2) of an array of up to four axes by Cubical Ripser, sorted; death = inf if essential.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        import cripser
    except ImportError as error:
        raise ImportError("the comparison needs Cubical Ripser; install it: pip install cripser") from error
    compute = cripser.computePH if connectivity == "faces" else cripser.computePH_T
    bars = np.asarray(compute(np.ascontiguousarray(array, dtype=np.float64), maxdim=0))[:, 1:3]
    bars = np.where(bars > 1e300, np.inf, bars)
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]
