"""Merge trees: how the components of sublevel sets join as the level rises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from lossbar_core.plotting.bars import ARROW_HEAD, MARGIN
from lossbar_core.plotting.reading import Bars, read_bars, read_names
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MINIMUM,
    SADDLE,
    SMALL_SIZE,
    house_style,
    legend_above,
    new_axes,
)

MAX_NAMES = 14  # beyond, names under the leaves would touch


@house_style
def plot_merge_tree(
    barcode: Any,
    max_leaves: int | None = 60,
    *,
    names: Sequence[str] | bool = False,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw the merge tree: leaves are minima, inner nodes 1-saddles where :math:`\{f \le c\}` joins.

    Every branch is a bar: it starts at its birth and ends at its death in the branch that swallows it. Leaves
    are ordered so that no two lines cross.

    Parameters
    ----------
    barcode : Barcode or MergeTree
        With ids of minima and swallowers.
    max_leaves : int or None
        Keep only this many leaves, those of the longest bars; None keeps all.
    names : bool or sequence of str
        True names the leaves p1, p2, ... in order of birth; a sequence gives other names, in barcode order.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError, ValueError
        When the barcode has no bar or no ids, or ``max_leaves`` is below 1.

    Notes
    -----
    The merging process of BSL section 2, definition 1. Dropping the shortest bars simplifies the tree.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> import lossbar_core as lb
    >>> from lossbar_core.plotting import plot_merge_tree
    >>> ax = plot_merge_tree(lb.grid_barcode([2.0, 0.0, 3.0, 1.0, 2.0]))
    >>> plt.close(ax.figure)
    """
    bars = read_bars(barcode, needs=("minimum", "swallower"))
    if max_leaves is not None and max_leaves < 1:
        raise ValueError(f"max_leaves must be at least 1 or None for all, got {max_leaves}.")
    labels = None if names is False else read_names(None if names is True else names, len(bars), "p")
    kept = bars.longest(max_leaves)
    shown = bars[kept]
    parent = tree_parents(shown)
    position = leaf_positions(shown, parent)
    ax = new_axes(ax)
    _draw_tree(ax, shown, parent, position)
    ax.set_xticks([])
    ax.set_xlim(-0.8, len(shown) - 0.2)
    if labels is not None and len(shown) <= MAX_NAMES:
        ax.set_xticks(position, [labels[i] for i in kept], size=SMALL_SIZE + 1)
        ax.tick_params(axis="x", length=0)
    few = f"the {len(shown)} longest of {len(bars)} minima"
    ax.set_xlabel("minima" if len(shown) == len(bars) else few, size=FONT_SIZE)
    ax.set_ylabel("value of the function", size=FONT_SIZE)
    legend_above(ax)
    return ax


def tree_parents(bars: Bars) -> NDArray[np.int64]:
    """Return the index of the bar that swallows each bar, -1 for essential bars.

    Raises
    ------
    ValueError
        When a swallower is missing, or is not older than what it swallows.
    """
    order = np.argsort(bars.minimum, kind="stable")
    finite = ~bars.essential
    slot = np.searchsorted(bars.minimum[order], bars.swallower)
    parent = np.where(finite, order[np.minimum(slot, len(bars) - 1)], -1)
    if (bars.minimum[parent[finite]] != bars.swallower[finite]).any():
        raise ValueError(
            "a bar is swallowed by a minimum that has no bar; pass a whole barcode or one filtered by "
            "persistence, and let max_leaves simplify it."
        )
    if (parent >= np.arange(len(bars))).any():
        raise ValueError("bars must be sorted by birth, with every swallower before what it swallows.")
    return parent


def leaf_positions(bars: Bars, parent: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the leaves' positions 0 to b - 1 in an order without crossings.

    A subtree takes a contiguous block, and next to a branch stand the children that die first: what a
    connecting line passes over has already died. Parents come before children, so that two sweeps suffice.
    """
    count = len(bars)
    width = np.ones(count, dtype=np.int64)
    for i in range(count - 1, -1, -1):
        if parent[i] >= 0:
            width[parent[i]] += width[i]
    children: list[list[int]] = [[] for _ in range(count)]
    for i in np.lexsort((np.arange(count), bars.death)):
        if parent[i] >= 0:
            children[parent[i]].append(int(i))
    position = np.zeros(count)
    start = np.zeros(count, dtype=np.int64)  # first place of each subtree's block
    free = 0
    for i in range(count):
        if parent[i] < 0:
            start[i], free = free, free + width[i]
        left, right = _split_sides(children[i], width)
        position[i] = start[i] + sum(int(width[j]) for j in left)
        edge = int(position[i])
        for j in left:
            edge -= int(width[j])
            start[j] = edge
        edge = int(position[i]) + 1
        for j in right:
            start[j] = edge
            edge += int(width[j])
    return position


def _split_sides(children: list[int], width: NDArray[np.int64]) -> tuple[list[int], list[int]]:
    """Share children, given in order of death, between both sides, each time to the lighter one."""
    sides: tuple[list[int], list[int]] = ([], [])
    weight = [0, 0]
    for j in children:
        side = 0 if weight[0] < weight[1] else 1
        sides[side].append(j)
        weight[side] += int(width[j])
    return sides


def _draw_tree(ax: Axes, bars: Bars, parent: NDArray[np.int64], position: NDArray[np.float64]) -> None:
    low, high = bars.span()
    reach = high - low if high > low else max(1.0, abs(high))
    top = high + MARGIN * reach
    width = float(np.clip(90 / len(bars), 0.6, 2.0))
    mark = float(np.clip(300 / len(bars), 2.5, 7.5))
    essential, finite = bars.essential, ~bars.essential
    stems = np.stack([position, bars.birth, position, np.minimum(bars.death, top)], 1).reshape(-1, 2, 2)
    links = np.stack([position, bars.death, position[parent], bars.death], 1).reshape(-1, 2, 2)[finite]
    for lines, style, label in (
        (stems[finite], "-", None),
        (links, "-", None),
        (stems[essential], "--", "never dies"),
    ):
        ax.add_collection(
            LineCollection(list(lines), colors=GREY, linewidths=width, linestyles=style, label=label)
        )
    look: dict[str, Any] = {"ls": "", "ms": mark}
    ax.plot(position, bars.birth, marker="^", color=MINIMUM, label="minimum", zorder=3, **look)
    if finite.any():
        joint = position[parent[finite]]
        ax.plot(joint, bars.death[finite], marker="s", color=SADDLE, label="1-saddle", zorder=3, **look)
    at = position[essential]
    ax.plot(at, np.full(len(at), top), marker=ARROW_HEAD, mfc="none", mec=GREY, mew=width, **look)
    ax.set_ylim(low - 0.06 * reach, top + 0.04 * reach)
