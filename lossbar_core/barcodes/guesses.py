"""Quick matchings of points: optimal ones on a line, good ones in the cells of a grid."""

from __future__ import annotations

import numpy as np


def gaps(a: np.ndarray, b: np.ndarray, order: float) -> np.ndarray:
    """Distances (m,) of the rows of two (m, 2) arrays, in the sup or the Euclidean norm."""
    difference = np.abs(a - b)
    return difference.max(axis=1) if np.isinf(order) else np.sqrt((difference * difference).sum(axis=1))


class Line:
    """Matchings of numbers x into numbers y, where the greedy choice from the left is the best one."""

    def __init__(self, x: np.ndarray, y: np.ndarray):
        self.rows, self.columns = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
        self.x, self.y = x[self.rows], y[self.columns]
        self.rounding = 4 * np.finfo(float).eps * max(np.abs(x).max(), np.abs(y).max())

    def match(self, must: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the x that must be matched, in their order, and of the y that each gets, -1 for none.

        All windows have the same length, so that the greedy choice matches all if any matching does. The
        threshold is taken a little larger than it is, so that rounding never hides a matching.
        """
        chosen = must[self.rows]
        x, rank = self.x[chosen], np.arange(np.count_nonzero(chosen))
        reach = threshold * (1 + 1e-12) + self.rounding
        position = rank + np.maximum.accumulate(np.searchsorted(self.y, x - reach) - rank)
        found = position < len(self.y)
        found[found] = self.y[position[found]] <= x[found] + reach
        return self.rows[chosen], np.where(found, self.columns[np.where(found, position, 0)], -1)


def same_cell(a: np.ndarray, b: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of indices (i, j) of points in the same square cell, each used once."""
    points = np.concatenate([a, b])
    with np.errstate(over="ignore"):  # then all points share a cell, and the caller looks at their distances
        cell = np.floor((points - points.min(axis=0)) / size)
    second = np.arange(len(points)) >= len(a)
    order = np.lexsort((points[:, 1] - points[:, 0], second, cell[:, 1], cell[:, 0]))
    cell, second = cell[order], second[order]
    first = np.concatenate([[True], (cell[1:] != cell[:-1]).any(axis=1)])
    group = np.cumsum(first) - 1
    in_b = np.bincount(group, weights=second).astype(np.int64)
    in_a = np.bincount(group).astype(np.int64) - in_b
    rank = np.arange(len(order)) - np.flatnonzero(first)[group] - np.where(second, in_a[group], 0)
    keep = rank < np.minimum(in_a, in_b)[group]
    return order[keep & ~second], order[keep & second] - len(a)
