"""Barcodes: a vertical segment for every bar, ordered by birth."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from lossbar_core.plotting.reading import Bars, read_bars
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MINIMUM,
    PALETTE,
    SADDLE,
    SMALL_SIZE,
    house_style,
    legend_above,
    new_axes,
)

GROUP_COLORS = (PALETTE[0], PALETTE[2], PALETTE[3], PALETTE[4])  # the second one marks saddles
SHARE = 0.8  # of a group's width that its bars take, the rest parts it from its neighbours
ARROW_HEAD = Path([(-1.0, -1.0), (0.0, 0.3), (1.0, -1.0)])  # an open arrow: no one takes it for a minimum
MARGIN = (
    0.08  # of the range of values, above the highest finite death, where essential bars leave the picture
)


@house_style
def plot_barcode(
    barcode: Any,
    ax: Axes | None = None,
    *,
    max_bars: int | None = 400,
    min_size: int = 0,
    min_persistence: float = 0.0,
    color: str = MINIMUM,
    legend: bool = True,
) -> Axes:
    r"""Draw a barcode: the segment :math:`[\mathrm{birth}, \mathrm{death}]` for every minimum.

    A triangle stands at the value of the minimum, a square at that of its 1-saddle. An essential bar is
    dashed and leaves the picture above the highest finite death. Bars below the filter are thin and unmarked.

    Parameters
    ----------
    barcode : Barcode or (b, 2) array
        Bars in the units of the function's values; ``death = inf`` is essential.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    max_bars : int or None
        Draw at most this many, the longest ones; None draws all.
    min_size, min_persistence : int, float
        Bars with fewer points, or shorter than this, are drawn as noise: thin and grey. A sampled domain may
        have small components of its own, so that the size counts for essential bars as well.
    color : matplotlib colour
        Colour of bars and minima.
    legend : bool
        Explain the marks above the axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        When the barcode is not one, has no bar, or ``max_bars`` is below 1.

    Notes
    -----
    The form of panel (c) in BSL figures 2 to 5.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lossbar_core.plotting import plot_barcode
    >>> ax = plot_barcode([[0.0, float("inf")], [1.0, 3.0]])
    >>> ax.get_xlabel()
    'bars, ordered by birth'
    >>> plt.close(ax.figure)
    """
    bars = read_bars(barcode)
    shown = bars[bars.longest(_checked_maximum(max_bars))]
    ax = new_axes(ax)
    top = ceiling([bars])
    _set_height(ax, [bars], top)
    _draw_bars(ax, np.arange(1, len(shown) + 1), shown, top, _noise(shown, min_size, min_persistence), color)
    _label_bars(ax, len(shown), len(bars))
    if legend:
        legend_above(ax)
    return ax


@house_style
def plot_barcodes(
    barcodes: Mapping[str, Any],
    ax: Axes | None = None,
    *,
    max_bars: int | None = 100,
    min_size: int = 0,
    min_persistence: float = 0.0,
    legend: bool = True,
) -> Axes:
    r"""Draw several barcodes side by side on one axis of values, for comparison.

    Parameters
    ----------
    barcodes : mapping of str to Barcode or (b, 2) array
        Name and bars, drawn from left to right in the mapping's order.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    max_bars : int or None
        Draw at most this many bars of each, the longest ones.
    min_size, min_persistence : int, float
        Bars below either are drawn as noise.
    legend : bool
        Explain the marks above the axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        When it is no mapping, is empty, or one of the barcodes is not valid.

    Notes
    -----
    The form of BSL figure 7, one group for each network.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lossbar_core.plotting import plot_barcodes
    >>> ax = plot_barcodes({"coarse": [[0.0, float("inf")]], "fine": [[0.0, float("inf")], [1.0, 2.0]]})
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['coarse', 'fine']
    >>> plt.close(ax.figure)
    """
    if not isinstance(barcodes, Mapping):
        raise TypeError(f"barcodes must map names to barcodes, got {type(barcodes).__name__}; pass a dict.")
    if not barcodes:
        raise ValueError("barcodes must have at least one entry, got none; pass {'name': barcode}.")
    maximum = _checked_maximum(max_bars)
    read = {str(name): read_bars(given, f"barcodes[{name!r}]") for name, given in barcodes.items()}
    ax = new_axes(ax)
    top = ceiling(list(read.values()))
    _set_height(ax, list(read.values()), top)
    groups = [bars[bars.longest(maximum)] for bars in read.values()]
    for i, bars in enumerate(groups):
        x = i + (np.arange(len(bars)) + 0.5) / len(bars) * SHARE + (1 - SHARE) / 2
        noise = _noise(bars, min_size, min_persistence)
        _draw_bars(ax, x, bars, top, noise, GROUP_COLORS[i % len(GROUP_COLORS)], len(groups))
    _label_groups(ax, list(read))
    if legend:
        legend_above(ax)
        _grey_legend(ax)
    return ax


def _checked_maximum(max_bars: int | None) -> int | None:
    if max_bars is not None and max_bars < 1:
        raise ValueError(f"max_bars must be at least 1 or None for all, got {max_bars}.")
    return max_bars


def _noise(bars: Bars, min_size: int, min_persistence: float) -> NDArray[np.bool_]:
    small = (bars.size >= 0) & (bars.size < min_size)
    return small | (bars.persistence < min_persistence)


def ceiling(barcodes: list[Bars]) -> float:
    """Return the value at which essential bars leave the picture."""
    spans = [bars.span() for bars in barcodes]
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    return high + (MARGIN * (high - low) if high > low else max(1.0, abs(high)))


def _set_height(ax: Axes, barcodes: list[Bars], top: float) -> None:
    low = min(bars.span()[0] for bars in barcodes)
    ax.set_ylim(low - 0.05 * (top - low), top + 0.04 * (top - low))


def _draw_bars(
    ax: Axes, x: NDArray[Any], bars: Bars, top: float, noise: NDArray[np.bool_], color: str, share: int = 1
) -> None:
    """Draw the bars at the given places, thinner the more there are in this share of the axes."""
    width = float(np.clip(110 / (share * len(bars)), 0.5, 2.4))
    size = float(np.clip(330 / (share * len(bars)), 2.2, 6.5))
    never, solid = ~noise & bars.essential, ~noise & ~bars.essential
    low = np.stack([x, bars.birth], 1)
    high = np.stack([x, np.minimum(bars.death, top)], 1)
    for pick, look in (
        (noise, {"colors": GREY, "linewidths": min(0.8, width), "label": "noise"}),
        (solid, {"colors": color, "linewidths": width}),
        (never, {"colors": color, "linewidths": width, "linestyles": "--", "label": "never dies"}),
    ):
        if pick.any():
            ax.add_collection(LineCollection(list(np.stack([low[pick], high[pick]], 1)), zorder=2, **look))
    for pick, ends, mark in (
        (~noise, low, {"marker": "^", "color": color, "label": "minimum"}),
        (solid, high, {"marker": "s", "color": SADDLE, "label": "1-saddle"}),
        (never, high, {"marker": ARROW_HEAD, "mfc": "none", "mec": color, "mew": width}),
    ):
        if pick.any():
            ax.plot(*ends[pick].T, ls="", ms=size, zorder=3, **mark)


def _label_bars(ax: Axes, shown: int, total: int) -> None:
    margin = max(0.8, 0.02 * shown)
    ax.set_xlim(1 - margin, shown + margin)
    ticks = MaxNLocator(8, integer=True, min_n_ticks=1).tick_values(1, shown)
    ax.set_xticks([tick for tick in ticks if 1 <= tick <= shown])
    ax.set_ylabel("value of the function", size=FONT_SIZE)
    few = f"the {shown} longest of {total} bars, ordered by birth"
    ax.set_xlabel("bars, ordered by birth" if shown == total else few, size=FONT_SIZE)


def _label_groups(ax: Axes, names: list[str]) -> None:
    ax.set_xlim(0, len(names))
    width = max(6, 44 // len(names))  # letters that fit side by side under the axis at this font size
    centres = np.arange(len(names)) + 0.5
    if max(len(word) for name in names for word in name.split() or [""]) > width:
        ax.set_xticks(centres, names, size=SMALL_SIZE, rotation=40, ha="right", rotation_mode="anchor")
    else:
        ax.set_xticks(centres, [textwrap.fill(name, width) for name in names], size=SMALL_SIZE)
    ax.tick_params(axis="x", length=0)
    ax.set_ylabel("value of the function", size=FONT_SIZE)


def _grey_legend(ax: Axes) -> None:
    """Show the legend's marks in grey, since every group has a colour of its own."""
    legend = ax.get_legend()
    if legend is not None:
        for handle in legend.legend_handles:
            if handle is not None and handle.get_label() != "1-saddle":
                handle.set_color(GREY)  # type: ignore[attr-defined]
