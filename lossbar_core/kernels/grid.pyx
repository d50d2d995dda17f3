"""Merges of sublevel components on an n-dimensional grid, whose edges are never listed.

The array comes padded by one cell of +infinity on every side, so that a neighbour is a constant offset away. The padded
order is the order of the flat indices. Unchecked kernels: call them through :mod:`lossbar_core.barcodes.from_grid`.
"""

from cython.parallel cimport prange
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t

import numpy as np

from lossbar_core.kernels.elder cimport find, index, lower, meet, real
from lossbar_core.kernels.elder import find_basins, sort_vertices


cdef void point_row(const real *values, const index *offsets, int n_offsets, int64_t begin, int64_t end,
                    index *parent) noexcept nogil:
    """parent = the lowest of each cell and its neighbours, ties to the smaller index; -1 on the padding."""
    cdef int64_t i
    cdef int o
    cdef index best, near
    for i in range(begin, end):
        if values[i] == INFINITY:
            parent[i] = -1
            continue
        best = <index> i
        for o in range(n_offsets):
            near = <index> (i + offsets[o])
            if values[near] < values[best] or (values[near] == values[best] and near < best):
                best = near
        parent[i] = best


cdef int64_t mark_tops(const real *values, const index *offsets, int n_offsets, const index *basin, int64_t begin,
                       int64_t end, unsigned char *top) noexcept nogil:
    """Mark the cells that have a lower neighbour in another basin; returns how many."""
    cdef int64_t i, found = 0
    cdef int o
    cdef index near
    for i in range(begin, end):
        if basin[i] < 0:
            continue
        for o in range(n_offsets):
            near = <index> (i + offsets[o])
            if basin[near] != basin[i] and basin[near] >= 0 and lower(values, <const index *> NULL, near, <index> i):
                top[i] = 1
                found += 1
                break
    return found


def merge_grid(const real[::1] values, const index[::1] offsets, int64_t row, int threads):
    """Bars of a padded grid; results as of ``merge_graph``, in padded indices.

    ``row`` is the padded length of a block along the first axis: the first and the last block are padding.
    """
    cdef int64_t n = values.shape[0], n_rows = n // row, r, i
    cdef int n_offsets = offsets.shape[0], o
    cdef index v, near, root, group, n_fallen = 0
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] parent = np.full(n, -1, dtype)
    for r in prange(1, n_rows - 1, nogil=True, num_threads=threads, schedule="static"):
        point_row(&values[0], &offsets[0], n_offsets, r * row, (r + 1) * row, &parent[0])
    minima, basin_array = find_basins(np.asarray(values), np.asarray(parent), None)
    cdef const index[::1] basin = basin_array

    cdef unsigned char[::1] top = np.zeros(n, np.uint8)
    for r in prange(1, n_rows - 1, nogil=True, num_threads=threads, schedule="static"):
        mark_tops(&values[0], &offsets[0], n_offsets, &basin[0], r * row, (r + 1) * row, &top[0])
    tops_array = np.flatnonzero(np.asarray(top)).astype(dtype)
    sort_vertices(np.asarray(values), tops_array, None)
    cdef const index[::1] tops = tops_array

    cdef int64_t n_bars = len(minima)
    cdef index[::1] up = np.arange(n_bars, dtype=dtype), elder = np.arange(n_bars, dtype=dtype)
    cdef index[::1] weight = np.ones(n_bars, dtype)
    cdef index[::1] saddle = np.full(n_bars, -1, dtype), across = np.full(n_bars, -1, dtype)
    cdef index[::1] swallower = np.full(n_bars, -1, dtype), fallen = np.empty(n_bars, dtype)
    with nogil:
        for i in range(tops.shape[0]):
            v = tops[i]
            root = find(&up[0], basin[v])
            group = n_fallen
            for o in range(n_offsets):
                near = v + offsets[o]
                if basin[near] >= 0 and lower(&values[0], <const index *> NULL, near, v):
                    root = meet(root, basin[near], v, near, &up[0], &weight[0], &elder[0], &saddle[0], &across[0],
                                &fallen[0], &n_fallen)
            while group < n_fallen:                  # the lowest of all that met here swallows the rest
                swallower[fallen[group]] = elder[root]
                group += 1
    return (np.asarray(parent), basin_array, minima, np.asarray(saddle), np.asarray(across), np.asarray(swallower),
            np.asarray(fallen)[:n_fallen])
