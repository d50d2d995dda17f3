"""String sampling step by step: the beads in a plane over the loss, and the loss along the string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, INK, MINIMUM, PAPER, SADDLE, WIDTH, house_style

CONTOURS = 12
STAGE_HEIGHT = 2.0  # inches


@dataclass(frozen=True)
class StringStage:
    """The string at one depth.

    Attributes
    ----------
    beads : (N, 2) array
        In the plane.
    along : (2, T) array
        Share of the length and loss.
    starts : (S, 2) array
        Where the beads of the next depth begin; none at the end.
    """

    beads: ArrayLike
    along: ArrayLike
    starts: ArrayLike = ()


@house_style
def plot_string_stages(
    stages: Sequence[StringStage], losses: ArrayLike, box: ArrayLike, *, limit: float
) -> Figure:
    """Draw a row for each depth: left the beads over the loss, right the loss along the string.

    Parameters
    ----------
    stages : sequence of StringStage
    losses : (n, n) array
        In the plane, the second coordinate first.
    box : (2, 2) array
        Low and high of the two coordinates.
    limit : float
        The certified level: a contour on the left, a line on the right.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If there is no stage.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> stage = StringStage([[0, 0], [1, 0]], [[0, 1], [0.1, 0.2]])
    >>> figure = plot_string_stages([stage], np.zeros((3, 3)) + np.arange(3), [[-1, 2], [-1, 1]], limit=0.15)
    >>> len(figure.axes)
    2
    >>> plt.close(figure)
    """
    if not stages:
        raise ValueError("expected at least one stage, got none; pass [StringStage(...)]")
    size = (WIDTH, STAGE_HEIGHT * len(stages) + 0.4)
    figure, axes = plt.subplots(len(stages), 2, squeeze=False, figsize=size, sharex="col", sharey="col")
    for row, stage in zip(axes, stages, strict=True):
        _draw_plane(row[0], stage, np.asarray(losses), np.asarray(box), limit)
        _draw_along(row[1], stage, limit)
    axes[-1, 0].set_xlabel("in the plane", size=FONT_SIZE)
    axes[-1, 1].set_xlabel("share of the length", size=FONT_SIZE)
    return figure


def _draw_plane(ax: Axes, stage: StringStage, losses: np.ndarray, box: np.ndarray, limit: float) -> None:
    x, y = (np.linspace(low, high, n) for (low, high), n in zip(box, losses.shape[::-1], strict=True))
    ax.contourf(x, y, losses, levels=CONTOURS, cmap="viridis", alpha=0.85)
    if losses.min() < limit < losses.max():
        ax.contour(x, y, losses, levels=[limit], colors=PAPER, linewidths=1.6)
    beads = np.asarray(stage.beads, dtype=np.float64)
    ax.plot(*beads.T, color=PAPER, ls="-", lw=3.2)
    ax.plot(*beads.T, color=INK, ls="-", lw=1.4, marker="o", ms=6, mfc=PAPER, mec=INK)
    starts = np.asarray(stage.starts, dtype=np.float64).reshape(-1, 2)
    ax.plot(*starts.T, ls="", marker="D", ms=7, mfc=SADDLE, mec=PAPER)
    ax.set(xticks=[], yticks=[], xlim=box[0], ylim=box[1])


def _draw_along(ax: Axes, stage: StringStage, limit: float) -> None:
    share, losses = np.asarray(stage.along, dtype=np.float64)
    ax.axhline(limit, color=GREY, lw=1.2, ls="--")
    ax.plot(share, losses, color=MINIMUM, ls="-", lw=1.6)
    ax.fill_between(share, limit, losses, where=losses > limit, color=SADDLE, alpha=0.35, lw=0)
    ax.set_ylabel("loss", size=FONT_SIZE)


@house_style
def plot_components(coordinates: ArrayLike, depth: ArrayLike, explained: Sequence[float]) -> Figure:
    """Draw a string in its first three principal components, the first against each of the others.

    Parameters
    ----------
    coordinates : (N, 3) array
    depth : (N,) array
        At which each bead came in; 0 for the ends.
    explained : three numbers
        Shares of the variance.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = plot_components(np.eye(3), [0, 1, 0], (0.5, 0.3, 0.2))
    >>> figure.axes[0].get_ylabel()
    'component 2 (30 %)'
    >>> plt.close(figure)
    """
    beads, depth = np.asarray(coordinates, dtype=np.float64), np.asarray(depth)
    if beads.ndim != 2 or beads.shape != (len(depth), 3):
        raise ValueError(
            f"expected coordinates ({len(depth)}, 3), got {beads.shape}; give three numbers and a depth a bead"
        )
    figure, axes = plt.subplots(2, 1, figsize=(WIDTH, 5.6), sharex=True)
    labels = [f"component {i + 1} ({share:.0%})".replace("%", " %") for i, share in enumerate(explained)]
    for ax, second in zip(axes, (1, 2), strict=True):
        ax.plot(beads[:, 0], beads[:, second], color=GREY, ls="-", lw=1.2, zorder=1)
        drawn = ax.scatter(
            beads[:, 0], beads[:, second], c=depth, cmap="viridis", s=42, edgecolors=GREY, zorder=3
        )
        ax.plot(*beads[[0, -1]][:, [0, second]].T, ls="", marker="s", ms=9, mfc="none", mec=SADDLE, mew=1.6)
        ax.set_ylabel(labels[second], size=FONT_SIZE)
    axes[-1].set_xlabel(labels[0], size=FONT_SIZE)
    figure.colorbar(drawn, ax=list(axes), label="depth", shrink=0.7, ticks=range(int(depth.max()) + 1))
    return figure
