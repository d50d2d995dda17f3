"""BSL-4.2.2: any two minima are joined by a path no higher than the largest finite death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.net_cloud import fill
from lossbar_core.papers.bsl.net_descents import find_minima
from lossbar_core.papers.bsl.net_models import limits, network
from lossbar_core.papers.bsl.net_tasks import cloud_barcode

SHOWN = 40  # minima, those with the largest components, for which all pairs are compared


@dataclass(frozen=True)
class LowPaths:
    """A network of a variant on a cloud of n points."""

    n_points: int
    runs: int
    steps: int
    variant: str = "fixed"
    widths: tuple[int, ...] = (2, 2)
    level: float = 1.5
    multiple: int = 2
    seed: int = 0


@item(
    "BSL-4.2.2",
    smoke=LowPaths(1000, runs=10, steps=50),
    quick=LowPaths(50_000, runs=100, steps=1000),
    paper=LowPaths(300_000, runs=1000, steps=3000),
)
def low_paths(config: LowPaths) -> Result:
    r"""Largest pairwise minimax :math:`\max_{p, q} \min_\gamma \max_t f(\gamma(t))`: BSL section 4.2.2.

    Found without the elder rule: by looking, level by level, whether all minima lie in one component, and from a
    minimum spanning tree of scipy.

    Parameters
    ----------
    config : LowPaths

    Returns
    -------
    Result
        ``largest_death``, ``joining_level`` of all minima, ``largest_minimax`` over ``n_pairs`` pairs of minima
        with large components and ``largest_death_of_them``; the two differences; ``share_of_range``.
    """
    model = network(config.variant, config.widths, config.seed)
    box = limits(model, config.variant)
    minima = find_minima(model, box, config.runs, config.steps, config.seed)
    cloud = fill(model, box, config.n_points, config.level, config.seed)
    bars = cloud_barcode(model, cloud, minima, config.n_points, config.multiple)
    finite = bars[~bars.essential]
    level = joining_level(bars)
    largest = np.sort(np.argsort(-bars.size, kind="stable")[:SHOWN])
    some = bars[largest]
    table = minimax_table(bars, some.minimum)
    least = float(some.death[~some.essential].max())
    highest = float(np.nanmax([cloud.highest, cloud.highest_corner]))
    values = {
        "n_points": config.n_points,
        "n_minima": len(bars),
        "islands": int(bars.essential.sum()) - 1,
        "largest_death": float(finite.death.max()),
        "joining_level": level,
        "level_difference": abs(level - float(finite.death.max())),
        "n_pairs": len(some) * (len(some) - 1) // 2,
        "largest_minimax": float(table.max()),
        "largest_death_of_them": least,
        "minimax_difference": abs(float(table.max()) - least),
        "share_of_range": least / highest,
    }
    return Result(values, {"minimax": table, "birth": some.birth, "death": some.death})


def joining_level(bars: Barcode) -> float:
    """Least value below which all minima that are joined at all lie in common components, by bisection."""
    edges, heights = _edges(bars)
    n = len(bars.values)  # type: ignore[arg-type]
    parts = _component(edges, n)[bars.minimum]
    candidates = np.unique(heights)
    low, high = -1, len(candidates) - 1  # joined at high, not at low
    while high - low > 1:
        middle = (low + high) // 2
        labels = _component(edges[heights <= candidates[middle]], n)[bars.minimum]
        joined = len(np.unique(labels)) == len(np.unique(parts))
        low, high = (low, middle) if joined else (middle, high)
    return float(candidates[high])


def minimax_table(bars: Barcode, vertices: np.ndarray) -> np.ndarray:
    """Minimax (m, m) between vertices along a minimum spanning tree; -inf on the diagonal and between islands."""
    edges, heights = _edges(bars)
    n = len(bars.values)  # type: ignore[arg-type]
    offset = 1.0 - float(heights.min())  # scipy takes an edge of weight zero for none
    graph = csr_array((heights.astype(np.float64) + offset, edges.T), shape=(n, n))
    tree = minimum_spanning_tree(graph)
    tree = (tree + tree.T).tocsr()
    table = np.full((len(vertices), len(vertices)), -np.inf)
    for row, vertex in enumerate(vertices):
        order, before = breadth_first_order(tree, int(vertex), directed=False)
        top = np.full(n, -np.inf)
        top[vertex] = 0.0
        steps = np.asarray(tree[order[1:], before[order[1:]]]).ravel() - offset
        for step, here in zip(steps, order[1:], strict=True):
            came = before[here]
            top[here] = step if came == vertex else max(step, top[came])
        table[row] = top[vertices]
        table[row, row] = -np.inf
    return table


def _edges(bars: Barcode) -> tuple[np.ndarray, np.ndarray]:
    """Edges (m, 2) and the height of each, that of its higher end."""
    assert bars.graph is not None
    assert bars.values is not None
    edges = bars.graph.edges()
    return edges, bars.values[edges].max(axis=1)


def _component(edges: np.ndarray, n: int) -> np.ndarray:
    ones = np.ones(len(edges), np.int8)
    return connected_components(coo_array((ones, edges.T), shape=(n, n)), directed=False)[1]
