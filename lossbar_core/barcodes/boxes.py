"""Radius graphs by the simple search: hash the points into boxes, compare with the boxes around."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.neighbours import squared_limit
from lossbar_core.checks import as_count, as_points, check_memory

MAX_DIMENSION = 6  # 5^6 = 15,625 boxes around every box; beyond, a search tree is the better tool
MAX_BOXES = 10**6  # a side: rounding then moves a point by far less than MARGIN
MARGIN = 1 + 1e-9  # boxes a little too large, so that a rounded quotient cannot part neighbours


@dataclass(frozen=True)
class BoxPairs:
    """Pairs of points within the radius, and what finding them took.

    Attributes
    ----------
    edges : (m, 2) int64 array of ids a < b, sorted
    checked : int
        Number of distances computed.
    boxes : int
        Number of boxes that belong to the neighbourhood of a box, itself included.
    """

    edges: np.ndarray
    checked: int
    boxes: int


def radius_graph(points: Any, radius: float, split: int = 2) -> NeighborGraph:
    r"""Join :math:`x_i, x_j` if :math:`|x_i - x_j| \le r`: the graph that BSL's proposition 4.1 needs.

    Exact, by the simple search of BSL section 3. Distances are computed in float64.

    Parameters
    ----------
    points : (n, d) array of float32 or float64, 1 <= d <= 6
    radius : float
        Longest edge, in units of the coordinates.
    split : int
        Boxes along the radius; the paper takes 2.

    Returns
    -------
    NeighborGraph

    Raises
    ------
    TypeError
        If points are no real numbers or split is no integer.
    ValueError
        If points are not (n, d) or not finite, d > 6, or radius is not positive or too small to count boxes.
    MemoryError
        If the pairs would not fit.

    Examples
    --------
    >>> radius_graph([[0.0], [1.0], [2.5]], radius=1.5).edges()
    array([[0, 1],
           [1, 2]])
    """
    points = as_points(points)
    return NeighborGraph.from_edges(len(points), box_pairs(points, radius, split).edges)


def box_pairs(points: Any, radius: float, split: int = 2, reach: int | None = None) -> BoxPairs:
    r"""Pairs with :math:`|x_i - x_j| \le r` in boxes of edge r / split that are at most ``reach`` boxes
    apart.

    BSL section 3 takes boxes of edge r / 2. Two points at distance r then lie up to two boxes apart in
    every coordinate, so all :math:`5^D` boxes around must be searched; a smaller ``reach`` loses pairs.

    Parameters
    ----------
    points, radius, split
        As in `radius_graph`.
    reach : int, optional
        How many boxes to look in each direction. Default: ``split``, which finds every pair.

    Returns
    -------
    BoxPairs

    Raises
    ------
    TypeError, ValueError, MemoryError
        As in `radius_graph`; also if ``reach`` is negative or above ``split``.

    Examples
    --------
    >>> points = [[0.0], [0.9], [1.9]]
    >>> box_pairs(points, 1.0).edges.tolist(), box_pairs(points, 1.0, reach=1).edges.tolist()
    ([[0, 1], [1, 2]], [[0, 1]])
    """
    points = as_points(points).astype(np.float64, copy=False)
    d = points.shape[1]
    if d > MAX_DIMENSION:
        raise ValueError(
            f"expected at most {MAX_DIMENSION} dimensions, got {d}: a box has 5^{d} boxes around it; "
            "use knn_graph(points, k, radius)"
        )
    if not (np.isfinite(radius) and radius > 0):
        raise ValueError(f"expected a positive finite radius, got {radius}; see paper_radius")
    split = as_count(split, "split")
    reach = split if reach is None else as_count(reach, "reach", low=0, high=split)
    boxes = _Boxes(points, radius / split * MARGIN, reach)
    limit = squared_limit(radius, np.float64)
    found, checked = [np.empty((0, 2), np.int64)], 0
    for first, second in boxes.candidates():
        checked += len(first)
        near = _squared_distances(points, first, second) <= limit
        found.append(np.stack([first[near], second[near]], axis=1))
    edges = np.sort(np.concatenate(found), axis=1)
    return BoxPairs(edges[np.lexsort((edges[:, 1], edges[:, 0]))], checked, (2 * reach + 1) ** d)


def _squared_distances(points: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    total = np.zeros(len(first))
    for column in points.T:
        total += (column[first] - column[second]) ** 2
    return total


class _Boxes:
    """Points grouped by the box that they lie in; only occupied boxes are kept."""

    def __init__(self, points: np.ndarray, edge: float, reach: int):
        place = (points - points.min(axis=0)) / edge
        shape = place.max(axis=0) + 1 + 2 * reach
        if shape.max() > MAX_BOXES or math.prod(shape.tolist()) > 2**62:
            raise ValueError(
                f"expected a radius that leaves at most {MAX_BOXES} boxes a side and 2**62 in all, got "
                f"{shape.max():.3g} boxes of edge {edge:.3g} on the longest side; take a larger radius"
            )
        sides = shape.astype(np.int64) + 1
        self.reach = reach
        self.steps = np.append(np.cumprod(sides[:0:-1])[::-1], 1).astype(
            np.int64
        )  # boxes are numbered in C order
        number = (place.astype(np.int64) + reach) @ self.steps
        self.members = np.argsort(number, kind="stable")
        self.number, self.start, self.count = np.unique(
            number[self.members], return_index=True, return_counts=True
        )

    def candidates(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Ids of points in the same box and in boxes at most ``reach`` apart, every pair once."""
        span = range(-self.reach, self.reach + 1)
        for offset in product(span, repeat=len(self.steps)):
            shift = int(np.array(offset) @ self.steps)
            if shift > 0:  # the negative half sees the same pairs from the other side
                yield self._between(shift)
        first, second = self._between(0)
        once = first < second
        yield first[once], second[once]

    def _between(self, shift: int) -> tuple[np.ndarray, np.ndarray]:
        """All pairs of a point in a box with a point in the box ``shift`` further."""
        other = np.searchsorted(self.number, self.number + shift)
        other[other == len(self.number)] = 0
        here = np.flatnonzero(self.number[other] == self.number + shift)
        other = other[here]
        width = self.count[other]
        pairs = self.count[here] * width
        total = int(pairs.sum())
        check_memory(64 * total, f"the {total} pairs of points in boxes side by side")
        box = np.repeat(np.arange(len(here)), pairs)
        local = np.arange(total) - np.repeat(np.cumsum(pairs) - pairs, pairs)
        first = self.start[here][box] + local // width[box]
        second = self.start[other][box] + local % width[box]
        return self.members[first], self.members[second]
