"""Spectra: sorted, scaled, one line each."""

import numpy as np
import pytest

from lossbar_core.plotting.spectra import plot_spectra


def test_each_spectrum_is_a_falling_line_below_1():
    drawn = plot_spectra({"a": {"x": [1.0, -4.0, 2.0], "y": [3.0]}, "b": {"x": [1.0]}}, noise=1e-6)
    assert [line.get_ydata().tolist() for line in drawn[0].lines] == [[0.5, 0.25, -1.0], [1.0]]
    assert [ax.get_title(loc="left") for ax in drawn] == ["a", "b"]
    assert drawn[0].get_yscale() == "symlog"
    assert [text.get_text() for text in drawn[0].figure.legends[0].get_texts()] == ["x", "y"]


def test_bad_input():
    with pytest.raises(ValueError, match="at least one panel"):
        plot_spectra({}, noise=1e-7)
    with pytest.raises(ValueError, match="other than 0 for 'x' of 'a', got 3"):
        plot_spectra({"a": {"x": np.zeros(3)}}, noise=1e-7)
