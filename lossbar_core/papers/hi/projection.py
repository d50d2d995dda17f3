"""HI-PCA-lemma: a projection does not increase distances (HI section 5.3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.hi.solutions import pair_distances, plane_of

ROUNDING = 1e-12  # of the largest distance
CLOSE = 0.05  # of the widest distance in the plane: what looks like one point in the picture; chosen here


@dataclass(frozen=True)
class Projection:
    """Random clouds of ``points`` in up to ``largest`` dimensions, as many as the CNN has parameters."""

    clouds: int = 100
    points: int = 60
    largest: int = 552
    seed: int = 0


@item("HI-PCA-lemma", smoke=Projection(clouds=5), quick=Projection())
def projection_shortens(config: Projection) -> Result:
    r""":math:`|P x - P y| \le |x - y|` for the projection on two principal components: HI section 5.3.

    Printed with "even further apart": for points of the plane itself there is equality.

    Parameters
    ----------
    config : Projection

    Returns
    -------
    Result
        ``pairs`` and ``violations``, distances in the plane longer by more than 1e-12 of the largest;
        ``flat_pairs`` of clouds that lie in a plane, and ``equalities``, those whose distance stays to 1e-9.
    """
    rng = np.random.default_rng(config.seed)
    pairs = violations = equalities = 0
    for _ in range(config.clouds):
        dimension = int(rng.integers(3, config.largest + 1))
        cloud = rng.normal(size=(config.points, dimension)) * rng.exponential(size=dimension)
        flat = rng.normal(size=(config.points, 2)) @ rng.normal(size=(2, dimension))
        for part in (cloud, flat):
            full, short = pair_distances(part), pair_distances(plane_of(part)[0])
            pairs += len(full)
            violations += lengthened(full, short)
        equalities += int((np.abs(full - short) <= 1e-9 * full.max()).sum())
    return Result(
        {
            "pairs": pairs,
            "violations": violations,
            "equalities": equalities,
            "flat_pairs": config.clouds * config.points * (config.points - 1) // 2,
        }
    )


def lookalikes(full: np.ndarray, short: np.ndarray) -> tuple[int, float]:
    """Pairs that look like one point in the plane, and the least of their distances in all coordinates.

    Parameters
    ----------
    full, short : (pairs,) arrays
        Distances in all coordinates and in the plane.

    Returns
    -------
    int, float
        Infinity where no pair is closer than `CLOSE` of the widest in the plane.

    Examples
    --------
    >>> lookalikes(np.array([1.0, 2.0, 3.0]), np.array([0.01, 2.0, 0.02]))
    (2, 1.0)
    """
    close = short <= CLOSE * short.max()
    return int(close.sum()), float(full[close].min(initial=np.inf))


def lengthened(full: np.ndarray, short: np.ndarray) -> int:
    """How many distances have grown by more than rounding.

    Examples
    --------
    >>> lengthened(np.array([1.0, 2.0]), np.array([1.1, 2.0]))
    1
    """
    return int((short > full + ROUNDING * full.max()).sum())
