"""Functions of one variable: who swallows whom when the level rises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.reading import Bars, read_bars, read_names
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MINIMUM,
    SADDLE,
    SMALL_SIZE,
    house_style,
    legend_above,
    new_axes,
)

MAX_NAMES = 12  # beyond, names would cover each other


@house_style
def plot_line_merge(
    values: ArrayLike,
    barcode: Any,
    x: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    saddle_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw :math:`f(x)` with its minima, its paired 1-saddles and the merges of its sublevel sets.

    Over each minimum stands its bar, from birth to death. At the height of the death an arrow runs from the
    bar, through the paired saddle, to the bar of the component that swallows it.

    Parameters
    ----------
    values : (n,) array
        Values of a function along a line.
    barcode : Barcode
        Of the same values, on the graph that joins neighbours; ids are positions in the array.
    x : (n,) array, optional
        Increasing positions (default: 0 to n - 1).
    names, saddle_names : sequences of str, optional
        Names of the minima in barcode order (default p1, p2, ...) and of their saddles (default q1, q2, ...;
        the essential bar's is not used). Beyond 12 bars nothing is named.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When the arrays do not fit each other or the barcode has no ids.

    Notes
    -----
    The picture of BSL figure 1.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import lossbar_core as lb
    >>> from lossbar_core.plotting import plot_line_merge
    >>> values = [2.0, 0.0, 3.0, 1.0, 2.0]
    >>> ax = plot_line_merge(values, lb.grid_barcode(values))
    >>> plt.close(ax.figure)
    """
    heights, where = _read_line(values, x)
    bars = read_bars(barcode, needs=("minimum", "saddle", "swallower"))
    if max(bars.minimum.max(), bars.saddle.max()) >= len(heights):
        raise ValueError(
            f"the barcode has vertex ids up to {max(bars.minimum.max(), bars.saddle.max())}, but there are "
            f"{len(heights)} values; pass the values that it was computed from."
        )
    count = len(bars)
    labels = read_names(names, count, "p"), read_names(saddle_names, count, "q")
    ax = new_axes(ax, height=3.4)
    ax.plot(where, heights, "-", color=GREY, lw=1.6, zorder=1)
    low, high = float(heights.min()), float(heights.max())
    margin = 0.12 * (high - low or 1.0)
    _draw_bars(ax, bars, where, high + 0.6 * margin)
    _draw_marks(ax, bars, where)
    if count <= MAX_NAMES:
        _draw_names(ax, bars, where, *labels)
    ax.set_ylim(low - 1.2 * margin, high + margin)
    ax.set_xlabel("$x$", size=FONT_SIZE)
    ax.set_ylabel("value of the function", size=FONT_SIZE)
    legend_above(ax)
    return ax


def _read_line(values: ArrayLike, x: ArrayLike | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    heights = np.asarray(values, dtype=np.float64)
    if heights.ndim != 1 or len(heights) < 2 or not np.isfinite(heights).all():
        raise ValueError(f"values must be a finite 1-D array of at least 2, got shape {heights.shape}.")
    where = np.arange(len(heights), dtype=np.float64) if x is None else np.asarray(x, dtype=np.float64)
    if where.shape != heights.shape or not (np.diff(where) > 0).all():
        raise ValueError(
            f"x must be increasing with shape {heights.shape}, got shape {where.shape}; sort both."
        )
    return heights, where


def _draw_bars(ax: Axes, bars: Bars, where: NDArray[np.float64], top: float) -> None:
    for i in range(len(bars)):
        at, birth, death = where[bars.minimum[i]], bars.birth[i], bars.death[i]
        if bars.essential[i]:
            ax.annotate(
                "",
                (at, top),
                (at, birth),
                arrowprops={
                    "arrowstyle": "->",
                    "ls": "--",
                    "color": MINIMUM,
                    "lw": 2,
                    "shrinkA": 0,
                    "shrinkB": 0,
                },
            )
            ax.plot([], [], ls="--", lw=2, color=MINIMUM, label="never dies" if i == 0 else "_nolegend_")
            continue
        ax.plot([at, at], [birth, death], "-", color=MINIMUM, lw=2, zorder=2)
        ax.annotate(
            "",
            (where[bars.swallower[i]], death),
            (at, death),
            arrowprops={
                "arrowstyle": "-|>",
                "color": SADDLE,
                "lw": 1.4,
                "ls": ":",
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )


def _draw_marks(ax: Axes, bars: Bars, where: NDArray[np.float64]) -> None:
    finite = bars[~bars.essential]
    ax.plot(where[bars.minimum], bars.birth, "^", ms=8, color=MINIMUM, label="minimum", zorder=4)
    if len(finite):
        ax.plot(where[finite.saddle], finite.death, "s", ms=7, color=SADDLE, label="1-saddle", zorder=4)


def _draw_names(
    ax: Axes, bars: Bars, where: NDArray[np.float64], names: list[str], saddle_names: list[str]
) -> None:
    for i in range(len(bars)):
        _draw_name(ax, names[i], where[bars.minimum[i]], bars.birth[i], -15)
        if not bars.essential[i]:
            _draw_name(ax, saddle_names[i], where[bars.saddle[i]], bars.death[i], 12)


def _draw_name(ax: Axes, name: str, x: float, y: float, lift: float) -> None:
    ax.annotate(
        name,
        (x, y),
        (0, lift),
        textcoords="offset points",
        ha="center",
        va="center",
        size=SMALL_SIZE + 1,
        color=GREY,
    )
