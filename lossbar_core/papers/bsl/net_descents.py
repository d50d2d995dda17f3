"""Minima of a network's loss in a box, found by Adam from many random starts (BSL section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from lossbar_core.functions.descent import adam
from lossbar_core.functions.networks import SmallNetwork

RATES = (
    1e-2,
    1e-3,
    1e-4,
)  # the first is that of the authors' notebook; the others let the descents come to rest
SHARES = (0.6, 0.2, 0.2)  # of the steps
APART = 0.05  # ends of descents that are nearer to each other are one minimum


@dataclass(frozen=True)
class Minima:
    """Distinct ends of descents: ``points`` (m, D), ``values`` (m,) ascending, ``count`` (m,) of the descents.

    ``limit_share`` is the share of coordinates that lie on the box; ``slope`` (m,) the length of the gradient's
    part that still leads downhill inside the box.
    """

    points: np.ndarray
    values: np.ndarray
    count: np.ndarray
    slope: np.ndarray
    limit_share: float


def find_minima(model: SmallNetwork, box: np.ndarray, runs: int, steps: int, seed: int) -> Minima:
    """Adam from ``runs`` standard normal starts, every step cut back to the box, and what is distinct among the ends.

    Examples
    --------
    >>> from lossbar_core.papers.bsl.net_models import limits, network
    >>> model = network("fixed", (2,))
    >>> minima = find_minima(model, limits(model, "fixed"), runs=5, steps=50, seed=0)
    >>> bool((np.diff(minima.values) >= 0).all()), int(minima.count.sum())
    (True, 5)
    """
    starts = np.random.default_rng(seed).standard_normal((runs, model.dimension))
    ends = np.clip(starts, box[:, 0], box[:, 1])
    for rate, share in zip(RATES, SHARES, strict=True):
        ends = adam(model.gradient, ends, steps=max(1, round(share * steps)), rate=rate, clip=box)
    values = model(ends)
    order = np.argsort(values, kind="stable")
    ends, values = ends[order], values[order]
    owner = _owners(ends)
    chosen = np.unique(owner)
    return Minima(
        points=ends[chosen],
        values=values[chosen],
        count=np.bincount(owner)[chosen],
        slope=_slope_inside(model, box, ends[chosen]),
        limit_share=float((np.abs(ends - box[:, 0]) * np.abs(ends - box[:, 1]) == 0).mean()),
    )


def _owners(ends: np.ndarray) -> np.ndarray:
    """For each end the first, so lowest, end that is near and stands for itself."""
    owner = np.full(len(ends), -1)
    for i, near in enumerate(cKDTree(ends).query_ball_point(ends, APART)):
        if owner[i] < 0:
            free = [j for j in near if owner[j] < 0]
            owner[free] = i
    return owner


def _slope_inside(model: SmallNetwork, box: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Length of the gradient without the parts that push against the box."""
    slope = model.gradient(points)
    slope[((points <= box[:, 0]) & (slope > 0)) | ((points >= box[:, 1]) & (slope < 0))] = 0.0
    return np.linalg.norm(slope, axis=1)
