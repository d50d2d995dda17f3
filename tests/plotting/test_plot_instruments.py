"""Estimates beside exact bars."""

import numpy as np
import pytest

from lossbar_core.plotting.instruments import plot_instruments

BIRTHS, EXACT = [0.0, 0.1, 0.2], [0.5, 0.6, 0.7]


def test_bars_marks_and_arrows():
    estimates = {"cloud": [0.7, 0.8, np.inf], "band": [0.5, 3.0, 0.7]}
    ax = plot_instruments(BIRTHS, EXACT, estimates, groups=[0, 0, 1], highest=1.0)
    segments = np.array(ax.collections[0].get_segments())
    assert segments[:, :, 1].tolist() == [list(ends) for ends in zip(BIRTHS, EXACT, strict=True)]
    assert np.diff(segments[:, 0, 0]).tolist() == [1.0, pytest.approx(1.8)]  # another network, another group
    marks = {line.get_label(): line for line in ax.lines}
    assert marks["cloud"].get_ydata().tolist() == [0.7, 0.8]
    assert marks["band"].get_ydata().tolist() == [0.5, 0.7]
    arrows = [line for line in ax.lines if "arrow" in str(line.get_marker())]
    assert sum(len(line.get_ydata()) for line in arrows) == 2


def test_one_entry_a_minimum():
    with pytest.raises(ValueError, match="of one shape"):
        plot_instruments(BIRTHS, EXACT[:2], {})
    with pytest.raises(ValueError, match="expected 'cloud' of shape"):
        plot_instruments(BIRTHS, EXACT, {"cloud": [1.0]})
