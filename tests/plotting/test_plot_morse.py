"""The Morse plot shows the critical cells and the paths of the complex that it is given."""

import numpy as np
import pytest
from conftest import BOUNDS

from lossbar_core.barcodes.morse import morse_complex
from lossbar_core.plotting import plot_morse


@pytest.fixture(scope="module")
def complex(camel_grid):
    return morse_complex(camel_grid)


def marks(ax, label):
    (line,) = (line for line in ax.lines if line.get_label() == label)
    return np.column_stack(line.get_data())


def test_cells_are_marked_by_index(complex):
    ax = plot_morse(complex)
    for index, label in enumerate(("minimum", "saddle", "maximum")):
        np.testing.assert_allclose(marks(ax, label), complex.gradient.centre(complex.cells[index]))


def test_two_paths_descend_from_every_saddle(complex):
    ax = plot_morse(complex)
    (paths,) = ax.collections
    lines = paths.get_segments()
    assert len(lines) == 2 * len(complex.cells[1])
    minima = {tuple(p) for p in marks(ax, "minimum")}
    assert all(tuple(line[-1]) in minima for line in lines)


def test_bounds_scale_indices_to_arguments(complex):
    ax = plot_morse(complex, bounds=BOUNDS)
    expected = complex.gradient.centre(complex.cells[1]) / [60, 45] * [4, 3] - [2, 1.5]
    np.testing.assert_allclose(marks(ax, "saddle"), expected)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == [
        "minimum",
        "saddle",
        "maximum",
        "gradient path",
    ]


def test_the_map_fills_its_figure(complex):
    ax = plot_morse(complex, bounds=BOUNDS)
    ax.figure.canvas.draw()
    assert ax.get_window_extent().width > 0.6 * ax.figure.bbox.width


def test_a_bowl_has_one_minimum_and_nothing_else():
    values = np.add.outer(np.arange(-2, 3) ** 2, np.arange(-2, 3) ** 2).astype(float)
    ax = plot_morse(morse_complex(values))
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["minimum"]
    np.testing.assert_array_equal(marks(ax, "minimum"), [[2, 2]])


def test_something_else_is_refused():
    with pytest.raises(TypeError, match=r"complex must be a MorseComplex, got ndarray; use morse_complex"):
        plot_morse(np.zeros((3, 3)))
