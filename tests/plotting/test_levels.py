"""Means against levels: the drawn numbers are those given, inside the limits."""

import numpy as np
import pytest

from lossbar_core.plotting.levels import LevelPanel, plot_levels

LEVELS = np.array([0.01, 0.1, 0.2])


def panel(**changes):
    given = {"levels": LEVELS, "mean": [3.0, 2.0, 1.0], "bar": [0.3, 0.2, 0.1]} | changes
    return LevelPanel("length", **given)


def test_both_curves_and_the_marks_are_drawn():
    (ax,) = plot_levels([panel(paper=[[0.01, 4.0], [0.2, 1.5]])], marks={"constant": 0.15})
    lines = {line.get_label(): line for line in ax.lines}
    assert lines["paper's plot"].get_ydata().tolist() == [4.0, 1.5]
    assert list(lines["constant"].get_xdata()) == [0.15, 0.15]
    names = {text.get_text() for text in ax.get_legend().get_texts()}
    assert names == {"this run", "paper's plot", "constant"}
    assert ax.get_xscale() == "log"


def test_limits_cut_curves_and_marks():
    whole, part = plot_levels(
        [panel(), panel(limits=(0.05, 0.3), log_x=False, ticks=(0.1, 0.2))], marks={"far": 0.02}
    )
    drawn = part.containers[0].lines[0]
    assert drawn.get_xdata().tolist() == [0.1, 0.2]
    assert "far" not in {line.get_label() for line in part.lines}
    assert "far" in {line.get_label() for line in whole.lines}
    assert [label.get_text() for label in part.get_xticklabels()] == ["0.1", "0.2"]


def test_bad_input():
    with pytest.raises(ValueError, match="at least one panel"):
        plot_levels([])
    with pytest.raises(ValueError, match=r"'length', got \(3,\), \(3,\) and \(2,\)"):
        plot_levels([panel(bar=[1.0, 2.0])])
