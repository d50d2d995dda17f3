"""Legends of figures with several panels."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes


def legend_outside(ax: Axes, columns: int = 3) -> None:
    """One legend for all panels of a figure, above them, so that it leaves their titles alone; each name once."""
    figure: Any = ax.figure
    known: dict[str, Any] = {}
    for panel in figure.axes:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            known.setdefault(label, handle)
    look: Any = {"handlelength": 1.5, "columnspacing": 1.0, "handletextpad": 0.4}
    figure.legend(known.values(), known, loc="outside upper left", ncols=min(columns, len(known)), **look)
