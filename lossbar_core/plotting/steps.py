"""The algorithm at work on a small cloud in the plane: growing components, basins, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MINIMUM,
    PALETTE,
    SADDLE,
    WIDTH,
    house_style,
    legend_above,
    new_axes,
)

COLORS = (PALETTE[0], PALETTE[2], PALETTE[3], PALETTE[4])  # the second one marks saddles
MARKERS = ("o", "s", "D", "v")


@house_style
def plot_frames(
    points: ArrayLike, edges: ArrayLike, frames: Sequence[ArrayLike], titles: Sequence[str], minima: ArrayLike
) -> list[Axes]:
    """Draw the components of sublevel graphs at several levels, two frames a row.

    Parameters
    ----------
    points : (n, 2) array
        Where the vertices lie.
    edges : (m, 2) array
        Ids of the ends of the graph's edges; drawn where both ends are in the sublevel set.
    frames : sequence of (n,) arrays
        For each frame the lowest vertex of each vertex's component, -1 above the level.
    titles : sequence of str
        One a frame.
    minima : (b,) array
        Ids that keep a colour and a mark through all frames; components of other minima are grey.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        When shapes do not fit each other.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_frames([[0, 0], [1, 0]], [[0, 1]], [[0, -1], [0, 0]], ["low", "high"], [0])
    >>> plt.close(axes[0].figure)
    """
    where, pairs = _read(points, edges)
    if len(frames) != len(titles) or any(np.shape(frame) != (len(where),) for frame in frames):
        raise ValueError(f"expected one title a frame and frames of shape ({len(where)},); check both.")
    rows = (len(frames) + 1) // 2
    shape = np.ptp(where, axis=0)
    height = rows * (0.5 * WIDTH * shape[1] / max(shape[0], 1e-300) + 0.3)
    grid = plt.subplots(rows, 2, squeeze=False, figsize=(WIDTH, float(np.clip(height, 2.0, 9.0))))[1]
    axes = list(grid.ravel())
    for ax, frame, title in zip(axes, frames, titles, strict=False):
        _draw_frame(ax, where, pairs, np.asarray(frame), np.asarray(minima))
        ax.set_title(title, size=FONT_SIZE)
    for ax in axes[len(frames) :]:
        ax.set_axis_off()
    return axes[: len(frames)]


@house_style
def plot_basins(
    points: ArrayLike,
    edges: ArrayLike,
    pointers: ArrayLike,
    basin: ArrayLike,
    saddles: ArrayLike,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw each vertex's pointer to its lowest neighbour, the basins, and the edges between them.

    Parameters
    ----------
    points : (n, 2) array
    edges : (m, 2) array
        Edges of the graph.
    pointers, basin : (n,) arrays of ids
        The lowest neighbour (a minimum: itself), and the minimum at the end of the pointers.
    saddles : (s,) array of ids
        Vertices that end a bar.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When shapes do not fit each other.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_basins([[0, 0], [1, 0], [2, 0]], [[0, 1], [1, 2]], [0, 0, 2], [0, 0, 2], [1])
    >>> plt.close(ax.figure)
    """
    where, pairs = _read(points, edges)
    home, target = np.asarray(basin), np.asarray(pointers)
    if home.shape != (len(where),) or target.shape != home.shape:
        raise ValueError(f"expected one basin and one pointer a point, got {home.shape} and {target.shape}.")
    shape = np.ptp(where, axis=0)
    ax = new_axes(ax, height=float(np.clip(WIDTH * shape[1] / max(shape[0], 1e-300) + 0.4, 2.5, 6.0)))
    crossing = pairs[home[pairs[:, 0]] != home[pairs[:, 1]]]
    _draw_lines(ax, where, crossing, SADDLE, 1.6, "edge between basins", (0, (2, 1)))
    minima, number = np.unique(home, return_inverse=True)
    shade = _four_colors(number[crossing], len(minima))[number]
    ids = np.arange(len(where))
    for tint in range(shade.max() + 1):
        own = shade == tint
        color, mark = COLORS[tint % len(COLORS)], MARKERS[tint % len(MARKERS)]
        _draw_lines(ax, where, np.stack([ids, target], 1)[own], color, 1.1, None)
        ax.plot(*where[own].T, ls="", marker=mark, ms=3.2, color=color, zorder=3)
    ax.plot(*where[minima].T, ls="", marker="^", ms=9, mfc=MINIMUM, mec=GREY, label="minimum", zorder=5)
    ax.plot(
        *where[np.asarray(saddles, int)].T, ls="", marker="s", ms=7, color=SADDLE, label="1-saddle", zorder=4
    )
    _bare(ax)
    legend_above(ax)
    return ax


