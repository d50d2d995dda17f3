"""Legends of figures with several panels."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes


def legend_outside(ax: Axes, columns: int = 3) -> None:
    """The legend of one panel above the whole figure, so that it leaves the panels' titles alone."""
    handles, labels = ax.get_legend_handles_labels()
    look: Any = {"handlelength": 1.5, "columnspacing": 1.0, "handletextpad": 0.4}
    figure: Any = ax.figure
    figure.legend(handles, labels, loc="outside upper left", ncols=min(columns, len(labels)), **look)
