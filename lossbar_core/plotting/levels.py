"""Measured means against the level of the loss, with error bars, beside a printed curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MINIMUM,
    SADDLE,
    SMALL_SIZE,
    WIDTH,
    house_style,
    legend_above,
)

MARK_LINES = (":", (0, (5, 1, 1, 1)))


@dataclass(frozen=True)
class LevelPanel:
    """One quantity against the level.

    Attributes
    ----------
    y_label : str
    levels, mean, bar : (n,) arrays
        Levels, means and half the length of the error bars; NaN leaves a gap.
    paper : (m, 2) array or None
        Level and value of a printed curve.
    log_x, log_y : bool
    limits : (low, high) or None
        Of the levels that are shown.
    ticks, y_ticks : sequence of float
        Labels of the axes; chosen by matplotlib where none are given.
    """

    y_label: str
    levels: ArrayLike
    mean: ArrayLike
    bar: ArrayLike
    paper: ArrayLike | None = None
    log_x: bool = True
    log_y: bool = False
    limits: tuple[float, float] | None = None
    ticks: Sequence[float] = field(default=())
    y_ticks: Sequence[float] = field(default=())


@house_style
def plot_levels(
    panels: Sequence[LevelPanel],
    *,
    marks: Mapping[str, float] | None = None,
    ours: str = "this run",
    panel_height: float = 2.1,
) -> list[Axes]:
    """Draw panels one above the other, ours with error bars, the paper's dashed.

    Parameters
    ----------
    panels : sequence of LevelPanel
    marks : mapping from a name to a level, optional
        Thin vertical lines, for instance the loss of the best constant.
    ours : str
        Name of the measured means.
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel, or levels, means and bars of one differ in length.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_levels([LevelPanel("beads", [0.01, 0.1], [14, 5], [1, 1], log_y=True)])
    >>> axes[0].get_ylabel()
    'beads'
    >>> plt.close(axes[0].figure)
    """
    if not panels:
        raise ValueError("expected at least one panel, got none; pass [LevelPanel(...)]")
    axes = plt.subplots(len(panels), 1, squeeze=False, figsize=(WIDTH, panel_height * len(panels) + 0.8))[1][
        :, 0
    ]
    for ax, panel in zip(axes, panels, strict=True):
        _draw_panel(ax, panel, ours)
        for (name, level), line in zip((marks or {}).items(), MARK_LINES, strict=False):
            if panel.limits is None or panel.limits[0] <= level <= panel.limits[1]:
                ax.axvline(level, color=GREY, lw=1.2, ls=line, zorder=1, label=name)
    axes[-1].set_xlabel("level $L_0$ of the loss", size=FONT_SIZE)
    legend_above(axes[0])
    axes[0].figure.align_ylabels(list(axes))
    return list(axes)


def _draw_panel(ax: Axes, panel: LevelPanel, ours: str) -> None:
    levels, mean, bar = (np.asarray(part, dtype=np.float64) for part in (panel.levels, panel.mean, panel.bar))
    if not levels.shape == mean.shape == bar.shape or levels.ndim != 1:
        raise ValueError(
            f"expected levels, means and bars of one length in {panel.y_label!r}, got {levels.shape}, {mean.shape} "
            f"and {bar.shape}; give one of each a level"
        )
    if panel.paper is not None:
        curve = _shown(np.asarray(panel.paper, dtype=np.float64), panel.limits)
        ax.plot(*curve.T, color=SADDLE, ls="--", marker="s", ms=4, lw=1.4, label="paper's plot", zorder=2)
    points = _shown(np.stack([levels, mean, bar], axis=1), panel.limits)
    look: Any = {"color": MINIMUM, "marker": "o", "ms": 5, "capsize": 3, "lw": 1.6, "elinewidth": 1.4}
    ax.errorbar(*points.T, label=ours, zorder=3, **look)
    if panel.log_x:
        ax.set_xscale("log")
    if panel.log_y:
        ax.set_yscale("log")
    if panel.limits is not None:
        ax.set_xlim(panel.limits)
    for axis, ticks in ((ax.xaxis, panel.ticks), (ax.yaxis, panel.y_ticks)):
        if len(ticks):
            axis.set_ticks(list(ticks), [f"{tick:g}" for tick in ticks])
            axis.set_minor_locator(NullLocator())
    ax.tick_params(labelsize=SMALL_SIZE)
    ax.set_ylabel(panel.y_label, size=FONT_SIZE)


def _shown(rows: np.ndarray, limits: tuple[float, float] | None) -> np.ndarray:
    """Rows whose level, the first column, is inside the limits."""
    if limits is None:
        return rows
    return rows[(rows[:, 0] >= limits[0]) & (rows[:, 0] <= limits[1])]
