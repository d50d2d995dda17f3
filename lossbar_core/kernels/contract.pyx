"""The elder rule on basins joined by edges: contraction a thread, then one merge of what is left.

Every thread sorts its own edges and drops those that close a cycle among them (Kruskal): they close one among all edges
too. What is left is little more than one edge a basin, and the components are merged along it in the order of the edges.
Unchecked kernels: call them through :mod:`lossbar_core.barcodes`.
"""

from cython.parallel cimport prange
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

import numpy as np

from lossbar_core.kernels.contract cimport CACHED, edge_before, edges_t, keep, name_of
from lossbar_core.kernels.elder cimport find, index, meet, real
from lossbar_core.kernels.sorting cimport radix_sort, sort_key


cdef class BasinEdges:
    def __cinit__(self, dtype, int threads):
        cdef int t
        self.dtype = np.dtype(dtype)
        self.threads = threads
        self.of_thread = <edges_t *> calloc(threads, sizeof(edges_t))
        for t in range(threads):
            if self.of_thread != NULL:
                self.of_thread[t].cache = malloc(4 * CACHED * <size_t> self.dtype.itemsize)
            if self.of_thread == NULL or self.of_thread[t].cache == NULL:
                raise MemoryError("no memory for the edges between basins")
            memset(self.of_thread[t].cache, 255, 4 * CACHED * <size_t> self.dtype.itemsize)   # every place is free

    def __dealloc__(self):
        cdef int t
        if self.of_thread != NULL:
            for t in range(self.threads):
                free(self.of_thread[t].cache)
                free(self.of_thread[t].edges)
            free(self.of_thread)

    def __len__(self):
        return sum(self.of_thread[t].count for t in range(self.threads))


cdef void empty_cache(edges_t *own, const index *unused) noexcept nogil:
    """Append what is in the cache."""
    cdef index *cached = <index *> own.cache
    cdef int64_t i
    for i in range(CACHED):
        if cached[4 * i] >= 0:
            keep(own, cached + 4 * i)
            cached[4 * i] = -1


cdef void order_tied(const real *values, const index *ids, const index *edges, uint64_t *keys, index *order,
                     uint64_t *spare_keys, index *spare, int64_t n) noexcept nogil:
    """Within runs of equal keys, edges by the ids of their ends."""
    cdef int64_t begin = 0, end, i, j
    cdef index item
    cdef int end_of_edge, bits = 32 if index is int32_t else 63
    while begin < n:
        end = begin + 1
        while end < n and keys[end] == keys[begin]:
            end += 1
        if end - begin > 64:
            for end_of_edge in range(3, 1, -1):
                for i in range(begin, end):
                    spare_keys[i] = <uint64_t> name_of(ids, edges[4 * <int64_t> order[i] + end_of_edge])
                radix_sort(spare_keys + begin, order + begin, keys + begin, spare + begin, end - begin, bits)
        else:
            for i in range(begin + 1, end):
                item = order[i]
                j = i
                while j > begin and edge_before(values, ids, edges + 4 * <int64_t> item, edges + 4 * <int64_t> order[j - 1]):
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = item
        begin = end


cdef bint order_edges(const real *values, const index *ids, const index *edges, index *order, int64_t n) noexcept nogil:
    """order = the numbers of the edges in their order; False without memory."""
    cdef int64_t i
    cdef uint64_t *keys = <uint64_t *> malloc(2 * n * sizeof(uint64_t))
    cdef index *spare = <index *> malloc(n * sizeof(index))
    cdef bint done = keys != NULL and spare != NULL
    if done:
        for i in range(n):
            keys[i] = sort_key(values[edges[4 * i + 2]])
            order[i] = <index> i
        radix_sort(keys, order, keys + n, spare, n, 32 if real is float else 64)
        order_tied(values, ids, edges, keys, order, keys + n, spare, n)
    free(keys)
    free(spare)
    return done


