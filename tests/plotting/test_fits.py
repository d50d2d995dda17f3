"""Fits over a target: the curves carry the numbers given."""

import numpy as np
import pytest

from lossbar_core.plotting.fits import FIT_LOOKS, plot_fits

X = np.linspace(-1, 1, 5)


def test_lines_carry_the_fits():
    ax = plot_fits(X, X**2, {"minimum": X, "swallower": -X})
    by_name = {line.get_label(): line for line in ax.lines}
    assert list(by_name) == ["target", "minimum", "swallower"]
    assert np.array_equal(by_name["swallower"].get_ydata(), -X)
    assert by_name["minimum"].get_color() == FIT_LOOKS["minimum"][0]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == set(by_name)


def test_without_legend():
    assert plot_fits(X, X, {}, legend=False).get_legend() is None


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="expected 'minimum' of the shape of x"):
        plot_fits(X, X, {"minimum": X[1:]})
