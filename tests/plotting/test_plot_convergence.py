"""Mean curves: what is drawn is what was given, hollow where something is missing."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex

from lossbar_core.plotting.convergence import HOLLOW, MeanCurve, plot_convergence
from lossbar_core.plotting.style import GREY, PALETTE, SMALL_SIZE

X = np.array([1e3, 1e4, 1e5])
FULL = MeanCurve(X, [4.0, 2.0, 1.0], [3.0, 1.5, 0.8], [5.0, 2.5, 1.2])
PART = MeanCurve(X, [3.0, 2.0, np.nan], missing=[0.0, 0.25, 1.0])


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def marks(ax, color, hollow):
    wanted = "none" if hollow else color
    lines = [
        line for line in ax.lines if line.get_linestyle() == "None" and line.get_markerfacecolor() == wanted
    ]
    lines = [line for line in lines if to_hex(line.get_color()) == color]
    return np.concatenate([np.column_stack(line.get_data()) for line in lines])


def test_every_panel_shows_its_curves_on_logarithmic_axes():
    figure = plot_convergence({"f": {"D = 3": FULL}, "g": {"D = 3": FULL, "D = 4": PART}}, y_label="mean W")
    first, second = figure.axes
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["f", "g"]
    assert {ax.get_xscale() for ax in figure.axes} == {ax.get_yscale() for ax in figure.axes} == {"log"}
    (line,) = (line for line in first.lines if line.get_label() == "D = 3")
    np.testing.assert_array_equal(np.column_stack(line.get_data()), np.column_stack([X, FULL.mean]))
    assert second.get_xlabel() == "number of points N"
    assert first.get_ylabel() == "mean W"


def test_marks_are_hollow_where_repetitions_are_missing_and_absent_where_all_are():
    figure = plot_convergence({"g": {"D = 4": PART}}, y_label="W")
    (ax,) = figure.axes
    assert marks(ax, PALETTE[0], hollow=False).tolist() == [[1e3, 3.0]]
    assert marks(ax, PALETTE[0], hollow=True).tolist() == [[1e4, 2.0]]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["D = 4", HOLLOW]


def test_nothing_hollow_nothing_in_the_legend():
    figure = plot_convergence({"f": {"D = 3": FULL}}, y_label="W")
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["D = 3"]


def test_the_band_is_the_one_given():
    (ax,) = plot_convergence({"f": {"D = 3": FULL}}, y_label="W").axes
    corners = ax.collections[0].get_paths()[0].vertices
    for x, low, high in zip(X, FULL.low, FULL.high, strict=True):
        heights = corners[corners[:, 0] == x, 1]
        assert {low, high} <= set(heights.tolist())


def test_a_slope_goes_through_the_last_mean():
    (ax,) = plot_convergence({"f": {"D = 3": FULL}}, y_label="W", slopes={"f": {"D = 3": -0.5}}).axes
    (line,) = (line for line in ax.lines if line.get_linestyle() == ":")
    x, y = line.get_data()
    assert (x[1], y[1]) == (1e5, 1.0)
    assert np.log10(y[1] / y[0]) / np.log10(x[1] / x[0]) == pytest.approx(-0.5)
    assert to_hex(line.get_color()) == GREY
    (plain,) = plot_convergence({"f": {"D = 3": FULL}}, y_label="W").axes
    assert ax.get_ylim() == plain.get_ylim()


def test_a_curve_looks_the_same_in_every_panel():
    figure = plot_convergence({"f": {"a": FULL, "b": FULL}, "g": {"b": FULL}}, y_label="W")
    colors = [
        next(to_hex(line.get_color()) for line in ax.lines if line.get_label() == "b") for ax in figure.axes
    ]
    assert colors == [PALETTE[1]] * 2


def test_letters_stay_legible():
    figure = plot_convergence({"f": {"D = 3": FULL}}, y_label="W")
    figure.canvas.draw()
    labels = [t for t in figure.axes[0].get_yticklabels() if t.get_text()]
    assert len(labels) >= 2
    assert min(t.get_size() for t in labels) >= SMALL_SIZE


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ({}, "at least one title"),
        ({"f": {"a": MeanCurve(X, [1.0, 2.0])}}, "one value a size"),
        ({"f": {"a": MeanCurve(X, [1.0, 0.0, 2.0])}}, "positive sizes and means"),
        ({"f": {"a": MeanCurve([0, 1, 2], [1.0, 1.0, 2.0])}}, "positive sizes and means"),
    ],
)
def test_what_cannot_be_drawn(panels, message):
    with pytest.raises(ValueError, match=message):
        plot_convergence(panels, y_label="W")
