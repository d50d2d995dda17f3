"""The discrete Morse complex of a function of two variables: critical cells and gradient paths."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.correspondence import MAP_SHARE, draw_map, draw_polylines, map_height
from lossbar_core.plotting.plane import Plane, check_limits, read_plane
from lossbar_core.plotting.reading import read_bounds
from lossbar_core.plotting.style import FONT_SIZE, INK, PAPER, house_style, legend_above, new_axes

KINDS = (("minimum", "^", PAPER, INK), ("saddle", "s", INK, PAPER), ("maximum", "D", PAPER, INK))


@house_style
def plot_morse(
    complex: Any,
    *,
    bounds: ArrayLike | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    value_label: str = "value of the function",
    ax: Axes | None = None,
) -> Axes:
    r"""Draw critical cells by index, and the gradient paths that :math:`\partial_1` counts.

    Triangles are minima (index 0), squares saddles (index 1), diamonds maxima (index 2); the paths descend
    from saddles to minima.

    Parameters
    ----------
    complex : MorseComplex
        Of a 2-D grid, from `lossbar_core.barcodes.morse.morse_complex`: its ``gradient.values``, ``cells``,
        ``gradient.centre`` and ``separatrices()`` are read.
    bounds : two pairs (low, high), optional
        Coordinates of the first and last rows and columns (default: the array's indices).
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
    TypeError
        When it is no Morse complex.
    ValueError
        When the bounds or the limits are not increasing pairs.

    Notes
    -----
    The complex of BSL appendix 6.1.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lossbar_core.barcodes.morse import morse_complex
    >>> from lossbar_core.plotting import plot_morse
    >>> ax = plot_morse(morse_complex([[0.0, 2.0, 1.0], [4.0, 5.0, 3.0]]))
    >>> plt.close(ax.figure)
    """
    missing = [name for name in ("gradient", "cells", "separatrices") if not hasattr(complex, name)]
    if missing:
        raise TypeError(
            f"complex must be a MorseComplex, got {type(complex).__name__}; use morse_complex(array)."
        )
    check_limits(limits)
    gradient = complex.gradient
    box = [(0.0, max(n - 1.0, 1.0)) for n in gradient.values.shape] if bounds is None else read_bounds(bounds)
    plane = read_plane(gradient.values, box, None, None, 2)
    cells = [_to_coordinates(gradient.centre(of_index), plane) for of_index in complex.cells]
    paths = [_to_coordinates(path, plane) for pair in complex.separatrices() for path in pair]
    ax = new_axes(ax, height=map_height(plane))
    draw_map(ax, plane, limits, value_label)
    draw_polylines(ax, paths, 1.4, "gradient path")
    _draw_cells(ax, cells)
    ax.set_xlabel("$x_1$", size=FONT_SIZE)
    ax.set_ylabel("$x_2$", size=FONT_SIZE)
    legend_above(ax, MAP_SHARE)
    return ax


def _to_coordinates(places: ArrayLike, plane: Plane) -> NDArray[np.float64]:
    """Turn (row, column) in pixels, with halves at edges and squares, into the function's arguments."""
    low = np.array([plane.x[0], plane.y[0]])
    high = np.array([plane.x[-1], plane.y[-1]])
    return low + np.asarray(places) / (np.array(plane.values.shape) - 1) * (high - low)


def _draw_cells(ax: Axes, cells: list[NDArray[np.float64]]) -> None:
    size = float(np.clip(160 / max(1, sum(map(len, cells))), 4.0, 9.0))
    look: dict[str, Any] = {"ls": "", "mew": 1.1, "zorder": 4, "clip_on": False}
    for places, (label, marker, face, edge) in zip(cells, KINDS, strict=True):
        if len(places):
            # a diamond of the same size would look larger than the others
            scale = 0.8 if marker == "D" else 1.0
            ax.plot(*places.T, marker=marker, ms=scale * size, mfc=face, mec=edge, label=label, **look)
