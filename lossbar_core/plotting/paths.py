"""Paths between minima: loss and accuracy along them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, PALETTE, WIDTH, house_style, legend_above
from lossbar_core.plotting.sweep import LINES


@dataclass(frozen=True)
class Along:
    """A quantity along a path.

    Attributes
    ----------
    share : (t,) array
        Places, as shares of the length, 0 to 1.
    values : (t,) array
        Losses or accuracies there.
    marked : (t,) bool array, optional
        Places that get a mark, such as the points of the path.
    """

    share: ArrayLike
    values: ArrayLike
    marked: ArrayLike | None = None


@house_style
def plot_paths(
    panels: Mapping[str, Mapping[str, Along]], *, logarithmic: tuple[str, ...] = (), panel_height: float = 2.3
) -> Figure:
    """Draw quantities along paths, one panel for each, one above the other.

    Parameters
    ----------
    panels : mapping from the label of a vertical axis to a mapping from the name of a path to `Along`
        The same name has the same colour and line in every panel.
    logarithmic : labels of panels whose values, all positive, are drawn on a logarithmic axis
    panel_height : float
        In inches.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If there is no panel, arrays differ in length, or a logarithmic panel has a value that is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = plot_paths({"loss": {"straight": Along([0.0, 0.5, 1.0], [1.0, 3.0, 1.0])}})
    >>> figure.axes[0].get_ylabel()
    'loss'
    >>> plt.close(figure)
    """
    if not panels:
        raise ValueError(
            "panels must hold at least one label, got none; pass {'loss': {'straight': Along(...)}}."
        )
    names = list(dict.fromkeys(name for paths in panels.values() for name in paths))
    figure, grid = plt.subplots(
        len(panels), 1, sharex=True, squeeze=False, figsize=(WIDTH, panel_height * len(panels) + 0.9)
    )
    for ax, (label, paths) in zip(grid[:, 0], panels.items(), strict=True):
        for name, along in paths.items():
            _draw(ax, along, name, names.index(name), label in logarithmic)
        if label in logarithmic:
            ax.set_yscale("log")
        ax.set_ylabel(label, size=FONT_SIZE)
    grid[-1, 0].set_xlabel("share of the path's length", size=FONT_SIZE)
    legend_above(grid[0, 0])
    return figure


def _draw(ax: Axes, along: Along, name: str, index: int, positive: bool) -> None:
    share, values = np.asarray(along.share, np.float64), np.asarray(along.values, np.float64)
    if share.ndim != 1 or share.shape != values.shape:
        raise ValueError(
            f"expected share and values of {name!r} of one shape (t,), got {share.shape} and {values.shape}; "
            "give one value a place."
        )
    if positive and not (values > 0).all():
        raise ValueError(f"expected positive values of {name!r} for a logarithmic axis, got {values.min()}.")
    color = PALETTE[index % len(PALETTE)]
    ax.plot(share, values, color=color, ls=LINES[index % len(LINES)], label=name, zorder=3)
    if along.marked is not None:
        chosen = np.asarray(along.marked, bool)
        ax.plot(share[chosen], values[chosen], ls="", marker="o", ms=3.5, color=color, zorder=4)
