"""The index as a function of what counts as negative, in two precisions, with the theorem's bound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.panels import stacked
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MAXIMUM,
    MINIMUM,
    SADDLE,
    SMALL_SIZE,
    house_style,
)


@dataclass(frozen=True)
class IndexPanel:
    """Counts of one network.

    Attributes
    ----------
    title : str
    curves : (runs, thresholds) arrays
        In float64 and in float32.
    bound : int
        Of the theorem.
    printed : float or None
        The paper's index.
    """

    title: str
    double: ArrayLike
    single: ArrayLike
    bound: int
    printed: float | None = None


@house_style
def plot_index_curves(
    panels: Sequence[IndexPanel], shares: ArrayLike, *, panel_height: float = 2.0
) -> list[Axes]:
    """Draw one panel a network, all runs of both precisions.

    Parameters
    ----------
    panels : sequence of IndexPanel
    shares : (T,) array
        Thresholds, as shares of the largest eigenvalue.
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel, or a curve has not one count a threshold.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_index_curves([IndexPanel("CNN", [[60, 50]], [[200, 50]], 52)], [1e-16, 1e-8])
    >>> axes[0].get_title(loc="left")
    'CNN'
    >>> plt.close(axes[0].figure)
    """
    places = np.asarray(shares, dtype=np.float64)
    return stacked(
        panels,
        lambda ax, panel: _draw(ax, panel, places),
        "threshold over largest eigenvalue",
        height=panel_height,
        share_x=True,
    )


def _draw(ax: Axes, panel: IndexPanel, places: np.ndarray) -> None:
    looks = (("float32", panel.single, SADDLE, "--"), ("float64", panel.double, MINIMUM, "-"))
    for name, given, colour, line in looks:
        counts = np.atleast_2d(np.asarray(given, dtype=np.float64))
        if counts.shape[1:] != places.shape:
            raise ValueError(
                f"expected {len(places)} counts a run in {panel.title!r}, got shape {counts.shape}; give one a "
                "threshold"
            )
        for i, row in enumerate(counts):
            ax.step(places, row, where="mid", color=colour, ls=line, lw=1.4, label=name if i == 0 else None)
    ax.axhline(panel.bound, color=GREY, lw=1.2, ls=":", label="theorem")
    if panel.printed is not None:
        ax.axhline(panel.printed, color=MAXIMUM, lw=1.2, ls="-.", label="printed")
    ax.set_xscale("log")
    ax.set_ylim(bottom=0)
    ax.set_title(panel.title, size=FONT_SIZE, loc="left")
    ax.set_ylabel("index", size=FONT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE)
