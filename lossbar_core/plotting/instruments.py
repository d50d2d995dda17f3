"""The same quantities measured by several instruments: a row of marks each, beside what is known."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, PALETTE, house_style, legend_above, new_axes

MARKERS = ("o", "v", "D", "^", "P", "X", "s")


@house_style
def plot_instruments(
    births: ArrayLike,
    exact: ArrayLike,
    estimates: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    groups: ArrayLike | None = None,
    highest: float | None = None,
    y_label: str = "loss",
) -> Axes:
    """Draw a grey bar from birth to the exact death for every minimum, and a mark for each estimate of that death.

    Parameters
    ----------
    births, exact : (n,) arrays
    estimates : mapping from the name of an instrument to an (n,) array
        Not finite where there is none.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    groups : (n,) integers, optional
        Minima of different functions get a gap between them.
    highest : float, optional
        Estimates above are drawn as an arrow at the upper edge.
    y_label : str

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the arrays have not one entry a minimum.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_instruments([0.0, 0.1], [0.5, 0.6], {"cloud": [0.7, 0.9]})
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['exact bar', 'cloud']
    >>> plt.close(ax.figure)
    """
    low, high = np.asarray(births, np.float64), np.asarray(exact, np.float64)
    group = np.zeros(len(low), int) if groups is None else np.asarray(groups)
    if low.ndim != 1 or low.shape != high.shape or group.shape != low.shape:
        raise ValueError(
            f"expected births, exact and groups of one shape (n,), got {low.shape}, {high.shape} and {group.shape}; "
            "give one entry a minimum."
        )
    ax = new_axes(ax, height=4.2)
    x = np.arange(len(low)) + 0.8 * np.concatenate([[0], np.cumsum(np.diff(group) != 0)])[: len(low)]
    ax.vlines(x, low, high, color=GREY, lw=6, alpha=0.45, label="exact bar", zorder=1)
    room = 0.72
    for i, (name, given) in enumerate(estimates.items()):
        values = np.asarray(given, np.float64)
        if values.shape != low.shape:
            raise ValueError(
                f"expected {name!r} of shape {low.shape}, got {values.shape}; one entry a minimum."
            )
        place = x + room * ((i + 0.5) / len(estimates) - 0.5)
        color = PALETTE[i % len(PALETTE)]
        inside = np.isfinite(values) & (values <= (np.inf if highest is None else highest))
        marker = MARKERS[i % len(MARKERS)]
        ax.plot(place[inside], values[inside], ls="", marker=marker, ms=5, color=color, label=name, zorder=3)
        if highest is not None and (~inside).any():
            ax.plot(
                place[~inside],
                np.full((~inside).sum(), highest),
                ls="",
                marker=r"$\uparrow$",
                ms=7,
                color=color,
            )
    ax.set_xticks(x, [str(i + 1) for i in range(len(x))])
    ax.set_xlabel("minima, by network and birth", size=FONT_SIZE)
    ax.set_ylabel(y_label, size=FONT_SIZE)
    legend_above(ax)
    return ax
