"""Stable radix sort of ids by the values that they stand for."""

from libc.stdint cimport int64_t, uint32_t, uint64_t
from libc.string cimport memcpy

from lossbar_core.kernels.elder cimport index, real

cdef enum:
    DIGIT = 11
    BUCKETS = 1 << DIGIT


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


cdef inline void radix_sort(uint64_t *keys, index *items, uint64_t *spare_keys, index *spare_items, int64_t n,
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
