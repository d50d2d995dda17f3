"""The persistence diagram places points, infinity, reference and tolerance."""

import numpy as np
import pytest
from matplotlib.collections import PatchCollection

from lossbar_core.plotting import plot_diagram


def points(ax):
    return {
        line.get_label(): np.column_stack(line.get_data()) for line in ax.lines if line.get_marker() == "o"
    }


def test_finite_points_and_the_line_of_infinity(diagram):
    ax = plot_diagram(diagram)
    found = points(ax)["computed"]
    np.testing.assert_allclose(found[1:], diagram[1:])
    infinity = found[0, 1]
    assert 5 < infinity < ax.get_ylim()[1]
    dashed = [line for line in ax.lines if line.get_linestyle() == "--"]
    assert [line.get_ydata()[0] for line in dashed] == [infinity]
    assert [t.get_text() for t in ax.texts] == [r"$\infty$"]
    assert ax.get_aspect() == 1


def test_without_essential_bars_there_is_no_infinity(diagram):
    ax = plot_diagram(diagram[1:])
    assert len(ax.texts) == 0


def test_the_diagonal_is_drawn(diagram):
    diagonal = plot_diagram(diagram).lines[0]
    np.testing.assert_array_equal(diagonal.get_xdata(), diagonal.get_ydata())


def test_reference_points_are_rings_and_named(diagram):
    ax = plot_diagram(diagram, reference=diagram + 0.1, label="sampled", reference_label="exact")
    found = points(ax)
    np.testing.assert_allclose(found["exact"][1:], diagram[1:] + 0.1)
    ring = next(line for line in ax.lines if line.get_label() == "exact")
    assert ring.get_markerfacecolor() == "none"
    assert {t.get_text() for t in ax.get_legend().get_texts()} == {"sampled", "exact"}


def test_tolerance_squares_are_those_of_the_sup_norm(diagram):
    ax = plot_diagram(diagram, reference=diagram, tolerance=0.25)
    (squares,) = (c for c in ax.collections if isinstance(c, PatchCollection))
    boxes = [path.get_extents() for path in squares.get_paths()]
    np.testing.assert_allclose(boxes[0].extents, [0.75, 4.75, 1.25, 5.25])
    assert len(boxes) == 3


@pytest.mark.parametrize("options", [{"tolerance": 0.1}, {"tolerance": -1.0, "reference": [[0.0, 1.0]]}])
def test_tolerance_needs_a_reference_and_a_sign(diagram, options):
    with pytest.raises(ValueError, match="tolerance must be positive and needs a reference"):
        plot_diagram(diagram, **options)


def test_bad_references_are_named(diagram):
    with pytest.raises(ValueError, match="reference must have at least one bar"):
        plot_diagram(diagram, reference=np.empty((0, 2)))


def test_one_point_has_room():
    low, high = plot_diagram([[2.0, 2.0]]).get_xlim()
    assert low < 2 < high
