"""Seeded random functions on random graphs, on which the statements of BSL section 2 are tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import knn_graph

FAMILIES = ("sparse", "dense", "neighbours", "lattice", "tree", "star")
VALUES = ("distinct", "plateaus", "two levels")


@dataclass(frozen=True)
class Case:
    """A function on the vertices of a graph, with the names of what it was drawn from."""

    family: str
    kind: str
    values: np.ndarray
    graph: NeighborGraph


def random_cases(seed: int, count: int, vertices: int) -> Iterator[Case]:
    """Draw functions on graphs: six families of graphs, with and without equal values.

    Sparse graphs are disconnected and have lone vertices; neighbour graphs are what the paper samples
    functions on; stars merge many components at one vertex. Values are distinct, or few, or only two, so that
    ties are everywhere.

    Parameters
    ----------
    seed : int
    count : int
        Number of cases; 18 go once through all combinations.
    vertices : int
        Largest number of vertices; each case has between half of it and all.

    Yields
    ------
    Case

    Raises
    ------
    ValueError
        If fewer than 12 vertices are asked for: the families would look alike.

    Examples
    --------
    >>> [case.family for case in random_cases(seed=0, count=3, vertices=20)]
    ['sparse', 'dense', 'neighbours']
    """
    if vertices < 12:
        raise ValueError(f"expected at least 12 vertices, got {vertices}; smaller graphs hold no merges")
    for i in range(count):
        rng = np.random.default_rng([seed, i])
        family, kind = FAMILIES[i % len(FAMILIES)], VALUES[i // len(FAMILIES) % len(VALUES)]
        graph = random_graph(family, int(rng.integers(vertices // 2, vertices + 1)), rng)
        yield Case(family, kind, random_values(kind, graph.n_vertices, rng), graph)


def random_graph(family: str, n: int, rng: np.random.Generator) -> NeighborGraph:
    """A random graph of one of `FAMILIES` on about ``n`` vertices (a lattice rounds down)."""
    if family == "neighbours":
        return knn_graph(rng.random((n, 2)), k=4)
    if family == "lattice":
        side = int(np.sqrt(n))
        ids = np.arange(side * side).reshape(side, side)
        steps = [(ids[1:], ids[:-1]), (ids[:, 1:], ids[:, :-1])]
        edges = np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in steps])
        return NeighborGraph.from_edges(side * side, edges)
    if family == "tree":
        child = np.arange(1, n)
        return NeighborGraph.from_edges(n, np.column_stack([child, rng.integers(0, child)]))
    if family == "star":
        hubs = max(1, n // 25)
        return NeighborGraph.from_edges(n, np.column_stack([np.arange(n), rng.integers(0, hubs, n)]))
    mean_degree = {"sparse": 1.4, "dense": 5.0}[family]
    return NeighborGraph.from_edges(n, rng.integers(0, n, (int(n * mean_degree / 2), 2)))


def random_values(kind: str, n: int, rng: np.random.Generator) -> np.ndarray:
    """Values of one of `VALUES`: (n,) float64."""
    if kind == "distinct":
        return rng.normal(size=n)
    return rng.integers(0, 2 if kind == "two levels" else max(3, n // 10), n).astype(np.float64)


def local_minima(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """Mask (n,) of the vertices that precede all their neighbours in the order (value, id), edge by edge."""
    a, b = graph.edges().T  # a < b, so that a precedes b when their values are equal
    b_first = values[b] < values[a]
    minimum = np.ones(len(values), dtype=bool)
    minimum[np.where(b_first, a, b)] = False
    return minimum


def component_labels(graph: NeighborGraph, kept: np.ndarray) -> tuple[int, np.ndarray]:
    """Components of the subgraph on the vertices of a mask: their number and a label a vertex (-1 outside).

    Found by scipy's search, which shares no code with the union-find that it checks.
    """
    edges = graph.edges()
    edges = edges[kept[edges].all(axis=1)]
    place = np.cumsum(kept) - 1
    n = int(kept.sum())
    matrix = coo_array((np.ones(len(edges)), (place[edges[:, 0]], place[edges[:, 1]])), shape=(n, n))
    count, found = connected_components(matrix.tocsr(), directed=False)
    labels = np.full(len(kept), -1, dtype=np.int64)
    labels[kept] = found
    return int(count), labels
