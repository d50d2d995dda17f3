"""Losses of several networks while they train."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, MINIMUM, SADDLE, house_style, legend_above, new_axes


@house_style
def plot_training(
    steps: ArrayLike,
    losses: ArrayLike,
    *,
    failed: Sequence[int] = (),
    x_label: str = "epoch",
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each network against the steps of its training, on a logarithmic axis.

    Parameters
    ----------
    steps : (T,) array
        Increasing.
    losses : (T, P) array
        A column a network; what is not finite or not positive is left out.
    failed : sequence of int
        Columns whose training diverged: drawn dashed.
    x_label : str
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If ax is no Axes.
    ValueError
        If shapes do not fit each other, or nothing can be drawn.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_training([0, 1], [[2.0, 2.1], [1.0, 0.9]])
    >>> len(ax.lines)
    2
    >>> plt.close(ax.figure)
    """
    at, heights = np.asarray(steps, np.float64), np.asarray(losses, np.float64)
    if at.ndim != 1 or heights.ndim != 2 or len(heights) != len(at) or heights.size == 0:
        raise ValueError(f"losses must have shape ({at.size}, P), got {heights.shape}; one row a step.")
    heights = np.where(np.isfinite(heights) & (heights > 0), heights, np.nan)
    if not np.isfinite(heights).any():
        raise ValueError("losses must have positive finite entries, got none; every training failed.")
    ax = new_axes(ax, height=3.2)
    bad = set(failed)
    names = {True: "diverged", False: "a network"}
    for column in range(heights.shape[1]):
        lost = column in bad
        first = next(c for c in range(heights.shape[1]) if (c in bad) is lost)
        ax.plot(
            at,
            heights[:, column],
            color=SADDLE if lost else MINIMUM,
            ls="--" if lost else "-",
            lw=1.3,
            label=names[lost] if column == first else None,
        )
    ax.set_yscale("log")
    ax.grid(True, axis="y", lw=0.5, color=GREY)
    ax.set_xlabel(x_label, size=FONT_SIZE)
    ax.set_ylabel("training loss", size=FONT_SIZE)
    legend_above(ax)
    return ax
