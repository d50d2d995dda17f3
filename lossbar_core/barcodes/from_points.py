"""The barcode of values at the points of a cloud, with its graph or, where that would not fit, without."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import assemble, graph_barcode, merge_memory
from lossbar_core.barcodes.neighbours import (
    CHUNK,
    knn_graph,
    leaf_pieces,
    neighbour_count,
    neighbour_memory,
    search_limit,
    tree_memory,
)
from lossbar_core.checks import (
    as_points,
    as_positive,
    as_values,
    available_memory,
    check_memory,
    thread_count,
)
from lossbar_core.kernels.contract import BasinEdges, join_basins
from lossbar_core.kernels.elder import find_basins
from lossbar_core.kernels.neighbours import LeafTree
from lossbar_core.kernels.stream import note_rows, offer_rows


def point_barcode(
    values: Any,
    points: Any,
    k: int | None = None,
    radius: float | None = None,
    *,
    stream: bool | None = None,
    progress: bool = False,
) -> Barcode:
    r"""Barcode of minima of :math:`f(x_i)` on the k-NN graph of points :math:`x_i`: BSL section 3, Algorithm 1.

    The bars of ``graph_barcode(values, knn_graph(points, k, radius))``, bit for bit. A stream finds them without
    the graph: a first pass over the neighbours lowers every vertex's pointer to its lowest neighbour, a second one
    notes the edges between basins, and no table of neighbours is ever whole. It takes twice the searches, and a few
    numbers a point.

    Parameters
    ----------
    values : (n,) array of float32 or float64
    points : (n, d) array of float32 or float64, 1 <= d <= 32
    k, radius
        As in :func:`lossbar_core.knn_graph`: by default k = 2d and no radius.
    stream : bool, optional
        Whether to do without the graph. By default only where it would not fit in memory.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Barcode
        It carries ``points`` and ``values``, and ``graph`` unless it was streamed.

    Raises
    ------
    TypeError
        If values or points are no real numbers or k is no integer.
    ValueError
        If points are not (n, d), there is not one value a point, one is not finite, k >= n, or radius is not
        positive.
    MemoryError
        If even the stream would not fit.

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    >>> point_barcode([1.0, 3.0, 0.0, 4.0, 2.0], points, radius=1.0, stream=True).to_diagram()
    array([[ 0., inf],
           [ 1.,  3.],
           [ 2.,  4.]])
    """
    points = as_points(points)
    values = as_values(values, len(points))
    n, d = points.shape
    k = neighbour_count(k, n, d)
    radius = None if radius is None else as_positive(radius, "radius")
    if k and will_stream(n, d, k, points.itemsize, stream):
        bars = _streamed(values, points, k, radius, progress)
    else:
        bars = graph_barcode(values, knn_graph(points, k or None, radius, progress=progress))
    bars.points = points
    return bars


def will_stream(n: int, d: int, k: int, itemsize: int, stream: bool | None = None) -> bool:
    """Whether to stream n points in d dimensions; decided by the memory where it is not said.

    Raises
    ------
    TypeError
        If stream is neither a bool nor None.
    MemoryError
        If the chosen way would not fit.

    Examples
    --------
    >>> will_stream(1000, 2, 4, 4), will_stream(1000, 2, 4, 4, stream=True)
    (False, True)
    """
    if stream is not None and not isinstance(stream, bool):
        raise TypeError(
            f"expected stream as True, False or None, got {stream!r}; None lets the memory decide"
        )
    if stream is None:
        stream = table_memory(n, d, k, itemsize) > available_memory()
    needed = stream_memory(n, d, itemsize) if stream else table_memory(n, d, k, itemsize)
    way = "streaming" if stream else "the graph kept"
    check_memory(needed, f"the barcode of {n} points in {d}-D, {way},")
    return stream


def table_memory(n: int, d: int, k: int, itemsize: int) -> int:
    """Bytes at the peak with the graph: points, values, search, then the rows with the merge."""
    rows = n * (8 * k + 12)
    return n * (d * itemsize + 8) + max(neighbour_memory(n, d, k, itemsize), rows + merge_memory(n, 8))


def stream_memory(n: int, d: int, itemsize: int) -> int:
    """Bytes at the peak of a stream: points, values, the tree, then the merge."""
    return n * (d * itemsize + 8) + tree_memory(n, d, itemsize) + merge_memory(n, 8)


def _streamed(
    values: np.ndarray, points: np.ndarray, k: int, radius: float | None, progress: bool
) -> Barcode:
    threads = thread_count(points.size * k)
    tree = LeafTree(points, threads)
    local = values[tree.ids]
    limit = search_limit(radius, points.dtype)
    piece = np.empty((min(CHUNK, tree.n), k), np.int32)

    def rows(label: str) -> Any:
        """Tables of neighbours, one after the other in the same memory, with the place of their first row."""
        for first, last in leaf_pieces(tree, label, progress):
            start, end = first * tree.leaf, min(last * tree.leaf, tree.n)
            tree.query(k, limit, piece, None, first, last, threads, origin=start)
            yield start, piece[: end - start]

    parent = np.arange(tree.n, dtype=np.int32)
    for start, table in rows("neighbours, first pass"):
        offer_rows(local, tree.ids, table, start, parent, threads)
    minima, basin = find_basins(local, parent, tree.ids, threads)
    edges = BasinEdges(np.int32, threads)
    for start, table in rows("neighbours, second pass"):
        note_rows(local, tree.ids, table, start, basin, len(minima), edges)
    deaths = join_basins(local, basin, tree.ids, len(minima), edges)
    ids = tree.ids
    bars = assemble(local, parent, basin, minima, *deaths, ids=ids, to_id=ids.__getitem__, threads=threads)
    bars.values = values
    return bars
