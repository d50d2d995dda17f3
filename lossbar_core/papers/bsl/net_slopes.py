"""What sampling alone makes of a slope: bars of linear functions, whose true barcode is one bar, in D dimensions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.from_samples import sample_points
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.papers.bsl.net_cloud import rise

LONGEST = 20  # bars of each slope whose length is looked at


@dataclass(frozen=True)
class SlopeNoise:
    """False bars of r random slopes: ``size`` (r,) of the largest, ``rise`` (r,) of the highest, and ``count`` (r,)."""

    size: np.ndarray
    rise: np.ndarray
    count: np.ndarray


def slope_noise(box: np.ndarray, n: int, multiple: int, slopes: int, seed: int) -> SlopeNoise:
    r"""Barcodes of :math:`x \mapsto \langle u, x \rangle` for random unit vectors u on one uniform cloud in a box.

    Points, dimension, sides of the box and number of neighbours are those of the loss that it stands beside.

    Examples
    --------
    >>> noise = slope_noise(np.array([[0.0, 1.0]] * 3), 500, 2, slopes=4, seed=0)
    >>> noise.size.shape, bool((noise.rise > 0).all())
    ((4,), True)
    """
    points = sample_points(box, n, seed)
    graph = knn_graph(points, multiple * len(box))
    rng = np.random.default_rng([seed, n])
    directions = rng.standard_normal((slopes, len(box)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    rows = []
    for direction in directions:
        bars = graph_barcode(points @ direction.astype(np.float32), graph)
        bars.points = points
        rows.append(_false_bars(bars, direction))
    size, high, count = zip(*rows, strict=True)
    return SlopeNoise(np.array(size), np.array(high), np.array(count))


def _false_bars(bars: Barcode, direction: np.ndarray) -> tuple[int, float, int]:
    """Size of the largest and rise of the highest bar but the true one, and how many there are."""
    sizes = np.sort(bars.size)[:-1]
    finite = np.flatnonzero(~bars.essential)
    some = finite[np.argsort(-bars.persistence[finite], kind="stable")[:LONGEST]]
    high = rise(bars, some, partial(_constant, direction)) if len(some) else np.zeros(1)
    return int(sizes.max(initial=0)), float(high.max()), len(sizes)


def _constant(direction: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The gradient of a linear function at every point."""
    return np.broadcast_to(direction, points.shape)
