"""Spectra with laws: the histogram has area 1, the lines are those given."""

import numpy as np
import pytest

from lossbar_core.plotting.covariance_law import LawPanel, plot_laws

PLACES = [0.5, 1.0]


def test_histogram_and_laws():
    (ax,) = plot_laws([LawPanel("w = 0", [1.0, 1.0, 3.0, 4.0], PLACES, {"a": [1, 2], "b": [2, 3]})], bins=4)
    heights, edges, _ = ax.patches[0].get_data()
    np.testing.assert_allclose(heights * np.diff(edges), [0, 0.5, 0, 0.5])
    assert edges[0] == 0
    assert edges[-1] == 4
    assert [line.get_ydata().tolist() for line in ax.lines] == [[1, 2], [2, 3]]
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    assert ax.get_title(loc="left") == "w = 0"


def test_bad_input():
    with pytest.raises(ValueError, match="at least one panel"):
        plot_laws([])
    with pytest.raises(ValueError, match=r"expected 2 values of the law 'a', got shape \(3,\)"):
        plot_laws([LawPanel("w", [1.0], PLACES, {"a": [1, 2, 3]})])
    with pytest.raises(ValueError, match="at most 2 laws in 'w', got 3"):
        plot_laws([LawPanel("w", [1.0], PLACES, {name: [1, 2] for name in "abc"})])
