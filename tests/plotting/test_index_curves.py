"""Index curves: every run, the bound and the printed value are drawn."""

import pytest

from lossbar_core.plotting.index_curves import IndexPanel, plot_index_curves

SHARES = [1e-16, 1e-8, 1e-2]


def test_runs_bound_and_printed_value():
    panels = [
        IndexPanel("CNN", [[60, 50, 10], [61, 51, 11]], [[200, 50, 10]], 52, 232.9),
        IndexPanel("2-MLP", [[90, 80, 1]], [[900, 80, 1]], 90),
    ]
    first, second = plot_index_curves(panels, SHARES)
    assert [line.get_ydata().tolist() for line in first.lines[:3]] == [
        [200, 50, 10],
        [60, 50, 10],
        [61, 51, 11],
    ]
    assert {text.get_text() for text in first.figure.legends[0].get_texts()} == {
        "float64",
        "float32",
        "theorem",
        "printed",
    }
    assert "printed" not in {line.get_label() for line in second.lines}
    assert second.get_xscale() == "log"


def test_bad_input():
    with pytest.raises(ValueError, match="at least one panel"):
        plot_index_curves([], SHARES)
    with pytest.raises(ValueError, match=r"3 counts a run in 'CNN', got shape \(1, 2\)"):
        plot_index_curves([IndexPanel("CNN", [[1, 2, 3]], [[1, 2]], 52)], SHARES)