@house_style
def plot_boxes(points: ArrayLike, centre: int, radius: float, *, ax: Axes | None = None) -> Axes:
    """Draw the boxes of edge r / 2 around a point's box, and which of its neighbours lie in adjacent ones.

    Parameters
    ----------
    points : (n, 2) array
    centre : int
        The point whose neighbours are sought.
    radius : float
        The longest edge r.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        When there is no such point or the radius is not positive.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_boxes([[0.1, 0.1], [0.9, 0.1]], centre=0, radius=1.0)
    >>> plt.close(ax.figure)
    """
    where, _ = _read(points, np.empty((0, 2), int))
    if not (0 <= centre < len(where) and radius > 0):
        raise ValueError(f"expected a point in 0..{len(where) - 1} and a radius > 0, got {centre}, {radius}.")
    edge = radius / 2
    apart = np.abs(np.floor(where / edge) - np.floor(where[centre] / edge)).max(axis=1)
    near = np.linalg.norm(where - where[centre], axis=1) <= radius
    near[centre] = False
    ax = new_axes(ax, height=4.6)
    _draw_boxes(ax, np.floor(where[centre] / edge) * edge, edge)
    ax.add_patch(Circle(tuple(where[centre]), radius, fill=False, ec=GREY, lw=1.4))
    look: tuple[Any, ...] = (
        (near & (apart <= 1), "o", MINIMUM, "adjacent box"),
        (near & (apart > 1), "X", SADDLE, "two boxes away"),
        (~near, ".", GREY, "farther than r"),
    )
    for chosen, mark, color, label in look:
        pick = chosen & (np.arange(len(where)) != centre)
        ax.plot(
            *where[pick].T, ls="", marker=mark, ms=4 if mark == "." else 7, color=color, label=label, zorder=3
        )
    ax.plot(*where[centre], ls="", marker="*", ms=13, color=GREY, label="the point", zorder=4)
    low = np.floor(where[centre] / edge) * edge - 2.5 * edge
    ax.set_xlim(low[0], low[0] + 6 * edge)
    ax.set_ylim(low[1], low[1] + 6 * edge)
    _bare(ax)
    legend_above(ax)
    return ax


def _read(points: ArrayLike, edges: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    where, pairs = np.asarray(points, dtype=np.float64), np.asarray(edges, dtype=np.int64)
    if where.ndim != 2 or where.shape[1] != 2 or pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"expected (n, 2) points and (m, 2) edges, got {where.shape} and {pairs.shape}.")
    return where, pairs


def _draw_frame(
    ax: Axes, where: NDArray[Any], pairs: NDArray[Any], label: NDArray[Any], minima: NDArray[Any]
) -> None:
    outside = label < 0
    ax.plot(*where[outside].T, ls="", marker=".", ms=2, color=GREY, alpha=0.6, rasterized=True)
    inside = pairs[(label[pairs] >= 0).all(axis=1)]
    other = ~np.isin(label, minima) & ~outside
    _draw_lines(ax, where, inside[other[inside[:, 0]]], GREY, 0.9, None)
    ax.plot(*where[other].T, ls="", marker=".", ms=4, color=GREY)
    for i, minimum in enumerate(minima.tolist()):
        own = label == minimum
        color, mark = COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]
        _draw_lines(ax, where, inside[own[inside[:, 0]]], color, 0.9, None)
        ax.plot(*where[own].T, ls="", marker=mark, ms=2.6, color=color, zorder=3)
        if own.any():
            ax.plot(*where[minimum], ls="", marker="^", ms=9, mfc=color, mec=GREY, zorder=4)
    _bare(ax)


def _draw_lines(
    ax: Axes,
    where: NDArray[Any],
    pairs: NDArray[Any],
    color: str,
    width: float,
    label: str | None,
    style: Any = "-",
) -> None:
    """One broken line through all pairs: a tenth of the bytes of as many separate ones."""
    gaps = np.full((len(pairs), 1, 2), np.nan)
    broken = np.concatenate([where[pairs], gaps], axis=1).reshape(-1, 2)
    ax.plot(*broken.T, color=color, lw=width, ls=style, label=label or "_nolegend_")


def _four_colors(pairs: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Numbers of colours, different for basins that touch: greedily, those with the most neighbours first."""
    touching: list[set[int]] = [set() for _ in range(count)]
    for a, b in pairs.tolist():
        touching[a].add(b)
        touching[b].add(a)
    color = np.full(count, -1)
    for basin in sorted(range(count), key=lambda b: (-len(touching[b]), b)):
        taken = {int(color[other]) for other in touching[basin]}
        color[basin] = next(tint for tint in range(count) if tint not in taken)
    return color


def _draw_boxes(ax: Axes, corner: NDArray[Any], edge: float) -> None:
    for reach, alpha in ((2, 0.10), (1, 0.16)):
        low = corner - reach * edge
        side = (2 * reach + 1) * edge
        ax.add_patch(Rectangle(tuple(low), side, side, fc=MINIMUM, alpha=alpha, ec="none", zorder=0))
    for step in range(-2, 4):
        for axis in (0, 1):
            line = np.tile(corner - 2 * edge, (2, 1))
            line[1, 1 - axis] += 5 * edge
            line[:, axis] = corner[axis] + step * edge
            ax.plot(*line.T, color=GREY, lw=0.7, ls="-", zorder=1)


def _bare(ax: Axes) -> None:
    """Positions speak for themselves: equal scales, no ticks."""
    ax.set_aspect("equal")
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ax.spines.values():
        side.set_visible(False)
