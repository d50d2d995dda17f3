"""Profiles along paths: one panel a quantity, the same look for the same path."""

import numpy as np
import pytest

from lossbar_core.plotting.paths import Along, plot_paths

SHARE = np.array([0.0, 0.5, 1.0])


def test_panels_share_names_colours_and_places():
    straight, band = Along(SHARE, [1.0, 9.0, 1.0]), Along(SHARE, [1.0, 2.0, 1.0], [True, False, True])
    figure = plot_paths(
        {"loss": {"straight": straight, "band": band}, "accuracy": {"band": band}}, logarithmic=("loss",)
    )
    first, second = figure.axes
    assert (first.get_yscale(), second.get_yscale()) == ("log", "linear")
    lines = {line.get_label(): line for line in first.lines}
    assert lines["straight"].get_ydata().tolist() == [1.0, 9.0, 1.0]
    assert lines["band"].get_color() == second.lines[0].get_color() != lines["straight"].get_color()
    marks = next(line for line in first.lines if line.get_marker() == "o")
    assert marks.get_xdata().tolist() == [0.0, 1.0]
    assert second.get_xlabel() == "share of the path's length"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="panels must hold at least one"):
        plot_paths({})
    with pytest.raises(ValueError, match="of one shape"):
        plot_paths({"loss": {"a": Along(SHARE, [1.0, 2.0])}})
    with pytest.raises(ValueError, match="expected positive values of 'a'"):
        plot_paths({"loss": {"a": Along(SHARE, [1.0, 0.0, 2.0])}}, logarithmic=("loss",))
