"""Errors of estimators: marks at means, lines over ranges, what found nothing is counted."""

import numpy as np
import pytest

from lossbar_core.plotting.estimators import plot_estimators

METHODS = {"line": "straight", "flow": "TO", "insertion": "TO"}


def test_marks_ranges_and_failures():
    errors = [[1.0, 2.0, 3.0], [0.0, 0.1, np.inf], [np.nan, np.nan, np.nan]]
    figure = plot_estimators(METHODS, {"egg": errors, "valley": np.ones((3, 2))})
    ax = figure.axes[0]
    marks = {line.get_ydata()[0]: line for line in ax.lines if line.get_marker() != "None"}
    assert {y: float(line.get_xdata()[0]) for y, line in marks.items()} == pytest.approx({0: 2.0, 1: 0.05})
    assert marks[0].get_color() != marks[1].get_color()
    ranges = [tuple(line.get_xdata()) for line in ax.lines if line.get_linewidth() == 2]
    assert (1.0, 3.0) in ranges
    assert [text.get_text() for text in ax.texts] == ["1 of 3 none", "3 of 3 none"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first method is on top
    assert figure.axes[1].get_title(loc="left") == "valley"


def test_empty_places_are_hidden():
    figure = plot_estimators(METHODS, {str(i): np.ones((3, 2)) for i in range(3)})
    assert [ax.get_visible() for ax in figure.axes] == [True, True, True, False]


def test_wrong_input():
    with pytest.raises(ValueError, match="'egg' must have 3 rows"):
        plot_estimators(METHODS, {"egg": np.ones((2, 2))})
    with pytest.raises(ValueError, match="at least one function"):
        plot_estimators(METHODS, {})
