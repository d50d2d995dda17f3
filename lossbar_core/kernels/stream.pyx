"""Pointers and edges from a table of neighbours that passes by in pieces, and is never whole.

An edge counts in both directions, but only one of its ends may list the other; so a vertex offers itself to its neighbours
as it looks at them. Offers come from several threads in any order; the lowest one stays. Unchecked kernels: call them
through :mod:`lossbar_core.barcodes.streamed`.
"""

from cython.parallel cimport prange, threadid
from libc.stdint cimport int32_t, int64_t

from lossbar_core.kernels.contract cimport BasinEdges, contract_if_long, edges_t, note_edge
from lossbar_core.kernels.elder cimport BLOCK, lower, real

cdef extern from *:
    """
    #define load_place(address) __atomic_load_n(address, __ATOMIC_RELAXED)
    #define exchange(address, expected, desired) \\
        __atomic_compare_exchange_n(address, expected, desired, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED)
    """
    int32_t load_place(const int32_t *address) noexcept nogil
    bint exchange(int32_t *address, int32_t *expected, int32_t desired) noexcept nogil


cdef inline void offer(const real *values, const int32_t *ids, int32_t *pointer, int32_t candidate) noexcept nogil:
    """Let a pointer lead to a candidate that is lower than its present end."""
    cdef int32_t present = load_place(pointer)
    while lower(values, ids, candidate, present):
        if exchange(pointer, &present, candidate):
            return


cdef void offer_row(const real *values, const int32_t *ids, const int32_t *row, int64_t width, int32_t vertex,
                    int32_t *parent) noexcept nogil:
    """A row's neighbours to its vertex, and the vertex to them."""
    cdef int64_t i
    cdef int32_t best = vertex
    for i in range(width):
        if row[i] >= 0:
            if lower(values, ids, row[i], vertex):
                best = row[i] if lower(values, ids, row[i], best) else best
            else:
                offer(values, ids, parent + row[i], vertex)
    offer(values, ids, parent + vertex, best)


cdef void note_block(const real *values, const int32_t *ids, const int32_t *table, int64_t width, int64_t first,
                     int64_t begin, int64_t end, const int32_t *basin, int64_t n_bars, edges_t *edges) noexcept nogil:
    """Note the edges of some rows that join basins."""
    cdef int64_t u, i
    cdef int32_t vertex, other
    for u in range(begin, end):
        vertex = <int32_t> (first + u)
        for i in range(width):
            other = table[u * width + i]
            if other >= 0 and basin[other] != basin[vertex]:
                if lower(values, ids, other, vertex):
                    note_edge(edges, values, ids, basin, vertex, other)
                else:
                    note_edge(edges, values, ids, basin, other, vertex)
    contract_if_long(edges, values, ids, n_bars)


def offer_rows(const real[::1] values, const int32_t[::1] ids, const int32_t[:, ::1] table, int64_t first,
               int32_t[::1] parent, int threads):
    """Lower the pointers of the vertices from ``first`` on, whose rows these are, and of their neighbours.

    Before the first piece every vertex points to itself, after the last one to its lowest neighbour.
    """
    cdef int64_t i
    for i in prange(table.shape[0], nogil=True, num_threads=threads, schedule="static"):
        offer_row(&values[0], &ids[0], &table[i, 0], table.shape[1], <int32_t> (first + i), &parent[0])


def note_rows(const real[::1] values, const int32_t[::1] ids, const int32_t[:, ::1] table, int64_t first,
              const int32_t[::1] basin, int64_t n_bars, BasinEdges edges):
    """Note the edges between basins of the vertices from ``first`` on, whose rows these are."""
    cdef int64_t i, n = table.shape[0]
    for i in prange((n + BLOCK - 1) // BLOCK, nogil=True, num_threads=edges.threads, schedule="static"):
        note_block(&values[0], &ids[0], &table[0, 0], table.shape[1], first, i * BLOCK, min(n, (i + 1) * BLOCK),
                   &basin[0], n_bars, &edges.of_thread[threadid()])
