"""The surface of a function of two variables, with its bars standing in it; drawn by plotly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.interactive import InteractiveFigure, base_layout, rounded
from lossbar_core.plotting.plane import Plane, choose_bars, read_plane
from lossbar_core.plotting.reading import Bars, read_bars
from lossbar_core.plotting.style import COLOR_MAP, GREY, INK, PAPER, SADDLE, SMALL_SIZE
from lossbar_core.plotting.words import alt_text, bar_label, number

MAX_RESOLUTION = 121  # beyond, a notebook would grow by more than 200 kB for nothing that is visible
LIFT = 0.03  # of the range of values: marks float this far above the surface, or it would hide half of them


def surface_figure(
    function: Callable[[Any], Any] | ArrayLike,
    bounds: ArrayLike,
    barcode: Any,
    points: ArrayLike | None = None,
    *,
    top: int | None = None,
    by: str = "persistence",
    resolution: int = 81,
    limits: tuple[float | None, float | None] = (None, None),
    height: int = 480,
    name: str | None = None,
    value_label: str = "value",
) -> InteractiveFigure:
    r"""Draw the surface :math:`x_3 = f(x_1, x_2)` with its bars, to be turned and touched.

    Over each minimum (diamond) stands its bar, as high as its persistence; from its upper end a line runs to
    the paired 1-saddle (square) at the same height. Pointing at a mark shows birth, death, persistence, size
    and both places.

    Parameters
    ----------
    function : callable (n, 2) -> (n,), or (m, n) array
        The function, or its values with the first index along the first variable.
    bounds : two pairs (low, high)
        The box.
    barcode : Barcode
        With ids of minima and saddles.
    points : (n, 2) array, optional
        Coordinates of the vertices; not needed for `sample_barcode` and `grid_barcode`.
    top : int, optional
        Mark at most this many bars.
    by : {"persistence", "size"}
        Which bars come first.
    resolution : int
        Surface points in each direction when a function is evaluated, at most 121.
    limits : pair of float or None
        The surface is cut off at these values, so that a steep rim does not flatten the rest.
    height : int
        Height in CSS pixels; the width is that of the page.
    name : str, optional
        The function's name, for the alternative text.
    value_label : str
        Label of the vertical axis and of the colour bar.

    Returns
    -------
    InteractiveFigure
        A plotly figure; the last line of a notebook cell shows it.

    Raises
    ------
    TypeError, ValueError
        When shapes do not fit, the barcode has no ids, or the resolution is out of range.

    Notes
    -----
    The form of panel (a) in BSL figures 2 to 5.

    Examples
    --------
    >>> import lossbar_core as lb
    >>> from lossbar_core.plotting import surface_figure
    >>> grid = [[0.0, 2.0, 1.0], [3.0, 4.0, 3.0]]
    >>> figure = surface_figure(grid, [(0, 1), (0, 2)], lb.grid_barcode(grid))
    >>> [trace.name for trace in figure.data]
    ['surface', 'bar', '1-saddle', 'minimum']
    """
    bars = read_bars(barcode, needs=("minimum", "saddle"))
    plane = read_plane(function, bounds, barcode, points, checked_resolution(resolution))
    plane = plane.thin(MAX_RESOLUTION)
    hidden = beyond(plane.values, limits[1])
    plane = plane.clip(limits)
    bars = bars[choose_bars(bars, top, by)]
    layout = base_layout(height, alt_text(barcode, "surface", name))
    layout["scene"] = _scene(plane, value_label)
    layout["margin"]["b"] = 76  # for the colour bar
    lift = LIFT * float(np.ptp(plane.values))
    texts = hover_texts(bars, plane)
    traces = [_surface(plane, hidden, value_label), _stems(bars, plane, lift)]
    finite = ~bars.essential
    traces += _marks(
        bars, plane, finite, plane_points(plane, bars, "saddle"), bars.death + lift, texts, "1-saddle"
    )
    everyone = np.ones(len(bars), bool)
    traces += _marks(
        bars, plane, everyone, plane_points(plane, bars, "minimum"), bars.birth + lift, texts, "minimum"
    )
    return InteractiveFigure(data=traces, layout=layout)


def checked_resolution(resolution: int) -> int:
    """Return the resolution, or say that a notebook should not hold so many points.

    Raises
    ------
    ValueError
        If it is below 2 or too large.
    """
    if not 2 <= resolution <= MAX_RESOLUTION:
        raise ValueError(
            f"resolution must be from 2 to {MAX_RESOLUTION}, got {resolution}; "
            "a larger surface makes the notebook heavy and looks the same."
        )
    return resolution


def beyond(values: NDArray[np.float64], high: float | None) -> NDArray[np.bool_]:
    """Mark what lies above a limit together with all its neighbours: the cut leaves a rim, not a lid."""
    if high is None:
        return np.zeros(values.shape, bool)
    above = np.pad(values > high, 1, constant_values=True)
    n, m = values.shape
    shifts = [above[i : i + n, j : j + m] for i in range(3) for j in range(3)]
    return np.logical_and.reduce(shifts)


def plane_points(plane: Plane, bars: Bars, field: str) -> NDArray[np.float64]:
    """Return (b, 2) coordinates of minima or saddles; NaN for the saddles that essential bars do not have."""
    ids = getattr(bars, field)
    found = np.full((len(bars), 2), np.nan)
    found[ids >= 0] = plane.at(ids[ids >= 0])
    return found


def hover_texts(bars: Bars, plane: Plane) -> list[str]:
    """Return for every bar what pointing at it shows: number, values, size, places of minimum and saddle."""
    minima, saddles = plane_points(plane, bars, "minimum"), plane_points(plane, bars, "saddle")
    texts = []
    for i in range(len(bars)):
        lines = [f"<b>bar {i + 1}</b>", bar_label(bars, i), f"minimum at {place(minima[i])}"]
        if not bars.essential[i]:
            lines.append(f"1-saddle at {place(saddles[i])}")
        texts.append("<br>".join(lines))
    return texts


def place(point: NDArray[np.float64]) -> str:
    """Format coordinates."""
    return f"({number(point[0])}, {number(point[1])})"


def mark_size(count: int, largest: float) -> float:
    """Return the size of marks, smaller the more there are."""
    return round(float(np.clip(180 / count, largest / 2, largest)), 1)


def color_bar(label: str) -> dict[str, Any]:
    """Return a colour bar below the figure, where a narrow page has room for it."""
    return {
        "orientation": "h",
        "y": -0.02,
        "yanchor": "top",
        "thickness": 12,
        "len": 0.8,
        "title": {"text": label, "side": "top"},
        "tickfont": {"size": SMALL_SIZE + 2},
        "outlinewidth": 0,
    }


def _surface(plane: Plane, hidden: NDArray[np.bool_], label: str) -> go.Surface:
    heights = np.where(hidden, np.nan, plane.values).T
    return go.Surface(
        name="surface",
        x=rounded(plane.x),
        y=rounded(plane.y),
        z=[with_gaps(row) for row in rounded(heights)],
        colorscale=COLOR_MAP,
        colorbar=color_bar(label),
        hoverinfo="skip",  # or it would take the touch that is meant for a mark
        contours={axis: {"highlight": False} for axis in "xyz"},
        lighting={"ambient": 0.75, "diffuse": 0.45, "specular": 0.05, "roughness": 0.9},
    )


def _stems(bars: Bars, plane: Plane, lift: float) -> go.Scatter3d:
    """Return the bars as polylines minimum - up to the death - across to the saddle, with gaps between."""
    minima, saddles = plane_points(plane, bars, "minimum"), plane_points(plane, bars, "saddle")
    finite = ~bars.essential
    low, high = (bars.birth + lift)[finite], (bars.death + lift)[finite]
    gap = np.full(len(low), np.nan)
    foot, end = minima[finite], saddles[finite]
    x, y = (np.stack([foot[:, k], foot[:, k], end[:, k], gap], 1).ravel() for k in (0, 1))
    z = np.stack([low, high, high, gap], 1).ravel()
    return go.Scatter3d(
        name="bar",
        mode="lines",
        x=with_gaps(x),
        y=with_gaps(y),
        z=with_gaps(z),
        line={"color": SADDLE, "width": 6},
        hoverinfo="skip",
    )


def with_gaps(values: Any) -> list[float | None]:
    """Round coordinates to five digits and turn NaN into None, which makes a gap."""
    return [None if v != v else v for v in rounded(values, 5)]


def _marks(
    bars: Bars,
    plane: Plane,
    pick: NDArray[np.bool_],
    where: NDArray[np.float64],
    heights: NDArray[np.float64],
    texts: list[str],
    kind: str,
) -> list[go.Scatter3d]:
    if not pick.any():
        return []
    symbol, face, edge = ("square", INK, PAPER) if kind == "1-saddle" else ("diamond", PAPER, INK)
    chosen = np.flatnonzero(pick)
    return [
        go.Scatter3d(
            name=kind,
            mode="markers",
            x=rounded(where[chosen, 0], 5),
            y=rounded(where[chosen, 1], 5),
            z=rounded(heights[chosen], 5),
            text=[texts[i] for i in chosen],
            customdata=[int(i) + 1 for i in chosen],
            hovertemplate="%{text}<extra></extra>",
            marker={
                "symbol": symbol,
                "size": mark_size(len(bars), 6),
                "color": face,
                "line": {"color": edge, "width": 2},
            },
        )
    ]


def _scene(plane: Plane, label: str) -> dict[str, Any]:
    axis = {
        "color": GREY,
        "gridcolor": GREY,
        "zerolinecolor": GREY,
        "showbackground": False,
        "showspikes": False,
        "nticks": 5,
        "tickfont": {"size": SMALL_SIZE + 1},
    }
    wide, deep = np.ptp(plane.x), np.ptp(plane.y)
    ratio = np.clip([wide / max(wide, deep), deep / max(wide, deep)], 0.4, 1.0)
    return {
        "xaxis": {**axis, "title": {"text": "x₁"}},
        "yaxis": {**axis, "title": {"text": "x₂"}},
        "zaxis": {**axis, "title": {"text": label}},
        "aspectmode": "manual",
        "aspectratio": {"x": round(float(ratio[0]), 3), "y": round(float(ratio[1]), 3), "z": 0.5},
        "camera": {"eye": {"x": -0.8, "y": -1.1, "z": 1.6}, "center": {"x": 0, "y": 0, "z": -0.1}},
        "dragmode": "turntable",
    }