cdef void contract(edges_t *own, const real *values, const index *ids, int64_t n_bars) noexcept nogil:
    """Bring a thread's edges in order and keep those that join components of them."""
    cdef int64_t i, kept = 0, n
    cdef index *order
    cdef index *up
    cdef index *edge
    cdef index *forest
    cdef index a, b
    empty_cache(own, ids)
    n = own.count
    if sizeof(index) == 4 and n >= <int64_t> 1 << 31:   # their numbers are ids too
        own.failed = True
    if own.failed or n == 0:
        return
    order = <index *> malloc(n * sizeof(index))
    up = <index *> malloc(n_bars * sizeof(index))
    forest = <index *> malloc(4 * min(n, n_bars) * sizeof(index))
    if order == NULL or up == NULL or forest == NULL or not order_edges(values, ids, <index *> own.edges, order, n):
        own.failed = True
    else:
        for i in range(n_bars):
            up[i] = <index> i
        for i in range(n):
            edge = <index *> own.edges + 4 * <int64_t> order[i]
            a, b = find(up, edge[0]), find(up, edge[1])
            if a != b:
                up[max(a, b)] = min(a, b)
                memcpy(forest + 4 * kept, edge, 4 * sizeof(index))
                kept += 1
        free(own.edges)
        own.edges, own.count, own.room = forest, kept, min(n, n_bars)
        forest = NULL   # freed with the edges
    free(order)
    free(up)
    free(forest)


cdef index *next_edge(edges_t *lists, int n_lists, const int64_t *taken, const real *values, const index *ids,
                      int *source) noexcept nogil:
    """The first of the edges that were not taken yet, NULL when there is none."""
    cdef index *best = NULL
    cdef index *edge
    cdef int t
    for t in range(n_lists):
        if taken[t] < lists[t].count:
            edge = <index *> lists[t].edges + 4 * taken[t]
            if best == NULL or edge_before(values, ids, edge, best):
                best = edge
                source[0] = t
    return best


def join_basins(const real[::1] values, const index[::1] basin, const index[::1] ids, int64_t n_bars, BasinEdges edges):
    """Deaths by the elder rule: (saddle, across, swallower, death order), by number of the basin; -1 for an essential bar.

    Saddle and across are the ends of the edge at which a basin's component dies. The edges are spent.
    """
    cdef const index *id_of = &ids[0] if ids is not None else NULL
    cdef edges_t *lists = edges.of_thread
    cdef int t, source = 0, threads = edges.threads
    cdef index n_fallen = 0, group = 0, root = 0, top = -1
    cdef index *edge
    dtype = np.int32 if index is int32_t else np.int64
    for t in prange(threads, nogil=True, num_threads=threads, schedule="static", chunksize=1):
        contract(&lists[t], &values[0], id_of, n_bars)
    for t in range(threads):
        if lists[t].failed:
            raise MemoryError("expected memory for the edges between basins, got none; take fewer points")

    cdef index[::1] up = np.arange(n_bars, dtype=dtype), elder = np.arange(n_bars, dtype=dtype)
    cdef index[::1] weight = np.ones(n_bars, dtype)
    cdef index[::1] saddle = np.full(n_bars, -1, dtype), across = np.full(n_bars, -1, dtype)
    cdef index[::1] swallower = np.full(n_bars, -1, dtype), fallen = np.empty(n_bars, dtype)
    cdef int64_t[::1] taken = np.zeros(threads, np.int64)
    with nogil:
        edge = next_edge(lists, threads, &taken[0], &values[0], id_of, &source)
        while edge != NULL:
            if edge[2] != top:                       # a new vertex: what met at the last one knows its swallower now
                while group < n_fallen:
                    swallower[fallen[group]] = elder[find(&up[0], fallen[group])]
                    group += 1
                top = edge[2]
            root = find(&up[0], basin[top])
            meet(root, basin[edge[3]], top, edge[3], &up[0], &weight[0], &elder[0], &saddle[0], &across[0], &fallen[0],
                 &n_fallen)
            taken[source] += 1
            edge = next_edge(lists, threads, &taken[0], &values[0], id_of, &source)
        while group < n_fallen:
            swallower[fallen[group]] = elder[find(&up[0], fallen[group])]
            group += 1
    return np.asarray(saddle), np.asarray(across), np.asarray(swallower), np.asarray(fallen)[:n_fallen]
