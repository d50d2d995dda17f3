"""Algorithm 1 on graphs: against the oracle, and under every change that must not matter."""

import re

import numpy as np
import pytest
import scipy.sparse as sp
from cases import (
    VALUES,
    all_neighbours,
    assert_fields,
    functions,
    graph_of,
    line,
    random_function,
    table_edges,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lossbar_core.kernels.graph import merge_graph

from lossbar_core import NeighborGraph, graph_barcode, knn_graph
from lossbar_core.barcodes.from_graph import assemble
from lossbar_core.barcodes.oracle import algorithm1, minimax_deaths

FLOATS = st.floats(-1e300, 1e300, allow_nan=False)
SINGLES = st.floats(-(2.0**100), 2.0**100, allow_nan=False, width=32)


@pytest.mark.parametrize("seed", range(90))
def test_every_field_is_the_oracles(seed):
    values, edges = random_function(seed)
    bars = graph_barcode(values, graph_of(values, edges))
    expected = algorithm1(values, edges)
    assert_fields(bars, expected)
    assert expected.same_as(minimax_deaths(values, edges))


@given(functions())
@example((np.array([0.0, 0.0, 0.0, 0.0]), np.array([(3, 0), (3, 1), (3, 2)])))
def test_every_field_on_plateaus(case):
    assert_fields(graph_barcode(case[0], graph_of(*case)), algorithm1(*case))


@given(functions(elements=FLOATS))
def test_every_field_on_any_float(case):
    assert_fields(graph_barcode(case[0], graph_of(*case)), algorithm1(*case))


@given(functions(elements=SINGLES))
def test_every_field_in_single_precision(case):
    values, edges = case[0].astype(np.float32), case[1]
    bars = graph_barcode(values, graph_of(values, edges))
    assert bars.birth.dtype == bars.death.dtype == np.float32
    assert_fields(bars, algorithm1(values, edges))


@settings(max_examples=30)
@given(functions(largest=20))
def test_superlevel_bars_by_negation(case):
    values, edges = case
    assert_fields(graph_barcode(-values, graph_of(*case)), algorithm1(-values, edges))


@given(functions(), st.integers(-1000, 1000))
def test_a_shift_moves_bars_and_keeps_pairs(case, shift):
    values = case[0]
    bars, moved = (graph_barcode(f, graph_of(*case)) for f in (values, values + shift))
    assert_fields(moved, bars, but=("birth", "death"))
    assert np.array_equal(moved.birth, bars.birth + shift)
    assert np.array_equal(moved.death, bars.death + shift)


@given(functions(), st.sampled_from([0.25, 2.0, 2.0**80]))
def test_a_scale_stretches_bars_and_keeps_pairs(case, scale):
    values = case[0]
    bars, scaled = (graph_barcode(f, graph_of(*case)) for f in (values, values * scale))
    assert_fields(scaled, bars, but=("birth", "death", "mean_height"))
    assert np.array_equal(scaled.death, bars.death * scale)
    assert np.array_equal(scaled.mean_height, bars.mean_height * scale)


@given(functions(unique=True), st.randoms(use_true_random=False))
def test_a_permutation_of_ids_maps_ids_when_values_are_distinct(case, random):
    values, edges = case
    new = np.array(random.sample(range(len(values)), len(values)))
    moved = np.empty_like(values)
    moved[new] = values
    bars = graph_barcode(values, graph_of(values, edges))
    other = graph_barcode(moved, graph_of(moved, new[edges]))
    assert_fields(other, bars, but=("minimum", "saddle", "swallower"))
    new = np.append(new, -1)  # what -1 maps to
    for name in ("minimum", "saddle", "swallower"):
        assert np.array_equal(getattr(other, name), new[getattr(bars, name)]), name


@given(functions(), st.randoms(use_true_random=False))
def test_a_permutation_of_ids_keeps_the_diagram_of_positive_bars(case, random):
    values, edges = case
    new = np.array(random.sample(range(len(values)), len(values)))
    moved = np.empty_like(values)
    moved[new] = values
    diagrams = []
    for f, e in ((values, edges), (moved, new[edges])):
        bars = graph_barcode(f, graph_of(f, e))
        kept = bars.to_diagram()[bars.persistence > 0]
        diagrams.append(kept[np.lexsort(kept.T)])
    assert np.array_equal(*diagrams)


@given(functions())
def test_a_plateau_is_the_order_of_its_ids(case):
    values = case[0]
    flat = graph_barcode(np.zeros(len(values)), graph_of(*case))
    ids = graph_barcode(np.arange(len(values)), graph_of(*case))
    assert_fields(flat, ids, but=("birth", "death", "mean_height"))


def test_minus_zero_is_zero():
    edges = line(5)
    zeros = np.array([0.0, 1.0, -0.0, 1.0, 0.0])
    for f in (zeros, -zeros, zeros.astype(np.float32), -zeros.astype(np.float32)):
        f = np.where(np.abs(f) == 1, np.abs(f), f)
        bars = graph_barcode(f, graph_of(f, edges))
        assert bars.minimum.tolist() == [0, 2, 4]
        assert bars.saddle.tolist() == [-1, 1, 3]
        assert_fields(bars, algorithm1(f, edges))


def test_disconnected_pieces_do_not_see_each_other():
    rng = np.random.default_rng(5)
    f, g = rng.random(40), rng.random(50)
    e, h = rng.integers(0, 40, (60, 2)), rng.integers(0, 50, (70, 2))
    both = graph_barcode(np.concatenate([f, g]), NeighborGraph.from_edges(90, np.concatenate([e, h + 40])))
    first, second = graph_barcode(f, graph_of(f, e)), graph_barcode(g, graph_of(g, h))
    assert_fields(both[both.minimum < 40], first)
    upper = both[both.minimum >= 40]
    assert_fields(upper, second, but=("minimum", "saddle", "swallower"))
    assert np.array_equal(upper.minimum, second.minimum + 40)


def test_isolated_vertices_are_essential_bars():
    bars = graph_barcode([3.0, 1.0, 2.0], NeighborGraph.from_edges(3, []))
    assert bars.minimum.tolist() == [1, 2, 0]
    assert np.isinf(bars.death).all()
    assert (bars.saddle.tolist(), bars.size.tolist()) == ([-1] * 3, [1] * 3)


def test_one_vertex():
    bars = graph_barcode([2.5], NeighborGraph.from_edges(1, [(0, 0)]))
    assert (bars.birth.tolist(), bars.death.tolist(), bars.size.tolist()) == ([2.5], [np.inf], [1])
    assert (bars.mean_height.tolist(), len(bars)) == ([0.0], 1)


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("radius", [None, 0.2])
def test_edges_rows_matrix_and_neighbour_table_give_one_barcode(kind, radius):
    rng = np.random.default_rng(11)
    points = rng.random((150, 2))
    values = VALUES[kind](rng, 150)
    table, _ = all_neighbours(points, 4, radius)
    edges = table_edges(table)
    matrix = sp.coo_array((np.ones(len(edges)), edges.T), shape=(150, 150)).tocsr()
    expected = algorithm1(values, edges)
    for graph in (
        knn_graph(points, 4, radius),
        knn_graph(points.astype(np.float32).astype(np.float64), 4, radius),
        NeighborGraph.from_edges(150, edges),
        NeighborGraph.from_edges(150, rng.permutation(edges[:, ::-1].astype(np.int32))),
        NeighborGraph.from_csr(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64)),
        NeighborGraph.from_scipy(matrix),
    ):
        assert_fields(graph_barcode(values, graph), expected)


