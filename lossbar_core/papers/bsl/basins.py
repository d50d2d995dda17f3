"""Pointers, basins and crossing edges in plain numpy: what the kernel does, made visible."""

from __future__ import annotations

import numpy as np

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.pairs import graph_input, vertex_ranks
from lossbar_core.papers.bsl.random_graphs import component_labels


def lowest_neighbours(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """The lowest of each vertex and its neighbours; a minimum points to itself.

    Parameters
    ----------
    values : (n,) array
        Equal values are ordered by vertex id.
    graph : NeighborGraph

    Returns
    -------
    (n,) int64 array of vertex ids

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> lowest_neighbours([0.0, 1.0, 3.0, 2.0], NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)]))
    array([0, 0, 1, 3])
    """
    f, edges = graph_input(values, graph)
    order, rank = vertex_ranks(f)
    ends = rank[edges]
    lowest = np.arange(len(f))
    np.minimum.at(lowest, ends.max(axis=1), ends.min(axis=1))
    return order[lowest[rank]]


def basins(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """Minimum at the end of each vertex's chain of lowest neighbours.

    Parameters
    ----------
    values : (n,) array
        Equal values are ordered by vertex id.
    graph : NeighborGraph

    Returns
    -------
    (n,) int64 array of vertex ids

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> basins([0.0, 1.0, 3.0, 2.0], NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)]))
    array([0, 0, 0, 3])
    """
    target = lowest_neighbours(values, graph)
    while not np.array_equal(target, target[target]):  # pointers to pointers: the chains halve
        target = target[target]
    return target


def crossing_edges(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """Edges between different basins, the only ones at which components can merge.

    Returns
    -------
    (m, 2) int64 array of edges a < b, sorted

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> crossing_edges([0.0, 1.0, 3.0, 2.0], NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)]))
    array([[2, 3]])
    """
    edges = graph.edges()
    basin = basins(values, graph)[edges]
    return edges[basin[:, 0] != basin[:, 1]]


def sublevel_labels(values: np.ndarray, graph: NeighborGraph, level: float) -> np.ndarray:
    r"""Lowest vertex of each vertex's component in the sublevel graph :math:`\Xi_{f \le c}`.

    Parameters
    ----------
    values : (n,) array
    graph : NeighborGraph
    level : float

    Returns
    -------
    (n,) int64 array of vertex ids, -1 above the level

    Raises
    ------
    TypeError, ValueError
        If there is not one finite value a vertex.

    Examples
    --------
    >>> sublevel_labels([0.0, 1.0, 3.0, 2.0], NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)]), 2.5)
    array([ 0,  0, -1,  3])
    """
    f, _ = graph_input(values, graph)
    order, rank = vertex_ranks(f)
    count, part = component_labels(graph, f <= level)
    lowest = np.full(count + 1, len(f))  # the last entry takes the vertices above the level
    np.minimum.at(lowest, part, rank)
    return np.where(part >= 0, order[lowest[part]], -1)
