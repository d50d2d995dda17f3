"""Basins, their order, the sort of merging vertices, and the points under each bar.

Unchecked kernels: call them through :mod:`lossbar_core.barcodes`.
"""

from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint64_t

import numpy as np

from lossbar_core.kernels.elder cimport BLOCK, index, load, lower, real, store
from lossbar_core.kernels.sorting cimport radix_sort, sort_key

cdef enum:
    MOST_PARTS = 16       # of the vertices, each with its own sums a bar


def index_dtype(int64_t n):
    """The narrowest id type for n vertices."""
    return np.int32 if n < 2**31 - 1 else np.int64


cdef void order_ties(uint64_t *keys, index *items, uint64_t *spare_keys, index *spare_items, const index *ids,
                     int64_t n) noexcept nogil:
    """Within runs of equal keys, items by vertex id."""
    cdef int64_t begin = 0, end, i, j
    cdef index item
    while begin < n:
        end = begin + 1
        while end < n and keys[end] == keys[begin]:
            end += 1
        if end - begin > 64:
            for i in range(begin, end):
                spare_keys[i] = <uint64_t> ids[items[i]]
            radix_sort(spare_keys + begin, items + begin, keys + begin, spare_items + begin, end - begin,
                       32 if index is int32_t else 63)
        else:
            for i in range(begin + 1, end):
                item = items[i]
                j = i
                while j > begin and ids[items[j - 1]] > ids[item]:
                    items[j] = items[j - 1]
                    j -= 1
                items[j] = item
        begin = end


def sort_vertices(const real[::1] values, index[::1] vertices, const index[::1] ids):
    """Sort vertices in place by (value, id); ids None means that the vertices are ids and already ascend."""
    cdef int64_t i, n = vertices.shape[0]
    cdef int bits = 32 if real is float else 64
    cdef uint64_t[::1] keys, spare_keys
    cdef index[::1] spare
    if n < 2:
        return
    keys = np.empty(n, np.uint64)
    spare_keys = np.empty(n, np.uint64)
    spare = np.empty(n, np.int32 if index is int32_t else np.int64)
    with nogil:
        for i in range(n):
            keys[i] = sort_key(values[vertices[i]])
        radix_sort(&keys[0], &vertices[0], &spare_keys[0], &spare[0], n, bits)
        if ids is not None:
            order_ties(&keys[0], &vertices[0], &spare_keys[0], &spare[0], &ids[0], n)


cdef void follow_pointers(const index *parent, index *basin, int64_t begin, int64_t end) noexcept nogil:
    """Basins of some vertices and of all that their pointers pass; threads may meet, they write the same numbers."""
    cdef int64_t v
    cdef index walker, follower, number
    for v in range(begin, end):
        walker = <index> v
        while load(&basin[walker]) < 0 and parent[walker] >= 0:
            walker = parent[walker]
        number = load(&basin[walker])
        walker = <index> v
        while load(&basin[walker]) < 0 and parent[walker] >= 0:
            follower = parent[walker]
            store(&basin[walker], number)
            walker = follower


cdef int64_t list_minima(const index *parent, int64_t begin, int64_t end, index *minima) noexcept nogil:
    """Vertices that point to themselves; returns how many, and writes them where there is room (not NULL)."""
    cdef int64_t v, count = 0
    for v in range(begin, end):
        if parent[v] == v:
            if minima != NULL:
                minima[count] = <index> v
            count += 1
    return count


