"""Persistence diagrams: a point (birth, death) for every bar."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle

from lossbar_core.plotting.reading import Bars, read_bars
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


@house_style
def plot_diagram(
    barcode: Any,
    ax: Axes | None = None,
    *,
    reference: Any | None = None,
    tolerance: float | None = None,
    label: str = "computed",
    reference_label: str = "reference",
) -> Axes:
    r"""Draw the persistence diagram: the points :math:`(\mathrm{birth}, \mathrm{death})` above the diagonal.

    Essential bars lie on a line marked with the sign of infinity at the top.

    Parameters
    ----------
    barcode : Barcode or (b, 2) array
        Bars in the units of the function's values.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    reference : Barcode or (b, 2) array, optional
        A second diagram, drawn as open rings around the points it is compared with.
    tolerance : float, optional
        Half the side of the square around each finite reference point, and the band at the diagonal: a
        bottleneck distance (sup norm) of at most this puts every point into a square or into the band.
    label, reference_label : str
        Names in the legend, shown when there is a reference.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        When a barcode is not one or has no bar; when the tolerance is not positive or has no reference.

    Notes
    -----
    The bottleneck distance is the one of BSL section 4.1.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lossbar_core.plotting import plot_diagram
    >>> ax = plot_diagram([[0.0, float("inf")], [1.0, 3.0]])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('birth', 'death')
    >>> plt.close(ax.figure)
    """
    bars = read_bars(barcode)
    other = None if reference is None else read_bars(reference, "reference")
    if tolerance is not None and (other is None or not tolerance > 0):
        raise ValueError(f"tolerance must be positive and needs a reference, got {tolerance!r}.")
    ax = new_axes(ax, height=4.6)
    low, high = _limits([bars] if other is None else [bars, other])
    infinity = high + 0.1 * (high - low)
    ax.plot([low, high], [low, high], "-", color=GREY, lw=1, zorder=1)
    if other is not None:
        if tolerance is not None:
            _draw_tolerance(ax, other, tolerance, low, high)
        _draw_points(ax, other, infinity, "o", SADDLE, reference_label, ring=True)
    _draw_points(ax, bars, infinity, "o", MINIMUM, label, ring=False)
    if bars.essential.any() or (other is not None and other.essential.any()):
        _draw_infinity(ax, low, infinity)
    ax.set_aspect("equal")
    ax.set_xlim(low, high)
    ax.set_ylim(low, infinity + 0.05 * (high - low))
    ax.set_xlabel("birth", size=FONT_SIZE)
    ax.set_ylabel("death", size=FONT_SIZE)
    if other is not None:
        legend_above(ax)
    return ax


def _limits(diagrams: list[Bars]) -> tuple[float, float]:
    spans = [bars.span() for bars in diagrams]
    low, high = min(s[0] for s in spans), max(s[1] for s in spans)
    margin = 0.06 * (high - low) if high > low else max(1.0, abs(high))
    return low - margin, high + margin


def _draw_points(
    ax: Axes, bars: Bars, infinity: float, marker: str, color: str, label: str, ring: bool
) -> None:
    death = np.where(bars.essential, infinity, bars.death)
    size = float(np.clip(400 / len(bars), 3.0, 7.0))
    look = {"mfc": "none", "ms": size + 4.5, "mew": 1.6} if ring else {"ms": size, "mew": 0}
    ax.plot(bars.birth, death, ls="", marker=marker, color=color, label=label, zorder=3, **look)


def _draw_infinity(ax: Axes, low: float, infinity: float) -> None:
    ax.axhline(infinity, color=GREY, lw=1, ls="--", zorder=1)
    ax.annotate(
        r"$\infty$",
        (0, infinity),
        xycoords=ax.get_yaxis_transform(),
        xytext=(-6, 0),
        textcoords="offset points",
        ha="right",
        va="center",
        size=SMALL_SIZE + 4,
        color=GREY,
    )


def _draw_tolerance(ax: Axes, reference: Bars, radius: float, low: float, high: float) -> None:
    finite = reference[~reference.essential]
    corners = zip(finite.birth - radius, finite.death - radius, strict=True)
    squares = [Rectangle(corner, 2 * radius, 2 * radius) for corner in corners]
    ax.add_collection(PatchCollection(squares, facecolor="none", edgecolor=SADDLE, linewidth=1, zorder=2))
    ends = np.array([low, high])
    ax.fill_between(ends, ends, ends + 2 * radius, color=GREY, alpha=0.25, lw=0, zorder=0)