@pytest.mark.parametrize("seed", range(18))
@pytest.mark.parametrize("in_tree_order", [False, True])
def test_64_bit_ids_give_the_same_bars(seed, in_tree_order):
    values, edges = random_function(seed)
    values = np.asarray(values, np.float32 if values.dtype == np.float32 else np.float64)
    graph = graph_of(values, edges)
    places = np.arange(len(values))
    if in_tree_order:
        places = np.random.default_rng(seed).permutation(len(values))
        graph = graph_of(values, np.argsort(places)[edges])
    local = values[places]
    assert graph._indices.dtype == np.int32
    merged = merge_graph(local, graph._indices.astype(np.int64), graph._indptr, places, 1)
    assert {part.dtype for part in merged} == {np.dtype(np.int64)}
    bars = assemble(local, *merged, ids=places, to_id=places.__getitem__)
    assert_fields(bars, algorithm1(values, edges))


def test_values_of_other_types_and_layouts():
    values, edges = random_function(8)  # integers
    graph = graph_of(values, edges)
    expected = graph_barcode(values.astype(np.float64), graph)
    doubled = np.repeat(values, 2)[::2]
    frozen = values.astype(np.float64)
    frozen.flags.writeable = False
    for given_values in (values.tolist(), values.astype(np.int8), values.astype(">f8"), doubled, frozen):
        assert_fields(graph_barcode(given_values, graph), expected)
    assert graph_barcode(values.astype(np.float32), graph).birth.dtype == np.float32


def test_values_and_graph_are_attached_and_not_changed():
    values, edges = random_function(1)
    before, graph = values.copy(), graph_of(values, edges)
    bars = graph_barcode(values, graph)
    assert bars.graph is graph
    assert bars.values is values
    assert np.array_equal(values, before)


def test_threads_do_not_change_a_bit(monkeypatch):
    points = np.random.default_rng(4).random((5000, 2))
    values = np.sin(20 * points).sum(axis=1)
    results = []
    for threads in ("1", "2", "5"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        results.append(graph_barcode(values, knn_graph(points, 4)))
    for other in results[1:]:
        assert_fields(other, results[0])
        assert np.array_equal(other.mean_height, results[0].mean_height)


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([0.0, np.nan, 1.0], ValueError, "got nan at flat position 1 (1 such entries)"),
        ([0.0, 1.0, -np.inf], ValueError, "expected finite values, got -inf at flat position 2"),
        ([0.0, 1.0], ValueError, "expected one value a vertex (3), got 2; use the graph of the same points"),
        ([[0.0, 1.0, 2.0]], ValueError, "expected values of shape (n,), got (1, 3); ravel them first"),
        ([0.0, 1.0, 1j], TypeError, "got dtype complex128; convert to float64 first"),
        (["a", "b", "c"], TypeError, "expected values of real numbers, got dtype <U1"),
        (np.array([0, 1, 2**60 + 1]), ValueError, "expected integer values up to 2**53"),
    ],
)
def test_refused_values(values, error, message):
    with pytest.raises(error, match=re.escape(message)):
        graph_barcode(values, NeighborGraph.from_edges(3, line(3)))


def test_refused_graphs():
    message = "expected a NeighborGraph, got list; build one with knn_graph or NeighborGraph.from_edges"
    with pytest.raises(TypeError, match=re.escape(message)):
        graph_barcode([0.0, 1.0], [(0, 1)])


def test_refused_for_memory(monkeypatch):
    monkeypatch.setattr("lossbar_core.checks.physical_memory", lambda: 50)
    graph = NeighborGraph(np.array([0, 0, 0]), np.empty(0, np.int32))
    with pytest.raises(MemoryError, match="expected the merge of 2 vertices to fit in"):
        graph_barcode([0.0, 1.0], graph)
