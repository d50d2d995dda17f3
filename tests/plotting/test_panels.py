"""Figures of panels one above the other."""

import matplotlib.pyplot as plt
import pytest

from lossbar_core.plotting.panels import stacked


def draw(ax, names):
    for name in names:
        ax.plot([0, 1], label=name)


def test_the_legend_names_what_any_panel_shows_once():
    axes = stacked([["a"], ["a", "b"]], draw, "steps", height=2.0)
    legend = axes[0].figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]
    plt.close(axes[0].figure)


def test_the_last_panel_alone_names_the_axis():
    axes = stacked([["a"], ["b"], ["c"]], draw, "steps", height=2.0)
    assert [ax.get_xlabel() for ax in axes] == ["", "", "steps"]
    assert axes[0].figure.get_size_inches()[1] > 6
    plt.close(axes[0].figure)


def test_no_panels_are_refused():
    with pytest.raises(ValueError, match="at least one panel"):
        stacked([], draw, "steps", height=2.0)
