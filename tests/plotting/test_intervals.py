"""Intervals: marks at means, lines from low to high, boxes where the paper has them."""

import numpy as np
import pytest

from lossbar_core.plotting.intervals import plot_intervals

NAMES = ["(2)", "(3)"]
ROWS = [[0.1, 0.2, 0.4], [np.nan, np.nan, np.nan]]


def test_marks_and_lines():
    ax = plot_intervals(NAMES, {"N": ROWS, "2N": ROWS}, boxes={"(3)": (0.3, 0.5)})
    marks = [line for line in ax.lines if line.get_label() in ("N", "2N")]
    assert [mark.get_ydata()[0] for mark in marks] == [0.2, 0.2]
    assert marks[0].get_xdata()[0] < marks[1].get_xdata()[0]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"paper", "N", "2N"}
    segment = next(c for c in ax.collections if c.get_label().startswith("_")).get_segments()[0]
    assert segment[:, 1].tolist() == [0.1, 0.4]


def test_wrong_rows():
    with pytest.raises(ValueError, match="expected 'N' of shape"):
        plot_intervals(NAMES, {"N": [[0.1, 0.2, 0.3]]})


def test_box_at_no_place():
    with pytest.raises(ValueError, match="expected a box at one of"):
        plot_intervals(NAMES, {"N": ROWS}, boxes={"(4)": (0, 1)})
