"""Figure 1: arrows run from each bar through its own saddle to the bar that swallows it."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.plotting import plot_line_merge

# Minima p1 (0), p4 (1.8), p2 (0.9), p3 (1.5) from left to right, as in BSL figure 1.
VALUES = np.array([5.0, 0.0, 4.2, 1.8, 3.0, 0.9, 2.2, 1.5, 5.0])


@pytest.fixture
def bars():
    return lb.grid_barcode(VALUES)


def arrows(ax):
    """Return (from, to) of every horizontal arrow."""
    drawn = [t for t in ax.texts if t.get_text() == "" and t.arrow_patch is not None]
    return [(t.xyann, t.xy) for t in drawn if t.xyann[1] == t.xy[1]]


def test_the_merges_are_those_of_figure_1(bars):
    found = {start: end for start, end in arrows(plot_line_merge(VALUES, bars))}
    assert found == {(5, 4.2): (1, 4.2), (7, 2.2): (5, 2.2), (3, 3.0): (5, 3.0)}


def test_every_arrow_passes_through_its_saddle(bars):
    finite = bars[~bars.essential]
    for ((start, height), (end, _)), saddle in zip(
        arrows(plot_line_merge(VALUES, bars)), finite.saddle, strict=True
    ):
        left, right = sorted((int(start), int(end)))
        assert left < saddle < right
        assert VALUES[saddle] == height
        between = VALUES[left : right + 1]
        assert between.max() == height  # the arrow lies in the sublevel set's component


def test_minima_and_saddles_are_marked_and_named(bars):
    x = np.linspace(0, 1, 9)
    ax = plot_line_merge(VALUES, bars, x)
    triangles = next(line for line in ax.lines if line.get_marker() == "^")
    np.testing.assert_allclose(
        np.column_stack(triangles.get_data()), np.column_stack([x[bars.minimum], bars.birth])
    )
    names = {t.get_text(): t.xy for t in ax.texts if t.get_text()}
    assert names["$p_{2}$"] == (x[5], 0.9)
    assert names["$q_{2}$"] == (x[2], 4.2)
    assert "$q_{1}$" not in names


def test_given_names_replace_the_default(bars):
    ax = plot_line_merge(VALUES, bars, names=list("abcd"), saddle_names=list("wxyz"))
    assert {t.get_text() for t in ax.texts if t.get_text()} == set("abcdxyz")


def test_many_minima_are_not_named():
    values = np.tile([0.0, 1.0], 20) + np.linspace(0, 0.5, 40)
    ax = plot_line_merge(values, lb.grid_barcode(values))
    assert not any(t.get_text() for t in ax.texts)


def test_a_function_with_one_minimum_has_no_arrow():
    values = [1.0, 0.0, 1.0]
    ax = plot_line_merge(values, lb.grid_barcode(values))
    assert arrows(ax) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": VALUES[:4]}, "vertex ids up to 7, but there are 4 values"),
        ({"values": VALUES[None]}, "finite 1-D array"),
        ({"values": np.full(9, np.nan)}, "finite 1-D array"),
        ({"x": np.zeros(9)}, "x must be increasing"),
        ({"x": np.arange(3)}, r"with shape \(9,\), got shape \(3,\)"),
        ({"names": ["a"]}, r"names must have one entry a bar \(4\), got 1"),
        ({"barcode": [[0.0, 1.0]]}, "no vertex ids"),
    ],
)
def test_bad_input_is_explained(bars, change, message):
    with pytest.raises(ValueError, match=message):
        plot_line_merge(**({"values": VALUES, "barcode": bars} | change))
