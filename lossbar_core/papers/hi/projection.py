"""HI-PCA-lemma: a projection does not increase distances (HI section 5.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.hi.solution_tasks import train
from lossbar_core.papers.hi.solutions import QUICK, SMOKE, pair_distances, plane_of, split

TRAINED = {"smoke": SMOKE, "quick": QUICK}
ROUNDING = 1e-12  # of the largest distance
CLOSE = 0.05  # of the widest distance in the plane: what looks like one point in the picture; chosen here


@dataclass(frozen=True)
class Projection:
    """Random clouds of ``points`` in up to ``largest`` dimensions, and the networks of HI-PCA in a profile of it."""

    networks: str = "quick"
    clouds: int = 50
    points: int = 60
    largest: int = 552
    seed: int = 0


@item("HI-PCA-lemma", smoke=Projection(networks="smoke", clouds=5), quick=Projection())
def projection_shortens(config: Projection) -> Result:
    r""":math:`|P x - P y| \le |x - y|` for the projection on two principal components: HI section 5.3.

    Printed with "even further apart": for points of the plane itself there is equality. The converse is false:
    points that are close in the plane may lie far apart.

    Parameters
    ----------
    config : Projection

    Returns
    -------
    Result
        ``pairs`` and ``violations``, distances in the plane longer by more than 1e-12 of the largest;
        ``equalities``, pairs of planar clouds whose distance stays to 1e-9. Of the trained networks: ``kept``, the mean
        share of a distance that is left in the plane, ``least_kept`` and ``most_kept``; ``close_pairs`` that
        look like one point, and ``close_distance``, the least distance of such a pair over the mean distance of all.
    """
    rng = np.random.default_rng(config.seed)
    pairs = violations = equalities = 0
    for _ in range(config.clouds):
        dimension = int(rng.integers(3, config.largest + 1))
        scales = rng.exponential(size=dimension)
        cloud = rng.normal(size=(config.points, dimension)) * scales
        flat = rng.normal(size=(config.points, 2)) @ rng.normal(size=(2, dimension))
        for part in (cloud, flat):
            full, short = pair_distances(part), pair_distances(plane_of(part)[0])
            pairs += len(full)
            violations += _longer(full, short)
        equalities += int((np.abs(full - short) <= 1e-9 * full.max()).sum())
    tasks = split(replace(TRAINED[config.networks], seed=config.seed))
    theta = np.concatenate([train(task).arrays["theta"] for task in tasks]).astype(np.float64)
    plane = plane_of(theta)[0]
    full, short = pair_distances(theta), pair_distances(plane)
    close = short <= CLOSE * short.max()
    return Result(
        {
            "pairs": pairs + len(full),
            "violations": violations + _longer(full, short),
            "equalities": equalities,
            "flat_pairs": config.clouds * config.points * (config.points - 1) // 2,
            "kept": float((short / full).mean()),
            "least_kept": float((short / full).min()),
            "most_kept": float((short / full).max()),
            "close_pairs": int(close.sum()),
            "close_distance": float((full[close] / full.mean()).min(initial=np.inf)),
        },
        {"full": (full / full.mean()).astype(np.float32), "plane": (short / full.mean()).astype(np.float32)},
    )


def _longer(full: np.ndarray, short: np.ndarray) -> int:
    """How many distances have grown by more than rounding."""
    return int((short > full + ROUNDING * full.max()).sum())
