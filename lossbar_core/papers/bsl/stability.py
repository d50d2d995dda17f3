"""BSL Proposition 4.1: how far an estimated barcode can be from the true one, on two kinds of graphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.functions import ALPINE_01, SCHWEFEL_26, WAVY, BenchmarkFunction, exact_barcode
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.lipschitz import lipschitz_constant

CELLS = {2: 250_000, 3: 512_000}  # of the grid that covers the square or the cube, about
ROUNDING = 1e-9  # relative; the terms of a bound are rounded some times, each by 1e-16


@dataclass(frozen=True)
class Stability:
    """``trials`` clouds for each of ``dimensions`` and ``sizes``; on each four functions, on two graphs.

    The neighbour graph has ``multiple`` * D neighbours. ``maze_rows`` are even.
    """

    sizes: tuple[int, ...]
    trials: int
    dimensions: tuple[int, ...] = (2, 3)
    maze_rows: tuple[int, ...] = (6, 12, 24)
    multiple: int = 2
    seed: int = 0


SEPARABLE = (ALPINE_01, SCHWEFEL_26, WAVY)
TRIED = (*(function.name for function in SEPARABLE), "Cone")
ONE_BAR = np.array([[0.0, np.inf]])


@item(
    "BSL-Prop4.1",
    smoke=Stability(sizes=(100, 300), trials=2),
    quick=Stability(sizes=(100, 300, 1000, 3000), trials=10),
    paper=Stability(sizes=(100, 300, 1000, 3000, 10_000), trials=50),
)
def stability(config: Stability) -> Result:
    r"""Is :math:`W_\infty(\hat D_f(\Theta_N), D^*_f) < C \varepsilon`? BSL Proposition 4.1.

    C is a Lipschitz constant and :math:`\varepsilon` a distance within which every point of the cube has a sample,
    both bounded from above, so that a distance of C epsilon or more contradicts the bound for certain. On graphs of
    radius :math:`2 \varepsilon` it holds; on graphs of k = 2D neighbours it need not.

    Parameters
    ----------
    config : Stability

    Returns
    -------
    Result
        ``share_within_2_c_eps`` and ``share_within_c_eps`` of the trials on radius graphs, ``largest_ratio`` of
        distance and C epsilon there; on neighbour graphs ``knn_violations`` (distance at least C epsilon),
        ``knn_infinite`` among them, ``knn_largest_ratio`` of the finite ones; ``trials``; ``maze_ratio`` of
        distance and C epsilon on the neighbour graph of `maze`, which is connected. Arrays ``ratio``, ``knn_ratio``
        (d, s, trials, f), ``epsilon_low``, ``epsilon``, ``mean_degree`` (d, s, trials), ``maze_rows``,
        ``maze_ratios``, ``maze_radius_ratios``.
    """
    shape = (len(config.dimensions), len(config.sizes), config.trials)
    arrays = {name: np.empty((*shape, len(TRIED))) for name in ("ratio", "knn_ratio")}
    arrays |= {name: np.empty(shape) for name in ("epsilon_low", "epsilon", "mean_degree")}
    for i, d in enumerate(config.dimensions):
        for j, n in enumerate(config.sizes):
            for trial in range(config.trials):
                measured = one_cloud(d, n, config.multiple, (config.seed, d, n, trial))
                for name, value in measured.items():
                    arrays[name][i, j, trial] = value
    arrays |= {"dimensions": np.array(config.dimensions), "sizes": np.array(config.sizes)}
    maze_values, of_mazes = measured_mazes(config)
    return Result(stability_values(arrays) | maze_values, arrays | of_mazes)


def measured_mazes(config: Stability) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Distance over C epsilon of f(x, y) = x on mazes, with neighbours and within a radius; C is 1."""
    knn, near, components = [], [], []
    for rows in config.maze_rows:
        points = maze(rows)
        _, high, _ = covering_radius(points)
        graph = knn_graph(points, 4)
        knn.append(bottleneck_distance(graph_barcode(points[:, 0], graph), ONE_BAR) / high)
        within = graph_barcode(points[:, 0], radius_graph(points, 2 * high))
        near.append(bottleneck_distance(within, ONE_BAR) / high)
        components.append(graph.n_components())
    return {
        "maze_ratio": float(min(knn)),
        "maze_radius_ratio": float(max(near)),
        "maze_components": int(max(components)),
    }, {
        "maze_rows": np.array(config.maze_rows),
        "maze_ratios": np.array(knn),
        "maze_radius_ratios": np.array(near),
    }


def maze(rows: int) -> np.ndarray:
    r"""Points of the unit square whose four nearest neighbours lead through it row by row, there and back.

    Points of a row are 4.5 times as dense as the rows, so that its four nearest neighbours are in the row. Rows
    are joined by a chain of points at x = 0 and at x = 1 in turn. The estimate for f(x, y) = x then has a bar
    [0, 1) for every second pair of rows, however dense the cloud; the true one has none.

    Parameters
    ----------
    rows : int
        Even.

    Returns
    -------
    (n, 2) float64 array

    Raises
    ------
    ValueError
        If the number of rows is odd or less than 4.

    Examples
    --------
    >>> maze(4).shape
    (84, 2)
    """
    if rows < 4 or rows % 2:
        raise ValueError(f"expected an even number of rows from 4, got {rows}; a bar needs two pairs of rows")
    gap = 1 / (rows - 1)
    along = np.linspace(0, 1, int(np.ceil(4.5 / gap)) + 1)
    across = gap * np.arange(1, 9) / 9
    parts = [np.stack([along, np.full(len(along), row * gap)], axis=1) for row in range(rows)]
    parts += [np.stack([np.full(8, float(row % 2)), row * gap + across], axis=1) for row in range(rows - 1)]
    return np.concatenate(parts)


