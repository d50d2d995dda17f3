"""A path while it relaxes: the loss along it at several steps, with a slider; drawn by plotly."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.interactive import PANEL_AXIS, InteractiveFigure, base_layout, rounded
from lossbar_core.plotting.style import GREY, MINIMUM, SADDLE
from lossbar_core.plotting.words import number

MAX_FRAMES = 40  # beyond, the slider's steps are too near each other for a finger


def relaxation_figure(
    shares: ArrayLike, losses: ArrayLike, steps: ArrayLike, *, height: int = 450
) -> InteractiveFigure:
    r"""Draw :math:`L(\gamma_s(t))` at recorded steps s of a relaxation; a slider chooses s.

    The first profile stays as a grey line, so that what the relaxation gained can be seen at every step.

    Parameters
    ----------
    shares : (G,) array
        Shares of the arc length, the same at every step.
    losses : (T, G) array
    steps : (T,) array of increasing integers
    height : int
        In CSS pixels; the width is that of the page.

    Returns
    -------
    InteractiveFigure
        A plotly figure; the last line of a notebook cell shows it.

    Raises
    ------
    ValueError
        When shapes do not fit each other, a loss is not finite, or steps do not increase.

    Examples
    --------
    >>> figure = relaxation_figure([0, 0.5, 1], [[0, 2, 0], [0, 1, 0]], [0, 50])
    >>> [step.label for step in figure.layout.sliders[0].steps]
    ['0', '50']
    """
    where, heights, moments = _read(shares, losses, steps)
    kept = np.unique(np.round(np.linspace(0, len(moments) - 1, min(len(moments), MAX_FRAMES))).astype(int))
    heights, moments = heights[kept], moments[kept]
    layout = base_layout(height, _words(heights, moments))
    low, high = float(heights.min()), float(heights.max())
    margin = 0.05 * (high - low or 1.0)
    layout["xaxis"] = {**PANEL_AXIS, "title": {"text": "share of the path's length"}, "range": [0, 1]}
    layout["yaxis"] = {**PANEL_AXIS, "title": {"text": "loss"}, "range": [low - margin, high + margin]}
    layout["margin"] = {"l": 60, "r": 10, "t": 30, "b": 150}
    layout["sliders"] = [_slider(moments)]
    first = go.Scatter(
        x=rounded(where),
        y=rounded(heights[0]),
        mode="lines",
        name=f"step {moments[0]}",
        line={"color": GREY, "dash": "dot", "width": 1.5},
        hoverinfo="skip",
    )
    frames = [_frame(where, row, i == len(moments) - 1) for i, row in enumerate(heights)]
    return InteractiveFigure(data=[first, *frames], layout=layout)


def _frame(where: NDArray[np.float64], heights: NDArray[np.float64], visible: bool) -> go.Scatter:
    """The profile of one step, its highest point marked; only the last is visible at first."""
    top = int(heights.argmax())
    sizes = [0] * len(heights)
    sizes[top] = 10
    return go.Scatter(
        x=rounded(where),
        y=rounded(heights),
        mode="lines+markers",
        name="now",
        visible=visible,
        line={"color": MINIMUM, "width": 2.5},
        marker={"size": sizes, "symbol": "square", "color": SADDLE, "opacity": 1},
        hovertemplate="loss %{y:.4g}<extra></extra>",
    )


def _slider(moments: NDArray[np.int64]) -> dict[str, Any]:
    """A slider that shows the first profile and the one of its step."""
    count = len(moments)
    return {
        "active": count - 1,
        "currentvalue": {"prefix": "step ", "font": {"color": GREY}},
        "pad": {"t": 70},
        "font": {"color": "rgba(0,0,0,0)"},  # labels of all steps would touch; the current one stands above
        "tickcolor": GREY,
        "bordercolor": GREY,
        "steps": [
            {
                "label": str(moment),
                "method": "restyle",
                "args": [{"visible": [True, *(j == i for j in range(count))]}],
            }
            for i, moment in enumerate(moments)
        ],
    }


def _words(heights: NDArray[np.float64], moments: NDArray[np.int64]) -> str:
    return (
        f"Loss along a path while it relaxes: the highest loss goes from {number(heights[0].max())} at step "
        f"{moments[0]} to {number(heights[-1].max())} at step {moments[-1]}."
    )


def _read(
    shares: ArrayLike, losses: ArrayLike, steps: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    where, heights = np.asarray(shares, np.float64), np.asarray(losses, np.float64)
    moments = np.asarray(steps)
    if where.ndim != 1 or heights.shape != (len(moments), where.size) or heights.size == 0:
        raise ValueError(
            f"losses must have a row a step and a column a share, ({len(moments)}, {where.size}), got {heights.shape}."
        )
    if not np.isfinite(heights).all():
        raise ValueError("losses must be finite; leave the steps of a diverged path out.")
    if (np.diff(moments) <= 0).any():
        raise ValueError("steps must increase; sort them with the losses.")
    return where, heights, moments.astype(np.int64)
