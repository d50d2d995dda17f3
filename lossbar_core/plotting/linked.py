"""Barcode and colour map in one figure: pointing at a bar shows its minimum and saddle; drawn by plotly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.bars import ceiling
from lossbar_core.plotting.interactive import PANEL_AXIS, InteractiveFigure, base_layout, rounded
from lossbar_core.plotting.plane import Plane, choose_bars, read_plane
from lossbar_core.plotting.reading import Bars, read_bars
from lossbar_core.plotting.style import COLOR_MAP, INK, MINIMUM, PAPER, SADDLE
from lossbar_core.plotting.surface import (
    MAX_RESOLUTION,
    checked_resolution,
    color_bar,
    hover_texts,
    mark_size,
    plane_points,
    with_gaps,
)
from lossbar_core.plotting.words import alt_text

BAR_PANEL, MAP_PANEL = {"xaxis": "x", "yaxis": "y"}, {"xaxis": "x2", "yaxis": "y2"}


def linked_figure(
    function: Callable[[Any], Any] | ArrayLike,
    bounds: ArrayLike,
    barcode: Any,
    points: ArrayLike | None = None,
    *,
    top: int | None = None,
    by: str = "persistence",
    resolution: int = 81,
    limits: tuple[float | None, float | None] = (None, None),
    height: int = 680,
    name: str | None = None,
    value_label: str = "value",
) -> InteractiveFigure:
    r"""Draw the barcode above a colour map of :math:`f(x_1, x_2)`; pointing into one shows the bar in both.

    The panels stand one above the other, because side by side they would be too narrow for a phone. The link
    works in the book; elsewhere each mark tells the number of its bar.

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
        Draw at most this many bars.
    by : {"persistence", "size"}
        Which bars come first.
    resolution : int
        Pixels in each direction when a function is evaluated, at most 121.
    limits : pair of float or None
        Values at the ends of the colour map; beyond them colours saturate.
    height : int
        Height in CSS pixels; the width is that of the page.
    name : str, optional
        The function's name, for the alternative text.
    value_label : str
        Label of the colour bar and of the axis of values.

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
    Panels (b) and (c) of BSL figures 2 to 5 in one.

    Examples
    --------
    >>> import lossbar_core as lb
    >>> from lossbar_core.plotting import linked_figure
    >>> grid = [[0.0, 2.0, 1.0], [3.0, 4.0, 3.0]]
    >>> figure = linked_figure(grid, [(0, 1), (0, 2)], lb.grid_barcode(grid))
    >>> figure.layout.meta["link"]
    True
    """
    bars = read_bars(barcode, needs=("minimum", "saddle"))
    plane = read_plane(function, bounds, barcode, points, checked_resolution(resolution))
    plane = plane.thin(MAX_RESOLUTION).clip(limits)
    bars = bars[choose_bars(bars, top, by)]
    texts = hover_texts(bars, plane)
    alt = (
        alt_text(barcode, "barcode", name)
        + " Below it, a colour map with each minimum joined to its 1-saddle."
    )
    layout = base_layout(height, alt, link=True)
    layout |= _axes(plane, len(bars), value_label)
    traces = [*_bar_panel(bars, texts), *_map_panel(bars, plane, texts, value_label)]
    traces += [_highlight(BAR_PANEL), _highlight(MAP_PANEL)]  # the page's script expects them last
    return InteractiveFigure(data=traces, layout=layout)


def _axes(plane: Plane, count: int, label: str) -> dict[str, Any]:
    def titled(text: str, **more: Any) -> dict[str, Any]:
        return {**PANEL_AXIS, "title": {"text": text, "standoff": 6}, **more}

    return {
        "dragmode": False,
        "margin": {"l": 56, "r": 12, "t": 40, "b": 90},
        "hoverdistance": 30,
        "xaxis": titled("bars, ordered by birth", domain=[0, 1], anchor="y", range=[0.2, count + 0.8]),
        "yaxis": titled(label, domain=[0.62, 1.0], anchor="x"),
        "xaxis2": titled("x₁", domain=[0, 1], anchor="y2", range=_ends(plane.x)),
        "yaxis2": titled("x₂", domain=[0.0, 0.48], anchor="x2", range=_ends(plane.y)),
    }


def _ends(positions: NDArray[np.float64]) -> list[float]:
    return [float(positions[0]), float(positions[-1])]


def _bar_panel(bars: Bars, texts: list[str]) -> list[go.Scatter]:
    rank = np.arange(1.0, len(bars) + 1)
    top = ceiling([bars])
    traces = []
    for pick, dash, label in ((~bars.essential, "solid", "bar"), (bars.essential, "dash", "never dies")):
        low = np.stack([rank, bars.birth], 1)[pick]
        high = np.stack([rank, np.minimum(bars.death, top)], 1)[pick]
        line = {"color": MINIMUM, "width": 2, "dash": dash}
        traces.append(_segments(label, low, high, line, BAR_PANEL, showlegend=label == "never dies"))
    traces.append(_marks("minimum", np.stack([rank, bars.birth], 1), texts, BAR_PANEL, MINIMUM, MINIMUM))
    deaths = np.where(bars.essential, np.nan, bars.death)
    traces.append(_marks("1-saddle", np.stack([rank, deaths], 1), texts, BAR_PANEL, SADDLE, SADDLE))
    return [trace for trace in traces if trace.x]


def _map_panel(bars: Bars, plane: Plane, texts: list[str], label: str) -> list[Any]:
    minima, saddles = plane_points(plane, bars, "minimum"), plane_points(plane, bars, "saddle")
    colors = go.Heatmap(
        name="colour map",
        x=rounded(plane.x),
        y=rounded(plane.y),
        z=rounded(plane.values.T, 3),
        colorscale=COLOR_MAP,
        colorbar=color_bar(label) | {"y": -0.1},
        zsmooth="best",
        hoverinfo="skip",
        **MAP_PANEL,
    )
    finite = ~bars.essential
    hull, core = ({"color": INK, "width": 5}, {"color": PAPER, "width": 2})
    traces = [
        _segments("pair", minima[finite], saddles[finite], hull, MAP_PANEL),
        _segments("pair", minima[finite], saddles[finite], core, MAP_PANEL),
        _marks("1-saddle", saddles, texts, MAP_PANEL, INK, PAPER),
        _marks("minimum", minima, texts, MAP_PANEL, PAPER, INK),
    ]
    return [colors, *(trace for trace in traces if trace.x)]


def _segments(
    name: str,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    line: dict[str, Any],
    panel: dict[str, str],
    showlegend: bool = False,
) -> go.Scatter:
    lines = np.stack([start, end, np.full_like(start, np.nan)], 1).reshape(-1, 2)
    x, y = with_gaps(lines[:, 0]), with_gaps(lines[:, 1])
    return go.Scatter(
        name=name, mode="lines", x=x, y=y, line=line, hoverinfo="skip", showlegend=showlegend, **panel
    )


def _marks(
    kind: str, where: NDArray[np.float64], texts: list[str], panel: dict[str, str], face: str, edge: str
) -> go.Scatter:
    """Return one mark a bar; a row of NaN, the saddle of an essential bar, gets none."""
    chosen = np.flatnonzero(~np.isnan(where).any(axis=1))
    symbol = "triangle-up" if kind == "minimum" else "square"
    return go.Scatter(
        name=kind,
        mode="markers",
        x=rounded(where[chosen, 0], 5),
        y=rounded(where[chosen, 1], 5),
        text=[texts[i] for i in chosen],
        customdata=[int(i) + 1 for i in chosen],
        hovertemplate="%{text}<extra></extra>",
        marker={
            "symbol": symbol,
            "size": mark_size(len(texts), 10),
            "color": face,
            "line": {"color": edge, "width": 1.5},
        },
        showlegend=panel is BAR_PANEL,
        cliponaxis=False,
        **panel,
    )


def _highlight(panel: dict[str, str]) -> go.Scatter:
    """Return an empty trace that the page's script moves to the bar under the finger."""
    return go.Scatter(
        name="highlight",
        mode="lines+markers",
        x=[],
        y=[],
        line={"color": SADDLE, "width": 5},
        marker={"symbol": "circle-open", "size": 22, "color": SADDLE, "line": {"width": 4}},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
        **panel,
    )
