"""Paths from a minimum over its saddle to its swallower: along edges, simple, nowhere above the saddle."""

import re

import numpy as np
import pytest
from cases import VALUES, arrays, functions, graph_of, grid_edges, line, random_function
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import Barcode, NeighborGraph, graph_barcode, grid_barcode, knn_graph, sample_barcode


def check_paths(bars, values, edges):
    """Every finite bar's path is an edge path, simple, and attains the minimax."""
    values = np.asarray(values).reshape(-1)
    joined = {frozenset(edge) for edge in np.asarray(edges).tolist()}
    for i in np.flatnonzero(~bars.essential):
        path = bars.path(i)
        assert path.dtype == np.int64
        assert path[0] == bars.minimum[i]
        assert path[-1] == bars.swallower[i]
        assert bars.saddle[i] in path
        assert all(
            frozenset(step) in joined for step in zip(path[:-1].tolist(), path[1:].tolist(), strict=True)
        )
        assert len(set(path.tolist())) == len(path)
        top = max(path.tolist(), key=lambda v: (values[v], v))
        assert top == bars.saddle[i]
        assert values[top] == bars.death[i]
        assert all((values[v], v) >= (values[path[-1]], path[-1]) for v in path[1:].tolist())


@pytest.mark.parametrize("seed", range(45))
def test_on_random_graphs(seed):
    values, edges = random_function(seed, largest=80)
    check_paths(graph_barcode(values, graph_of(values, edges)), values, edges)


@given(functions(largest=14))
def test_on_small_graphs_with_plateaus(case):
    check_paths(graph_barcode(case[0], graph_of(*case)), *case)


@pytest.mark.parametrize("kind", VALUES)
def test_on_neighbour_graphs_in_tree_order(kind):
    rng = np.random.default_rng(2)
    points = rng.random((200, 2))
    values, graph = VALUES[kind](rng, 200), knn_graph(points, 5, radius=0.15)
    check_paths(graph_barcode(values, graph), values, graph.edges())


@given(arrays(), st.sampled_from(["faces", "full"]))
def test_on_grids(array, connectivity):
    check_paths(grid_barcode(array, connectivity), array, grid_edges(array.shape, connectivity))


def test_on_samples():
    bars = sample_barcode(lambda x: np.cos(7 * x).sum(axis=1), [(-3, 3), (0, 4)], 600, seed=3, k=8)
    assert (~bars.essential).any()
    check_paths(bars, bars.values, bars.graph.edges())


def test_through_components_swallowed_before():
    values = [0.0, 9.0, 2.0, 3.0, 1.0, 5.0, 4.0]
    bars = graph_barcode(values, NeighborGraph.from_edges(7, line(7)))
    assert bars.minimum.tolist() == [0, 4, 2, 6]
    assert bars.path(1).tolist() == [4, 3, 2, 1, 0]
    assert bars.path(2).tolist() == [2, 3, 4]
    assert bars.path(3).tolist() == [6, 5, 4]


def test_when_several_components_meet_at_one_vertex():
    edges = [(0, 4), (1, 5), (2, 6), (4, 3), (5, 3), (6, 3)]
    values = [2.0, 1.0, 0.0, 9.0, 3.0, 4.0, 5.0]
    bars = graph_barcode(values, NeighborGraph.from_edges(7, edges))
    assert bars.path(1).tolist() == [1, 5, 3, 6, 2]
    assert bars.path(2).tolist() == [0, 4, 3, 6, 2]


def test_a_part_of_the_bars_keeps_its_paths():
    values, edges = random_function(9, largest=80)
    bars = graph_barcode(values, graph_of(values, edges))
    finite = bars[~bars.essential]
    assert len(finite) > 2
    for part in (finite[1:], finite[::-2]):
        for i in range(len(part)):
            j = int(np.flatnonzero(bars.minimum == part.minimum[i])[0])
            assert np.array_equal(part.path(i), bars.path(j))
    assert np.array_equal(bars.path(len(bars) - 1), bars.path(-1))


def test_a_long_chain_is_walked_without_recursion():
    n = 20_001
    values = np.where(np.arange(n) % 2 == 0, 0.0, 1.0) + np.arange(n) / n
    values[-1] = -1.0
    bars = graph_barcode(values, NeighborGraph.from_edges(n, line(n)))
    path = bars.path(int(np.flatnonzero(bars.minimum == 0)[0]))
    assert path[0] == 0
    assert np.array_equal(np.abs(np.diff(path)), np.ones(len(path) - 1))


def test_refused():
    bars = graph_barcode([0.0, 2.0, 1.0], NeighborGraph.from_edges(3, line(3)))
    with pytest.raises(ValueError, match="expected a finite bar, got the essential bar 0; it has no saddle"):
        bars.path(0)
    for i in (2, -3):
        message = f"expected a bar in 0..1, got {i}; see len(barcode)"
        with pytest.raises(IndexError, match=re.escape(message)):
            bars.path(i)
    message = "expected a barcode of a graph or a grid, got one without vertices; compute it from values"
    with pytest.raises(ValueError, match=re.escape(message)):
        Barcode.from_diagram([(0.0, 1.0)]).path(0)