def stability_values(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """Shares of trials that keep the bounds, and what happens on neighbour graphs."""
    ratio, other = arrays["ratio"], arrays["knn_ratio"]
    finite = other[np.isfinite(other)]
    broken = other >= 1 + ROUNDING
    return {
        "trials": int(ratio.size),
        "share_within_2_c_eps": float(np.mean(ratio <= 2 * (1 + ROUNDING))),
        "share_within_c_eps": float(np.mean(ratio <= 1 + ROUNDING)),
        "largest_ratio": float(ratio.max()),
        "knn_violations": int(broken.sum()),
        "knn_infinite": int(np.isinf(other).sum()),
        "knn_finite_violations": int((broken & np.isfinite(other)).sum()),
        "knn_largest_ratio": float(finite.max(initial=0.0)),
        "largest_n": int(arrays["sizes"].max()),
    }


def one_cloud(d: int, n: int, multiple: int, seed: tuple[int, ...]) -> dict[str, Any]:
    r"""Distances over C epsilon of every function, on the graph of radius 2 epsilon and on the neighbour graph.

    The last function is a cone :math:`|\theta - \theta^*|` over the point that is farthest from the samples, so that
    the lowest sample alone is off by as much as the bound allows.
    """
    points = np.random.default_rng(np.random.SeedSequence(seed)).random((n, d))
    low, high, farthest = covering_radius(points)
    near = radius_graph(points, 2 * high)
    nearest = knn_graph(points, min(multiple * d, n - 1))
    ratios: dict[str, list[float]] = {"ratio": [], "knn_ratio": []}
    for values, exact, constant in tried_functions(points, farthest):
        for name, graph in (("ratio", near), ("knn_ratio", nearest)):
            ratios[name].append(bottleneck_distance(graph_barcode(values, graph), exact) / (constant * high))
    return {**ratios, "epsilon_low": low, "epsilon": high, "mean_degree": 2 * near.n_edges / n}


def tried_functions(
    points: np.ndarray, farthest: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """Values at points of the unit cube, exact bars, and a Lipschitz constant in units of the cube."""
    d = points.shape[1]
    for function in SEPARABLE:
        low, high = function.bounds(d)[0]
        values = function(low + (high - low) * points)
        yield values, exact_diagram(function, d), lipschitz_constant(function, d) * (high - low)
    yield np.linalg.norm(points - farthest, axis=1), ONE_BAR, 1.0


@cache
def exact_diagram(function: BenchmarkFunction, dimension: int) -> np.ndarray:
    """All bars of a separable function."""
    return exact_barcode(function, dimension).to_diagram()


def radius_graph(points: np.ndarray, radius: float) -> NeighborGraph:
    """All pairs of points at most ``radius`` apart, joined."""
    from scipy.spatial import cKDTree

    return NeighborGraph.from_edges(len(points), cKDTree(points).query_pairs(radius, output_type="ndarray"))


def covering_radius(points: np.ndarray) -> tuple[float, float, np.ndarray]:
    r"""Bounds of :math:`\rho = \max_\theta \min_i |\theta - \theta_i|` over the unit cube.

    The cube is cut into cells. No point of a cell is farther from its centre than half its diagonal, so the largest
    distance of a centre to a sample, plus that, is a bound from above; without it, one from below.

    Parameters
    ----------
    points : (n, d) array in the unit cube, d = 2 or 3

    Returns
    -------
    low, high : float
    farthest : (d,) array
        The centre whose nearest sample is ``low`` away.

    Raises
    ------
    ValueError
        If there is no grid for the dimension.

    Examples
    --------
    >>> low, high, farthest = covering_radius(np.array([[0.5, 0.5]]))
    >>> low < 0.5**0.5 <= high < 1.01 * low, farthest
    (True, array([0.001, 0.001]))
    """
    from scipy.spatial import cKDTree

    d = points.shape[1]
    if d not in CELLS:
        raise ValueError(
            f"expected a dimension in {sorted(CELLS)}, got {d}; a grid of the cube would not fit"
        )
    side = round(CELLS[d] ** (1 / d))
    axis = (np.arange(side) + 0.5) / side
    tree, low, farthest = cKDTree(points), 0.0, points[0]
    for first in axis:  # a slice at a time, so that memory stays small
        rest = np.stack(np.meshgrid(*[axis] * (d - 1), indexing="ij"), axis=-1).reshape(-1, d - 1)
        centres = np.concatenate([np.full((len(rest), 1), first), rest], axis=1)
        distance = tree.query(centres)[0]
        if distance.max() > low:
            low, farthest = float(distance.max()), centres[distance.argmax()]
    return low, float((low + 0.5 * np.sqrt(d) / side) * (1 + ROUNDING)), farthest
