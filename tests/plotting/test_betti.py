"""Steps of Betti numbers: each critical value is marked where it changes something."""

import numpy as np
import pytest

from lossbar_core.plotting.betti import plot_betti

VALUE = [0.0, 1.0, 2.0, 3.0, 4.0]
INDEX = [0, 0, 1, 1, 2]
BETTI = [[1, 0], [2, 0], [1, 0], [1, 1], [1, 0]]


def test_marks_lie_in_the_panel_of_the_number_that_changes():
    first, second = plot_betti(VALUE, INDEX, BETTI)
    marks = [{line.get_label(): line.get_xdata().tolist() for line in ax.lines[1:]} for ax in (first, second)]
    assert marks[0] == {"minimum": [0.0, 1.0], "saddle": [2.0], "maximum": []}
    assert marks[1] == {"saddle": [3.0], "maximum": [4.0]}


def test_steps_begin_with_the_empty_set():
    ax = plot_betti(VALUE, INDEX, BETTI)[0]
    x, y = ax.lines[0].get_data()
    assert x[0] < 0.0
    assert y.tolist() == [0, 1, 2, 1, 1, 1, 1]


def test_one_minimum_can_be_drawn():
    ax = plot_betti([2.0], [0], [[1, 0]])[1]
    assert not np.any(ax.lines[0].get_ydata())


@pytest.mark.parametrize(
    ("value", "index", "betti", "match"),
    [
        ([], [], np.zeros((0, 2)), "expected m values"),
        (VALUE, INDEX[:2], BETTI, r"got \(5,\), \(2,\)"),
        (VALUE[::-1], INDEX, BETTI, "sort the critical points"),
        (VALUE, [0, 0, 1, 1, 3], BETTI, "expected indices 0, 1 and 2"),
    ],
)
def test_bad_input(value, index, betti, match):
    with pytest.raises(ValueError, match=match):
        plot_betti(value, index, betti)
