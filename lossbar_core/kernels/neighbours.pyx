"""Exact all-nearest-neighbours by a k-d tree whose leaves are stored as structures of arrays.

Unchecked kernels: call them through :mod:`lossbar_core.barcodes.neighbours`.
"""

from cython.parallel cimport parallel, prange
from libc.stdint cimport int32_t, int64_t, uint64_t, uintptr_t

import numpy as np

cdef extern from "leaf_search.h" nogil:
    ctypedef struct tree_t:
        int64_t n, n_leaves
        int dim, single, leaf
        const void *coords
        const void *low
        const void *high
        const int32_t *ids
        const int32_t *least
    ctypedef struct scratch_t:
        pass
    scratch_t *new_scratch(const tree_t *tree, int k, double limit, int64_t origin)
    void free_scratch(scratch_t *scratch)
    int widest_set()
    void search_leaf(int set, const tree_t *tree, int64_t home, int64_t home_node, scratch_t *scratch, int by_id,
                     int32_t *table, void *distances)

cdef enum:
    SAMPLE = 256   # rows that choose the axis of a node

ctypedef fused real:
    float
    double

def leaf_size(int dim):
    """Points a leaf, tuned here: larger ones pay where many leaves are near."""
    return 32 if dim < 5 else 64


cdef inline uintptr_t address(array):
    """Where a C-contiguous array's data begins."""
    return <uintptr_t> array.ctypes.data


cdef inline void swap_rows(real *rows, int32_t *ids, int dim, int64_t a, int64_t b) noexcept nogil:
    cdef real coordinate
    cdef int d
    cdef int32_t id = ids[a]
    ids[a] = ids[b]
    ids[b] = id
    for d in range(dim):
        coordinate = rows[a * dim + d]
        rows[a * dim + d] = rows[b * dim + d]
        rows[b * dim + d] = coordinate


cdef real pivot_of(const real *rows, int dim, int axis, int64_t left, int64_t right, uint64_t *state) noexcept nogil:
    """Median of nine pseudo-random rows: no input order makes the selection quadratic in practice."""
    cdef real sample[9]
    cdef real value
    cdef int i, j
    for i in range(9):
        state[0] = state[0] * 6364136223846793005u + 1442695040888963407u
        value = rows[(left + <int64_t>((state[0] >> 33) % <uint64_t>(right - left + 1))) * dim + axis]
        j = i
        while j > 0 and sample[j - 1] > value:
            sample[j] = sample[j - 1]
            j -= 1
        sample[j] = value
    return sample[4]


cdef void select_rows(real *rows, int32_t *ids, int dim, int axis, int64_t left, int64_t right,
                      int64_t target) noexcept nogil:
    """Quickselect: rows before ``target`` are not larger on the axis, rows from it on not smaller."""
    cdef int64_t i, j
    cdef real pivot
    cdef uint64_t state = <uint64_t>(left * 31 + right)
    while left < right:
        pivot = pivot_of(rows, dim, axis, left, right, &state)
        i = left
        j = right
        while i <= j:
            while rows[i * dim + axis] < pivot:
                i += 1
            while rows[j * dim + axis] > pivot:
                j -= 1
            if i <= j:
                swap_rows(rows, ids, dim, i, j)
                i += 1
                j -= 1
        if target <= j:
            right = j
        elif target >= i:
            left = i
        else:
            return


cdef int widest_axis(const real *rows, int dim, int64_t begin, int64_t end, int64_t step, real *low,
                     real *high) noexcept nogil:
    """Bounding box of every step-th row (written to low, high); returns its widest axis."""
    cdef int64_t i
    cdef int d, axis = 0
    cdef real x
    for d in range(dim):
        low[d] = rows[begin * dim + d]
        high[d] = low[d]
    i = begin + step
    while i < end:
        for d in range(dim):
            x = rows[i * dim + d]
            low[d] = x if x < low[d] else low[d]
            high[d] = x if x > high[d] else high[d]
        i += step
    for d in range(1, dim):
        if high[d] - low[d] > high[axis] - low[axis]:
            axis = d
    return axis


