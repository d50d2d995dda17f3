"""Two ways to the same bars with every elementary step counted, so that growth does not depend on a clock."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cmp_to_key

import numpy as np

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.pairs import Pairs, graph_input, pairs_of, vertex_ranks


@dataclass(frozen=True)
class Work:
    """Steps of Algorithm 1: comparisons to sort the vertices, edges looked at, pointers followed, merges."""

    comparisons: int
    edges: int
    pointers: int
    merges: int

    @property
    def total(self) -> int:
        """All counted steps."""
        return self.comparisons + self.edges + self.pointers + self.merges


def count_algorithm1(values: np.ndarray, graph: NeighborGraph) -> tuple[Pairs, Work]:
    """Algorithm 1 with disjoint sets as the authors have them: the elder is the root, paths are compressed.

    BSL section 3, practical implementation.

    Returns
    -------
    Pairs
        The bars.
    Work
        What they took.

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> pairs, work = count_algorithm1([1.0, 2.0, 0.0], NeighborGraph.from_edges(3, [(0, 1), (1, 2)]))
    >>> pairs.to_diagram().tolist(), work
    ([[0.0, inf], [1.0, 2.0]], Work(comparisons=4, edges=2, pointers=1, merges=2))
    """
    f, edges = graph_input(values, graph)
    order, comparisons = _sort(f)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    below: list[list[int]] = [[] for _ in order]
    for low, high in np.sort(rank[edges], axis=1).tolist():
        below[high].append(low)
    up = list(range(len(order)))
    saddles: dict[int, int] = {}
    pointers = merges = 0
    for vertex, lower in enumerate(below):
        for neighbour in lower:
            elder, steps = _find(up, neighbour)
            own, more = _find(up, vertex)
            pointers += steps + more
            if own == elder:
                continue
            merges += 1
            elder, younger = min(elder, own), max(elder, own)
            up[younger] = elder
            if younger != vertex:
                saddles[younger] = vertex
    ids = order.tolist()
    minima = {v: -1 for v, root in enumerate(up) if v == root} | saddles
    pairs = pairs_of(f, {ids[p]: ids[q] if q >= 0 else -1 for p, q in minima.items()})
    return pairs, Work(comparisons, len(edges), pointers, merges)


def _sort(values: np.ndarray) -> tuple[np.ndarray, int]:
    """Vertices by (value, id), and how often two values were compared."""
    keys, count = values.tolist(), 0

    def compare(a: int, b: int) -> int:
        nonlocal count
        count += 1
        return -1 if (keys[a], a) < (keys[b], b) else 1

    return np.array(sorted(range(len(keys)), key=cmp_to_key(compare)), dtype=np.int64), count


def _find(up: list[int], vertex: int) -> tuple[int, int]:
    """Root of a vertex and the number of pointers on the way, which then all lead to the root."""
    root, steps = vertex, 0
    while up[root] != root:
        root, steps = up[root], steps + 1
    while up[vertex] != root:
        up[vertex], vertex = root, up[vertex]
    return root, steps


def count_reduction(values: np.ndarray, graph: NeighborGraph) -> tuple[Pairs, int]:
    r"""Degree-0 pairs by reducing the boundary matrix column by column, and the number of column additions.

    A column holds the two ends of an edge; adding the column that owns its lower-most entry replaces that
    entry by an earlier vertex. An edge costs at most N - 1 additions of two entries each (BSL section 1,
    against which the algorithm is compared; definition 3).

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> triangle = NeighborGraph.from_edges(3, [(0, 1), (1, 2), (0, 2)])
    >>> pairs, additions = count_reduction([0.0, 1.0, 2.0], triangle)
    >>> pairs.to_diagram().tolist(), additions
    ([[0.0, inf]], 2)
    """
    f, edges = graph_input(values, graph)
    order, rank = vertex_ranks(f)
    columns = np.sort(rank[edges], axis=1)
    columns = columns[np.lexsort((columns[:, 0], columns[:, 1]))]
    earlier: dict[int, int] = {}  # pivot -> the other entry of the reduced column that owns it
    born_and_killed: dict[int, int] = {}
    additions = 0
    for first, last in columns.tolist():
        low, pivot = first, last
        while low != pivot and pivot in earlier:
            additions += 1
            low, pivot = sorted((low, earlier[pivot]))
        if low != pivot:
            earlier[pivot] = low
            born_and_killed[pivot] = last
    saddles = {v: born_and_killed.get(v, -1) for v in range(len(f))}
    ids = order.tolist()
    kept = {p: q for p, q in saddles.items() if p != q}  # a vertex killed on entering is no minimum
    return pairs_of(f, {ids[p]: ids[q] if q >= 0 else -1 for p, q in kept.items()}), additions


def slow_graph(n: int) -> tuple[np.ndarray, NeighborGraph]:
    """Values and a graph on which the reduction needs about n^2 / 4 additions.

    A rising path on the first half; every later vertex is joined to both ends of the path, so that its
    second edge is led down the whole path, once more every time.

    Raises
    ------
    ValueError
        If n < 4.
    """
    if n < 4:
        raise ValueError(f"expected n >= 4, got {n}; take a longer path")
    half = n // 2
    path = np.stack([np.arange(half - 1), np.arange(1, half)], axis=1)
    late = np.arange(half, n)
    ends = [np.stack([late, np.full_like(late, end)], axis=1) for end in (0, half - 1)]
    return np.arange(n, dtype=np.float64), NeighborGraph.from_edges(n, np.concatenate([path, *ends]))
