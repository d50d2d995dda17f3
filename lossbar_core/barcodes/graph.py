"""Neighbour graphs: the finite model of the domain on which sublevel components are followed."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.checks import as_count, check_memory
from lossbar_core.kernels.elder import index_dtype


class NeighborGraph:
    r"""An undirected graph :math:`G = (V, E)` with vertices :math:`0, \dots, n - 1`.

    Build one with :func:`lossbar_core.knn_graph`, :meth:`from_edges`, :meth:`from_csr` or
    :meth:`from_scipy`. Loops and repeated edges are harmless; an edge counts in both directions however it
    is given (BSL section 3: "drop the orientation").

    Notes
    -----
    Rows are compressed, symmetric and free of loops and repeats. ``places[p]`` is the vertex id of row p
    where the rows stand in another order than the ids: the order of a search tree keeps neighbours close in
    memory.

    Examples
    --------
    >>> graph = NeighborGraph.from_edges(4, [(0, 1), (1, 2)])
    >>> graph.n_edges, graph.n_components()
    (2, 2)
    """

    def __init__(self, indptr: np.ndarray, indices: np.ndarray, places: np.ndarray | None = None):
        self._indptr = indptr
        self._indices = indices
        self._places = places

    @property
    def n_vertices(self) -> int:
        """Number of vertices, isolated ones included."""
        return len(self._indptr) - 1

    @property
    def n_edges(self) -> int:
        """Number of distinct edges."""
        return len(self._indices) // 2

    @classmethod
    def from_edges(cls, n: int, edges: Any) -> NeighborGraph:
        """Graph of an (m, 2) array of vertex ids.

        Raises
        ------
        TypeError
            If the ids are no integers.
        ValueError
            If the shape is not (m, 2) or an id lies outside 0..n-1.

        Examples
        --------
        >>> NeighborGraph.from_edges(3, [(2, 0)]).edges()
        array([[0, 2]])
        """
        n = as_count(n, "n")
        edges = np.asarray(edges)
        if edges.size == 0:
            edges = np.empty((0, 2), np.int64)
        if edges.ndim != 2 or edges.shape[1] != 2:
            raise ValueError(
                f"expected edges of shape (m, 2), got {edges.shape}; stack the two ends of each edge"
            )
        _check_ids(edges, n)
        check_memory(16 * n + 64 * len(edges), f"a graph of {n} vertices and {len(edges)} edges")
        edges = edges.astype(np.int64, copy=False)
        return cls(*_symmetric(n, edges[:, 0], edges[:, 1]))

    @classmethod
    def from_csr(cls, indptr: Any, indices: Any) -> NeighborGraph:
        """Graph of compressed rows: the neighbours of v are ``indices[indptr[v]:indptr[v + 1]]``.

        Raises
        ------
        TypeError
            If ids or offsets are no integers.
        ValueError
            If ``indptr`` does not ascend from 0 to ``len(indices)``, or an id lies outside.

        Examples
        --------
        >>> NeighborGraph.from_csr([0, 1, 1, 2], [1, 1]).edges()
        array([[0, 1],
               [1, 2]])
        """
        indptr, indices = np.asarray(indptr), np.asarray(indices)
        if indices.size == 0:
            indices = indices.astype(np.int64)
        if indptr.ndim != 1 or len(indptr) < 2 or indices.ndim != 1:
            raise ValueError(
                f"expected indptr of shape (n + 1,) with n >= 1 and indices of shape (m,), "
                f"got {indptr.shape} and {indices.shape}; pass matrix.indptr and matrix.indices"
            )
        _check_integers(indptr, "indptr")
        indptr = indptr.astype(np.int64)  # signed, so that a descent shows
        if indptr[0] != 0 or indptr[-1] != len(indices) or np.any(np.diff(indptr) < 0):
            raise ValueError(
                f"expected indptr ascending from 0 to {len(indices)}, got {indptr[0]} to {indptr[-1]}; "
                "pass the arrays of one CSR matrix"
            )
        n = len(indptr) - 1
        _check_ids(indices, n)
        return cls(
            *_symmetric(n, np.repeat(np.arange(n), np.diff(indptr)), indices.astype(np.int64, copy=False))
        )

    @classmethod
    def from_scipy(cls, matrix: Any) -> NeighborGraph:
        """Graph of a square scipy.sparse matrix: an edge wherever an entry is stored.

        Raises
        ------
        TypeError
            If it is no sparse matrix.
        ValueError
            If it is not square.

        Examples
        --------
        >>> import scipy.sparse as sp
        >>> NeighborGraph.from_scipy(sp.eye_array(3, k=1)).n_edges
        2
        """
        if not hasattr(matrix, "tocsr"):
            raise TypeError(
                f"expected a scipy.sparse matrix, got {type(matrix).__name__}; use from_edges for an edge list"
            )
        if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(
                f"expected a square matrix, got shape {matrix.shape}; one row and one column a vertex"
            )
        csr = matrix.tocsr()
        return cls.from_csr(csr.indptr, csr.indices)

    def __repr__(self) -> str:
        return f"NeighborGraph({self.n_vertices} vertices, {self.n_edges} edges)"

    def edges(self) -> np.ndarray:
        """The (m, 2) int64 array of distinct edges (a, b) with a < b, sorted.

        Examples
        --------
        >>> NeighborGraph.from_edges(3, [(1, 0), (0, 1), (2, 2)]).edges()
        array([[0, 1]])
        """
        tails = np.repeat(np.arange(self.n_vertices), np.diff(self._indptr))
        heads = self._indices.astype(np.int64)
        if self._places is not None:
            tails, heads = self._places[tails].astype(np.int64), self._places[heads].astype(np.int64)
        once = tails < heads
        tails, heads = tails[once], heads[once]
        order = np.lexsort((heads, tails))
        return np.stack([tails[order], heads[order]], axis=1)

    def to_csr(self) -> tuple[np.ndarray, np.ndarray]:
        """Symmetric compressed rows (indptr (n + 1,) int64, indices (2m,) int64) in vertex ids, each row sorted.

        Examples
        --------
        >>> NeighborGraph.from_edges(3, [(0, 1), (1, 2)]).to_csr()
        (array([0, 1, 3, 4]), array([1, 0, 2, 1]))
        """
        edges = self.edges()
        indptr, indices = _symmetric(self.n_vertices, edges[:, 0], edges[:, 1])
        return indptr, indices.astype(np.int64)

    def neighbors(self, vertex: int) -> np.ndarray:
        """Sorted ids of the neighbours of a vertex.

        Raises
        ------
        ValueError
            If there is no such vertex.

        Examples
        --------
        >>> NeighborGraph.from_edges(3, [(0, 1), (1, 2)]).neighbors(1)
        array([0, 2])
        """
        vertex = as_count(vertex, "vertex", 0, self.n_vertices - 1)
        row = vertex if self._places is None else int(np.flatnonzero(self._places == vertex)[0])
        found = self._indices[self._indptr[row] : self._indptr[row + 1]]
        return np.sort(found if self._places is None else self._places[found]).astype(np.int64)

    def n_components(self) -> int:
        """Number of connected components.

        Examples
        --------
        >>> NeighborGraph.from_edges(5, [(0, 1)]).n_components()
        4
        """
        from lossbar_core.barcodes.from_graph import graph_barcode

        return int(graph_barcode(np.zeros(self.n_vertices, np.float32), self).essential.sum())


def _symmetric(n: int, tails: np.ndarray, heads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compressed symmetric rows without loops and repeats, each row sorted."""
    from scipy.sparse import coo_array

    proper = tails != heads
    ends = np.concatenate([tails[proper], heads[proper]]), np.concatenate([heads[proper], tails[proper]])
    matrix = coo_array((np.ones(len(ends[0]), bool), ends), shape=(n, n)).tocsr()
    matrix.sum_duplicates()
    return matrix.indptr.astype(np.int64), matrix.indices.astype(index_dtype(n))


def _check_integers(array: np.ndarray, name: str) -> None:
    if not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"expected integer {name}, got dtype {array.dtype}; convert with .astype(np.int64)")


def _check_ids(ids: np.ndarray, n: int) -> None:
    """Vertex ids are integers in 0..n-1."""
    _check_integers(ids, "vertex ids")
    if ids.size and (int(ids.min()) < 0 or int(ids.max()) >= n):
        bad = ids[(ids < 0) | (ids >= n)].ravel()[0]
        raise ValueError(
            f"expected vertex ids in 0..{n - 1}, got {bad}; number the vertices from 0 or raise n"
        )
