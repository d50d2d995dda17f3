"""Paths in a plane through them, over the loss on that plane."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.style import (
    FONT_SIZE,
    INK,
    PAPER,
    SMALL_SIZE,
    WIDTH,
    house_style,
    legend_above,
    new_axes,
)
from lossbar_core.plotting.sweep import LINES

LEVELS = 14
CEILING = 3.0  # colours end this many heights of the path above its top, or a rim would flatten all below
STEEP = 30.0  # where the plane is so many times as high as the path, colours are logarithmic instead


@house_style
def plot_plane(
    paths: ArrayLike | Mapping[str, ArrayLike],
    x: ArrayLike,
    y: ArrayLike,
    losses: ArrayLike,
    *,
    path_losses: ArrayLike | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw paths over the loss :math:`L(o + x\,u + y\,v)` on a plane.

    Parameters
    ----------
    paths : (N, 2) array, or mapping from a name to one
        Coordinates of the pivots in the plane. Pivots of a network's path lie beside the plane, not in it.
    x, y : (m,) and (n,) arrays
        Increasing coordinates of the grid.
    losses : (m, n) array
        ``losses[i, j]`` belongs to ``(x[i], y[j])``. Infinite and NaN are left blank.
    path_losses : array, optional
        True losses on the pivots. The colours end a little above them, so that the valley keeps its contrast; where
        most of the plane is far higher than the path, they are logarithmic instead.
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
        When shapes do not fit each other or the grid does not increase.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_plane([[0, 0], [1, 1]], [0, 1], [0, 1, 2], [[0, 1, 2], [1, 2, 3]])
    >>> plt.close(ax.figure)
    """
    named = {"": paths} if not isinstance(paths, Mapping) else dict(paths)
    chains = {str(name): _chain(chain, name or "the path") for name, chain in named.items()}
    across, up, heights = _grid(x, y, losses)
    ax = new_axes(ax, height=_height(across, up))
    levels, norm = _levels(heights, path_losses)
    shown = np.ma.masked_invalid(heights.T)
    filled = ax.contourf(across, up, shown, levels=levels, norm=norm, extend="both" if norm else "max")
    filled.set_edgecolor("face")  # else hairlines between the levels
    ax.contour(across, up, shown, levels=levels[::2], colors=PAPER, linewidths=0.4, alpha=0.6)
    bar = ax.figure.colorbar(filled, ax=ax, pad=0.02, aspect=30, shrink=0.95)
    bar.set_label("loss", size=FONT_SIZE)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    bar.locator = LogLocator(subs=(1.0, 3.0)) if norm else MaxNLocator(6)
    bar.formatter = FuncFormatter(lambda value, _: f"{value:.3g}")
    bar.minorticks_off()
    bar.update_ticks()
    for index, (name, chain) in enumerate(chains.items()):
        _draw(ax, chain, name, LINES[index % len(LINES)])
    ax.set_xlabel("first direction", size=FONT_SIZE)
    ax.set_ylabel("second direction", size=FONT_SIZE)
    legend_above(ax)
    return ax


def _draw(ax: Axes, chain: NDArray[np.float64], name: str, style: object) -> None:
    """One path, dark in a light edge: it stands out wherever the colours are."""
    edge = [withStroke(linewidth=3.4, foreground=PAPER)]
    ax.plot(*chain.T, color=INK, lw=1.5, ls=style, label=name or None, path_effects=edge, zorder=3)
    ax.plot(*chain[1:-1].T, ls="", marker="o", ms=4, mfc=INK, mec=PAPER, mew=0.7, zorder=4)
    ax.plot(*chain[[0, -1]].T, ls="", marker="^", ms=9, mfc=PAPER, mec=INK, mew=1.2, zorder=5)


def _levels(
    heights: NDArray[np.float64], path_losses: ArrayLike | None
) -> tuple[NDArray[np.float64], LogNorm | None]:
    """Heights of the contours, from the lowest loss to a little above the path's, or logarithmic ones."""
    finite = heights[np.isfinite(heights)]
    low, high = float(finite.min()), float(finite.max())
    if path_losses is not None:
        on_path = np.asarray(path_losses, np.float64)
        if low > 0 and float(np.median(finite)) > STEEP * float(on_path.max()) > 0:
            levels = np.geomspace(low, high, LEVELS + 1)
            return levels, LogNorm(levels[0], levels[-1])
        low = min(low, float(on_path.min()))
        high = min(high, float(on_path.max()) + CEILING * (float(np.ptp(on_path)) or high - low))
    return np.linspace(low, high if high > low else low + 1.0, LEVELS + 1), None


def _height(across: NDArray[np.float64], up: NDArray[np.float64]) -> float:
    """Height of the figure for which both directions have nearly the same scale."""
    return float(np.clip(0.8 * WIDTH * np.ptp(up) / np.ptp(across) + 0.7, 2.6, 5.6))


def _chain(chain: ArrayLike, name: str) -> NDArray[np.float64]:
    points = np.asarray(chain, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2 or not np.isfinite(points).all():
        raise ValueError(f"{name} must be a finite (N, 2) array with N >= 2, got shape {points.shape}.")
    return points


def _grid(x: ArrayLike, y: ArrayLike, losses: ArrayLike) -> tuple[NDArray[np.float64], ...]:
    across, up, heights = (np.asarray(part, np.float64) for part in (x, y, losses))
    if heights.shape != (across.size, up.size) or across.ndim != 1 or up.ndim != 1 or min(heights.shape) < 2:
        raise ValueError(
            f"losses must have shape ({across.size}, {up.size}) with both at least 2, got {heights.shape}."
        )
    if not ((np.diff(across) > 0).all() and (np.diff(up) > 0).all()):
        raise ValueError("x and y must increase; sort them with the losses.")
    if not np.isfinite(heights).any():
        raise ValueError("losses must have finite entries, got none; take a smaller plane.")
    return across, up, heights
