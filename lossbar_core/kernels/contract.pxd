"""Edges between basins: those that can merge components, kept a thread.

An edge is four ids (basin, other basin, top, gate) with the smaller basin first: ``top`` is its upper end, at whose value
it enters, ``gate`` the lower end. Edges are ordered by (value of the top, id of the top, id of the gate), so that no result
depends on who found which edge first. Of two edges between the same basins only the lower one can merge anything. A small
cache forgets most of the others at once; it may forget to, which costs time but no error.
"""

from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport realloc

from lossbar_core.kernels.elder cimport index, lower, real

cdef enum:
    CACHED = 1 << 12     # edges that a thread compares new ones with: tuned here, they fit beside its other data

    SPARE = 1 << 16      # edges beyond twice the number of basins before a thread contracts what it has

ctypedef struct edges_t:
    void *cache          # 4 * CACHED ids; a free place begins with -1
    void *edges          # 4 * room ids
    int64_t room, count
    bint failed          # no memory to grow


cdef class BasinEdges:
    """The edges that some threads have found."""

    cdef edges_t *of_thread
    cdef readonly int threads
    cdef readonly object dtype


cdef void contract(edges_t *own, const real *values, const index *ids, int64_t n_bars) noexcept nogil


cdef inline void contract_if_long(edges_t *own, const real *values, const index *ids, int64_t n_bars) noexcept nogil:
    """Keep a list of edges from growing far beyond the number of basins; every edge is sorted less than twice."""
    if own.count > 2 * n_bars + SPARE:
        contract(own, values, ids, n_bars)


cdef inline int64_t name_of(const index *ids, index vertex) noexcept nogil:
    """The id of a vertex."""
    return ids[vertex] if ids != NULL else vertex


cdef inline bint edge_before(const real *values, const index *ids, const index *a, const index *b) noexcept nogil:
    """Whether edge a comes before edge b."""
    if a[2] != b[2]:
        return lower(values, ids, a[2], b[2])
    return name_of(ids, a[3]) < name_of(ids, b[3])


cdef inline void keep(edges_t *own, const index *edge) noexcept nogil:
    """Append an edge; without memory for it the failure is noted."""
    cdef index *target
    cdef void *longer
    cdef int64_t i
    if own.count == own.room:
        longer = realloc(own.edges, 4 * max(1024, 2 * own.room) * sizeof(index))
        if longer == NULL:
            own.failed = True
            return
        own.edges = longer
        own.room = max(1024, 2 * own.room)
    target = <index *> own.edges + 4 * own.count
    for i in range(4):
        target[i] = edge[i]
    own.count += 1


cdef inline void note_edge(edges_t *own, const real *values, const index *ids, const index *basin, index top,
                           index gate) noexcept nogil:
    """Note the edge from ``top`` down to ``gate`` in another basin."""
    cdef index edge[4]
    cdef index *cached
    cdef uint64_t place
    cdef int64_t i
    edge[0], edge[1] = min(basin[top], basin[gate]), max(basin[top], basin[gate])
    edge[2], edge[3] = top, gate
    place = <uint64_t> edge[0] * 0x9E3779B97F4A7C15u + <uint64_t> edge[1] * 0xC2B2AE3D27D4EB4Fu
    cached = <index *> own.cache + 4 * ((place >> 40) & (CACHED - 1))
    if cached[0] == edge[0] and cached[1] == edge[1]:
        if not edge_before(values, ids, edge, cached):
            return
    elif cached[0] >= 0:
        keep(own, cached)
    for i in range(4):
        cached[i] = edge[i]
