"""Many solutions: their principal components coloured by loss, and the distances between them."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import (
    COLOR_MAP,
    FONT_SIZE,
    GREY,
    PALETTE,
    SMALL_SIZE,
    WIDTH,
    house_style,
    legend_above,
    new_axes,
)

LIGHTEST = 90  # percentile of the losses with the lightest shade; higher ones share it
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)))


@house_style
def plot_planes(
    planes: Mapping[str, ArrayLike], loss: ArrayLike, *, best: ArrayLike | None = None, height: float = 3.7
) -> list[Axes]:
    """Draw point sets side by side on one scale, coloured by the logarithm of the loss: the darker, the lower.

    Parameters
    ----------
    planes : mapping from a title to an (n, 2) array
    loss : (n,) array
        Positive; the same for all planes.
    best : integer array, optional
        Points that get a ring.
    height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no plane, a shape does not fit, or a loss is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_planes({"trained": [[0.0, 1.0], [1.0, 0.0]]}, [0.1, 0.2], best=[0])
    >>> axes[0].get_title()
    'trained'
    >>> plt.close(axes[0].figure)
    """
    heights = np.asarray(loss, dtype=np.float64)
    sets = {title: np.asarray(points, dtype=np.float64) for title, points in planes.items()}
    _check_planes(sets, heights)
    figure, grid = plt.subplots(
        1, len(sets), squeeze=False, figsize=(WIDTH, height), sharex=True, sharey=True, layout="constrained"
    )
    axes, reach = list(grid[0]), 1.08 * max(float(np.abs(points).max()) for points in sets.values())
    order = np.argsort(-heights, kind="stable")  # the darkest on top
    shades = np.log10(heights)
    # A few networks that learnt nothing would leave one shade for all others.
    lightest = float(np.percentile(shades, LIGHTEST))
    beyond = "max" if lightest < shades.max() else "neither"
    for ax, (title, points) in zip(axes, sets.items(), strict=True):
        drawn = ax.scatter(
            *points[order].T,
            c=shades[order],
            cmap=COLOR_MAP,
            vmax=lightest,
            s=26,
            edgecolors=GREY,
            linewidths=0.6,
            zorder=2,
        )
        if best is not None:
            chosen = points[np.asarray(best)]
            ax.plot(*chosen.T, ls="", marker="o", ms=9, mfc="none", mec=PALETTE[1], mew=1.2, zorder=3)
        ax.set_title(title, size=FONT_SIZE)
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_box_aspect(1)
        ax.set_xlabel("first component", size=SMALL_SIZE)
        ax.tick_params(labelsize=SMALL_SIZE)
    axes[0].set_ylabel("second component", size=SMALL_SIZE)
    bar = figure.colorbar(drawn, ax=axes, location="bottom", shrink=0.8, aspect=30, extend=beyond)
    bar.set_label(r"$\log_{10}$ of the training loss", size=SMALL_SIZE)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    bar.outline.set_visible(False)
    return axes


@house_style
def plot_distances(
    distances: Mapping[str, ArrayLike],
    *,
    bins: int = 40,
    x_label: str = "distance over the mean distance",
    ax: Axes | None = None,
) -> Axes:
    """Draw the distributions of pairwise distances as steps from 0 on, each with area 1.

    Parameters
    ----------
    distances : mapping from a name to an array
    bins : int
        Between 0 and the largest distance.
    x_label : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If there is nothing to draw, or a distance is negative or not finite.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_distances({"all": [0.9, 1.0, 1.1], "best": [0.8]})
    >>> len(ax.get_legend().get_texts())
    2
    >>> plt.close(ax.figure)
    """
    parts = {name: np.asarray(values, dtype=np.float64).ravel() for name, values in distances.items()}
    for name, values in parts.items():
        if not len(values) or not np.isfinite(values).all() or values.min() < 0:
            raise ValueError(f"expected finite distances of at least 0 as {name!r}, got {values}; pass some")
    if not parts:
        raise ValueError("expected at least one set of distances, got none; pass {'all': distances}")
    ax = new_axes(ax, height=3.0)
    edges = np.linspace(0, 1.05 * max(values.max() for values in parts.values()), bins + 1)
    for i, (name, values) in enumerate(parts.items()):
        share = np.histogram(values, edges, density=True)[0]
        ax.stairs(share, edges, color=PALETTE[i % len(PALETTE)], ls=LINES[i % len(LINES)], lw=1.8, label=name)
    ax.set_xlabel(x_label, size=FONT_SIZE)
    ax.set_ylabel("density", size=FONT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE)
    legend_above(ax)
    return ax


def _check_planes(sets: Mapping[str, np.ndarray], heights: np.ndarray) -> None:
    if not sets:
        raise ValueError("expected at least one plane, got none; pass {'trained': points}")
    for title, points in sets.items():
        if heights.ndim != 1 or points.shape != (len(heights), 2):
            raise ValueError(
                f"expected (n, 2) points in {title!r} with n losses, got {points.shape} and {heights.shape}; "
                "give one loss a point"
            )
    if not len(heights) or not (heights > 0).all():
        raise ValueError("expected positive losses, got others or none; their logarithms are drawn")
