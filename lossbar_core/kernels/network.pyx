"""Losses and gradients of small networks, without anything as large as parameter vectors times inputs.

Unchecked kernels: call them through :mod:`lossbar_core.functions.networks`.
"""

from cython.parallel cimport parallel, prange
from libc.stdint cimport int64_t

import numpy as np

cdef extern from "network_loss.h" nogil:
    enum: MOST_LAYERS
    enum: MOST_UNITS
    enum: MOST_LANES
    enum: TILE
    ctypedef struct network_t:
        int n_layers, activation, eliminate, n_full, n_free, n_units
        int[6] widths
        int64_t m, m_padded
        const double *x
        const double *y
        const double *template_
        const int64_t *positions
        double l1, l2
    ctypedef struct workspace_t:
        double *thetas
        double *slopes
    workspace_t *new_workspace(const network_t *network, int with_gradient)
    void free_workspace(workspace_t *space)
    int widest_set()
    int lanes_of(int set)
    void evaluate_block(int set, const network_t *network, workspace_t *space, double *losses, int with_gradient,
                        int rough)
    void tanh_of(int set, const double *x, double *result, int64_t n, int rough)

ctypedef fused real:
    float
    double

MOST_INPUTS = 4096  # so that a block's activations take a few megabytes at most
ELIMINATE = {None: 0, "bias": 1, "layer": 2}  # as network_loss.h counts


def fits(widths, n_inputs):
    """Whether the kernels take hidden layers of these widths and as many inputs."""
    return len(widths) <= MOST_LAYERS and max(widths) <= MOST_UNITS and n_inputs <= MOST_INPUTS


def chosen_set(instruction_set):
    """Bits of the instruction set to use: 512, 256 or 0, by default the widest that the machine has."""
    widest = widest_set()
    chosen = widest if instruction_set is None else instruction_set
    if chosen not in (0, 256, 512) or chosen > widest:
        raise ValueError(f"expected an instruction set of at most {widest} bits, got {instruction_set}")
    return chosen


def tanh(const double[::1] x, instruction_set=None, bint rough=False):
    """tanh of a float64 array (n,), as the kernels compute it; rough: to 1e-10, for losses in float32."""
    cdef int chosen = chosen_set(instruction_set)
    cdef int64_t n = x.shape[0]
    cdef double[::1] padded = np.zeros((n // (TILE * MOST_LANES) + 1) * TILE * MOST_LANES)
    padded[:n] = x
    tanh_of(chosen, &padded[0], &padded[0], padded.shape[0], rough)
    return np.asarray(padded)[:n].copy()


cdef void load(const real *rows, int64_t count, int dim, int lanes, double *thetas) noexcept nogil:
    """Rows of a block side by side; lanes beyond the last row repeat it."""
    cdef int p, lane
    cdef int64_t row
    for lane in range(lanes):
        row = min(<int64_t> lane, count - 1)
        for p in range(dim):
            thetas[p * lanes + lane] = <double> rows[row * dim + p]


cdef void block(int set, int lanes, const network_t *network, workspace_t *space, const real *thetas, int64_t n,
                int64_t first, real *losses, double *gradients) noexcept nogil:
    """Losses, or gradients where ``gradients`` is given, of the rows from ``first`` on."""
    cdef double[MOST_LANES] found
    cdef int64_t count = min(<int64_t> lanes, n - first)
    cdef int dim = network.n_free, lane, p
    load(thetas + first * dim, count, dim, lanes, space.thetas)
    evaluate_block(set, network, space, found, gradients != NULL, real is float)
    for lane in range(<int> count):
        if gradients == NULL:
            losses[first + lane] = <real> found[lane]
        else:
            for p in range(dim):
                gradients[(first + lane) * dim + p] = space.slopes[p * lanes + lane]


cdef class NetworkLoss:
    """A network's inputs, targets and places of parameters, as the kernels read them."""

    cdef network_t network
    cdef const double[::1] x, y, template
    cdef const int64_t[::1] positions
    cdef object arguments

    def __init__(self, widths, bint tanh, x, y, template, const int64_t[::1] positions, double l1, double l2, eliminate):
        cdef int layer
        self.arguments = (widths, tanh, x, y, template, np.asarray(positions), l1, l2, eliminate)
        m = len(x)
        padding = (0, -m % TILE)
        self.x, self.y = np.pad(x, padding, mode="edge"), np.pad(y, padding, mode="edge")
        self.template, self.positions = template, positions
        ends = [1, *widths, 1]
        for layer in range(len(ends)):
            self.network.widths[layer] = ends[layer]
        self.network.n_layers, self.network.n_units = len(widths), sum(widths)
        self.network.activation, self.network.eliminate = tanh, ELIMINATE[eliminate]
        self.network.n_full, self.network.n_free = len(template), len(positions)
        self.network.m, self.network.m_padded = m, len(self.x)
        self.network.x, self.network.y, self.network.template_ = &self.x[0], &self.y[0], &self.template[0]
        self.network.positions = &self.positions[0]
        self.network.l1, self.network.l2 = l1, l2

    def __reduce__(self):
        return NetworkLoss, self.arguments

    def losses(self, const real[:, ::1] thetas, real[::1] out, int threads, instruction_set=None):
        """Losses of (n, D) parameters into ``out`` (n,)."""
        cdef int chosen = chosen_set(instruction_set)
        if thetas.shape[0]:
            run(chosen, &self.network, &thetas[0, 0], thetas.shape[0], &out[0], <double *> NULL, threads)

    def gradients(self, const double[:, ::1] thetas, double[:, ::1] out, int threads, instruction_set=None):
        """Gradients of (n, D) parameters into ``out`` (n, D)."""
        cdef int chosen = chosen_set(instruction_set)
        if thetas.shape[0]:
            run(chosen, &self.network, &thetas[0, 0], thetas.shape[0], <double *> NULL, &out[0, 0], threads)


cdef run(int set, const network_t *network, const real *thetas, int64_t n, real *losses, double *gradients, int threads):
    """All blocks, each thread with a workspace of its own."""
    cdef int lanes = lanes_of(set), failed = 0
    cdef int64_t b, n_blocks = (n + lanes - 1) // lanes
    cdef workspace_t *space = NULL
    with nogil, parallel(num_threads=threads):
        space = new_workspace(network, gradients != NULL)
        for b in prange(n_blocks, schedule="dynamic", chunksize=16):
            if space == NULL:
                failed += 1
            else:
                block(set, lanes, network, space, thetas, n, b * lanes, losses, gradients)
        free_workspace(space)
    if failed:
        raise MemoryError("no memory for the activations of a block a thread; take fewer inputs")
