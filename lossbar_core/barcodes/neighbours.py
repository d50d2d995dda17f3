"""Exact nearest neighbours, and the paper's graph of a point cloud."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.checks import as_count, as_points, as_positive, check_memory, thread_count
from lossbar_core.kernels.graph import symmetric_rows
from lossbar_core.kernels.neighbours import LeafTree, leaf_size
from lossbar_core.progress import progress_bar

MOST_POINTS = 2**31 - 64  # positions, the padding of the last leaf included, are 32-bit numbers
CHUNK = 2**18  # points between two looks at the progress bar and at Ctrl-C


def knn_graph(
    points: Any, k: int | None = None, radius: float | None = None, *, progress: bool = False
) -> NeighborGraph:
    r"""Join :math:`x_i, x_j` if one is among the k nearest of the other and :math:`|x_i - x_j| \le r`.

    The exact graph of BSL section 3: directed k-nearest-neighbour edges, orientation dropped, long edges
    dropped. Equal distances are ordered by vertex id, so duplicated points and lattices give one definite
    graph.

    Parameters
    ----------
    points : (n, d) array of float32 or float64, 1 <= d <= 32
        Used without a copy where C-contiguous. Distances are computed in this dtype.
    k : int, optional
        Neighbours a point, 0 < k < n. Default 2d, the paper's choice (for a cloud of at most 2d points n -
        1).
    radius : float, optional
        Longest edge, in units of the coordinates; the paper takes :math:`c(D) N^{-1/D}`. Default: none.
    progress : bool
        Show a progress bar.

    Returns
    -------
    NeighborGraph

    Raises
    ------
    TypeError
        If points are no real numbers or k is no integer.
    ValueError
        If points are not (n, d), not finite, k >= n, or radius is not positive.
    MemoryError
        If the neighbour table would not fit.

    Examples
    --------
    >>> knn_graph([[0.0], [1.0], [3.0]], k=1).edges()
    array([[0, 1],
           [1, 2]])
    >>> knn_graph([[0.0], [1.0], [3.0]], k=1, radius=1.5).edges()
    array([[0, 1]])
    """
    points = as_points(points)
    k = neighbour_count(k, *points.shape)
    radius = None if radius is None else as_positive(radius, "radius")
    if k == 0:
        return NeighborGraph.from_edges(1, [])
    tree, table = _query(points, k, radius, None, progress)
    indptr, indices = symmetric_rows(table)
    return NeighborGraph(indptr, indices, tree.ids)


def nearest_neighbours(points: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids and distances of the k nearest other points of every point, sorted by (distance, id).

    Parameters
    ----------
    points : (n, d) array of float32 or float64
    k : int, 0 < k < n

    Returns
    -------
    indices : (n, k) int32 array
    distances : (n, k) array of the points' dtype, Euclidean

    Raises
    ------
    TypeError
        If points are no real numbers or k is no integer.
    ValueError
        If points are not (n, d), not finite, or k >= n.
    MemoryError
        If the tables would not fit.

    Examples
    --------
    >>> nearest_neighbours([[0.0], [1.0], [3.0]], 2)[0]
    array([[1, 2],
           [0, 2],
           [1, 0]], dtype=int32)
    """
    points = as_points(points)
    k = neighbour_count(as_count(k, "k"), *points.shape)
    distances = np.empty((len(points), k), points.dtype)  # not touched before the memory is estimated
    _, indices = _query(points, k, None, distances, False)
    return indices, distances


def squared_limit(radius: float, dtype: Any) -> float:
    r"""The largest number t of a floating dtype with :math:`\sqrt t \le r`, both rounded to it.

    :math:`r^2` itself may round below the square of a distance that is r: the edge would be lost.

    Parameters
    ----------
    radius : float
        Positive; one beyond the dtype's largest number means no limit.
    dtype : float32 or float64

    Returns
    -------
    float
        A number of the dtype, finite.

    Examples
    --------
    >>> squared_limit(3**0.5, np.float64)
    3.0
    """
    real = np.dtype(dtype).type
    largest = np.finfo(real).max
    bound = real(min(radius, float(largest)))
    with np.errstate(over="ignore"):
        limit = min(bound * bound, largest)
    while real(np.sqrt(np.float64(limit))) > bound:
        limit = np.nextafter(limit, real(0))
    while limit < largest and real(np.sqrt(np.float64(following := np.nextafter(limit, largest)))) <= bound:
        limit = following
    return float(limit)


