"""Seeded inputs and plain references that several test files share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from lossbar_core import NeighborGraph

FIELDS = ("birth", "death", "minimum", "saddle", "swallower", "size", "mean_height")

VALUES = {
    "distinct": lambda rng, n: rng.permutation(n).astype(float),
    "float32": lambda rng, n: rng.standard_normal(n).astype(np.float32),
    "plateaus": lambda rng, n: rng.integers(-1, 2, n).astype(float),
    "plateaus, float32": lambda rng, n: rng.integers(-2, 3, n).astype(np.float32),
    "constant": lambda rng, n: np.full(n, -7.5),
    "signed zeros": lambda rng, n: np.where(rng.integers(0, 2, n) == 1, 0.0, -0.0),
    "huge": lambda rng, n: rng.choice([-1e300, -1e299, 0.0, 1e299, 1e300], n),
    "tiny": lambda rng, n: rng.choice([-5e-324, -1e-310, 0.0, 1e-310, 5e-324], n),
    "integers": lambda rng, n: rng.integers(-3, 4, n),
}


def random_function(seed, largest=30):
    """Values of one kind in turn on a sparse random graph with loops, repeats and isolated vertices."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, largest))
    edges = rng.integers(0, n, (int(rng.integers(0, 3 * n)), 2))
    return list(VALUES.values())[seed % len(VALUES)](rng, n), edges


@st.composite
def functions(draw, elements=None, largest=10, unique=False):
    """A function on a small graph, given as (values, edges)."""
    n = draw(st.integers(1, largest))
    elements = st.integers(-3, 3).map(float) if elements is None else elements
    values = draw(st.lists(elements, min_size=n, max_size=n, unique=unique))
    vertex = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(vertex, vertex), max_size=3 * n))
    return np.array(values), np.array(edges, dtype=np.int64).reshape(-1, 2)


@st.composite
def arrays(draw, elements=None, max_ndim=3, max_side=4):
    """A small n-D array, many values equal."""
    shape = tuple(draw(st.lists(st.integers(1, max_side), min_size=1, max_size=max_ndim)))
    elements = st.integers(-3, 3).map(float) if elements is None else elements
    n = int(np.prod(shape))
    return np.array(draw(st.lists(elements, min_size=n, max_size=n))).reshape(shape)


def assert_fields(bars, expected, but=()):
    """All fields equal, bit for bit but for the mean height, a sum whose rounding depends on its order."""
    for name in FIELDS:
        found, wanted = getattr(bars, name), getattr(expected, name)
        if name in but:
            continue
        if name == "mean_height":
            np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-12, err_msg=name)
        else:
            np.testing.assert_array_equal(found, wanted, err_msg=name)
        assert found.dtype == wanted.dtype, (name, found.dtype, wanted.dtype)


def graph_of(values, edges):
    return NeighborGraph.from_edges(len(values), edges)


def line(n):
    """Edges of the path 0 - 1 - ... - n-1."""
    return np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)


def grid_edges(shape, connectivity):
    """Edges between flat C-order indices, found by comparing all pairs of cells (for small grids)."""
    cells = np.stack(np.unravel_index(np.arange(int(np.prod(shape))), shape), axis=1)
    gap = np.abs(cells[:, None] - cells[None])
    near = gap.sum(axis=2) == 1 if connectivity == "faces" else gap.max(axis=2) == 1
    return np.argwhere(np.triu(near))


def all_neighbours(points, k, radius=None):
    """Ids (-1: none) and distances of the k nearest by comparing all pairs, squares added axis by axis."""
    points = np.asarray(points)
    n, d = points.shape
    squared = np.zeros((n, n), points.dtype)
    for axis in range(d):
        gap = points[:, None, axis] - points[None, :, axis]
        squared += gap * gap
    np.fill_diagonal(squared, np.inf)
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(squared, order, axis=1)
    if radius is not None:
        r = points.dtype.type(radius)
        with np.errstate(over="ignore"):
            order = np.where(nearest <= r * r, order, -1)
    return order, np.sqrt(nearest)


def table_edges(table):
    """Distinct undirected edges (a < b) of a neighbour table with -1 where there is none."""
    tails, columns = np.nonzero(table >= 0)
    ends = np.sort(np.stack([tails, table[tails, columns]], axis=1), axis=1)
    return np.unique(ends, axis=0).reshape(-1, 2)


def positive(diagram):
    """Bars of positive length as a sorted (b, 2) array: what other programs agree on."""
    diagram = np.asarray(diagram, dtype=np.float64).reshape(-1, 2)
    diagram = diagram[diagram[:, 0] < diagram[:, 1]]
    return diagram[np.lexsort((diagram[:, 1], diagram[:, 0]))]
