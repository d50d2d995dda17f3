"""Choose a bar of a network: its three fits, and the loss along the path between them; drawn by plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike

from lossbar_core.plotting.fits import FIT_LOOKS, bar_name, check_fits, way
from lossbar_core.plotting.interactive import PANEL_AXIS, InteractiveFigure, base_layout, rounded
from lossbar_core.plotting.style import GREY, MINIMUM, SADDLE

DASHES = {"-": "solid", "--": "dash", "-.": "dashdot", ":": "dot"}
PANELS = ({"xaxis": "x", "yaxis": "y"}, {"xaxis": "x2", "yaxis": "y2"}, {"xaxis": "x3", "yaxis": "y3"})
DOMAINS = ([0.74, 1.0], [0.39, 0.63], [0.0, 0.27])  # of the three panels, from the top


@dataclass(frozen=True)
class Escape:
    """A bar: its ends, the fits at its minimum, saddle and swallower, and the loss along a path that leaves it."""

    birth: float
    death: float
    fits: Mapping[str, ArrayLike]
    profile: ArrayLike


def escape_figure(
    x: ArrayLike,
    target: ArrayLike,
    escapes: Sequence[Escape],
    *,
    name: str = "the network",
    height: int = 760,
) -> InteractiveFigure:
    """Draw bars, fits and the loss along paths, one above the other; a list chooses the bar that is shown.

    Parameters
    ----------
    x, target : (n,) arrays
        Inputs, and what the network should predict there.
    escapes : sequence of Escape
        In the order of the bars.
    name : str
        For the alternative text.
    height : int
        Height in CSS pixels; the width is that of the page.

    Returns
    -------
    InteractiveFigure

    Raises
    ------
    ValueError
        If there is no bar, or a fit has another length than x.

    Examples
    --------
    >>> escape = Escape(0.1, 0.4, {"minimum": [0.0, 1.0]}, [0.1, 0.4, 0.05])
    >>> figure = escape_figure([0.0, 1.0], [0.0, 0.9], [escape])
    >>> figure.layout.updatemenus[0].buttons[0].label
    'bar 1: 0.100 to 0.400'
    """
    if not escapes:
        raise ValueError("expected one bar or more, got none; pass a list of Escape")
    wanted = check_fits(x, target, {})[1]["target"]
    shared = [*_bars(escapes), _line("target", x, wanted, GREY, "-", 6, 1)]
    groups = [_escape(x, target, escape, i) for i, escape in enumerate(escapes)]
    first = len(shared)
    traces = shared + [trace for group in groups for trace in group]
    for trace in traces[first + len(groups[0]) :]:
        trace.visible = False
    layout = base_layout(height, _alt(escapes, name))
    layout |= _axes(len(escapes)) | {"updatemenus": [_menu(escapes, first, [len(g) for g in groups])]}
    return InteractiveFigure(data=traces, layout=layout)


def _alt(escapes: Sequence[Escape], name: str) -> str:
    ends = f"births from {min(e.birth for e in escapes):.2f}, upper ends up to {max(e.death for e in escapes):.2f}"
    return (
        f"{len(escapes)} bars of {name} with {ends}. For the chosen bar, three curves over the target and the loss "
        "along a path from its minimum to its swallower."
    )


def _bars(escapes: Sequence[Escape]) -> list[go.Scatter]:
    x: list[Any] = []
    y: list[Any] = []
    for i, escape in enumerate(escapes, start=1):
        x += [i, i, None]
        y += [*rounded([escape.birth, escape.death]), None]
    return [
        go.Scatter(
            name="bars",
            mode="lines",
            x=x,
            y=y,
            line={"color": GREY, "width": 2},
            hoverinfo="skip",
            showlegend=False,
            **PANELS[0],
        )
    ]


def _escape(x: ArrayLike, target: ArrayLike, escape: Escape, i: int) -> list[go.Scatter]:
    """Traces of one bar: the bar itself, its fits, its path and the level of its death."""
    _, curves = check_fits(x, target, escape.fits)
    traces = [_line("chosen bar", [i + 1, i + 1], [escape.birth, escape.death], MINIMUM, "-", 6, 0)]
    for name, values in list(curves.items())[1:]:
        color, line = FIT_LOOKS.get(name, (GREY, ":"))
        traces.append(_line(name, x, values, color, line, 2.5, 1))
    profile = np.asarray(escape.profile, dtype=np.float64)
    traces.append(_line("loss on the path", way(profile), profile, MINIMUM, "-", 2.5, 2))
    traces.append(_line("death in the cloud", [0.0, 1.0], [escape.death] * 2, SADDLE, "--", 1.5, 2))
    return traces


def _line(name: str, x: Any, y: Any, color: str, line: str, width: float, panel: int) -> go.Scatter:
    return go.Scatter(
        name=name,
        mode="lines",
        x=rounded(x, 3),
        y=rounded(y),
        line={"color": color, "width": width, "dash": DASHES[line]},
        opacity=0.5 if name == "target" else 1.0,
        showlegend=panel > 0,
        hovertemplate="%{y:.3f}<extra>" + name + "</extra>",
        **PANELS[panel],
    )


def _menu(escapes: Sequence[Escape], first: int, lengths: Sequence[int]) -> dict[str, Any]:
    owner = np.repeat(np.arange(len(lengths)), lengths)
    buttons = [
        {
            "method": "update",
            "label": bar_name(i + 1, escape.birth, escape.death),
            "args": [{"visible": [True] * first + (owner == i).tolist()}],
        }
        for i, escape in enumerate(escapes)
    ]
    return {
        "buttons": buttons,
        "x": 0,
        "xanchor": "left",
        "y": 1.02,
        "yanchor": "bottom",
        "bgcolor": "#ffffff",  # the list opens over the figure, so it has a ground of its own
        "font": {"color": "#000000"},
        "pad": {"b": 4},
    }


def _axes(count: int) -> dict[str, Any]:
    titles = (("bars, ordered by birth", "loss"), ("input x", "output"), ("way along the path", "loss"))
    layout: dict[str, Any] = {"dragmode": False, "margin": {"l": 56, "r": 12, "t": 56, "b": 140}}
    layout["legend"] = {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top"}  # the list is above
    for i, ((below, beside), domain) in enumerate(zip(titles, DOMAINS, strict=True)):
        number = "" if i == 0 else str(i + 1)
        layout[f"xaxis{number}"] = {
            **PANEL_AXIS,
            "title": {"text": below, "standoff": 4},
            "anchor": f"y{number}",
        }
        layout[f"yaxis{number}"] = {
            **PANEL_AXIS,
            "title": {"text": beside, "standoff": 6},
            "anchor": f"x{number}",
            "domain": domain,
        }
    layout["xaxis"] |= {"range": [0.4, count + 0.6], "dtick": 1}
    return layout
