"""Intervals side by side: ranges with their means for several things, measured in several ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, PALETTE, house_style, legend_above, new_axes

MARKERS = ("o", "s", "D", "v", "P")
ROOM = 0.7  # of the distance of two groups that their intervals take


@house_style
def plot_intervals(
    names: Sequence[str],
    groups: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    boxes: Mapping[str, tuple[float, float]] | None = None,
    y_label: str = "value",
    height: float = 3.4,
) -> Axes:
    """Draw ranges as lines with a mark at the mean, in one place for each name.

    Parameters
    ----------
    names : sequence of str
        Of the places, from left to right.
    groups : mapping from a label to an (n, 3) array
        Low, mean and high at every place; NaN leaves a gap.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    boxes : mapping from a name to a pair (low, high), optional
        Grey boxes, for instance what a paper states.
    y_label : str
        Of the values.
    height : float
        Of a new figure, in inches.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If a group has not one row a name, or a box stands at no name.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_intervals(["(2)", "(3)"], {"N": [[0.1, 0.2, 0.3], [0.1, 0.1, 0.2]]})
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['(2)', '(3)']
    >>> plt.close(ax.figure)
    """
    ax = new_axes(ax, height=height)
    for i, (name, (low, high)) in enumerate((boxes or {}).items()):
        if name not in names:
            raise ValueError(f"expected a box at one of {list(names)}, got {name!r}; name it as the place")
        place = list(names).index(name)
        ax.fill_between(
            [place - 0.45, place + 0.45],
            low,
            high,
            color=GREY,
            alpha=0.3,
            lw=0,
            label="paper" if i == 0 else None,
        )
    for i, (label, given) in enumerate(groups.items()):
        rows = np.asarray(given, dtype=np.float64)
        if rows.shape != (len(names), 3):
            raise ValueError(
                f"expected {label!r} of shape ({len(names)}, 3), got {rows.shape}; give low, mean, high a name"
            )
        x = np.arange(len(names)) + ROOM * ((i + 0.5) / len(groups) - 0.5)
        color = PALETTE[i % len(PALETTE)]
        ax.vlines(x, rows[:, 0], rows[:, 2], color=color, lw=2)
        ax.plot(x, rows[:, 1], ls="", marker=MARKERS[i % len(MARKERS)], ms=6, color=color, label=label)
    ax.set_xticks(np.arange(len(names)), list(names))
    ax.set_xlim(-0.6, len(names) - 0.4)
    ax.set_ylabel(y_label, size=FONT_SIZE)
    legend_above(ax)
    return ax
