"""Figures of panels one above the other, with one legend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lossbar_core.plotting.style import FONT_SIZE, WIDTH

LEGEND = 0.8  # inches beside the panels: the legend and the label of the axis
Panel = TypeVar("Panel")


def stacked(
    panels: Sequence[Panel],
    draw: Callable[[Axes, Panel], None],
    x_label: str,
    *,
    height: float,
    share_x: bool = False,
) -> list[Axes]:
    """Draw panels one above the other, with one label below the last and one legend above the first.

    Parameters
    ----------
    panels : sequence
    draw : callable
        Draws one of them.
    x_label : str
    height : float
        Of a panel, in inches.
    share_x : bool

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel.

    Examples
    --------
    >>> axes = stacked([1, 2], lambda ax, slope: ax.plot([0, slope], label=str(slope)), "steps", height=2.0)
    >>> len(axes), axes[1].get_xlabel()
    (2, 'steps')
    >>> plt.close(axes[0].figure)
    """
    if not panels:
        raise ValueError("expected at least one panel, got none; pass some")
    size = (WIDTH, height * len(panels) + LEGEND)
    axes = list(plt.subplots(len(panels), 1, squeeze=False, sharex=share_x, figsize=size)[1][:, 0])
    for ax, panel in zip(axes, panels, strict=True):
        draw(ax, panel)
    axes[-1].set_xlabel(x_label, size=FONT_SIZE)
    _legend_outside(axes)
    axes[0].figure.align_ylabels(axes)
    return axes


def _legend_outside(axes: Sequence[Axes], columns: int = 3) -> None:
    """Above all panels, so that it leaves their titles alone; each name once."""
    figure: Any = axes[0].figure
    known: dict[str, Any] = {}
    for panel in axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    look: Any = {"handlelength": 1.5, "columnspacing": 1.0, "handletextpad": 0.4}
    figure.legend(known.values(), known, loc="outside upper left", ncols=min(columns, len(known)), **look)
