"""Neighbour graphs: every way to give the same edges, and what is refused."""

import re

import numpy as np
import pytest
import scipy.sparse as sp
from cases import functions, line, random_function
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import NeighborGraph, knn_graph
from lossbar_core.barcodes.oracle import sublevel_components
from lossbar_core.barcodes.pairs import graph_input

INTEGERS = (np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64)


def distinct(n, edges):
    return graph_input(np.zeros(n), np.asarray(edges))[1]


def adjacency(n, edges):
    """A matrix that stores each given edge once, in the direction given, repeats included."""
    edges = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    return sp.coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))


@given(functions())
def test_edges_csr_and_scipy_are_the_same_graph(case):
    values, edges = case
    n, matrix = len(values), adjacency(len(values), edges).tocsr()
    expected = distinct(n, edges)
    graphs = [
        NeighborGraph.from_edges(n, edges),
        NeighborGraph.from_edges(n, edges[::-1, ::-1]),
        NeighborGraph.from_edges(n, expected),
        NeighborGraph.from_csr(matrix.indptr, matrix.indices),
        NeighborGraph.from_scipy(matrix.T),
    ]
    for graph in graphs:
        assert graph.n_vertices == n
        assert graph.n_edges == len(expected)
        assert graph.edges().dtype == np.int64
        assert np.array_equal(graph.edges(), expected)


@given(functions())
def test_rows_are_symmetric_sorted_and_without_loops(case):
    values, edges = case
    n = len(values)
    graph = NeighborGraph.from_edges(n, edges)
    indptr, indices = graph.to_csr()
    assert indptr.dtype == indices.dtype == np.int64
    expected = [set() for _ in range(n)]
    for a, b in edges.tolist():
        if a != b:
            expected[a].add(b)
            expected[b].add(a)
    for v in range(n):
        assert indices[indptr[v] : indptr[v + 1]].tolist() == sorted(expected[v])
        assert graph.neighbors(v).tolist() == sorted(expected[v])
        assert graph.neighbors(v).dtype == np.int64


@given(functions())
def test_components_are_counted(case):
    values, edges = case
    expected = sublevel_components(np.zeros(len(values)), edges, 0.0)
    assert NeighborGraph.from_edges(len(values), edges).n_components() == expected


def test_a_neighbour_graph_in_tree_order_speaks_in_vertex_ids():
    points = np.random.default_rng(0).random((300, 3))
    graph = knn_graph(points, 5)
    again = NeighborGraph.from_edges(300, graph.edges())
    for found, expected in zip(graph.to_csr(), again.to_csr(), strict=True):
        assert np.array_equal(found, expected)
    for v in (0, 17, 299):
        assert np.array_equal(graph.neighbors(v), again.neighbors(v))
    assert graph.n_edges == again.n_edges == len(graph.edges())
    assert graph.n_components() == again.n_components()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_all_integers_are_ids(dtype):
    edges = np.array([(0, 3), (3, 1), (1, 1)], dtype)
    for graph in (
        NeighborGraph.from_edges(4, edges),
        NeighborGraph.from_csr(np.array([0, 1, 2, 2, 3], dtype), np.array([3, 1, 1], dtype)),
    ):
        assert graph.edges().tolist() == [[0, 3], [1, 3]]


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("kind", [sp.csr_array, sp.csr_matrix])
def test_all_sparse_formats(form, kind):
    _, edges = random_function(3)
    matrix = kind(adjacency(30, edges).tocsr()).asformat(form)
    assert np.array_equal(NeighborGraph.from_scipy(matrix).edges(), distinct(30, edges))


def test_a_stored_zero_is_an_edge():
    matrix = sp.csr_array(([0.0], [1], [0, 1, 1]), shape=(2, 2))
    assert NeighborGraph.from_scipy(matrix).edges().tolist() == [[0, 1]]


@pytest.mark.parametrize("edges", [[], np.empty((0, 2)), np.empty((0, 2), np.int32), [(0, 0), (2, 2)]])
def test_no_edges(edges):
    graph = NeighborGraph.from_edges(3, edges)
    assert (graph.n_vertices, graph.n_edges, graph.n_components()) == (3, 0, 3)
    assert graph.edges().shape == (0, 2)
    assert graph.neighbors(1).tolist() == []
    indptr, indices = graph.to_csr()
    assert (indptr.tolist(), indices.tolist()) == ([0, 0, 0, 0], [])
    assert NeighborGraph.from_csr([0, 0, 0, 0], []).n_edges == 0
    assert NeighborGraph.from_scipy(sp.csr_array((3, 3))).n_edges == 0


