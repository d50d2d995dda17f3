"""Clouds of parameters with a small loss, and how steep the loss is where a bar of such a cloud begins."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.functions.networks import SmallNetwork

CHUNK = 2**14  # points drawn at once
CORNER_DIMENSION = 16  # up to which all corners of the box are looked at
MOST_TRIED = 20_000  # points drawn for each that is wanted; a level that rejects more is too low


@dataclass(frozen=True)
class Cloud:
    """Accepted ``points`` (n, D) and ``values`` (n,) in float32, in the order in which they came.

    ``tried`` points were drawn and ``accepted`` had a small loss; ``highest`` is the largest value of all that
    were drawn and ``highest_corner`` that at the corners of the box, NaN where there are too many of them.
    """

    points: np.ndarray
    values: np.ndarray
    tried: int
    accepted: int
    highest: float
    highest_corner: float


def fill(model: SmallNetwork, box: np.ndarray, n: int, level: float, seed: int) -> Cloud:
    """Draw uniform points in a box and keep those with a loss below a level, until there are n.

    The rule of the authors' notebook. A longer cloud of the same seed begins with the shorter one.

    Raises
    ------
    ValueError
        If hardly any point is accepted.

    Examples
    --------
    >>> from lossbar_core.papers.bsl.net_models import limits, network
    >>> model = network("fixed", (2,))
    >>> cloud = fill(model, limits(model, "fixed"), 100, 1.5, seed=0)
    >>> cloud.points.shape, bool(cloud.values.max() < 1.5 < cloud.highest)
    ((100, 4), True)
    """
    rng = np.random.default_rng(seed)
    low, high = box.T.astype(np.float32)
    kept: list[np.ndarray] = []
    count = tried = 0
    highest = -np.inf
    while count < n:
        if tried > MOST_TRIED * n:
            raise ValueError(
                f"expected {n} points below {level}, got {count} of {tried} drawn; raise the level or shrink the box"
            )
        points = rng.random((CHUNK, len(box)), dtype=np.float32) * (high - low) + low
        values = model(points)
        highest = max(highest, float(values.max()))
        points = points[values < level]
        kept.append(points)
        count += len(points)
        tried += CHUNK
    points = np.concatenate(kept)[:n]
    return Cloud(points, model(points), tried, count, highest, _highest_corner(model, box))


def _highest_corner(model: SmallNetwork, box: np.ndarray) -> float:
    """Largest value at the corners; a loss that grows outwards has its maximum there or nearby."""
    if len(box) > CORNER_DIMENSION:
        return float("nan")
    corners = np.array(list(itertools.product(*box)))
    return float(model(corners).max())


def edge_lengths(bars: Barcode, which: np.ndarray) -> np.ndarray:
    """Mean length of the edges at the minima of some bars of a sample.

    Raises
    ------
    ValueError
        If the bars carry no points or no graph.
    """
    points, graph = bars.points, bars.graph
    if points is None or graph is None:
        raise ValueError("expected the barcode of a sample, got one without points; set points and graph")
    means = []
    for vertex in bars.minimum[which]:
        gaps = points[graph.neighbors(int(vertex))].astype(np.float64) - points[vertex]
        means.append(np.linalg.norm(gaps, axis=1).mean())
    return np.array(means)


def rise(bars: Barcode, which: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    r"""Persistence over slope times spacing, :math:`(d - b) / (|\nabla f(p)|\, h(p))`, at the minima p of some bars.

    On a plane it does not depend on the slope: what a false bar can reach there is a property of the cloud.
    ``h`` is the mean length of the edges at p. Infinite where the slope is zero.
    """
    assert bars.points is not None
    slope = np.linalg.norm(gradient(bars.points[bars.minimum[which]].astype(np.float64)), axis=1)
    with np.errstate(divide="ignore"):
        return bars.persistence[which] / (slope * edge_lengths(bars, which))
