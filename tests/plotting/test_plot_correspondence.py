"""Colour maps join each minimum to its own saddle, at the right place."""

import numpy as np
import pytest
from conftest import BOUNDS, camel

import lossbar_core as lb
from lossbar_core.plotting import plot_correspondence


def pairs(ax):
    """Return the polylines of the plot."""
    return [line for c in ax.collections for line in c.get_segments()]


def marks(ax, marker):
    (line,) = (line for line in ax.lines if line.get_marker() == marker)
    return np.column_stack(line.get_data())


def coordinates(ids):
    i, j = np.unravel_index(ids, (61, 46))
    return np.column_stack([-2 + 4 * i / 60, -1.5 + 3 * j / 45])


def test_segments_run_from_each_minimum_to_its_saddle(camel_grid, camel_bars):
    ax = plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS)
    finite = camel_bars[~camel_bars.essential]
    expected = np.stack([coordinates(finite.minimum), coordinates(finite.saddle)], 1)
    np.testing.assert_allclose(np.array(pairs(ax)), expected)
    np.testing.assert_allclose(marks(ax, "^"), coordinates(camel_bars.minimum))
    np.testing.assert_allclose(marks(ax, "s"), coordinates(finite.saddle))


def test_the_first_index_runs_along_the_first_axis(camel_grid, camel_bars):
    ax = plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS)
    (image,) = ax.images
    np.testing.assert_array_equal(image.get_array(), camel_grid.T)
    left, right, bottom, top = image.get_extent()
    assert left == pytest.approx(-2 - 4 / 120)  # half a pixel beyond, so that pixel centres are the vertices
    assert (right, bottom, top) == pytest.approx((2 + 4 / 120, -1.5 - 3 / 90, 1.5 + 3 / 90))
    assert ax.get_xlim() == (-2, 2)
    assert ax.get_ylim() == (-1.5, 1.5)


def test_a_function_is_evaluated_and_points_are_those_of_the_samples():
    bars = lb.sample_barcode(camel, BOUNDS, n=4000, seed=0).filter(min_persistence=0.1)
    ax = plot_correspondence(camel, bars, bounds=BOUNDS, resolution=33)
    assert ax.images[0].get_array().shape == (33, 33)
    np.testing.assert_allclose(marks(ax, "^"), bars.points[bars.minimum])


def test_everything_is_labelled(camel_grid, camel_bars):
    ax = plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS, value_label="loss")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    assert [a.get_ylabel() for a in ax.figure.axes[1:]] == ["loss"]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["minimum", "1-saddle", "pair"]


def test_top_keeps_the_longest_or_largest(camel_grid, camel_bars):
    assert len(pairs(plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS, top=3))) == 2
    by_size = plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS, top=2, by="size")
    finite = camel_bars[~camel_bars.essential]
    largest = finite.minimum[np.argmax(finite.size)]
    np.testing.assert_allclose(pairs(by_size)[0][0], coordinates([largest])[0])


def test_order_by_size_leaves_out_small_components():
    points = np.array([[0.1, 0.5], [0.5, 0.5], [0.9, 0.5], [0.5, 0.9]])
    graph = lb.NeighborGraph.from_edges(4, [(0, 1), (1, 2)])
    bars = lb.graph_barcode([0.0, 2.0, 1.0, 1.5], graph)
    box = [(0, 1), (0, 1)]
    ax = plot_correspondence(np.zeros((2, 2)), bars[bars.minimum != 2], points, box, top=1, by="size")
    np.testing.assert_allclose(marks(ax, "^"), points[:1])


def test_paths_follow_the_graph_from_minimum_to_saddle(camel_grid):
    bars = lb.grid_barcode(camel_grid).filter(min_persistence=0.05)
    ax = plot_correspondence(camel_grid, bars, bounds=BOUNDS, paths=True)
    finite = np.flatnonzero(~bars.essential)
    for i, line in zip(finite, pairs(ax), strict=True):
        np.testing.assert_allclose(line[[0, -1]], coordinates([bars.minimum[i], bars.saddle[i]]))
        assert len(line) > 2
        steps = np.abs(np.diff(line, axis=0)) / [4 / 60, 3 / 45]
        np.testing.assert_allclose(steps.sum(axis=1), 1)  # one grid step at a time


def test_limits_saturate_and_the_colour_bar_says_so(camel_grid, camel_bars):
    ax = plot_correspondence(camel_grid, camel_bars, bounds=BOUNDS, limits=(None, 5))
    assert ax.images[0].get_clim() == (camel_grid.min(), 5)
    assert ax.images[0].colorbar.extend == "max"


def test_large_grids_are_thinned_but_marks_stay(camel_bars):
    grid = np.add.outer(np.linspace(-1, 1, 401) ** 2, np.linspace(-1, 1, 301) ** 2)
    ax = plot_correspondence(grid, lb.grid_barcode(grid))
    assert ax.images[0].get_array().shape == (241, 241)
    np.testing.assert_allclose(marks(ax, "^"), [[200, 150]])


def test_marks_outside_a_narrower_box_are_clipped(camel_grid, camel_bars):
    points = coordinates(np.arange(61 * 46))
    ax = plot_correspondence(camel, camel_bars, points, [(-1, 1), (-1, 1)], resolution=9)
    assert all(line.get_clip_on() for line in ax.lines if line.get_marker() == "^")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bounds": None, "function": camel}, "bounds must be given with a function"),
        ({"function": camel}, "points must be given: the barcode carries none"),
        ({"function": lambda p: p, "points": np.zeros((2806, 2))}, "must return one value a point"),
        ({"function": np.zeros((3, 3))}, "vertex ids up to .*, but there are 9 points"),
        ({"function": np.full((61, 46), np.nan)}, "values must be finite on the box"),
        ({"function": np.zeros(5)}, "2-D array"),
        ({"points": np.zeros((2806, 3))}, r"points must have shape \(n, 2\), got \(2806, 3\)"),
        ({"top": 0}, "top must be at least 1"),
        ({"by": "age"}, "by must be 'persistence' or 'size', got 'age'"),
        ({"limits": (3, 1)}, "low < high"),
        (
            {"function": camel, "points": np.zeros((2806, 2)), "resolution": 1},
            "resolution must be at least 2",
        ),
    ],
)
def test_bad_input_is_explained(camel_grid, camel_bars, change, message):
    given = {"function": camel_grid, "barcode": camel_bars, "bounds": BOUNDS} | change
    with pytest.raises(ValueError, match=message):
        plot_correspondence(**given)


def test_paths_need_a_graph(camel_grid, camel_bars):
    from types import SimpleNamespace

    fields = ("birth", "death", "minimum", "saddle", "swallower", "size")
    bare = SimpleNamespace(**{name: getattr(camel_bars, name) for name in fields})
    with pytest.raises(ValueError, match="paths=True needs a barcode that knows its graph"):
        plot_correspondence(camel_grid, bare, bounds=BOUNDS, paths=True)


def test_sizes_are_needed_to_order_by_size(camel_grid, camel_bars):
    with pytest.raises(ValueError, match="by='size' needs the sizes"):
        plot_correspondence(camel_grid, camel_bars.merge_tree(), bounds=BOUNDS, top=2, by="size")
