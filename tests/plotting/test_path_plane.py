"""Paths over a plane: coordinates, orientation and the range of colours."""

import numpy as np
import pytest

from lossbar_core.plotting.path_plane import plot_plane

X, Y = np.linspace(-1, 1, 7), np.linspace(0, 1, 5)
BOWL = X[:, None] ** 2 + 3 * Y[None] ** 2
CHAIN = np.array([[-0.9, 0.1], [0.0, 0.6], [0.9, 0.1]])


def filled(ax):
    return next(artist for artist in ax.get_children() if getattr(artist, "filled", False))


def test_the_path_lies_where_it_was_given():
    ax = plot_plane(CHAIN, X, Y, BOWL)
    np.testing.assert_array_equal(np.column_stack(ax.lines[0].get_data()), CHAIN)
    ends = next(line for line in ax.lines if line.get_marker() == "^")
    np.testing.assert_array_equal(np.column_stack(ends.get_data()), CHAIN[[0, -1]])


def test_the_first_index_belongs_to_the_first_direction():
    contours = filled(plot_plane(CHAIN, X, Y, np.broadcast_to(X[:, None], BOWL.shape)))
    array = np.asarray(contours.zmax if hasattr(contours, "zmax") else 0)
    assert array == pytest.approx(1.0)
    boxes = [path.get_extents() for path in contours.get_paths() if len(path.vertices)]
    assert boxes[0].x1 < boxes[-1].x0 + 1e-9  # values rise with x, so levels lie side by side


def test_the_colours_end_above_the_path_not_at_the_rim():
    steep = BOWL.copy()
    steep[0] = 1e6
    levels = filled(plot_plane(CHAIN, X, Y, steep, path_losses=[0.1, 0.5, 0.1])).levels
    assert 0.5 < levels.max() < 10
    assert filled(plot_plane(CHAIN, X, Y, steep)).levels.max() == 1e6


def test_a_path_far_below_the_plane_has_logarithmic_colours():
    levels = filled(plot_plane(CHAIN, X, Y, BOWL + 1.0, path_losses=[1e-3, 2e-3, 1e-3])).levels
    np.testing.assert_allclose(levels[1:] / levels[:-1], levels[1] / levels[0])
    assert (levels[0], levels[-1]) == (pytest.approx(1.0), pytest.approx(1.0 + BOWL.max()))


def test_infinite_losses_stay_blank():
    torn = BOWL.copy()
    torn[0, 0], torn[1, 1] = np.inf, np.nan
    assert filled(plot_plane(CHAIN, X, Y, torn)).zmax <= BOWL.max()


def test_a_flat_surface_is_drawn():
    assert filled(plot_plane(CHAIN, X, Y, np.ones_like(BOWL))).levels[0] == 1.0


def test_names_are_in_the_legend():
    ax = plot_plane({"first": CHAIN, "second": CHAIN + 0.05}, X, Y, BOWL)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["first", "second"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"paths": CHAIN[:1]}, r"\(N, 2\) array with N >= 2"),
        ({"paths": np.zeros((3, 3))}, r"\(N, 2\) array"),
        ({"paths": CHAIN * np.nan}, "must be a finite"),
        ({"losses": BOWL.T}, r"shape \(7, 5\)"),
        ({"x": X[::-1]}, "must increase"),
        ({"losses": BOWL * np.nan}, "finite entries, got none"),
    ],
)
def test_bad_input_is_explained(change, message):
    with pytest.raises(ValueError, match=message):
        plot_plane(**({"paths": CHAIN, "x": X, "y": Y, "losses": BOWL} | change))
