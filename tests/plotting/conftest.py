"""Draw without a screen, close every figure, and share one small function with its barcode."""

import matplotlib
import numpy as np
import pytest

import lossbar_core as lb

matplotlib.use("Agg")

BOUNDS = [(-2.0, 2.0), (-1.5, 1.5)]


def camel(points):
    x, y = points.T
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture(scope="session")
def camel_grid():
    """Six-hump camel on 61 x 46 points: first index along the first variable."""
    axes = [np.linspace(low, high, n) for (low, high), n in zip(BOUNDS, (61, 46), strict=True)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 2)
    return camel(points).reshape(61, 46)


@pytest.fixture(scope="session")
def camel_bars(camel_grid):
    bars = lb.grid_barcode(camel_grid, connectivity="full").filter(min_persistence=0.05)
    assert len(bars) == 6  # the function's six minima; the tests below count on it
    return bars


@pytest.fixture
def diagram():
    return np.array([[0.0, np.inf], [1.0, 5.0], [2.0, 2.5], [3.0, 4.0]])
