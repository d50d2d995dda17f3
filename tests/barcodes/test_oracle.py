"""The oracles against each other, against GUDHI, and against what can be counted by hand."""

import sys
from dataclasses import replace

import gudhi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbar_core import NeighborGraph, graph_barcode
from lossbar_core.barcodes.oracle import (
    algorithm1,
    cubical_bars,
    descending_pairs,
    minimax_deaths,
    sublevel_components,
)
from lossbar_core.barcodes.pairs import graph_input

VALUES = {
    "distinct": lambda rng, n: rng.permutation(n).astype(float),
    "plateaus": lambda rng, n: rng.integers(0, 3, n).astype(float),
    "constant": lambda rng, n: np.zeros(n),
    "float32": lambda rng, n: rng.standard_normal(n).astype(np.float32),
}


def random_function(seed, largest=24):
    """A seeded graph, sparse enough to be disconnected now and then, with values of one kind in turn."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, largest))
    edges = rng.integers(0, n, (int(rng.integers(0, 3 * n)), 2))
    return list(VALUES.values())[seed % len(VALUES)](rng, n), edges


@st.composite
def functions(draw):
    n = draw(st.integers(1, 9))
    vertex = st.integers(0, n - 1)
    values = draw(st.lists(st.integers(-3, 3).map(float), min_size=n, max_size=n))
    return values, draw(st.lists(st.tuples(vertex, vertex), max_size=20))


def gudhi_degree0(values, edges):
    tree = gudhi.SimplexTree()
    for v in range(len(values)):
        tree.insert([v])
    for a, b in graph_input(values, edges)[1].tolist():
        tree.insert([a, b], -np.inf)  # by default 0, above the ends where values are negative
    for v, x in enumerate(values):  # after the edges: inserting an edge would lower its ends
        tree.assign_filtration([v], float(x))
    tree.make_filtration_non_decreasing()
    tree.compute_persistence(homology_coeff_field=2, min_persistence=0.0, persistence_dim_max=True)
    bars = np.asarray(tree.persistence_intervals_in_dimension(0)).reshape(-1, 2)
    return bars[np.lexsort(bars.T[::-1])]


def positive(diagram):
    kept = diagram[diagram[:, 0] < diagram[:, 1]]
    return kept[np.lexsort(kept.T[::-1])]


def check_all_routes(values, edges):
    bars = algorithm1(values, edges)
    assert bars.same_as(minimax_deaths(values, edges))
    assert bars.same_as(descending_pairs(values, edges))
    assert np.array_equal(positive(bars.to_diagram()), gudhi_degree0(values, edges))
    return bars


@pytest.mark.parametrize("seed", range(120))
def test_three_definitions_and_gudhi_agree(seed):
    values, edges = random_function(seed)
    bars = check_all_routes(values, edges)
    assert bars.birth.dtype == bars.death.dtype == values.dtype
    assert bars.same_as(graph_barcode(values, NeighborGraph.from_edges(len(values), edges)))


@settings(derandomize=True, deadline=None, max_examples=100, database=None)
@given(functions())
def test_three_definitions_agree_on_small_graphs(case):
    check_all_routes(*case)


def test_sorted_by_birth_then_minimum():
    for seed in range(20):
        bars = algorithm1(*random_function(seed))
        assert np.array_equal(np.lexsort((bars.minimum, bars.birth)), np.arange(len(bars)))


@pytest.mark.parametrize("seed", range(12))
def test_elder_rule_counts(seed):
    values, edges = random_function(seed)
    bars = algorithm1(values, edges)
    components = sublevel_components(values, edges, np.inf)
    finite = np.isfinite(bars.death)
    assert finite.sum() == len(bars.minimum) - components
    key = list(zip(bars.birth, bars.minimum, strict=True))
    for i in np.flatnonzero(finite):
        swallower = int(bars.swallower[i])
        assert (values[swallower], swallower) < key[i]  # the lower minimum survives
    assert np.array_equal(bars.saddle == -1, ~finite)
    assert np.array_equal(bars.swallower == -1, ~finite)


@pytest.mark.parametrize("seed", range(12))
def test_betti_counts_at_fifty_levels(seed):
    values, edges = random_function(seed)
    bars = algorithm1(values, edges)
    for level in np.random.default_rng(seed).uniform(values.min() - 1, values.max() + 1, 50):
        alive = (bars.birth <= level) & (level < bars.death)
        assert alive.sum() == sublevel_components(values, edges, level)


@pytest.mark.parametrize("seed", range(12))
def test_size_and_mean_height_are_those_of_the_component_below_the_saddle(seed):
    values, edges = random_function(seed)
    bars = algorithm1(values, edges)
    order = np.argsort(values, kind="stable")
    rank = np.argsort(order)
    for i, minimum in enumerate(bars.minimum):
        ceiling = len(values) if bars.saddle[i] < 0 else rank[bars.saddle[i]]
        inside = {int(minimum)}
        while True:
            grown = inside | {
                int(b)
                for pair in np.asarray(edges)
                for a, b in (pair, pair[::-1])
                if a in inside and rank[b] < ceiling
            }
            if grown == inside:
                break
            inside = grown
        assert bars.size[i] == len(inside)
        heights = values[list(inside)].astype(float) - float(values[minimum])
        assert bars.mean_height[i] == pytest.approx(heights.mean(), abs=1e-6)


def test_figure_1_pairs_p2_with_a_saddle_beyond_another_minimum():
    # Along the line p2, q3, p3, q2, p1, q4, p4: p3 lies between p2 and its saddle q2.
    p2, q3, p3, q2, p1, q4, p4 = range(7)
    line = [1.0, 3.0, 2.0, 5.0, 0.0, 4.0, 2.5]
    bars = check_all_routes(line, [(i, i + 1) for i in range(6)])
    assert bars.minimum.tolist() == [p1, p2, p3, p4]
    assert bars.saddle.tolist() == [-1, q2, q3, q4]
    assert bars.swallower.tolist() == [-1, p1, p2, p1]


def test_equal_minima_leave_a_bar():
    bars = algorithm1([0.0, 1.0, 0.0], [(0, 1), (1, 2)])
    assert bars.to_diagram().tolist() == [[0.0, np.inf], [0.0, 1.0]]
    assert bars.minimum.tolist() == [0, 2]


def test_lowest_of_many_components_swallows_the_others():
    bars = algorithm1([3.0, 1.0, 2.0, 0.0, 9.0], [(i, 4) for i in range(4)])
    assert bars.minimum.tolist() == [3, 1, 2, 0]
    assert bars.saddle.tolist() == [-1, 4, 4, 4]
    assert bars.swallower.tolist() == [-1, 3, 3, 3]
    assert bars.size.tolist() == [5, 1, 1, 1]


def test_shift_scale_and_relabelling():
    rng = np.random.default_rng(5)
    values, edges = rng.permutation(20).astype(float), rng.integers(0, 20, (30, 2))
    bars = algorithm1(values, edges)
    assert np.array_equal(algorithm1(2 * values + 1, edges).saddle, bars.saddle)
    to = rng.permutation(20)
    moved = np.empty(20)
    moved[to] = values
    other = algorithm1(moved, to[edges])
    assert np.array_equal(other.minimum, to[bars.minimum])
    assert np.array_equal(other.to_diagram(), bars.to_diagram())


def test_graphs_are_taken_by_their_interface():
    values, edges = random_function(1)

    class Graph:
        n_vertices = len(values)

        def edges(self):
            return edges

    for graph in (Graph(), NeighborGraph.from_edges(len(values), edges)):
        assert algorithm1(values, graph).same_as(algorithm1(values, edges))
    with pytest.raises(ValueError, match=rf"expected one value a vertex \({len(values)}\), got"):
        algorithm1(values[1:], Graph())


def test_empty_graph_and_single_vertex():
    assert len(algorithm1([], [])) == 0
    assert algorithm1([7.0], []).to_diagram().tolist() == [[7.0, np.inf]]
    assert sublevel_components([], [], 0.0) == 0


@pytest.mark.parametrize("field", ["birth", "death", "minimum", "saddle", "swallower", "size", "mean_height"])
def test_comparison_sees_every_field(field):
    bars = algorithm1(*random_function(3))
    changed = getattr(bars, field).copy()
    changed[-1] = 99
    assert bars.same_as(replace(bars))
    assert not bars.same_as(replace(bars, **{field: changed}))


def grid_edges(shape, full):
    cells = list(np.ndindex(*shape))
    for i, a in enumerate(cells):
        for j, b in enumerate(cells[:i]):
            steps = np.abs(np.subtract(a, b))
            if steps.max() == 1 and (full or steps.sum() == 1):
                yield i, j


@pytest.mark.parametrize("shape", [(7,), (1, 5), (4, 5), (2, 3, 3)])
@pytest.mark.parametrize("connectivity", ["faces", "full"])
@pytest.mark.parametrize("kind", ["distinct", "plateaus", "constant"])
def test_cubical_bars_are_those_of_the_grid_graph(shape, connectivity, kind):
    values = VALUES[kind](np.random.default_rng(len(shape)), int(np.prod(shape)))
    edges = list(grid_edges(shape, connectivity == "full"))
    expected = positive(algorithm1(values, edges).to_diagram())
    assert np.array_equal(cubical_bars(values.reshape(shape), connectivity), expected)


def test_cubical_bars_take_any_memory_order():
    array = np.asfortranarray(np.random.default_rng(0).random((4, 6)))
    assert np.array_equal(cubical_bars(array), cubical_bars(array.copy(order="C")))
    assert np.array_equal(cubical_bars(array[::-1]), cubical_bars(array))


@pytest.mark.parametrize("oracle", [algorithm1, minimax_deaths, descending_pairs])
@pytest.mark.parametrize(
    ("values", "edges", "error", "message"),
    [
        ([0.0, np.nan], [], ValueError, "expected finite values, got nan at flat position 1"),
        ([0.0, np.inf], [], ValueError, "expected finite values, got inf"),
        ([[0.0, 1.0]], [], ValueError, r"expected values of shape \(n,\), got \(1, 2\)"),
        (["a", "b"], [], TypeError, "expected values of real numbers, got dtype"),
        ([0.0, 1.0], [(0, 2)], ValueError, r"expected vertex ids in 0\.\.1, got 0\.\.2"),
        ([0.0, 1.0], [(-1, 0)], ValueError, r"expected vertex ids in 0\.\.1, got -1\.\.0"),
        ([0.0, 1.0], [(0, 1, 1)], ValueError, r"expected edges of shape \(m, 2\), got \(1, 3\)"),
        ([0.0, 1.0], [(0.0, 1.0)], TypeError, "expected integer vertex ids in edges, got dtype float64"),
    ],
)
def test_bad_functions_are_refused(oracle, values, edges, error, message):
    with pytest.raises(error, match=message):
        oracle(values, edges)


def test_bad_level_and_bad_grids_are_refused():
    with pytest.raises(ValueError, match="expected a level, got nan"):
        sublevel_components([0.0], [], np.nan)
    with pytest.raises(ValueError, match="expected connectivity 'faces' or 'full', got 'edges'"):
        cubical_bars([[0.0]], "edges")
    for array in (np.empty((0, 3)), np.array(1.0), np.array([np.nan])):
        with pytest.raises(ValueError, match="expected a non-empty array of finite values"):
            cubical_bars(array)


def test_missing_gudhi_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gudhi", None)
    with pytest.raises(ImportError, match="pip install gudhi"):
        cubical_bars([[0.0]])
