"""Merges of sublevel components on an n-dimensional grid, whose edges are never listed.

The array comes padded by one cell of +infinity on every side, so that a neighbour is a constant offset away. The padded
order is the order of the flat indices. Unchecked kernels: call them through :mod:`lossbar_core.barcodes.from_grid`.
"""

from cython.parallel cimport prange, threadid
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t

import numpy as np

from lossbar_core.kernels.contract cimport BasinEdges, contract_if_long, edges_t, note_edge
from lossbar_core.kernels.elder cimport index, lower, real
from lossbar_core.kernels.contract import join_basins
from lossbar_core.kernels.elder import find_basins


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


cdef void note_row(const real *values, const index *offsets, int n_offsets, const index *basin, int64_t begin,
                   int64_t end, int64_t n_bars, edges_t *edges) noexcept nogil:
    """Note the edges from some cells down into other basins."""
    cdef int64_t i
    cdef int o
    cdef index near
    for i in range(begin, end):
        if basin[i] < 0:
            continue
        for o in range(n_offsets):
            near = <index> (i + offsets[o])
            if basin[near] != basin[i] and basin[near] >= 0 and lower(values, <const index *> NULL, near, <index> i):
                note_edge(edges, values, <const index *> NULL, basin, <index> i, near)
    contract_if_long(edges, values, <const index *> NULL, n_bars)


def merge_grid(const real[::1] values, const index[::1] offsets, int64_t row, int threads):
    """Bars of a padded grid; results as of ``merge_graph``, in padded indices.

    ``row`` is the padded length of a block along the first axis: the first and the last block are padding.
    """
    cdef int64_t n = values.shape[0], n_rows = n // row, r
    cdef int n_offsets = offsets.shape[0]
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] parent = np.full(n, -1, dtype)
    for r in prange(1, n_rows - 1, nogil=True, num_threads=threads, schedule="static"):
        point_row(&values[0], &offsets[0], n_offsets, r * row, (r + 1) * row, &parent[0])
    minima, basin_array = find_basins(np.asarray(values), np.asarray(parent), None, threads)
    cdef const index[::1] basin = basin_array
    cdef int64_t n_bars = len(minima)
    cdef BasinEdges edges = BasinEdges(dtype, threads)
    for r in prange(1, n_rows - 1, nogil=True, num_threads=threads, schedule="static"):
        note_row(&values[0], &offsets[0], n_offsets, &basin[0], r * row, (r + 1) * row, n_bars,
                 &edges.of_thread[threadid()])
    deaths = join_basins(np.asarray(values), basin_array, None, n_bars, edges)
    return np.asarray(parent), basin_array, minima, *deaths