def test_changes_of_the_input_do_not_reach_the_graph():
    indptr, indices, edges = np.array([0, 1, 2]), np.array([1, 0], np.int32), np.array([(0, 1)])
    graphs = NeighborGraph.from_csr(indptr, indices), NeighborGraph.from_edges(2, edges)
    indptr[:], indices[:], edges[:] = 1000, 1000, 1000
    for graph in graphs:
        assert graph.edges().tolist() == [[0, 1]]


def test_repr():
    assert repr(NeighborGraph.from_edges(4, [(0, 1), (1, 0), (1, 2)])) == "NeighborGraph(4 vertices, 2 edges)"


@given(st.integers(1, 6), st.integers(-3, 9), st.integers(-3, 9))
def test_ids_out_of_range_never_pass(n, a, b):
    if 0 <= a < n and 0 <= b < n:
        NeighborGraph.from_edges(n, [(a, b)])
        return
    bad = a if not 0 <= a < n else b
    message = f"expected vertex ids in 0..{n - 1}, got {bad}; number the vertices from 0 or raise n"
    with pytest.raises(ValueError, match=re.escape(message)):
        NeighborGraph.from_edges(n, [(a, b)])


@pytest.mark.parametrize(
    ("n", "edges", "error", "message"),
    [
        (3, [(0, 1, 2)], ValueError, "shape (m, 2), got (1, 3); stack the two ends of each edge"),
        (3, [0, 1], ValueError, "expected edges of shape (m, 2), got (2,)"),
        (3, [(0.0, 1.0)], TypeError, "expected integer vertex ids, got dtype float64; convert with .astype"),
        (3, [(True, False)], TypeError, "expected integer vertex ids, got dtype bool"),
        (3, np.array([(0, 2**64 - 1)], np.uint64), ValueError, f"0..2, got {2**64 - 1}"),
        (0, [], ValueError, "expected n >= 1, got 0; choose another n"),
        (3.0, [], TypeError, "expected an integer n, got 3.0 of type float; pass int(n)"),
        (2**45, [(0, 1)], MemoryError, f"expected a graph of {2**45} vertices and 1 edges to fit in"),
    ],
)
def test_refused_edges(n, edges, error, message):
    with pytest.raises(error, match=re.escape(message)):
        NeighborGraph.from_edges(n, edges)


@pytest.mark.parametrize(
    ("indptr", "indices", "error", "message"),
    [
        ([0], [], ValueError, "(n + 1,) with n >= 1 and indices of shape (m,), got (1,)"),
        ([[0, 1]], [0], ValueError, "got (1, 2) and (1,); pass matrix.indptr and matrix.indices"),
        ([0, 1], [[0]], ValueError, "got (2,) and (1, 1)"),
        ([0, 3], [0], ValueError, "from 0 to 1, got 0 to 3; pass the arrays of one CSR"),
        ([1, 1], [0], ValueError, "expected indptr ascending from 0 to 1, got 1 to 1"),
        ([0, 2, 1, 2], [0, 1], ValueError, "expected indptr ascending from 0 to 2"),
        (np.array([0, 9, 2], np.uint32), [0, 1], ValueError, "expected indptr ascending from 0 to 2"),
        ([0.0, 1.0], [0], TypeError, "expected integer indptr, got dtype float64"),
        ([0, 1], [0.0], TypeError, "expected integer vertex ids, got dtype float64"),
        ([0, 1], [1], ValueError, "expected vertex ids in 0..0, got 1"),
        ([0, 1], [-1], ValueError, "expected vertex ids in 0..0, got -1"),
    ],
)
def test_refused_rows(indptr, indices, error, message):
    with pytest.raises(error, match=re.escape(message)):
        NeighborGraph.from_csr(indptr, indices)


def test_refused_matrices():
    message = "expected a scipy.sparse matrix, got ndarray; use from_edges for an edge list"
    with pytest.raises(TypeError, match=re.escape(message)):
        NeighborGraph.from_scipy(np.eye(3))
    for shape in ((2, 3), (3,)):
        message = f"expected a square matrix, got shape {shape}; one row and one column a vertex"
        with pytest.raises(ValueError, match=re.escape(message)):
            NeighborGraph.from_scipy(sp.coo_array(shape))


def test_refused_vertices():
    graph = NeighborGraph.from_edges(3, line(3))
    with pytest.raises(ValueError, match=re.escape("expected vertex in 0..2, got 3; choose another vertex")):
        graph.neighbors(3)
    with pytest.raises(ValueError, match=re.escape("expected vertex in 0..2, got -1")):
        graph.neighbors(-1)
