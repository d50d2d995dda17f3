"""Curves over a parameter: several quantities over one axis, and growth on logarithmic axes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.style import (
    FONT_SIZE,
    MAX_WIDTH,
    PALETTE,
    WIDTH,
    house_style,
    legend_above,
    new_axes,
)

MARKERS = ("o", "s", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))

Series = Mapping[str, ArrayLike]


@house_style
def plot_sweep(
    x: ArrayLike,
    panels: Mapping[str, Series],
    *,
    x_label: str,
    limits: Mapping[str, Mapping[str, float]] | None = None,
    chosen: Mapping[str, float] | None = None,
    log_y: Collection[str] = (),
    ticks: ArrayLike | None = None,
    panel_height: float = 1.9,
) -> list[Axes]:
    """Draw quantities over one parameter, a panel each, one above the other.

    Parameters
    ----------
    x : (n,) array
        Positive values of the parameter; the axis is logarithmic.
    panels : mapping from a quantity to a mapping from the name of a curve to its (n,) values
        The same curve has the same colour, line and mark in every panel.
    x_label : str
        Label of the parameter.
    limits : mapping from a quantity to a mapping from the name of a curve to a value, optional
        Thin horizontal lines, for instance what a curve tends to.
    chosen : mapping from the name of a curve to a value of the parameter, optional
        Thin vertical lines.
    log_y : names of quantities
        Those on a logarithmic axis.
    ticks : array, optional
        Positions of the labels on the parameter's axis (default: chosen by matplotlib).
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        When there is no panel, a curve has another length than ``x``, or x is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_sweep([1, 2, 4], {"bars": {"2-D": [9, 3, 3]}}, x_label="c", chosen={"2-D": 2})
    >>> plt.close(axes[0].figure)
    """
    where = _positive(x, "x")
    if not panels:
        raise ValueError("panels must hold at least one quantity, got none; pass {'quantity': {'curve': y}}.")
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    size = (min(WIDTH, MAX_WIDTH), panel_height * len(panels) + 0.9)
    axes = plt.subplots(len(panels), 1, sharex=True, squeeze=False, figsize=size)[1][:, 0]
    for ax, (quantity, curves) in zip(axes, panels.items(), strict=True):
        for name, values in curves.items():
            _draw_curve(ax, where, _like(values, where, name), name, names.index(name))
            if name in (limits or {}).get(quantity, {}):
                look: Any = {"color": _color(names.index(name)), "lw": 0.9, "ls": "--", "zorder": 1}
                ax.axhline((limits or {})[quantity][name], **look)
        for name, at in (chosen or {}).items():
            ax.axvline(at, color=_color(names.index(name)), lw=0.9, ls=":", zorder=1)
        ax.set_yscale("log" if quantity in log_y else "linear")
        ax.set_ylabel(quantity, size=FONT_SIZE)
    _label_parameter(axes[-1], x_label, ticks)
    if len(names) > 1:
        legend_above(axes[0])
    axes[0].figure.align_ylabels(list(axes))
    return list(axes)


@house_style
def plot_growth(
    series: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    y_label: str,
    x_label: str = "number of points N",
    fitted_from: float = 0.0,
    slopes: bool = True,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw amounts against sizes on logarithmic axes, with the fitted slope p of :math:`y \sim N^p` in the legend.

    Parameters
    ----------
    series : mapping from a name to (sizes, amounts)
        Positive numbers.
    y_label, x_label : str
        Labels of the axes.
    fitted_from : float
        Smaller sizes are drawn, but do not enter the slope.
    slopes : bool
        Put the slope behind each name.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When there is no series, sizes and amounts differ in length, or one is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_growth({"square": ([1, 2, 4], [1, 4, 16])}, y_label="steps")
    >>> ax.get_legend().get_texts()[0].get_text()
    'square: slope 2.00'
    >>> plt.close(ax.figure)
    """
    if not series:
        raise ValueError("series must hold at least one entry, got none; pass {'name': (sizes, amounts)}.")
    ax = new_axes(ax, height=3.9)
    for i, (name, (sizes, amounts)) in enumerate(series.items()):
        x = _positive(sizes, f"sizes of {name!r}")
        y = _like(_positive(amounts, f"amounts of {name!r}"), x, name)
        kept = x >= fitted_from
        label = f"{name}: slope {_slope(x[kept], y[kept])}" if slopes else name
        _draw_curve(ax, x, y, label, i)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set_xlabel(x_label, size=FONT_SIZE)
    ax.set_ylabel(y_label, size=FONT_SIZE)
    ax.grid(True, lw=0.5)
    legend_above(ax)
    return ax


def _slope(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    if len(x) < 2:
        return "unknown"
    return f"{np.polyfit(np.log(x), np.log(y), 1)[0]:.2f}".replace("-", "\N{MINUS SIGN}")


def _positive(x: ArrayLike, name: str) -> NDArray[np.float64]:
    values = np.asarray(x, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not (np.isfinite(values) & (values > 0)).all():
        raise ValueError(
            f"{name} must be positive numbers in one dimension, got {x!r}; the axis is logarithmic."
        )
    return values


def _like(y: ArrayLike, x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    values = np.asarray(y, dtype=np.float64)
    if values.shape != x.shape:
        raise ValueError(f"{name!r} must have one value a position ({x.shape}), got shape {values.shape}.")
    return values


def _color(index: int) -> str:
    return PALETTE[index % len(PALETTE)]


def _draw_curve(ax: Axes, x: NDArray[np.float64], y: NDArray[np.float64], name: str, index: int) -> None:
    look: Any = {"ls": LINES[index % len(LINES)], "marker": MARKERS[index % len(MARKERS)], "ms": 5}
    ax.plot(x, y, color=_color(index), label=name, zorder=3, **look)


def _label_parameter(ax: Axes, label: str, ticks: ArrayLike | None) -> None:
    ax.set_xscale("log")
    ax.set_xlabel(label, size=FONT_SIZE)
    if ticks is not None:
        places = np.asarray(ticks, dtype=np.float64)
        ax.set_xticks(places, [f"{place:g}" for place in places])
        ax.minorticks_off()
