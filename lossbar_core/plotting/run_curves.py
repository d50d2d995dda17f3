"""One measured number of several runs against a setting: the mean, and the range of the runs around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from lossbar_core.plotting.panels import stacked
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    PALETTE,
    SMALL_SIZE,
    house_style,
)

LINES: Any = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))
MARKS = ("o", "s", "^", "D", "v")


@dataclass(frozen=True)
class RunPanel:
    """Series over one axis.

    Attributes
    ----------
    y_label : str
    x : (n,) array
    series : mapping from a name to an (n, runs) array
        One column a run.
    references : mapping from a name to an (n,) array
        Thin grey lines, such as a bound.
    title : str
    log_x, log_y : bool
    limits : (low, high) or None
        Of the vertical axis.
    ticks : sequence of float
        Of the horizontal axis; chosen by matplotlib where none are given.
    """

    y_label: str
    x: ArrayLike
    series: Mapping[str, ArrayLike]
    references: Mapping[str, ArrayLike] = field(default_factory=dict)
    title: str = ""
    log_x: bool = True
    log_y: bool = False
    limits: tuple[float, float] | None = None
    ticks: Sequence[float] = ()


@house_style
def plot_runs(panels: Sequence[RunPanel], x_label: str, *, panel_height: float = 2.2) -> list[Axes]:
    """Draw panels one above the other, with one legend above the first.

    Parameters
    ----------
    panels : sequence of RunPanel
        A name has the same look in all of them.
    x_label : str
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel, or a series has not one row a place.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_runs([RunPanel("share", [1, 2], {"a": [[0.1, 0.3], [0.5, 0.5]]})], "M / N")
    >>> axes[0].lines[0].get_ydata().tolist()
    [0.2, 0.5]
    >>> plt.close(axes[0].figure)
    """
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    return stacked(panels, lambda ax, panel: _draw(ax, panel, names), x_label, height=panel_height)


def _draw(ax: Axes, panel: RunPanel, names: Sequence[str]) -> None:
    x = np.asarray(panel.x, dtype=np.float64)
    for name, given in panel.series.items():
        rows = np.asarray(given, dtype=np.float64)
        if rows.ndim != 2 or len(rows) != len(x):
            raise ValueError(
                f"expected an array ({len(x)}, runs) for {name!r}, got shape {rows.shape}; give one row a place"
            )
        k = names.index(name) % len(PALETTE)
        mean = rows.mean(axis=1)
        ax.plot(x, mean, ls=LINES[k], marker=MARKS[k], ms=4.5, lw=1.8, color=PALETTE[k], label=name)
        ax.fill_between(x, rows.min(axis=1), rows.max(axis=1), color=PALETTE[k], alpha=0.18, lw=0)
    for name, line in panel.references.items():
        ax.plot(x, np.asarray(line, dtype=np.float64), color=GREY, lw=1.2, ls=":", label=name)
    if panel.log_x:
        ax.set_xscale("log")
    if panel.log_y:
        ax.set_yscale("log")
    if panel.limits is not None:
        ax.set_ylim(panel.limits)
    if len(panel.ticks):
        ax.xaxis.set_ticks(list(panel.ticks), [f"{tick:g}" for tick in panel.ticks])
        ax.xaxis.set_minor_locator(NullLocator())
    ax.set_title(panel.title, size=FONT_SIZE, loc="left")
    ax.tick_params(labelsize=SMALL_SIZE)
    ax.set_ylabel(panel.y_label, size=FONT_SIZE)
