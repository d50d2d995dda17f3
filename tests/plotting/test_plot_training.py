"""Training curves: a line a network, gaps where a loss is none, failures dashed."""

import numpy as np
import pytest

from lossbar_core.plotting.training import plot_training

LOSSES = np.array([[2.0, 2.2, 2.1], [1.0, 1.1, np.nan], [0.5, 0.6, np.inf]])


def test_a_line_a_network():
    ax = plot_training([0, 1, 2], LOSSES, failed=[2])
    assert len(ax.lines) == 3
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), LOSSES[:, 0])
    assert [line.get_linestyle() for line in ax.lines] == ["-", "-", "--"]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"a network", "diverged"}


def test_what_cannot_be_drawn_leaves_a_gap():
    (line,) = plot_training([0, 1, 2], [[1.0], [0.0], [np.inf]]).lines
    np.testing.assert_array_equal(np.isfinite(line.get_ydata()), [True, False, False])


@pytest.mark.parametrize(
    ("steps", "losses", "message"),
    [
        ([0, 1], LOSSES, r"shape \(2, P\), got \(3, 3\)"),
        ([0], [1.0], r"shape \(1, P\)"),
        ([0], [[np.nan]], "every training failed"),
    ],
)
def test_bad_input_is_explained(steps, losses, message):
    with pytest.raises(ValueError, match=message):
        plot_training(steps, losses)
