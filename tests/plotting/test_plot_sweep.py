"""Sweeps and growth: the curves carry the numbers given, and slopes are those of the numbers."""

import numpy as np
import pytest

from lossbar_core.plotting.sweep import plot_growth, plot_sweep

X = np.array([0.5, 1.0, 2.0, 4.0])
PANELS = {"bars": {"2-D": [100, 30, 3, 3], "3-D": [90, 20, 2, 2]}, "distance": {"2-D": [5.0, 2, 1, 1]}}


def curve(ax, name):
    (line,) = (line for line in ax.lines if line.get_label() == name)
    return np.column_stack(line.get_data())


def test_every_panel_shows_its_curves():
    axes = plot_sweep(X, PANELS, x_label="c", log_y={"bars"})
    assert [ax.get_ylabel() for ax in axes] == ["bars", "distance"]
    assert [ax.get_yscale() for ax in axes] == ["log", "linear"]
    for ax, curves in zip(axes, PANELS.values(), strict=True):
        for name, values in curves.items():
            np.testing.assert_array_equal(curve(ax, name), np.column_stack([X, values]))
    assert axes[-1].get_xlabel() == "c"
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["2-D", "3-D"]


def test_a_curve_looks_the_same_in_every_panel():
    panels = {"a": {"second": X, "first": X}, "b": {"first": X, "second": X}}
    upper, lower = plot_sweep(X, panels, x_label="c")
    for name in ("first", "second"):
        looks = [
            next((line.get_color(), line.get_marker()) for line in ax.lines if line.get_label() == name)
            for ax in (upper, lower)
        ]
        assert looks[0] == looks[1]


def test_limits_and_choices_are_thin_lines_in_the_curve_s_color():
    axes = plot_sweep(
        X, PANELS, x_label="c", limits={"distance": {"2-D": 1.0}}, chosen={"2-D": 2.0}, ticks=[0.5, 4]
    )
    color = next(line.get_color() for line in axes[1].lines if line.get_label() == "2-D")
    level, mark = (line for line in axes[1].lines if line.get_label().startswith("_"))
    assert list(level.get_ydata()) == [1.0, 1.0]
    assert list(mark.get_xdata()) == [2.0, 2.0]
    assert {level.get_color(), mark.get_color()} == {color}
    assert [t.get_text() for t in axes[1].get_xticklabels()] == ["0.5", "4"]


def test_one_curve_needs_no_legend():
    (ax,) = plot_sweep(X, {"bars": {"2-D": X}}, x_label="c")
    assert ax.get_legend() is None


def test_slopes_in_the_legend():
    sizes = np.array([1.0, 10, 100, 1000])
    series = {"square": (sizes, sizes**2), "bent": (sizes, np.array([50.0, 50, 500, 5000]))}
    ax = plot_growth(series, y_label="steps", fitted_from=10)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["square: slope 2.00", "bent: slope 1.00"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    np.testing.assert_array_equal(curve(ax, "bent: slope 1.00")[:, 1], [50, 50, 500, 5000])


def test_slopes_that_fall_that_are_unknown_and_none():
    sizes = np.array([1.0, 10, 100])
    ax = plot_growth({"fall": (sizes, 1 / sizes), "one": (sizes[:1], [3.0])}, y_label="error")
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["fall: slope −1.00", "one: slope unknown"]
    ax = plot_growth({"fall": (sizes, 1 / sizes)}, y_label="error", slopes=False)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["fall"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plot_sweep(X, {}, x_label="c"), "at least one quantity"),
        (lambda: plot_sweep([0, 1], {"a": {"b": [1, 2]}}, x_label="c"), "x must be positive"),
        (
            lambda: plot_sweep(X, {"a": {"b": [1, 2]}}, x_label="c"),
            r"'b' must have one value a position \(\(4,\)",
        ),
        (lambda: plot_growth({}, y_label="s"), "at least one entry"),
        (lambda: plot_growth({"a": ([1, 2], [1, -2])}, y_label="s"), "amounts of 'a' must be positive"),
        (lambda: plot_growth({"a": ([1, 2], [1])}, y_label="s"), "'a' must have one value"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
