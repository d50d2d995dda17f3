"""A matrix of heights: every finite number is there and can be read."""

import numpy as np
import pytest

from lossbar_core.plotting.matrix import plot_matrix


def test_numbers():
    ax = plot_matrix([[-1.0, 0.5], [np.nan, -0.001]], ["a", "b"], title="heights")
    assert [(text.get_position(), text.get_text()) for text in ax.texts] == [
        ((0, 0), "\N{MINUS SIGN}1.00"),
        ((1, 0), "0.50"),
        ((1, 1), "0.00"),  # no zero with a sign
    ]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b"]
    assert ax.texts[0].get_color() != ax.texts[1].get_color()


@pytest.mark.parametrize("shape", [(2, 3), (11, 11), (0, 0)])
def test_wrong_shapes(shape):
    with pytest.raises(ValueError, match="must be square"):
        plot_matrix(np.zeros(shape))