def find_basins(const real[::1] values, const index[::1] parent, const index[::1] ids, int threads=1):
    """Minima in order, and for every vertex the number of the minimum to which its pointers lead.

    ``parent`` holds the lowest neighbour, the vertex itself at a minimum, -1 for a place that is no vertex.
    """
    cdef int64_t n = parent.shape[0], block, b, n_blocks = (n + BLOCK - 1) // BLOCK
    dtype = np.int32 if index is int32_t else np.int64
    cdef int64_t[::1] first = np.zeros(n_blocks + 1, np.int64)
    for block in prange(n_blocks, nogil=True, num_threads=threads, schedule="static"):
        first[block + 1] = list_minima(&parent[0], block * BLOCK, min(n, (block + 1) * BLOCK), <index *> NULL)
    for block in range(n_blocks):
        first[block + 1] += first[block]
    minima = np.empty(first[n_blocks], dtype)
    cdef index[::1] low = minima
    for block in prange(n_blocks, nogil=True, num_threads=threads, schedule="static"):
        if first[block + 1] > first[block]:
            list_minima(&parent[0], block * BLOCK, min(n, (block + 1) * BLOCK), &low[first[block]])
    sort_vertices(np.asarray(values), minima, None if ids is None else np.asarray(ids))
    cdef index[::1] basin = np.full(n, -1, dtype)
    for b in prange(low.shape[0], nogil=True, num_threads=threads, schedule="static"):
        basin[low[b]] = <index> b
    for block in prange(n_blocks, nogil=True, num_threads=threads, schedule="dynamic"):
        follow_pointers(&parent[0], &basin[0], block * BLOCK, min(n, (block + 1) * BLOCK))
    return minima, np.asarray(basin)


cdef void count_points(const real *values, const index *ids, const index *basin, const index *minima, const index *saddle,
                       const index *swallower, const index *jump, int64_t begin, int64_t end, int64_t *size,
                       double *height) noexcept nogil:
    """Add some vertices, and their heights above its minimum, to the bar in whose component they enter."""
    cdef int64_t v
    cdef index bar, up
    for v in range(begin, end):
        bar = basin[v]
        if bar < 0:
            continue
        while saddle[bar] >= 0 and not lower(values, ids, <index> v, saddle[bar]):
            up = jump[bar]
            if saddle[up] >= 0 and not lower(values, ids, <index> v, saddle[up]):
                bar = up
            else:
                bar = swallower[bar]
        size[bar] += 1
        height[bar] += <double> values[v] - <double> values[minima[bar]]


def points_under_bars(const real[::1] values, const index[::1] basin, const index[::1] minima,
                      const index[::1] saddle, const index[::1] swallower, const index[::1] death_order,
                      const index[::1] ids, int threads=1):
    """Number of points of each component just before it dies, and the sum of their heights above its minimum.

    A vertex lies in the component of its basin's first ancestor (minimum, its swallower, ...) that dies after the
    vertex enters. Ancestors are searched with jump pointers, so a long chain of merges costs a logarithm.
    """
    cdef int64_t n = basin.shape[0], n_bars = minima.shape[0], i, part
    # Sums in parts that do not depend on the number of threads, so that their bits do not either.
    cdef int64_t parts = max(1, min(MOST_PARTS, n // (16 * n_bars)))
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] jump = np.arange(n_bars, dtype=dtype)
    cdef index[::1] depth = np.zeros(n_bars, dtype)
    cdef int64_t[:, ::1] sizes = np.zeros((parts, n_bars), np.int64)
    cdef double[:, ::1] heights = np.zeros((parts, n_bars), np.float64)
    cdef index bar, up
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    with nogil:
        for i in range(death_order.shape[0] - 1, -1, -1):
            bar = death_order[i]
            up = swallower[bar]
            depth[bar] = depth[up] + 1
            jump[bar] = jump[jump[up]] if depth[up] - depth[jump[up]] == depth[jump[up]] - depth[jump[jump[up]]] else up
    for part in prange(parts, nogil=True, num_threads=threads, schedule="dynamic"):
        count_points(&values[0], id_of, &basin[0], &minima[0], &saddle[0], &swallower[0], &jump[0], n * part // parts,
                     n * (part + 1) // parts, &sizes[part, 0], &heights[part, 0])
    size_array, height_array = np.asarray(sizes).sum(axis=0), np.asarray(heights).sum(axis=0)
    cdef int64_t[::1] size = size_array
    cdef double[::1] height = height_array
    with nogil:
        for i in range(death_order.shape[0]):
            bar = death_order[i]
            up = swallower[bar]
            size[up] += size[bar]
            height[up] += height[bar] + size[bar] * (<double> values[minima[bar]] - <double> values[minima[up]])
    return size_array, height_array
