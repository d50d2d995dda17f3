"""Pictures of the algorithm at work: marks lie on the points that they stand for."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.papers.bsl.basins import basins, crossing_edges, lowest_neighbours, sublevel_labels
from lossbar_core.plotting.steps import plot_basins, plot_boxes, plot_frames


@pytest.fixture(scope="module")
def cloud():
    from conftest import BOUNDS, camel

    return lb.sample_barcode(camel, BOUNDS, 150, seed=1, k=8)


def marked(ax, marker):
    return np.concatenate(
        [np.column_stack(line.get_data()) for line in ax.lines if line.get_marker() == marker]
    )


def segments(line):
    """Number of pieces of a broken line."""
    return int(np.isnan(line.get_xdata()).sum())


def labelled(ax, label):
    (line,) = (line for line in ax.lines if line.get_label() == label)
    return {tuple(point) for point in np.column_stack(line.get_data())}


def test_a_frame_shows_one_triangle_a_living_minimum(cloud):
    levels = [-0.5, 0.3, 3.0]
    frames = [sublevel_labels(cloud.values, cloud.graph, c) for c in levels]
    axes = plot_frames(cloud.points, cloud.graph.edges(), frames, ["low", "mid", "high"], cloud.minimum)
    assert [ax.get_title() for ax in axes] == ["low", "mid", "high"]
    for ax, level in zip(axes, levels, strict=True):
        alive = (cloud.birth <= level) & (cloud.death > level)
        np.testing.assert_allclose(
            np.sort(marked(ax, "^"), axis=0), np.sort(cloud.points[cloud.minimum[alive]], axis=0)
        )
        inside = (cloud.values[cloud.graph.edges()] <= level).all(axis=1).sum()
        assert sum(segments(line) for line in ax.lines if line.get_linestyle() == "-") == inside


def test_components_without_a_color_are_grey(cloud):
    frame = sublevel_labels(cloud.values, cloud.graph, 0.3)
    assert len(set(frame)) > 2
    (ax,) = plot_frames(cloud.points, cloud.graph.edges(), [frame], ["t"], cloud.minimum[:1])
    assert len(marked(ax, "^")) == 1
    assert len(marked(ax, ".")) == (frame != cloud.minimum[0]).sum()


def test_basins_touch_only_across_marked_edges_and_differ_in_color(cloud):
    home = basins(cloud.values, cloud.graph)
    pointers = lowest_neighbours(cloud.values, cloud.graph)
    saddles = cloud.saddle[~cloud.essential]
    ax = plot_basins(cloud.points, cloud.graph.edges(), pointers, home, saddles)
    crossing = crossing_edges(cloud.values, cloud.graph)
    (between,) = (line for line in ax.lines if line.get_label() == "edge between basins")
    assert segments(between) == len(crossing)
    assert labelled(ax, "minimum") == {tuple(p) for p in cloud.points[cloud.minimum].astype(float)}
    assert labelled(ax, "1-saddle") == {tuple(p) for p in cloud.points[saddles].astype(float)}
    color = {}
    for line in ax.lines:
        if line.get_marker() in ("o", "s", "D", "v") and line.get_label().startswith("_"):
            color |= {tuple(p): line.get_color() for p in np.column_stack(line.get_data())}
    at = [tuple(p) for p in cloud.points.astype(float)]
    assert all(color[at[a]] != color[at[b]] for a, b in crossing)


def test_boxes_sort_the_neighbours(cloud):
    points = np.array([[0.5, 0.5], [0.9, 0.5], [1.3, 0.5], [-0.4, 0.5], [3.0, 3.0]])
    ax = plot_boxes(points, centre=0, radius=1.0)  # boxes of edge 0.5; the point lies in [0.5, 1) x [0.5, 1)
    assert labelled(ax, "adjacent box") == {(0.9, 0.5), (1.3, 0.5)}
    assert labelled(ax, "two boxes away") == {(-0.4, 0.5)}
    assert labelled(ax, "farther than r") == {(3.0, 3.0)}
    (circle,) = (patch for patch in ax.patches if hasattr(patch, "radius"))
    assert circle.radius == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot_frames(np.zeros((2, 3)), [[0, 1]], [], [], []), r"expected \(n, 2\) points"),
        (lambda: plot_frames(np.zeros((2, 2)), [[0, 1]], [[0, 0, 0]], ["t"], []), "one title a frame"),
        (lambda: plot_basins(np.zeros((2, 2)), [[0, 1]], [0], [0, 0], []), "one basin and one pointer"),
        (lambda: plot_boxes(np.zeros((2, 2)), 2, 1.0), r"a point in 0..1"),
        (lambda: plot_boxes(np.zeros((2, 2)), 0, 0.0), r"radius > 0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
