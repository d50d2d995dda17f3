"""Strings step by step: every stage is drawn, and what lies above the level is marked."""

import numpy as np
import pytest

from lossbar_core.plotting.string_steps import StringStage, plot_components, plot_string_stages

PLANE = np.add.outer(np.arange(5.0), np.arange(5.0))
BOX = np.array([[-1.0, 2.0], [-1.0, 1.0]])


def test_a_row_for_every_stage():
    first = StringStage([[0, 0], [1, 0]], [[0, 0.5, 1], [0.1, 0.9, 0.1]], starts=[[0.5, 0.0]])
    last = StringStage([[0, 0], [0.5, 0.5], [1, 0]], [[0, 0.5, 1], [0.1, 0.1, 0.1]])
    figure = plot_string_stages([first, last], PLANE, BOX, limit=0.2)
    plane, along, below, flat = figure.axes
    assert [line.get_marker() for line in plane.lines][-1] == "D"
    assert plane.lines[-1].get_xdata().tolist() == [0.5]
    assert below.lines[-1].get_xdata().tolist() == []
    assert below.lines[1].get_ydata().tolist() == [0, 0.5, 0]
    assert along.lines[1].get_ydata().tolist() == [0.1, 0.9, 0.1]
    assert len(along.collections[0].get_paths()) == 1
    assert len(flat.collections[0].get_paths()) == 0
    assert tuple(plane.get_xlim()) == (-1, 2)


def test_components():
    beads = np.arange(12.0).reshape(4, 3)
    figure = plot_components(beads, [0, 1, 2, 0], (0.6, 0.3, 0.05))
    assert figure.axes[1].lines[0].get_ydata().tolist() == beads[:, 2].tolist()
    assert figure.axes[1].get_xlabel() == "component 1 (60 %)"
    assert figure.axes[0].lines[1].get_xdata().tolist() == [0, 9]


def test_bad_input():
    with pytest.raises(ValueError, match="at least one stage"):
        plot_string_stages([], PLANE, BOX, limit=1.0)
    with pytest.raises(ValueError, match=r"expected coordinates \(2, 3\), got \(3, 3\)"):
        plot_components(np.eye(3), [0, 1], (1, 0, 0))
