"""Basins, their order, the sort of merging vertices, and the points under each bar.

Unchecked kernels: call them through :mod:`lossbar_core.barcodes`.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

import numpy as np

from lossbar_core.kernels.elder cimport index, lower, real

cdef enum:
    DIGIT = 11
    BUCKETS = 1 << DIGIT


def index_dtype(int64_t n):
    """The narrowest id type for n vertices."""
    return np.int32 if n < 2**31 - 1 else np.int64


cdef inline uint64_t sort_key(real value) noexcept nogil:
    """Bits of a float as an unsigned number of the same order; -0.0 and 0.0 are one."""
    cdef uint32_t narrow
    cdef uint64_t wide
    value = value + 0
    if real is float:
        memcpy(&narrow, &value, 4)
        return (~narrow if narrow >> 31 else narrow | 0x80000000u) & 0xffffffffu
    else:
        memcpy(&wide, &value, 8)
        return ~wide if wide >> 63 else wide | 0x8000000000000000u


cdef void radix_sort(uint64_t *keys, index *items, uint64_t *spare_keys, index *spare_items, int64_t n,
                     int bits) noexcept nogil:
    """Stable sort of items by key, least significant digit first; digits that all keys share cost one look."""
    cdef int64_t count[BUCKETS]
    cdef int64_t i, total, here
    cdef uint64_t *from_keys = keys
    cdef index *from_items = items
    cdef uint64_t *to_keys = spare_keys
    cdef index *to_items = spare_items
    cdef uint64_t *swap_keys
    cdef index *swap_items
    cdef int shift, digit
    for shift in range(0, bits, 11):  # DIGIT
        for digit in range(BUCKETS):
            count[digit] = 0
        for i in range(n):
            count[(from_keys[i] >> shift) & (BUCKETS - 1)] += 1
        if count[(from_keys[0] >> shift) & (BUCKETS - 1)] == n:
            continue
        total = 0
        for digit in range(BUCKETS):
            here = count[digit]
            count[digit] = total
            total += here
        for i in range(n):
            digit = (from_keys[i] >> shift) & (BUCKETS - 1)
            to_keys[count[digit]] = from_keys[i]
            to_items[count[digit]] = from_items[i]
            count[digit] += 1
        swap_keys, from_keys, to_keys = from_keys, to_keys, from_keys
        swap_items, from_items, to_items = from_items, to_items, from_items
    if from_items != items:
        memcpy(items, from_items, n * sizeof(index))
        memcpy(keys, from_keys, n * sizeof(uint64_t))


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


def find_basins(const real[::1] values, const index[::1] parent, const index[::1] ids):
    """Minima in order, and for every vertex the number of the minimum to which its pointers lead.

    ``parent`` holds the lowest neighbour, the vertex itself at a minimum, -1 for a place that is no vertex.
    """
    cdef int64_t n = parent.shape[0], v, walker, follower, b
    dtype = np.int32 if index is int32_t else np.int64
    minima = np.flatnonzero(np.asarray(parent) == np.arange(n, dtype=dtype)).astype(dtype)
    sort_vertices(np.asarray(values), minima, None if ids is None else np.asarray(ids))
    cdef index[::1] basin = np.full(n, -1, dtype)
    cdef const index[::1] low = minima
    cdef index number
    with nogil:
        for b in range(low.shape[0]):
            basin[low[b]] = <index> b
        for v in range(n):
            walker = v
            while basin[walker] < 0 and parent[walker] >= 0:
                walker = parent[walker]
            number = basin[walker]
            walker = v
            while basin[walker] < 0 and parent[walker] >= 0:
                follower = parent[walker]
                basin[walker] = number
                walker = follower
    return minima, np.asarray(basin)


def points_under_bars(const real[::1] values, const index[::1] basin, const index[::1] minima,
                      const index[::1] saddle, const index[::1] swallower, const index[::1] death_order,
                      const index[::1] ids):
    """Number of points of each component just before it dies, and the sum of their heights above its minimum.

    A vertex lies in the component of its basin's first ancestor (minimum, its swallower, ...) that dies after the
    vertex enters. Ancestors are searched with jump pointers, so a long chain of merges costs a logarithm.
    """
    cdef int64_t n = basin.shape[0], n_bars = minima.shape[0], i, v
    dtype = np.int32 if index is int32_t else np.int64
    cdef index[::1] jump = np.arange(n_bars, dtype=dtype)
    cdef index[::1] depth = np.zeros(n_bars, dtype)
    cdef int64_t[::1] size = np.zeros(n_bars, np.int64)
    cdef double[::1] height = np.zeros(n_bars, np.float64)
    cdef index bar, up
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    with nogil:
        for i in range(death_order.shape[0] - 1, -1, -1):
            bar = death_order[i]
            up = swallower[bar]
            depth[bar] = depth[up] + 1
            jump[bar] = jump[jump[up]] if depth[up] - depth[jump[up]] == depth[jump[up]] - depth[jump[jump[up]]] else up
        for v in range(n):
            bar = basin[v]
            if bar < 0:
                continue
            while saddle[bar] >= 0 and not lower(&values[0], id_of, <index> v, saddle[bar]):
                up = jump[bar]
                if saddle[up] >= 0 and not lower(&values[0], id_of, <index> v, saddle[up]):
                    bar = up
                else:
                    bar = swallower[bar]
            size[bar] += 1
            height[bar] += <double> values[v] - <double> values[minima[bar]]
        for i in range(death_order.shape[0]):
            bar = death_order[i]
            up = swallower[bar]
            size[up] += size[bar]
            height[up] += height[bar] + size[bar] * (<double> values[minima[bar]] - <double> values[minima[up]])
    return np.asarray(size), np.asarray(height)
