"""Merge trees: parents, simplification, and components of sublevel sets counted from branches."""

import re

import numpy as np
import pytest
from cases import functions, graph_of, line, random_function
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import Barcode, NeighborGraph, graph_barcode
from lossbar_core.barcodes.merge_tree import MergeTree
from lossbar_core.barcodes.oracle import sublevel_components


def tree_of(values, edges):
    return graph_barcode(values, graph_of(values, edges)).merge_tree()


def test_counted_by_hand():
    tree = tree_of([0.0, 9.0, 2.0, 3.0, 1.0, 5.0, 4.0], line(7))
    assert isinstance(tree, MergeTree)
    assert tree.minimum.tolist() == [0, 4, 2, 6]
    assert tree.parent.tolist() == [-1, 0, 1, 1]
    assert tree.saddle.tolist() == [-1, 1, 3, 5]
    assert tree.depth().tolist() == [0, 1, 2, 2]
    assert len(tree) == 4
    assert len(tree.simplify(1.5)) == 2


@given(functions())
def test_parents_are_swallowers_and_come_first(case):
    bars = graph_barcode(case[0], graph_of(*case))
    tree = bars.merge_tree()
    assert tree.parent.dtype == np.int64
    for i, parent in enumerate(tree.parent.tolist()):
        if bars.essential[i]:
            assert parent == -1
        else:
            assert 0 <= parent < i
            assert bars.minimum[parent] == bars.swallower[i]
            assert tree.death[parent] >= tree.death[i]
    for name in ("birth", "death", "minimum", "saddle"):
        assert np.array_equal(getattr(tree, name), getattr(bars, name))


@given(functions())
def test_depth_is_the_number_of_ancestors(case):
    tree = tree_of(*case)
    for i, depth in enumerate(tree.depth().tolist()):
        ancestors = 0
        while tree.parent[i] >= 0:
            i, ancestors = tree.parent[i], ancestors + 1
        assert depth == ancestors


@given(functions(), st.floats(-4, 4))
def test_components_are_the_oracles(case, level):
    tree = tree_of(*case)
    for c in (level, *case[0], np.inf, -np.inf):
        assert tree.n_components(c) == sublevel_components(*case, c)


@given(functions(), st.integers(0, 5).map(float))
def test_simplified_trees_are_those_of_the_filtered_bars(case, persistence):
    bars = graph_barcode(case[0], graph_of(*case))
    cut, filtered = (
        bars.merge_tree().simplify(persistence),
        bars.filter(min_persistence=persistence).merge_tree(),
    )
    for name in ("birth", "death", "minimum", "saddle", "parent"):
        assert np.array_equal(getattr(cut, name), getattr(filtered, name)), name
    assert ((cut.parent >= 0) == np.isfinite(cut.death)).all()


@given(functions(), st.integers(1, 6))
def test_a_filter_by_size_never_orphans_a_bar(case, size):
    bars = graph_barcode(case[0], graph_of(*case)).filter(min_size=size)
    tree = bars.merge_tree()
    assert np.array_equal(bars.minimum[tree.parent[tree.parent >= 0]], bars.swallower[~bars.essential])


def test_simplification_is_idempotent_and_monotone():
    values, edges = random_function(4, largest=120)
    tree = tree_of(values, edges)
    sizes = [len(tree.simplify(p)) for p in (0.0, 1.0, 2.0, 5.0, np.inf)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] == len(tree)
    assert sizes[-1] == np.isinf(tree.death).sum()
    once = tree.simplify(2.0)
    assert np.array_equal(once.simplify(2.0).parent, once.parent)


def test_a_mask_that_drops_a_swallower_is_refused():
    bars = graph_barcode([0.0, 9.0, 2.0, 3.0, 1.0], NeighborGraph.from_edges(5, line(5)))
    message = "expected every swallower among the bars, got 1 bars without theirs; make the tree first"
    with pytest.raises(ValueError, match=re.escape(message)):
        bars[[0, 2]].merge_tree()
    assert bars[[0, 1]].merge_tree().parent.tolist() == [-1, 0]


def test_bars_without_vertices_are_refused():
    message = "expected bars with vertices, got a barcode made from a diagram; compute it from values"
    with pytest.raises(ValueError, match=re.escape(message)):
        Barcode.from_diagram([(0.0, 1.0)]).merge_tree()


@pytest.mark.parametrize("persistence", [-1.0, np.nan])
def test_refused_persistence(persistence):
    message = f"expected min_persistence >= 0, got {persistence}; use 0 for the whole tree"
    with pytest.raises(ValueError, match=re.escape(message)):
        tree_of([0.0, 2.0, 1.0], line(3)).simplify(persistence)


def test_a_level_that_is_none():
    with pytest.raises(ValueError, match="expected a level, got nan; pass a number or inf"):
        tree_of([0.0, 2.0, 1.0], line(3)).n_components(np.nan)
