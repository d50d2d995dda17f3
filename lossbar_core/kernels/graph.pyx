"""Merges of sublevel components on a graph, and the symmetric rows that they run on.

Rows are compressed, symmetric, without loops and repeats, so every pass but the merge itself reads only a vertex's
own row and runs in parallel. Unchecked kernels: call them through :mod:`lossbar_core.barcodes`.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

import numpy as np

from lossbar_core.kernels.contract cimport BasinEdges, contract_if_long, edges_t, note_edge
from lossbar_core.kernels.elder cimport BLOCK, index, lower, real
from lossbar_core.kernels.contract import join_basins
from lossbar_core.kernels.elder import find_basins


cdef inline bint lists(const int32_t *row, int64_t width, int32_t vertex) noexcept nogil:
    """Whether a row of a neighbour table holds a vertex."""
    cdef int64_t i
    cdef bint found = False
    for i in range(width):
        found |= row[i] == vertex
    return found


def symmetric_rows(const int32_t[:, ::1] table):
    """Compressed symmetric rows (indptr, indices) of a table of neighbours; -1 is no neighbour.

    A row holds the vertex's own neighbours, then those that list it without being listed.
    """
    cdef int64_t n = table.shape[0], width = table.shape[1], u, i, own
    cdef int32_t w
    indptr_array = np.zeros(n + 1, np.int64)
    cdef int64_t[::1] indptr = indptr_array
    with nogil:
        for u in range(n):
            for i in range(width):
                w = table[u, i]
                if w >= 0:
                    indptr[u + 1] += 1
                    if not lists(&table[w, 0], width, <int32_t> u):
                        indptr[w + 1] += 1
        for u in range(n):
            indptr[u + 1] += indptr[u]
    cdef int32_t[::1] indices = np.empty(indptr_array[n], np.int32)
    cursor_array = indptr_array[:n].copy()
    cdef int64_t[::1] cursor = cursor_array
    with nogil:
        for u in range(n):      # own neighbours first, so that the others know where to go on
            for i in range(width):
                if table[u, i] >= 0:
                    indices[cursor[u]] = table[u, i]
                    cursor[u] += 1
        for u in range(n):
            for i in range(width):
                w = table[u, i]
                if w >= 0 and not lists(&table[w, 0], width, <int32_t> u):
                    indices[cursor[w]] = <int32_t> u
                    cursor[w] += 1
    return indptr_array, np.asarray(indices)


cdef inline index lowest_of_row(const real *values, const index *ids, const index *row, int64_t width,
                                index vertex) noexcept nogil:
    """The lowest of a vertex and its neighbours."""
    cdef index best = vertex
    cdef int64_t i
    for i in range(width):
        if lower(values, ids, row[i], best):
            best = row[i]
    return best


cdef void note_crossings(const real *values, const index *ids, const index *rows, const int64_t *indptr, int64_t begin,
                         int64_t end, const index *basin, int64_t n_bars, edges_t *edges) noexcept nogil:
    """Note the edges from some vertices down into other basins."""
    cdef int64_t u, i
    for u in range(begin, end):
        for i in range(indptr[u], indptr[u + 1]):
            if basin[rows[i]] != basin[u] and lower(values, ids, rows[i], <index> u):
                note_edge(edges, values, ids, basin, <index> u, rows[i])
    contract_if_long(edges, values, ids, n_bars)


def merge_graph(const real[::1] values, const index[::1] indices, const int64_t[::1] indptr, const index[::1] ids,
                int threads):
    """Bars by number of their minimum: (parent, basin, minima, saddle, across, swallower, death order).

    ``ids[p]`` is the vertex id of place p (None: the place itself). A saddle of -1 marks an essential bar.
    """
    cdef int64_t n = values.shape[0], u
    dtype = np.int32 if index is int32_t else np.int64
    labels = None if ids is None else np.asarray(ids)
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    cdef const index *rows = &indices[0] if indices.shape[0] else NULL
    cdef index[::1] parent = np.empty(n, dtype)
    for u in prange(n, nogil=True, num_threads=threads, schedule="static"):
        parent[u] = lowest_of_row(&values[0], id_of, rows + indptr[u], indptr[u + 1] - indptr[u], <index> u)
    minima, basin_array = find_basins(np.asarray(values), np.asarray(parent), labels, threads)
    cdef const index[::1] basin = basin_array
    cdef int64_t n_bars = len(minima)
    cdef BasinEdges edges = BasinEdges(dtype, threads)
    for u in prange((n + BLOCK - 1) // BLOCK, nogil=True, num_threads=threads, schedule="static"):
        note_crossings(&values[0], id_of, rows, &indptr[0], u * BLOCK, min(n, (u + 1) * BLOCK), &basin[0], n_bars,
                       &edges.of_thread[threadid()])
    deaths = join_basins(np.asarray(values), basin_array, labels, n_bars, edges)
    return np.asarray(parent), basin_array, minima, *deaths
