"""Paths over the map of a function of two variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.correspondence import MAP_SHARE, MAX_PIXELS, draw_map, map_height
from lossbar_core.plotting.plane import read_plane
from lossbar_core.plotting.style import FONT_SIZE, INK, PAPER, house_style, legend_above, new_axes

LINES = ("-", (0, (4, 1.6)), (0, (1, 1.4)), (0, (6, 1.4, 1, 1.4)))  # in dashes of the line's width


@house_style
def plot_routes(
    function: Callable[[Any], Any] | ArrayLike,
    bounds: ArrayLike,
    routes: Mapping[str, ArrayLike | list[ArrayLike]],
    *,
    minima: ArrayLike | None = None,
    saddles: ArrayLike | None = None,
    pivots: bool = True,
    resolution: int = 201,
    limits: tuple[float | None, float | None] = (None, None),
    value_label: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """Draw paths on a colour map, each kind with its own dashes.

    Parameters
    ----------
    function : callable (n, 2) -> (n,), or (m, n) array
        The function, or its values with the first index along the first variable.
    bounds : two pairs (low, high)
    routes : mapping from a label to an (N, 2) array, or to a list of them
        At most four labels: there are four kinds of lines that can be told apart on a phone.
    minima, saddles : (k, 2) arrays, optional
        Marked as triangles and squares.
    pivots : bool
        Mark the points that a path is made of.
    resolution : int
        Pixels in each direction when a function is evaluated.
    limits : pair of float or None
        Values at the ends of the colour map.
    value_label : str
        Label of the colour bar.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there are more than four labels, or a path is no (N, 2) array.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_routes(lambda x: x[:, 0], [(0, 1), (0, 1)], {"start": [[0, 0], [1, 1]]}, resolution=5)
    >>> [line.get_label() for line in ax.lines]
    ['start']
    >>> plt.close(ax.figure)
    """
    if len(routes) > len(LINES):
        raise ValueError(f"expected at most {len(LINES)} kinds of paths, got {len(routes)}; leave some out")
    plane = read_plane(function, bounds, None, np.empty((0, 2)), resolution).thin(MAX_PIXELS)
    ax = new_axes(ax, height=map_height(plane))
    draw_map(ax, plane, limits, value_label)
    for look, (label, given) in zip(LINES, routes.items(), strict=False):
        for i, path in enumerate(_paths(given, label)):
            hull = [patheffects.withStroke(linewidth=3.4, foreground=INK)]
            options: dict[str, Any] = {"marker": "o", "ms": 3.2, "mec": INK, "mew": 0.5} if pivots else {}
            name = label if i == 0 else f"_{label}"
            ax.plot(*path.T, ls=look, lw=1.7, color=PAPER, path_effects=hull, label=name, **options)
    marks: dict[str, Any] = {"ls": "", "mew": 1.1, "zorder": 4}
    if saddles is not None:
        ax.plot(
            *_points(saddles, "saddles").T, marker="s", ms=7, mfc=INK, mec=PAPER, label="1-saddle", **marks
        )
    if minima is not None:
        ax.plot(*_points(minima, "minima").T, marker="^", ms=9, mfc=PAPER, mec=INK, label="minimum", **marks)
    ax.set_xlim(plane.x[0], plane.x[-1])
    ax.set_ylim(plane.y[0], plane.y[-1])
    ax.set_xlabel("$x$", size=FONT_SIZE)
    ax.set_ylabel("$y$", size=FONT_SIZE)
    legend_above(ax, MAP_SHARE)
    return ax


def _paths(given: Any, label: str) -> list[np.ndarray]:
    """One path or several, as arrays."""
    several = isinstance(given, list) and np.ndim(given[0]) == 2
    return [_points(path, label) for path in (given if several else [given])]


def _points(given: Any, label: str) -> np.ndarray:
    points = np.asarray(given, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"expected {label!r} as an (N, 2) array, got shape {points.shape}; give points of the plane"
        )
    return points
