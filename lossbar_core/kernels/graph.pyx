"""Merges of sublevel components on a graph, and the symmetric rows that they run on.

Rows are compressed, symmetric, without loops and repeats, so every pass but the merge itself reads only a vertex's
own row and runs in parallel. Unchecked kernels: call them through :mod:`lossbar_core.barcodes`.
"""

from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t

import numpy as np

from lossbar_core.kernels.elder cimport find, index, lower, meet, real
from lossbar_core.kernels.elder import find_basins, sort_vertices

cdef extern from *:
    """
    #define prefetch(address) __builtin_prefetch(address)
    """
    void prefetch(const void *) noexcept nogil

cdef enum:
    REPEATS = 8   # how far back a repeated basin is noticed; a repeat costs a look, not an error
    AHEAD = 16    # vertices between a prefetch and its use


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


cdef inline index crossing_basins(const real *values, const index *ids, const index *row, int64_t width, index vertex,
                                  const index *basin, index *found) noexcept nogil:
    """Other basins of the lower neighbours, each about once; returns how many were written to ``found``."""
    cdef int64_t i
    cdef index count = 0, j, other
    for i in range(width):
        other = basin[row[i]]
        if other == basin[vertex] or not lower(values, ids, row[i], vertex):
            continue
        j = count - 1
        while j >= 0 and j >= count - REPEATS and found[j] != other:
            j -= 1
        if j < 0 or j < count - REPEATS:
            found[count] = other
            count += 1
    return count


cdef inline void note_gates(const real *values, const index *ids, const index *row, int64_t width, index vertex,
                            const index *basin, index *gate) noexcept nogil:
    """gate[basin] = the first lower neighbour of a vertex in that basin; other basins keep what they had."""
    cdef int64_t i
    for i in range(width - 1, -1, -1):
        if lower(values, ids, row[i], vertex):
            gate[basin[row[i]]] = row[i]


def merge_graph(const real[::1] values, const index[::1] indices, const int64_t[::1] indptr, const index[::1] ids,
                int threads):
    """Bars by number of their minimum: (parent, basin, minima, saddle, across, swallower, death order).

    ``ids[p]`` is the vertex id of place p (None: the place itself). A saddle of -1 marks an essential bar.
    """
    cdef int64_t n = values.shape[0], n_tops, i, u
    cdef index n_fallen = 0, group, root, v, e
    dtype = np.int32 if index is int32_t else np.int64
    labels = None if ids is None else np.asarray(ids)
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    cdef const index *rows = &indices[0] if indices.shape[0] else NULL
    cdef index[::1] parent = np.empty(n, dtype)
    for u in prange(n, nogil=True, num_threads=threads, schedule="static"):
        parent[u] = lowest_of_row(&values[0], id_of, rows + indptr[u], indptr[u + 1] - indptr[u], <index> u)
    minima, basin_array = find_basins(np.asarray(values), np.asarray(parent), labels)
    cdef const index[::1] basin = basin_array

    # The rows again, cut to what can merge: a vertex is met in the order of values, far from the last one in memory.
    cdef index[::1] crossing = np.empty(max(indices.shape[0], 1), dtype)
    n_crossing_array = np.empty(n, dtype)
    cdef index[::1] n_crossing = n_crossing_array
    for u in prange(n, nogil=True, num_threads=threads, schedule="static"):
        n_crossing[u] = crossing_basins(&values[0], id_of, rows + indptr[u], indptr[u + 1] - indptr[u], <index> u,
                                        &basin[0], &crossing[0] + indptr[u])
    tops_array = np.flatnonzero(n_crossing_array).astype(dtype)
    sort_vertices(np.asarray(values), tops_array, labels)
    cdef const index[::1] tops = tops_array
    n_tops = len(tops_array)

    n_bars = len(minima)
    cdef index[::1] up = np.arange(n_bars, dtype=dtype), elder = np.arange(n_bars, dtype=dtype)
    cdef index[::1] weight = np.ones(n_bars, dtype)
    cdef index[::1] saddle = np.full(n_bars, -1, dtype), across = np.full(n_bars, -1, dtype)
    cdef index[::1] swallower = np.full(n_bars, -1, dtype), fallen = np.empty(n_bars, dtype)
    cdef index[::1] gate = np.empty(n_bars, dtype)
    with nogil:
        for i in range(n_tops):
            if i + AHEAD < n_tops:
                prefetch(&indptr[tops[i + AHEAD]])
                prefetch(&n_crossing[tops[i + AHEAD]])
                prefetch(&basin[tops[i + AHEAD]])
            if i + AHEAD // 2 < n_tops:
                prefetch(&crossing[indptr[tops[i + AHEAD // 2]]])
            v = tops[i]
            root = find(&up[0], basin[v])
            group = n_fallen
            for e in range(n_crossing[v]):
                root = meet(root, crossing[indptr[v] + e], v, crossing[indptr[v] + e], &up[0], &weight[0], &elder[0],
                            &saddle[0], &across[0], &fallen[0], &n_fallen)
            while group < n_fallen:                  # the lowest of all that met here swallows the rest
                swallower[fallen[group]] = elder[root]
                group += 1
        v = -1
        for i in range(n_fallen):                    # from the basin across the saddle to the neighbour in it
            e = fallen[i]
            if saddle[e] != v:                       # all that fell at one vertex stand together: its row is read once
                v = saddle[e]
                note_gates(&values[0], id_of, rows + indptr[v], indptr[v + 1] - indptr[v], v, &basin[0], &gate[0])
            across[e] = gate[across[e]]
    return (np.asarray(parent), basin_array, minima, np.asarray(saddle), np.asarray(across), np.asarray(swallower),
            np.asarray(fallen)[:n_fallen])
