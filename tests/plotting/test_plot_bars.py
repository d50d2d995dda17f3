"""The barcode plot has the segments, marks and labels that the bars demand."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.plotting import plot_barcode, plot_barcodes


def segments(ax, label=None):
    """Return (bars, 2, 2) ends of all segments, or of those in the collection with a label."""
    found = [c for c in ax.collections if label is None or c.get_label() == label]
    return np.concatenate([np.array(c.get_segments()) for c in found]) if found else np.empty((0, 2, 2))


def marks(ax, marker):
    lines = [line for line in ax.lines if line.get_marker() == marker]
    return np.concatenate([np.column_stack(line.get_data()) for line in lines]) if lines else np.empty((0, 2))


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_one_segment_a_bar_with_its_marks(diagram):
    ax = plot_barcode(diagram)
    ends = segments(ax)
    assert len(ends) == 4
    np.testing.assert_allclose(sorted(ends[:, 0, 1]), [0, 1, 2, 3])
    np.testing.assert_allclose(marks(ax, "^"), np.column_stack([[1, 2, 3, 4], diagram[:, 0]]))
    np.testing.assert_allclose(marks(ax, "s"), np.column_stack([[2, 3, 4], diagram[1:, 1]]))
    assert legend(ax) == ["minimum", "1-saddle", "never dies"]


def test_the_essential_bar_is_dashed_and_leaves_above_the_highest_death(diagram):
    ax = plot_barcode(diagram)
    (never,) = (c for c in ax.collections if c.get_label() == "never dies")
    assert never.get_linestyle()[0][1] is not None  # a dash pattern
    (((x, low), (_, high)),) = never.get_segments()
    assert (x, low) == (1, 0)
    assert 5 < high < ax.get_ylim()[1]
    solid = [c for c in ax.collections if c.get_label() != "never dies"]
    assert all(c.get_linestyle()[0][1] is None for c in solid)


def test_a_barcode_draws_itself(camel_bars):
    ax = camel_bars.plot()
    assert len(segments(ax)) == len(camel_bars)
    assert ax.get_xlabel() == "bars, ordered by birth"
    assert ax.get_ylabel() == "value of the function"


def test_noise_is_thin_grey_and_unmarked(diagram):
    ax = plot_barcode(diagram, min_persistence=0.9)
    np.testing.assert_allclose(segments(ax, "noise"), [[[3, 2.0], [3, 2.5]]])
    assert len(marks(ax, "^")) == 3
    assert legend(ax)[-1] == "noise"


def test_small_components_of_their_own_are_noise_too():
    graph = lb.NeighborGraph.from_edges(4, [(0, 1), (1, 2)])
    ax = plot_barcode(lb.graph_barcode([0.0, 1.0, 2.0, 0.5], graph), min_size=2)
    assert len(segments(ax, "noise")) == len(segments(ax, "never dies")) == 1
    assert marks(ax, "^")[:, 1].tolist() == [0]


def test_noise_by_size():
    bars = lb.grid_barcode([0.0, 9.0, 1.0, 2.0, 3.0, 9.0, 2.0])
    ax = plot_barcode(bars, min_size=2)
    assert bars.size.tolist() == [7, 3, 1]
    assert len(segments(ax, "noise")) == 1


def test_only_the_longest_bars_are_drawn_and_it_says_so(diagram):
    ax = plot_barcode(diagram, max_bars=2)
    np.testing.assert_allclose(segments(ax)[:, 0, 1], [1, 0])
    assert ax.get_xlabel() == "the 2 longest of 4 bars, ordered by birth"


def test_a_single_bar_and_equal_values_have_room():
    ax = plot_barcode([[3.0, np.inf]])
    low, high = ax.get_ylim()
    assert low < 3 < high
    assert legend(ax) == ["minimum", "never dies"]
    assert plot_barcode([[3.0, 3.0]]).get_ylim()[0] < 3


def test_ticks_are_numbers_of_bars(diagram):
    assert plot_barcode(diagram).get_xticks().tolist() == [1, 2, 3, 4]
    many = plot_barcode([[0.0, 1.0 + i] for i in range(300)])
    assert min(many.get_xticks()) >= 1


@pytest.mark.parametrize("given", [np.empty((0, 2)), lb.Barcode.from_diagram(np.empty((0, 2)))])
def test_empty_barcodes_are_refused_before_a_figure_is_made(given):
    with pytest.raises(ValueError, match="at least one bar, got none; loosen the filter"):
        plot_barcode(given)
    assert plt.get_fignums() == []


def test_max_bars_must_be_positive(diagram):
    with pytest.raises(ValueError, match="max_bars must be at least 1 or None for all, got 0"):
        plot_barcode(diagram, max_bars=0)


def test_groups_stand_side_by_side_in_order(diagram):
    ax = plot_barcodes({"first": diagram, "second": diagram[:1], "third": diagram})
    assert [t.get_text() for t in ax.get_xticklabels()] == ["first", "second", "third"]
    places = segments(ax)[:, 0, 0]
    assert np.bincount(places.astype(int)).tolist() == [4, 1, 4]
    assert legend(ax) == ["minimum", "1-saddle", "never dies"]


def test_groups_share_the_top_and_have_colours_of_their_own(diagram):
    ax = plot_barcodes({"low": diagram, "high": diagram + 10})
    tops = {c.get_segments()[0][1][1] for c in ax.collections if c.get_label() == "never dies"}
    assert len(tops) == 1
    assert tops.pop() > 15
    colors = {tuple(c.get_color()[0]) for c in ax.collections}
    assert len(colors) == 2


def test_long_names_of_groups_are_wrapped_not_overlapping():
    names = [f"a network with the rather long name {i}" for i in range(4)]
    ax = plot_barcodes({name: [[0.0, 1.0]] for name in names})
    ax.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))


def test_words_too_long_to_wrap_are_turned():
    names = [f"({'x'.join('3' * i)})" for i in range(1, 8)]
    ax = plot_barcodes({name: [[0.0, 1.0]] for name in names})
    assert {label.get_rotation() for label in ax.get_xticklabels()} == {40}
    assert [label.get_text() for label in ax.get_xticklabels()] == names


def test_groups_must_be_a_mapping_with_entries(diagram):
    with pytest.raises(TypeError, match="barcodes must map names to barcodes, got list; pass a dict"):
        plot_barcodes([diagram])
    with pytest.raises(ValueError, match="at least one entry, got none"):
        plot_barcodes({})
    with pytest.raises(ValueError, match=r"barcodes\['b'\] must have at least one bar"):
        plot_barcodes({"a": diagram, "b": np.empty((0, 2))})


def test_nothing_is_clipped(diagram):
    ax = plot_barcode(diagram, min_persistence=0.9)
    figure = ax.figure
    figure.canvas.draw()
    inside = figure.bbox
    for artist in [ax.xaxis.label, ax.yaxis.label, *ax.get_legend().get_texts()]:
        box = artist.get_window_extent()
        assert inside.x0 <= box.x0 < box.x1 <= inside.x1
        assert inside.y0 <= box.y0 < box.y1 <= inside.y1
