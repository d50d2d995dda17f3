"""Algorithm 1: the barcode of minima of values on a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.paths import MergePaths
from lossbar_core.checks import as_values, check_memory, thread_count
from lossbar_core.kernels.elder import points_under_bars
from lossbar_core.kernels.graph import merge_graph


def graph_barcode(values: Any, graph: NeighborGraph) -> Barcode:
    r"""Degree-0 persistence of the sublevel graphs :math:`\Xi_{f \le c}`: BSL Algorithm 1, exact.

    Every vertex points to its lowest neighbour; pointers lead to minima; only edges between different basins
    are taken in increasing order and merged by the elder rule. The pairs are those of Algorithm 1, which
    looks at every vertex. O(N + E) and a sort of the merging vertices.

    Parameters
    ----------
    values : (n,) array of float32 or float64
        f at the vertices. Equal values are ordered by vertex id.
    graph : NeighborGraph

    Returns
    -------
    Barcode

    Raises
    ------
    TypeError
        If the graph is no NeighborGraph or the values are no real numbers.
    ValueError
        If there is not one finite value a vertex.
    MemoryError
        If the work would not fit.

    Examples
    --------
    >>> line = NeighborGraph.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    >>> bc = graph_barcode([1.0, 3.0, 0.0, 4.0, 2.0], line)
    >>> bc.to_diagram()
    array([[ 0., inf],
           [ 1.,  3.],
           [ 2.,  4.]])
    >>> bc.minimum, bc.swallower
    (array([2, 0, 4]), array([-1,  2,  2]))
    """
    if not isinstance(graph, NeighborGraph):
        raise TypeError(
            f"expected a NeighborGraph, got {type(graph).__name__}; "
            "build one with knn_graph or NeighborGraph.from_edges, from_csr, from_scipy"
        )
    values = as_values(values, graph.n_vertices)
    indices, places = graph._indices, graph._places
    check_memory(merge_memory(len(values), values.itemsize), f"the merge of {len(values)} vertices")
    local = values if places is None else values[places]
    threads = thread_count(len(values) + indices.size)
    merged = merge_graph(local, indices, graph._indptr, places, threads)
    to_id = _identity if places is None else places.__getitem__
    bars = assemble(local, *merged, ids=places, to_id=to_id, threads=threads)
    bars.values, bars.graph = values, graph
    return bars


def merge_memory(n: int, itemsize: int) -> int:
    """Bytes of a merge beside values and graph: the values in its order, pointers, basins, edges and their sort."""
    return n * (itemsize + 40)


def assemble(
    values: np.ndarray,
    parent: np.ndarray,
    basin: np.ndarray,
    minima: np.ndarray,
    saddle: np.ndarray,
    across: np.ndarray,
    swallower: np.ndarray,
    death_order: np.ndarray,
    *,
    ids: np.ndarray | None,
    to_id: Any,
    to_place: Any = None,
    threads: int = 1,
) -> Barcode:
    """A Barcode of what a merge kernel returns; ``to_id`` maps places of its arrays to vertex ids."""
    size, height = points_under_bars(values, basin, minima, saddle, swallower, death_order, ids, threads)
    finite = saddle >= 0
    death = np.full(len(minima), np.inf, values.dtype)
    death[finite] = values[saddle[finite]]
    saddle_id, swallower_id = np.full((2, len(minima)), -1, np.int64)
    saddle_id[finite] = to_id(saddle[finite])
    swallower_id[finite] = to_id(minima[swallower[finite]])
    return Barcode(
        birth=values[minima],
        death=death,
        minimum=np.asarray(to_id(minima), np.int64),
        saddle=saddle_id,
        swallower=swallower_id,
        size=size,
        mean_height=height / size,
        paths=MergePaths(parent, basin, minima, saddle, across, to_id, to_place or _place_of(ids)),
    )


def _identity(places: np.ndarray) -> np.ndarray:
    return places


def _place_of(ids: np.ndarray | None) -> Any:
    """Place of a vertex id; a search suffices, paths are asked for a few bars."""
    if ids is None:
        return int
    return lambda vertex: int(np.flatnonzero(ids == vertex)[0])
