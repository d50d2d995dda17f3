"""The elder rule on basins, shared by the graph and the grid kernel.

A vertex points to its lowest neighbour, pointers lead to a minimum, and all that leads to one minimum is its basin.
Basins are numbered in the order of their minima, so the smaller number is the elder. Only edges between basins
can merge components.
"""

from libc.stdint cimport int32_t, int64_t

ctypedef fused real:
    float
    double

ctypedef fused index:
    int32_t
    int64_t


cdef extern from *:
    """
    #define load_relaxed(address) __atomic_load_n(address, __ATOMIC_RELAXED)
    #define store_relaxed(address, value) __atomic_store_n(address, value, __ATOMIC_RELAXED)
    """
    int32_t load_narrow "load_relaxed"(const int32_t *address) noexcept nogil
    int64_t load_wide "load_relaxed"(const int64_t *address) noexcept nogil
    void store_narrow "store_relaxed"(int32_t *address, int32_t value) noexcept nogil
    void store_wide "store_relaxed"(int64_t *address, int64_t value) noexcept nogil


cdef inline index load(const index *address) noexcept nogil:
    """A number that another thread may be writing: the old or the new one."""
    if index is int32_t:
        return load_narrow(address)
    else:
        return load_wide(address)


cdef inline void store(index *address, index value) noexcept nogil:
    """Write a number that another thread may be reading."""
    if index is int32_t:
        store_narrow(address, value)
    else:
        store_wide(address, value)


cdef enum:
    BLOCK = 1 << 14       # vertices that a thread takes at a time


cdef inline bint lower(const real *values, const index *ids, index a, index b) noexcept nogil:
    """Whether a enters before b: by value, equal values by vertex id (simulation of simplicity)."""
    if values[a] != values[b]:
        return values[a] < values[b]
    return ids[a] < ids[b] if ids != NULL else a < b


cdef inline index find(index *up, index basin) noexcept nogil:
    """Root of a basin's component, by path halving."""
    while up[basin] != basin:
        up[basin] = up[up[basin]]
        basin = up[basin]
    return basin


cdef inline index meet(index root, index other, index vertex, index neighbour, index *up, index *weight,
                       index *elder, index *saddle, index *across, index *fallen, index *n_fallen) noexcept nogil:
    """Join the component of basin ``other`` to that of ``root`` at a vertex; the younger minimum dies there.

    Returns the root of the union. ``weight`` keeps the trees shallow, ``elder`` remembers the lowest minimum of a root,
    ``across`` the neighbour through which the vertex reached the other side.
    """
    cdef index swap, younger
    other = find(up, other)
    if other == root:
        return root
    younger = max(elder[root], elder[other])
    saddle[younger] = vertex
    across[younger] = neighbour
    fallen[n_fallen[0]] = younger
    n_fallen[0] += 1
    if weight[root] < weight[other]:
        swap = root
        root = other
        other = swap
    up[other] = root
    weight[root] += weight[other]
    elder[root] = min(elder[root], elder[other])
    return root