cdef void build_node(real *rows, int32_t *ids, int64_t n, int dim, int64_t leaf, int64_t node, int64_t first, int64_t last,
                     real *low, real *high, int32_t *least) noexcept nogil:
    """A leaf's box and smallest id, or the rows of a node divided between its two children at a leaf's edge.

    The axis is the widest of a sample of the rows; boxes of inner nodes are closed later, from their children's.
    """
    cdef int64_t i
    cdef int64_t begin = first * leaf, end = min(last * leaf, n)
    cdef int64_t step = 1 if last - first == 1 else max(1, (end - begin) // SAMPLE)
    cdef int axis = widest_axis(rows, dim, begin, end, step, low + node * dim, high + node * dim)
    if last - first == 1:
        least[node] = ids[begin]
        for i in range(begin + 1, end):
            least[node] = min(least[node], ids[i])
    else:
        select_rows(rows, ids, dim, axis, begin, end - 1, ((first + last) // 2) * leaf)


cdef void build_subtree(real *rows, int32_t *ids, int64_t n, int dim, int64_t leaf, int64_t node, int64_t first, int64_t last,
                        real *low, real *high, int32_t *least, int64_t *leaf_node) noexcept nogil:
    """Depth first, without recursion: a subtree stays in the cache."""
    cdef int64_t stack[3 * 64]
    cdef int64_t middle
    cdef int depth = 1
    stack[0], stack[1], stack[2] = node, first, last
    while depth > 0:
        depth -= 1
        node, first, last = stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2]
        build_node(rows, ids, n, dim, leaf, node, first, last, low, high, least)
        if last - first == 1:
            leaf_node[first] = node
            continue
        middle = (first + last) // 2
        stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2] = 2 * node + 2, middle, last
        depth += 1
        stack[3 * depth], stack[3 * depth + 1], stack[3 * depth + 2] = 2 * node + 1, first, middle
        depth += 1


cdef void fill_leaf(const real *rows, int64_t n, int dim, int size, int64_t leaf, real *coords) noexcept nogil:
    """Rows of a leaf to its structure of arrays; the padding is so far that its distance overflows to infinity."""
    cdef real far = <real>(1e30 if real is float else 1e300)
    cdef int64_t i
    cdef int d, j
    for d in range(dim):
        for j in range(size):
            i = leaf * size + j
            coords[(leaf * dim + d) * size + j] = rows[i * dim + d] if i < n else far


def build_level(real[:, ::1] rows, int32_t[::1] ids, real[:, ::1] low, real[:, ::1] high, int32_t[::1] least,
                const int64_t[:, ::1] nodes, int64_t leaf, int threads):
    """Boxes and division of some nodes (node, first leaf, last leaf) of one level."""
    cdef int64_t i, n = rows.shape[0], n_nodes = nodes.shape[0]
    cdef int dim = rows.shape[1]
    for i in prange(n_nodes, nogil=True, num_threads=threads, schedule="dynamic"):
        build_node(&rows[0, 0], &ids[0], n, dim, leaf, nodes[i, 0], nodes[i, 1], nodes[i, 2], &low[0, 0], &high[0, 0],
                   &least[0])


def build_subtrees(real[:, ::1] rows, int32_t[::1] ids, real[:, ::1] low, real[:, ::1] high, int32_t[::1] least,
                   int64_t[::1] leaf_node,
                   const int64_t[:, ::1] nodes, int64_t leaf, int threads):
    """All that lies under some nodes, one thread a node at a time."""
    cdef int64_t i, n = rows.shape[0], n_nodes = nodes.shape[0]
    cdef int dim = rows.shape[1]
    for i in prange(n_nodes, nogil=True, num_threads=threads, schedule="dynamic"):
        build_subtree(&rows[0, 0], &ids[0], n, dim, leaf, nodes[i, 0], nodes[i, 1], nodes[i, 2], &low[0, 0], &high[0, 0],
                      &least[0], &leaf_node[0])


def close_boxes(real[:, ::1] low, real[:, ::1] high, int32_t[::1] least):
    """Boxes and smallest ids of the inner nodes, from the leaves up; -1 marks what is not known, or no node."""
    cdef int64_t node, a
    cdef int d
    for node in range((least.shape[0] - 1) // 2 - 1, -1, -1):
        a = 2 * node + 1
        if least[node] >= 0 or least[a] < 0:
            continue
        least[node] = min(least[a], least[a + 1])
        for d in range(low.shape[1]):
            low[node, d] = min(low[a, d], low[a + 1, d])
            high[node, d] = max(high[a, d], high[a + 1, d])


def fill_leaves(const real[:, ::1] rows, real[:, :, ::1] coords, int threads):
    """The ordered rows as a structure of arrays, leaf by leaf."""
    cdef int64_t leaf, n = rows.shape[0], n_leaves = coords.shape[0]
    cdef int dim = rows.shape[1]
    for leaf in prange(n_leaves, nogil=True, num_threads=threads, schedule="static"):
        fill_leaf(&rows[0, 0], n, dim, <int> coords.shape[2], leaf, &coords[0, 0, 0])


def children(nodes):
    """The two children of each node (node, first leaf, last leaf)."""
    middle = (nodes[:, 1] + nodes[:, 2]) // 2
    left = np.stack([2 * nodes[:, 0] + 1, nodes[:, 1], middle], axis=1)
    right = np.stack([2 * nodes[:, 0] + 2, middle, nodes[:, 2]], axis=1)
    return np.stack([left, right], axis=1).reshape(-1, 3)


cdef class LeafTree:
    """A k-d tree in leaf order: position p of the order lies in leaf p // self.leaf."""

    cdef readonly object coords, low, high, ids, least, leaf_node
    cdef readonly int64_t n, n_leaves
    cdef readonly int dim, leaf, widest   # widest: bits of the machine's vectors, 512, 256 or 0
    cdef readonly bint single

    def __init__(self, points, int threads):
        self.n, self.dim = points.shape
        self.leaf = leaf_size(self.dim)
        self.widest = widest_set()
        self.n_leaves = (self.n + self.leaf - 1) // self.leaf
        self.single = points.dtype == np.float32
        n_nodes = (2 << int(self.n_leaves - 1).bit_length()) - 1
        self.coords = np.empty((self.n_leaves, self.dim, self.leaf), points.dtype)
        self.low = np.empty((n_nodes, self.dim), points.dtype)
        self.high = np.empty((n_nodes, self.dim), points.dtype)
        self.ids = np.arange(self.n, dtype=np.int32)
        self.least = np.full(n_nodes, -1, np.int32)
        self.leaf_node = np.empty(self.n_leaves, np.int64)
        rows = points.copy()
        nodes = np.array([[0, 0, self.n_leaves]], np.int64)
        # A few levels in breadth, until there is work for every thread below.
        while len(nodes) < 4 * threads and np.all(nodes[:, 2] - nodes[:, 1] > 1):
            build_level(rows, self.ids, self.low, self.high, self.least, nodes, self.leaf, threads)
            nodes = children(nodes)
        build_subtrees(rows, self.ids, self.low, self.high, self.least, self.leaf_node, nodes, self.leaf, threads)
        close_boxes(self.low, self.high, self.least)
        fill_leaves(rows, self.coords, threads)

    cdef tree_t view(self):
        cdef tree_t view
        view.n, view.n_leaves, view.dim, view.single = self.n, self.n_leaves, self.dim, self.single
        view.leaf = self.leaf
        view.coords = <const void *> address(self.coords)
        view.low = <const void *> address(self.low)
        view.high = <const void *> address(self.high)
        view.ids = <const int32_t *> address(self.ids)
        view.least = <const int32_t *> address(self.least)
        return view

    def query(self, int k, double limit, int32_t[:, ::1] table, distances, int64_t first, int64_t last, int threads,
              bint by_id=False, int64_t origin=0, instruction_set=None):
        """Neighbours of the points of leaves first..last, -1 where there are fewer than k within the limit.

        ``limit`` is the squared radius; ``distances`` is None or an array like the table, of the points' dtype. Rows and entries are
        positions in leaf order, or vertex ids; the table begins at row ``origin``. ``instruction_set`` is 0, 256 or 512, by
        default the widest; the tests compare them.
        """
        cdef tree_t view = self.view()
        cdef const int64_t[::1] leaf_node = self.leaf_node
        cdef void *distance_rows = NULL
        cdef scratch_t *scratch = NULL
        cdef int64_t leaf
        cdef int failed = 0
        cdef int chosen = self.widest if instruction_set is None else instruction_set
        if chosen not in (0, 256, 512) or chosen > self.widest:
            raise ValueError(f"expected an instruction set of at most {self.widest} bits, got {instruction_set}")
        if distances is not None:
            distance_rows = <void *> address(distances)
        with nogil, parallel(num_threads=threads):
            scratch = new_scratch(&view, k, limit, origin)
            for leaf in prange(first, last, schedule="dynamic", chunksize=16):
                if scratch == NULL:
                    failed += 1
                else:
                    search_leaf(chosen, &view, leaf, leaf_node[leaf], scratch, by_id, &table[0, 0], distance_rows)
            free_scratch(scratch)
        if failed:
            raise MemoryError(f"no memory for the lists of {k} neighbours a thread; choose a smaller k")
