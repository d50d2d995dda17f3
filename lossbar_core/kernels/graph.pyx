"""Merges of sublevel components on a graph whose edges are listed once, in either direction.

Unchecked kernels: call them through :mod:`lossbar_core.barcodes.from_graph`.
"""

from libc.stdint cimport int32_t, int64_t

import numpy as np

from lossbar_core.kernels.elder cimport find, index, lower, meet, real
from lossbar_core.kernels.elder import find_basins, sort_vertices


cdef inline int64_t row_end(const int64_t *indptr, int64_t width, int64_t row) noexcept nogil:
    """End of a row of a CSR listing, or of a table of constant width."""
    return indptr[row + 1] if indptr != NULL else (row + 1) * width


cdef void point_to_lowest(const real *values, const index *ids, const int64_t *indptr, int64_t width,
                          const index *indices, int64_t n, index *parent) noexcept nogil:
    """parent[v] = the lowest of v and its neighbours; an edge serves both of its ends."""
    cdef int64_t u, entry = 0
    cdef index w, high, low
    for u in range(n):
        parent[u] = <index> u
    for u in range(n):
        for entry in range(entry, row_end(indptr, width, u)):
            w = indices[entry]
            if w < 0:
                continue
            if lower(values, ids, w, <index> u):
                high, low = <index> u, w
            else:
                high, low = w, <index> u
            if lower(values, ids, low, parent[high]):
                parent[high] = low
        entry = row_end(indptr, width, u)


cdef void list_crossings(const real *values, const index *ids, const int64_t *indptr, int64_t width,
                         const index *indices, int64_t n, const index *basin, int64_t *cursor,
                         index *crossing) noexcept nogil:
    """Lower ends of the edges between basins, grouped by higher end; with crossing NULL they are only counted."""
    cdef int64_t u, entry = 0
    cdef index w, high, low
    for u in range(n):
        for entry in range(entry, row_end(indptr, width, u)):
            w = indices[entry]
            if w < 0 or basin[w] == basin[u]:
                continue
            if lower(values, ids, w, <index> u):
                high, low = <index> u, w
            else:
                high, low = w, <index> u
            if crossing != NULL:
                crossing[cursor[high]] = low
            cursor[high] += 1
        entry = row_end(indptr, width, u)


def merge_graph(const real[::1] values, const index[::1] indices, int64_t width, const int64_t[::1] indptr,
                const index[::1] ids):
    """Bars by number of their minimum: (parent, basin, minima, saddle, across, swallower, death order).

    ``ids[p]`` is the vertex id of place p (None: the place itself); ``indptr`` None means rows of constant width;
    entries of -1 are no edges. A saddle of -1 marks an essential bar.
    """
    cdef int64_t n = values.shape[0], n_bars, i, entry, begin
    cdef index n_fallen = 0, group, root, v
    dtype = np.int32 if index is int32_t else np.int64
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    cdef const int64_t *starts = &indptr[0] if indptr is not None else NULL
    cdef const index *listed = &indices[0] if indices.shape[0] else NULL
    cdef index[::1] parent = np.empty(n, dtype)
    labels = None if ids is None else np.asarray(ids)
    with nogil:
        point_to_lowest(&values[0], id_of, starts, width, listed, n, &parent[0])
    minima, basin_array = find_basins(np.asarray(values), np.asarray(parent), labels)
    cdef const index[::1] basin = basin_array

    cursor_array = np.zeros(n + 1, np.int64)
    cdef int64_t[::1] cursor = cursor_array
    with nogil:
        list_crossings(&values[0], id_of, starts, width, listed, n, &basin[0], &cursor[0], <index *> NULL)
    tops_array = np.flatnonzero(cursor_array).astype(dtype)
    n_crossings = int(cursor_array.sum())
    cdef index[::1] crossing = np.empty(max(n_crossings, 1), dtype)
    cursor_array[1:] = np.cumsum(cursor_array[:n])   # counts become starts
    cursor_array[0] = 0
    with nogil:
        list_crossings(&values[0], id_of, starts, width, listed, n, &basin[0], &cursor[0], &crossing[0])
    sort_vertices(np.asarray(values), tops_array, labels)
    cdef const index[::1] tops = tops_array

    n_bars = len(minima)
    cdef index[::1] up = np.arange(n_bars, dtype=dtype), elder = np.arange(n_bars, dtype=dtype)
    cdef index[::1] weight = np.ones(n_bars, dtype)
    cdef index[::1] saddle = np.full(n_bars, -1, dtype), across = np.full(n_bars, -1, dtype)
    cdef index[::1] swallower = np.full(n_bars, -1, dtype), fallen = np.empty(n_bars, dtype)
    with nogil:
        for i in range(tops.shape[0]):
            v = tops[i]
            root = find(&up[0], basin[v])
            group = n_fallen
            begin = cursor[v - 1] if v > 0 else 0   # after the filling pass a cursor stands at its row's end
            for entry in range(begin, cursor[v]):
                root = meet(root, basin[crossing[entry]], v, crossing[entry], &up[0], &weight[0], &elder[0],
                            &saddle[0], &across[0], &fallen[0], &n_fallen)
            while group < n_fallen:                  # the lowest of all that met here swallows the rest
                swallower[fallen[group]] = elder[root]
                group += 1
    return (np.asarray(parent), basin_array, minima, np.asarray(saddle), np.asarray(across), np.asarray(swallower),
            np.asarray(fallen)[:n_fallen])
