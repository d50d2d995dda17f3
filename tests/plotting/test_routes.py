"""Paths over a map: the lines are the paths, each kind looks different."""

import numpy as np
import pytest

from lossbar_core.plotting.routes import plot_routes

BOX = [(0.0, 2.0), (0.0, 1.0)]
LINE = np.array([[0.0, 0.0], [1.0, 0.5], [2.0, 1.0]])


def height(x):
    return x[:, 0] + x[:, 1] ** 2


def test_lines_are_the_paths():
    ax = plot_routes(
        height, BOX, {"start": LINE, "end": [LINE, LINE[::-1]]}, minima=LINE[:1], saddles=LINE[1:2]
    )
    by_label = {line.get_label(): line for line in ax.lines}
    assert set(by_label) == {"start", "end", "_end", "minimum", "1-saddle"}
    assert np.array_equal(np.column_stack(by_label["start"].get_data()), LINE)
    assert np.array_equal(np.column_stack(by_label["_end"].get_data()), LINE[::-1])
    texts = {text.get_text() for text in ax.get_legend().get_texts()}
    assert texts == {"start", "end", "minimum", "1-saddle"}
    assert by_label["start"].get_linestyle() != by_label["end"].get_linestyle()


def test_limits_of_the_box():
    ax = plot_routes(np.zeros((3, 4)), BOX, {"start": LINE}, pivots=False)
    assert (ax.get_xlim(), ax.get_ylim()) == ((0.0, 2.0), (0.0, 1.0))
    assert ax.lines[0].get_marker() == "None"


def test_wrong_paths():
    with pytest.raises(ValueError, match=r"expected 'start' as an \(N, 2\) array, got shape \(3, 3\)"):
        plot_routes(height, BOX, {"start": np.zeros((3, 3))})
    with pytest.raises(ValueError, match="at most 4 kinds of paths, got 5"):
        plot_routes(height, BOX, {str(i): LINE for i in range(5)})
