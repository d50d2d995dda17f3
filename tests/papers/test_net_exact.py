"""Grids of losses: coordinates, values and bars."""

import numpy as np

from lossbar_core.papers.bsl.net_exact import grid_bars, grid_losses, grid_points
from lossbar_core.papers.bsl.net_models import limits, network


def test_grid_points_are_those_of_meshgrid():
    box = np.array([[0.0, 1.0], [-1.0, 1.0], [2.0, 5.0]])
    shape = (3, 4, 2)
    axes = [np.linspace(low, high, n) for (low, high), n in zip(box, shape, strict=True)]
    expected = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    assert np.allclose(grid_points(box, shape, np.arange(24)), expected)


def test_grid_losses_and_bars():
    model = network("fixed", (2,), 1, reduced=True)
    box = limits(model, "fixed")
    values = grid_losses(model, box, (61, 61))
    axis = np.linspace(-2, 2, 61)
    some = model(np.array([[axis[3], axis[50]], [axis[60], axis[0]]], np.float32))
    assert np.allclose(values[[3, 60], [50, 0]], some, rtol=1e-6)
    bars = grid_bars(model, box, (61, 61))
    assert bars.birth[0] == values.min()
    assert int(bars.essential.sum()) == 1
    assert bars.death[1:].max() < 0.74  # a constant fits that well, so no reduced loss is higher
