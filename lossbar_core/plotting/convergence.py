"""Curves of means against the number of points: bands, marks that are hollow where something is missing, slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MAX_WIDTH,
    PALETTE,
    SMALL_SIZE,
    WIDTH,
    house_style,
)
from lossbar_core.plotting.sweep import LINES, MARKERS

HOLLOW = "some infinite"


@dataclass(frozen=True)
class MeanCurve:
    """A mean over repetitions at each of s sizes.

    Attributes
    ----------
    sizes, mean : (s,) arrays
        Positive; the mean is NaN where there is nothing to draw.
    low, high : (s,) arrays, optional
        A band around the mean.
    missing : (s,) array, optional
        Share of the repetitions that the mean leaves out; the mark is hollow where it is above 0.
    """

    sizes: ArrayLike
    mean: ArrayLike
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    missing: ArrayLike | None = None


@house_style
def plot_convergence(
    panels: Mapping[str, Mapping[str, MeanCurve]],
    *,
    y_label: str,
    x_label: str = "number of points N",
    slopes: Mapping[str, Mapping[str, float]] | None = None,
    panel_height: float = 2.2,
    own_scale: bool = True,
) -> Figure:
    r"""Draw means against N on logarithmic axes, a panel for each group of curves, one above the other.

    Parameters
    ----------
    panels : mapping from a title to a mapping from the name of a curve to a `MeanCurve`
        The same name has the same colour, line and mark in every panel.
    y_label, x_label : str
        Labels of the axes.
    slopes : mapping from a title to a mapping from the name of a curve to an exponent p, optional
        A thin dotted line :math:`N^p` through the last mean of that curve, over a decade.
    panel_height : float
        In inches.
    own_scale : bool
        Let every panel have its own range of heights.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        When there is no panel, a curve's arrays differ in length, or a size or mean is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> curve = MeanCurve([10, 100], [2.0, 1.0], missing=[0.0, 0.5])
    >>> figure = plot_convergence({"f": {"D = 3": curve}}, y_label="mean W")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['D = 3', 'some infinite']
    >>> plt.close(figure)
    """
    if not panels:
        raise ValueError(
            "panels must hold at least one title, got none; pass {'title': {'curve': MeanCurve}}."
        )
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    height = panel_height * len(panels) + 0.9
    figure, grid = plt.subplots(
        len(panels),
        1,
        sharex=True,
        sharey=not own_scale,
        squeeze=False,
        figsize=(min(WIDTH, MAX_WIDTH), height),
    )
    hollow = False
    for ax, (title, curves) in zip(grid[:, 0], panels.items(), strict=True):
        for name, mean_curve in curves.items():
            hollow |= _draw(ax, mean_curve, name, names.index(name))
        ax.set(xscale="log", yscale="log")
        for name, slope in (slopes or {}).get(title, {}).items():
            _draw_slope(ax, curves[name], slope)
        ax.set_ylabel(y_label, size=FONT_SIZE)
        ax.set_title(title, size=FONT_SIZE, loc="left", pad=3)
        ax.grid(True, lw=0.5)
        _few_labels(ax)
    grid[-1, 0].set_xlabel(x_label, size=FONT_SIZE)
    _legend(figure, names, hollow)
    return figure


def _draw(ax: Axes, mean_curve: MeanCurve, name: str, index: int) -> bool:
    """One curve; whether a mark of it is hollow."""
    x, mean, low, high, missing = _checked(mean_curve, name)
    color = PALETTE[index % len(PALETTE)]
    there = np.isfinite(mean)
    ax.plot(x[there], mean[there], color=color, ls=LINES[index % len(LINES)], label=name, zorder=3)
    band = there & np.isfinite(low) & np.isfinite(high)
    ax.fill_between(x[band], low[band], high[band], color=color, alpha=0.18, lw=0, zorder=2)
    for part, inside in ((missing == 0, color), (missing > 0, "none")):
        shown = there & part
        look: Any = {"marker": MARKERS[index % len(MARKERS)], "ms": 5.5, "mfc": inside, "mew": 1.3}
        ax.plot(x[shown], mean[shown], ls="none", color=color, zorder=4, **look)
    return bool((there & (missing > 0)).any())


def _draw_slope(ax: Axes, mean_curve: MeanCurve, slope: float) -> None:
    """A dotted power law through the last mean, within the heights that the curves need."""
    x, mean = np.asarray(mean_curve.sizes, float), np.asarray(mean_curve.mean, float)
    there = np.flatnonzero(np.isfinite(mean))
    if len(there):
        end, heights = there[-1], ax.get_ylim()
        ends = np.array([x[end] / 10, x[end]])
        ax.plot(ends, mean[end] * (ends / x[end]) ** slope, color=GREY, lw=1.1, ls=":", zorder=1)
        ax.set_ylim(heights)


def _checked(mean_curve: MeanCurve, name: str) -> tuple[NDArray[np.float64], ...]:
    """Sizes, means, band and missing shares as arrays of one length."""
    given = (mean_curve.sizes, mean_curve.mean, mean_curve.low, mean_curve.high, mean_curve.missing)
    x, mean = (np.asarray(part, np.float64) for part in given[:2])
    low, high = (np.full(x.shape, np.nan) if part is None else np.asarray(part, float) for part in given[2:4])
    missing = np.zeros(x.shape) if given[4] is None else np.asarray(given[4], float)
    if x.ndim != 1 or any(part.shape != x.shape for part in (mean, low, high, missing)):
        raise ValueError(f"{name!r} must have one value a size ({x.shape}), got mean of shape {mean.shape}.")
    if not (x > 0).all() or (mean <= 0).any():
        raise ValueError(f"{name!r} must have positive sizes and means; the axes are logarithmic.")
    return x, mean, low, high, missing


def _few_labels(ax: Axes) -> None:
    """Labels at powers of ten, and between them where there are few; in plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = ax.get_ylim()
    subs = (1.0,) if high / low > 60 else (1.0, 3.0) if high / low > 12 else (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
    ax.yaxis.set_major_locator(LogLocator(subs=subs))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())


def _legend(figure: Figure, names: list[str], hollow: bool) -> None:
    """One legend for all panels, above them."""
    handles = [
        Line2D(
            [],
            [],
            color=PALETTE[i % len(PALETTE)],
            ls=LINES[i % len(LINES)],
            marker=MARKERS[i % len(MARKERS)],
        )
        for i in range(len(names))
    ]
    labels = list(names)
    if hollow:
        handles.append(Line2D([], [], color=GREY, ls="none", marker="o", mfc="none", mew=1.3))
        labels.append(HOLLOW)
    figure.legend(
        handles,
        labels,
        loc="outside upper left",
        ncols=2 if max(map(len, names)) > 8 else 5 if len(labels) < 5 else 3,
        fontsize=SMALL_SIZE,
        handlelength=1.6,
        columnspacing=1.0,
        handletextpad=0.4,
        borderpad=0.2,
    )