def paper_radius(n: int, bounds: Any, c: float) -> float:
    r"""The paper's longest edge :math:`c\,(|\Theta| / N)^{1/D}` for N uniform points in a box of volume
    :math:`|\Theta|`.

    BSL section 3 writes :math:`c(D) N^{-1/D}`; the volume makes c free of the box.

    Raises
    ------
    ValueError
        If a bound is not finite or low >= high, or c is not positive.

    Examples
    --------
    >>> paper_radius(100, [(0, 1), (0, 4)], 1.0)
    0.2
    """
    from lossbar_core.checks import as_bounds

    box, c = as_bounds(bounds), as_positive(c, "c")
    return float(c * (np.prod(box[:, 1] - box[:, 0]) / as_count(n, "n")) ** (1 / len(box)))


def neighbour_count(k: Any, n: int, d: int) -> int:
    """Checked k of n points in d dimensions; without one the paper's 2d, or all where there are fewer points.

    Raises
    ------
    TypeError
        If k is no integer.
    ValueError
        If k < 1 or k >= n, or there are too many points for 32-bit ids.
    """
    if n >= MOST_POINTS:
        raise ValueError(f"expected fewer than 2**31 points, got {n}; split the cloud")
    if k is None:
        return min(2 * d, n - 1)
    k = as_count(k, "k")
    if k >= n:
        raise ValueError(
            f"expected k < n = {n} (a point is not its own neighbour), got k = {k}; lower k or add points"
        )
    return k


def _query(
    points: np.ndarray, k: int, radius: float | None, distances: np.ndarray | None, progress: bool
) -> tuple[LeafTree, np.ndarray]:
    """Tree and table of neighbours: positions in its order, or vertex ids where distances are wanted too."""
    n, d = points.shape
    check_memory(
        neighbour_memory(n, d, k, points.itemsize, distances is not None), f"the {k} neighbours of {n} points"
    )
    threads = thread_count(points.size * k)
    tree = LeafTree(points, threads)
    table = np.empty((n, k), np.int32)
    limit, by_id = search_limit(radius, points.dtype), distances is not None
    for first, last in leaf_pieces(tree, "neighbours", progress):
        tree.query(k, limit, table, distances, first, last, threads, by_id=by_id)
    return tree, table


def search_limit(radius: float | None, dtype: Any) -> float:
    """Squared radius of a search; finite, always: the padding of the last leaf lies at infinity and is no point."""
    return float(np.finfo(dtype).max) if radius is None else squared_limit(radius, dtype)


def leaf_pieces(tree: LeafTree, label: str, progress: bool) -> Iterator[tuple[int, int]]:
    """The leaves in pieces (first, last), between which the progress bar and Ctrl-C get their turn."""
    step = CHUNK // tree.leaf
    with progress_bar(label, tree.n, progress) as advance:
        for first in range(0, tree.n_leaves, step):
            last = min(first + step, tree.n_leaves)
            yield first, last
            advance(min(last * tree.leaf, tree.n) - first * tree.leaf)


def tree_memory(n: int, d: int, itemsize: int) -> int:
    """Bytes of a search tree and of the working copy from which it is built."""
    return n * (2 * d * itemsize + 4) + 4 * n // leaf_size(d) * 2 * d * itemsize


def neighbour_memory(n: int, d: int, k: int, itemsize: int, with_distances: bool = False) -> int:
    """Bytes that the search needs beside the points: tree, its working copy, table, distances."""
    search = tree_memory(n, d, itemsize) + n * k * (4 + (itemsize if with_distances else 0))
    symmetric = n * k * (4 + 8) + 16 * n  # the table, and rows of at most twice its width
    return max(search, symmetric)
