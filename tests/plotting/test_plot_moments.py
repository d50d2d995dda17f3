"""Tables of moments and points as images."""

import numpy as np
import pytest

from lossbar_core.plotting.moments import plot_moments

TABLE = np.array([[4.0, 8.0, 4.0], [1.0, 0.5, 1.0]])


def test_the_first_moment_is_below():
    figure = plot_moments({"norm": TABLE}, moment_label="step")
    ax, bar = figure.axes
    image = ax.images[0]
    assert image.get_array().tolist() == TABLE.tolist()
    assert image.origin == "lower"
    assert tuple(image.get_extent()) == (0.5, 3.5, 0.5, 2.5)
    assert (ax.get_ylabel(), bar.get_ylabel()) == ("step", "norm")


@pytest.mark.parametrize("table", [TABLE[0], 0 * TABLE, TABLE * np.nan])
def test_only_positive_tables(table):
    with pytest.raises(ValueError, match=r"as \(moments, points\) with positive entries"):
        plot_moments({"norm": table})


def test_nothing_to_draw():
    with pytest.raises(ValueError, match="at least one label"):
        plot_moments({})
