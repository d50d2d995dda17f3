"""BSL-GridNN: the simple neighbour search by boxes finds the edges of brute force."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.boxes import box_pairs
from lossbar_core.barcodes.from_samples import sample_points
from lossbar_core.barcodes.neighbours import paper_radius
from lossbar_core.papers.base import Result, item

BLOCK = 256  # rows of the distance matrix at a time
TABLE = ("edges", "boxes", "checked", "checked_edge_r", "lost", "lost_share")


@dataclass(frozen=True)
class BoxConfig:
    """Uniform points in the unit cube, and the constant of the radius :math:`c N^{-1/D}`."""

    n_points: int
    dimensions: tuple[int, ...] = (2, 3, 4)
    c: float = 2.0
    seed: int = 0


@item("BSL-GridNN", smoke=BoxConfig(n_points=400), quick=BoxConfig(n_points=5000))
def boxes_item(config: BoxConfig) -> Result:
    r"""Pairs with :math:`|x_i - x_j| \le r` from boxes of edge r/2, against brute force: BSL section 3.

    Boxes of edge r, of which the adjacent ones are enough, are searched too.

    Parameters
    ----------
    config : BoxConfig

    Returns
    -------
    Result
        ``mismatched_edges`` in one list but not in the other, over all ``dimensions``; for each dimension
        ``edges``, ``boxes`` searched, distances ``checked`` (``checked_edge_r`` with boxes of edge r), edges
        ``lost`` when only the adjacent boxes of edge r/2 are searched, and their share.
    """
    rows = [one_dimension(config, d) for d in config.dimensions]
    table = {name: [row[name] for row in rows] for name in rows[0]}
    values = {
        "n_points": config.n_points,
        "dimensions": list(config.dimensions),
        "edges_compared": sum(table["edges"]),
        "mismatched_edges": sum(table["mismatched"]),
        "pairs": config.n_points * (config.n_points - 1) // 2,
        **{name: table[name] for name in TABLE},
    }
    return Result(values)


def one_dimension(config: BoxConfig, d: int) -> dict[str, float | int]:
    """Edges found and missed in d dimensions, and the distances computed for them."""
    bounds = [(0.0, 1.0)] * d
    points = sample_points(bounds, config.n_points, config.seed, dtype=np.float64)
    radius = paper_radius(config.n_points, bounds, config.c)
    true = brute_force_pairs(points, radius)
    half, whole = box_pairs(points, radius, split=2), box_pairs(points, radius, split=1)
    adjacent = box_pairs(points, radius, split=2, reach=1)
    lost = symmetric_difference(true, adjacent.edges)
    return {
        "edges": len(true),
        "mismatched": symmetric_difference(true, half.edges) + symmetric_difference(true, whole.edges),
        "boxes": half.boxes,
        "checked": half.checked,
        "checked_edge_r": whole.checked,
        "lost": lost,
        "lost_share": lost / len(true) if len(true) else 0.0,
    }


def brute_force_pairs(points: np.ndarray, radius: float) -> np.ndarray:
    """All pairs a < b at most ``radius`` apart, from all distances: (m, 2) int64, sorted."""
    found = [np.empty((0, 2), np.int64)]
    for begin in range(0, len(points), BLOCK):
        rows = points[begin : begin + BLOCK]
        squared = np.zeros((len(rows), len(points)))
        for axis in range(points.shape[1]):
            squared += (rows[:, None, axis] - points[None, :, axis]) ** 2
        a, b = np.nonzero(squared <= radius**2)
        found.append(np.stack([a + begin, b], axis=1)[a + begin < b])
    return np.concatenate(found)


def symmetric_difference(first: np.ndarray, second: np.ndarray) -> int:
    """Number of edges in one of two lists of distinct edges, but not in both."""
    _, counts = np.unique(np.concatenate([first, second]), axis=0, return_counts=True)
    return int((counts == 1).sum())
