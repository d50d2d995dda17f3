"""Which 1-saddle belongs to which minimum: segments on a colour map."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.plane import Plane, check_limits, choose_bars, read_plane
from lossbar_core.plotting.reading import Bars, read_bars
from lossbar_core.plotting.style import (
    COLOR_MAP,
    FONT_SIZE,
    GREY,
    INK,
    PAPER,
    SMALL_SIZE,
    house_style,
    legend_above,
    new_axes,
)

MAP_SHARE = 0.85  # of the width that axes have before their colour bar takes its part
MAX_PIXELS = 241  # in each direction: finer than a page can show, and an SVG file holds every one


@house_style
def plot_correspondence(
    function: Callable[[Any], Any] | ArrayLike,
    barcode: Any,
    points: ArrayLike | None = None,
    bounds: ArrayLike | None = None,
    top: int | None = None,
    *,
    by: str = "persistence",
    paths: bool = False,
    resolution: int = 201,
    limits: tuple[float | None, float | None] = (None, None),
    value_label: str = "value of the function",
    ax: Axes | None = None,
) -> Axes:
    r"""Draw a colour map of :math:`f(x_1, x_2)` with a segment from each minimum to its paired 1-saddle.

    Parameters
    ----------
    function : callable (n, 2) -> (n,), or (m, n) array
        The function, or its values with the first index along the first variable.
    barcode : Barcode
        Computed from samples (with points) or from the same grid.
    points : (n, 2) array, optional
        Coordinates of the vertices; not needed for `sample_barcode` and `grid_barcode`.
    bounds : two pairs (low, high)
        The box; for an array, the coordinates of its first and last rows and columns (default: its indices).
    top : int, optional
        Draw at most this many bars; None draws all.
    by : {"persistence", "size"}
        Which bars come first: the longest, or those with the most points when they die.
    paths : bool
        Follow the descending path of the graph (``barcode.path``) instead of a straight segment.
    resolution : int
        Pixels in each direction when a function is evaluated.
    limits : pair of float or None
        Values at the ends of the colour map; beyond them colours saturate.
    value_label : str
        Label of the colour bar.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        When shapes do not fit, ids lie outside the points, or the barcode has no ids.

    Notes
    -----
    The form of panel (b) in BSL figures 2 to 5; the authors select the bars of figure 3 by size.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import lossbar_core as lb
    >>> from lossbar_core.plotting import plot_correspondence
    >>> grid = [[0.0, 2.0, 1.0], [3.0, 4.0, 3.0]]
    >>> ax = plot_correspondence(grid, lb.grid_barcode(grid))
    >>> plt.close(ax.figure)
    """
    bars = read_bars(barcode, needs=("minimum", "saddle"))
    check_limits(limits)
    if bounds is None:
        bounds = _index_bounds(function)
    plane = read_plane(function, bounds, barcode, points, resolution).thin(MAX_PIXELS)
    pick = choose_bars(bars, top, by)
    lines = _lines(barcode, bars, pick, plane, paths)
    ax = new_axes(ax, height=map_height(plane))
    draw_map(ax, plane, limits, value_label)
    draw_pairs(ax, plane, bars[pick], lines)
    ax.set_xlim(plane.x[0], plane.x[-1])
    ax.set_ylim(plane.y[0], plane.y[-1])
    ax.set_xlabel("$x_1$", size=FONT_SIZE)
    ax.set_ylabel("$x_2$", size=FONT_SIZE)
    legend_above(ax, MAP_SHARE)
    return ax


def draw_pairs(ax: Axes, plane: Plane, bars: Bars, lines: list[NDArray[np.float64]]) -> None:
    """Mark minima and 1-saddles over a colour map, joined by the given polylines."""
    size = float(np.clip(150 / len(bars), 4.5, 9.0))
    draw_polylines(ax, lines, size / 4, "pair")
    saddles = plane.at(bars.saddle[~bars.essential])
    minima = plane.at(bars.minimum)
    inside = (minima >= [plane.x[0], plane.y[0]]) & (minima <= [plane.x[-1], plane.y[-1]])
    look: dict[str, Any] = {"ls": "", "mew": 1.1, "clip_on": not inside.all()}  # whole marks at the border
    if len(saddles):
        ax.plot(
            *saddles.T, marker="s", ms=size * 0.85, mfc=INK, mec=PAPER, label="1-saddle", zorder=3, **look
        )
    ax.plot(*minima.T, marker="^", ms=size, mfc=PAPER, mec=INK, label="minimum", zorder=4, **look)


def draw_polylines(ax: Axes, lines: list[NDArray[np.float64]], width: float, label: str) -> None:
    """Draw lines that stand out from every colour of the map and from every page: white in a black hull."""
    if lines:
        hull = [patheffects.withStroke(linewidth=width + 1.8, foreground=INK)]
        look: dict[str, Any] = {"path_effects": hull, "zorder": 2}
        ax.add_collection(LineCollection(lines, colors=PAPER, linewidths=width, capstyle="round", **look))
        # A collection loses its hull in the legend, a line keeps it.
        ax.plot([], [], "-", color=PAPER, lw=1.8, label=label, **look)


def _index_bounds(function: Any) -> list[tuple[float, float]]:
    if callable(function):
        raise ValueError("bounds must be given with a function, got None; pass two pairs (low, high).")
    return [(0.0, max(n - 1.0, 1.0)) for n in np.shape(function)]


def _lines(
    barcode: Any, bars: Bars, pick: NDArray[np.int64], plane: Plane, paths: bool
) -> list[NDArray[np.float64]]:
    finite = [int(i) for i in pick if not bars.essential[i]]
    if not paths:
        ends = [np.array([bars.minimum[i], bars.saddle[i]]) for i in finite]
        return [plane.at(pair) for pair in ends]
    if not hasattr(barcode, "path"):
        raise ValueError("paths=True needs a barcode that knows its graph (bc.path); use paths=False.")
    lines = []
    for i in finite:
        way = np.asarray(barcode.path(i), dtype=np.int64)
        end = int(np.flatnonzero(way == bars.saddle[i])[0])  # beyond the saddle it goes down to the swallower
        lines.append(plane.at(way[: end + 1]))
    return lines


def map_height(plane: Plane) -> float:
    """Choose a height at which a map of equal scales fills the width beside its colour bar."""
    ratio = (plane.y[-1] - plane.y[0]) / (plane.x[-1] - plane.x[0])
    return float(np.clip(0.75 + 3.7 * ratio, 2.6, 5.2))


def draw_map(ax: Axes, plane: Plane, limits: tuple[float | None, float | None], label: str) -> None:
    """Colours of a function over its box, with a bar of them that says which value is which."""
    dx, dy = (plane.x[1] - plane.x[0]) / 2, (plane.y[1] - plane.y[0]) / 2
    extent = (plane.x[0] - dx, plane.x[-1] + dx, plane.y[0] - dy, plane.y[-1] + dy)
    ratio = (plane.y[-1] - plane.y[0]) / (plane.x[-1] - plane.x[0])
    low, high = limits
    image = ax.imshow(
        plane.values.T,
        extent=extent,
        origin="lower",
        cmap=COLOR_MAP,
        vmin=low,
        vmax=high,
        interpolation="none",  # SVG then stores the pixels as they are, in a fifth of the bytes
        aspect="equal" if 0.4 <= ratio <= 2.5 else "auto",
    )
    beyond = {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}
    cut = low is not None and plane.values.min() < low, high is not None and plane.values.max() > high
    scale = ax.figure.colorbar(image, ax=ax, extend=beyond[cut], shrink=0.9, pad=0.02)
    scale.set_label(label, size=FONT_SIZE, color=GREY)
    scale.ax.tick_params(labelsize=SMALL_SIZE)
    scale.outline.set_edgecolor(GREY)
