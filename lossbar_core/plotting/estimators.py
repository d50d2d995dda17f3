"""Estimators against the truth: one row a method, one panel a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, PALETTE, SMALL_SIZE, WIDTH, house_style

MARKERS = ("o", "s", "D", "v", "P")
LINEAR = 0.01  # below it the axis is linear: errors go through 0
ROW = 0.235  # inches a method


@house_style
def plot_estimators(
    methods: Mapping[str, str],
    panels: Mapping[str, ArrayLike],
    *,
    x_label: str = "bias, in persistences",
    linear: float = LINEAR,
    ticks: Sequence[float] = (0.0, 0.01, 0.1, 1.0),
    columns: int = 2,
) -> Figure:
    """Draw the errors of several estimators as a dot at their mean and a line from the smallest to the largest.

    Parameters
    ----------
    methods : mapping from a method to its family
        From top to bottom; a family has one colour and one mark.
    panels : mapping from a title to an (m, n) array
        Errors of the m methods in n trials; infinite or NaN where a trial found nothing: these are counted at
        the right margin.
    x_label : str
    linear : float
        The axis is linear up to this error and logarithmic beyond.
    ticks : sequence of float
        Labels of the axis.
    columns : int
        Panels side by side.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If there is no panel, or a panel has not one row a method.

    Examples
    --------
    >>> figure = plot_estimators({"line": "straight", "band": "band"}, {"egg": [[1.0, 2.0], [0.0, 0.1]]})
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['line', 'band']
    >>> plt.close(figure)
    """
    if not panels:
        raise ValueError("panels must hold at least one function, got none; pass {'function': errors}.")
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        sharey=True,
        sharex=True,
        figsize=(WIDTH, rows * (ROW * len(methods) + 0.45) + 0.4),
    )
    families = list(dict.fromkeys(methods.values()))
    for ax, (title, given) in zip(axes.flat, panels.items(), strict=False):
        errors = np.asarray(given, dtype=np.float64)
        if errors.ndim != 2 or len(errors) != len(methods):
            raise ValueError(
                f"{title!r} must have {len(methods)} rows, one a method, got shape {errors.shape}."
            )
        for y, (family, trials) in enumerate(zip(methods.values(), errors, strict=True)):
            _draw_row(ax, y, trials, families.index(family))
        ax.set_title(title, size=FONT_SIZE, loc="left")
        ax.axvline(0, color=GREY, lw=0.8, ls="-", zorder=1)
        ax.set_xscale("symlog", linthresh=linear, linscale=0.8)
        ax.set_xticks(list(ticks), [f"{tick:g}" for tick in ticks])
        ax.minorticks_off()
        ax.grid(True, axis="x", lw=0.5)
        ax.set_yticks(range(len(methods)), list(methods), size=SMALL_SIZE)
        ax.tick_params(axis="y", length=0)
    axes[0, 0].set_ylim(len(methods) - 0.4, -0.6)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    figure.supxlabel(x_label, size=FONT_SIZE, color=GREY)
    return figure


def _draw_row(ax: plt.Axes, y: int, trials: np.ndarray, family: int) -> None:
    """Mean, range, and how many of the trials found nothing."""
    color, good = PALETTE[family % len(PALETTE)], trials[np.isfinite(trials)]
    if len(good):
        ax.plot([good.min(), good.max()], [y, y], ls="-", color=color, lw=2, solid_capstyle="butt")
        ax.plot(good.mean(), y, marker=MARKERS[family % len(MARKERS)], ms=5.5, ls="", color=color)
    if len(good) < len(trials):
        text = f"{len(trials) - len(good)} of {len(trials)} none"
        ax.text(
            0.99, y, text, transform=ax.get_yaxis_transform(), ha="right", va="center", size=8, color=GREY
        )
