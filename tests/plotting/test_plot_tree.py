"""Merge trees are drawn without crossings, also large ones, and simplified by persistence."""

import time

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.plotting import plot_merge_tree
from lossbar_core.plotting.reading import Bars, read_bars
from lossbar_core.plotting.tree import leaf_positions, tree_parents


def layout(bars):
    read = read_bars(bars)
    parent = tree_parents(read)
    return read, parent, leaf_positions(read, parent)


def random_bars(seed, shape=(17, 19)):
    return lb.grid_barcode(np.random.default_rng(seed).random(shape))


def crossings(bars, parent, position):
    """Count the connecting lines that pass through the inside of another branch."""
    count = 0
    for i in np.flatnonzero(parent >= 0):
        low, high = sorted((position[i], position[parent[i]]))
        between = (position > low) & (position < high)
        count += int(((bars.birth < bars.death[i]) & (bars.death[i] < bars.death) & between).sum())
    return count


@pytest.mark.parametrize("seed", range(5))
def test_no_lines_cross(seed):
    bars, parent, position = layout(random_bars(seed))
    assert len(bars) > 30
    assert crossings(bars, parent, position) == 0


def test_the_check_of_crossings_sees_them():
    bars, parent, _ = layout(random_bars(0))
    assert crossings(bars, parent, np.arange(len(bars))) > 0


def test_every_leaf_has_a_place_of_its_own():
    _, _, position = layout(random_bars(1))
    assert sorted(position) == list(range(len(position)))


def test_parents_are_the_swallowers():
    bars = random_bars(2)
    _, parent, _ = layout(bars)
    finite = ~bars.essential
    np.testing.assert_array_equal(bars.minimum[parent[finite]], bars.swallower[finite])
    assert (parent[bars.essential] == -1).all()


def test_trees_of_several_components_stand_side_by_side():
    graph = lb.NeighborGraph.from_edges(6, [(0, 1), (1, 2), (3, 4), (4, 5)])
    bars = lb.graph_barcode([0.0, 5.0, 1.0, 0.5, 4.0, 2.0], graph)
    _, parent, position = layout(bars)
    assert (parent == -1).sum() == 2
    trees = [set(position[[0, 2]]), set(position[[1, 3]])]
    assert trees in ([{0, 1}, {2, 3}], [{2, 3}, {0, 1}])


def test_a_long_chain_of_merges_is_laid_out_quickly():
    count = 10_000
    ids = np.arange(count)
    death = np.append(np.inf, 2.0 * count - ids[1:])
    bars = Bars(ids * 1.0, death, ids, np.where(ids > 0, ids + count, -1), ids - 1, np.ones(count, int))
    start = time.perf_counter()
    position = leaf_positions(bars, tree_parents(bars))
    assert time.perf_counter() - start < 5  # far above what it takes; recursion would not even get here
    assert sorted(position) == list(range(count))


def test_drawing_has_a_stem_and_a_link_a_branch():
    bars = random_bars(3).filter(min_persistence=0.3)
    ax = plot_merge_tree(bars, max_leaves=None)
    finite = int((~bars.essential).sum())
    assert sorted(len(c.get_segments()) for c in ax.collections) == sorted([finite, finite, 1])
    never = next(c for c in ax.collections if c.get_label() == "never dies")
    assert never.get_linestyle()[0][1] is not None
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["minimum", "1-saddle", "never dies"]
    assert ax.get_xlabel() == "minima"


def test_links_end_on_the_branch_that_swallows():
    bars = random_bars(4).filter(min_persistence=0.3)
    read, parent, position = layout(bars)
    ax = plot_merge_tree(bars, max_leaves=None)
    finite = ~read.essential
    links = np.array(ax.collections[1].get_segments())
    np.testing.assert_allclose(links[:, 0, 0], position[finite])
    np.testing.assert_allclose(links[:, 1, 0], position[parent[finite]])
    np.testing.assert_allclose(links[..., 1].T, [read.death[finite]] * 2)


def test_only_the_longest_branches_are_kept_and_it_says_so():
    bars = random_bars(5)
    ax = plot_merge_tree(bars, max_leaves=7)
    (minima,) = (line for line in ax.lines if line.get_marker() == "^")
    longest = np.sort(np.argsort(-bars.persistence, kind="stable")[:7])
    np.testing.assert_allclose(minima.get_ydata(), bars.birth[longest])
    assert ax.get_xlabel() == f"the 7 longest of {len(bars)} minima"


def test_a_merge_tree_is_drawn_like_its_barcode():
    bars = random_bars(6)
    one, other = plot_merge_tree(bars), plot_merge_tree(bars.merge_tree())
    for a, b in zip(one.lines, other.lines, strict=True):
        np.testing.assert_array_equal(a.get_xydata(), b.get_xydata())


def test_equal_deaths_are_laid_out():
    values = np.array([0.0, 3.0, 1.0, 3.0, 2.0, 3.0, 1.5])  # all saddles at one height
    bars, parent, position = layout(lb.grid_barcode(values))
    assert crossings(bars, parent, position) == 0
    assert sorted(position) == [0, 1, 2, 3]


def test_leaves_are_named_on_request():
    bars = lb.grid_barcode([0.0, 3.0, 1.0, 2.0, 0.5])
    names = [t.get_text() for t in plot_merge_tree(bars, names=True).get_xticklabels()]
    assert sorted(names) == ["$p_{1}$", "$p_{2}$", "$p_{3}$"]
    own = plot_merge_tree(bars, names=["a", "b", "c"]).get_xticklabels()
    assert {t.get_text() for t in own} == {"a", "b", "c"}


def test_bad_input_is_explained(diagram):
    bars = random_bars(7)
    with pytest.raises(ValueError, match="max_leaves must be at least 1"):
        plot_merge_tree(bars, max_leaves=0)
    with pytest.raises(ValueError, match="no vertex ids in 'minimum'"):
        plot_merge_tree(diagram)
    parents = np.isin(bars.minimum, bars.swallower)
    with pytest.raises(ValueError, match="swallowed by a minimum that has no bar"):
        plot_merge_tree(bars[~parents])
    with pytest.raises(ValueError, match="sorted by birth"):
        tree_parents(read_bars(bars)[np.arange(len(bars))[::-1]])
    with pytest.raises(ValueError, match=r"names must have one entry a bar"):
        plot_merge_tree(bars, names=["a"])
