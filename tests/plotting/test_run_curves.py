"""Curves of several runs: the line is the mean, the band the range."""

import numpy as np
import pytest

from lossbar_core.plotting.run_curves import RunPanel, plot_runs

X = [1, 2, 4]
ROWS = np.array([[0.0, 0.2], [0.2, 0.6], [1.0, 1.0]])


def test_mean_range_and_reference():
    (ax,) = plot_runs([RunPanel("share", X, {"ours": ROWS}, {"bound": [0, 0, 1]}, limits=(0, 1))], "M / N")
    ours, bound = ax.lines
    np.testing.assert_allclose(ours.get_ydata(), [0.1, 0.4, 1.0])
    assert bound.get_ydata().tolist() == [0, 0, 1]
    corners = ax.collections[0].get_paths()[0].vertices
    assert {(1.0, 0.2), (2.0, 0.6), (2.0, 0.2)} <= {tuple(corner) for corner in corners.round(9)}
    assert {text.get_text() for text in ax.figure.legends[0].get_texts()} == {"ours", "bound"}


def test_a_name_has_one_look():
    first, second = plot_runs([RunPanel("a", X, {"x": ROWS, "y": ROWS}), RunPanel("b", X, {"y": ROWS})], "t")
    assert first.lines[1].get_color() == second.lines[0].get_color() != first.lines[0].get_color()


def test_scales_and_ticks():
    (ax,) = plot_runs([RunPanel("a", X, {"x": 1 + ROWS}, log_y=True, ticks=X)], "t")
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "2", "4"]


def test_bad_input():
    with pytest.raises(ValueError, match="at least one panel"):
        plot_runs([], "t")
    with pytest.raises(ValueError, match=r"expected an array \(3, runs\) for 'x', got shape \(2, 3\)"):
        plot_runs([RunPanel("a", X, {"x": ROWS.T})], "t")
