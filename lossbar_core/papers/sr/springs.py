"""What springs do to a band: the plain band's failures (NEB-energy), and how nudging removes them (NEB-force)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.heights import Known, known
from lossbar_core.paths import ElasticBand, Path, PlainBand

FUNCTIONS = ("curvy_valley", "bent_double_well")
RESTED = 1e-6  # force at which a band has come to rest: soft springs pull with little more


@dataclass(frozen=True)
class Springs:
    """Bands of ``pivots`` with springs of every ``stiffness``, relaxed for ``steps``; ``seed`` is unused.

    ``even_from`` is the least stiffness that is asked for even gaps: a spring evens them out within some 1/k steps
    of length one, and softer ones than 0.1 are still at it after 3000.
    """

    stiffness: tuple[float, ...] = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 1e2, 1e3)
    pivots: int = 19
    steps: int = 3000
    even_from: float = 0.1
    seed: int = 0


@item("NEB-energy", smoke=Springs((1e-3, 1e-1, 10.0, 1e3), steps=1000), quick=Springs())
def plain_band(config: Springs) -> Result:
    r"""Minima of :math:`\sum_i L(p_i) + \tfrac k2 \sum_i |p_{i+1} - p_i|^2` over k: SR section 3, mechanical model.

    Parameters
    ----------
    config : Springs

    Returns
    -------
    Result
        ``interior_optima`` functions whose error is smallest at neither end of the range of k; ``soft_gap_ratio``, the
        gap at the barrier over the mean gap for the softest spring, and ``stiff_overshoot`` of the stiffest, both
        the smaller one of the two ``functions``. Arrays ``stiffness`` and, for each function, ``..._error`` of the
        top in persistences, ``..._pivot_error`` of the highest pivot and ``..._gap_ratio``.
    """
    arrays = {"stiffness": np.array(config.stiffness)}
    for name in FUNCTIONS:
        bands = [PlainBand(config.pivots, k, config.steps, tolerance=RESTED) for k in config.stiffness]
        arrays |= _over_bands(name, bands)
    errors = [np.abs(arrays[f"{name}_error"]) for name in FUNCTIONS]
    return Result(
        {
            "functions": len(FUNCTIONS),
            "interior_optima": sum(0 < error.argmin() < len(error) - 1 for error in errors),
            "soft_gap_ratio": min(float(arrays[f"{name}_gap_ratio"][0]) for name in FUNCTIONS),
            "stiff_overshoot": min(float(arrays[f"{name}_error"][-1]) for name in FUNCTIONS),
            "best_error": max(float(error.min()) for error in errors),
        },
        arrays,
    )


@item("NEB-force", smoke=Springs((1e-1, 10.0, 1e3), steps=2000), quick=Springs())
def nudged_band(config: Springs) -> Result:
    r"""Bands with :math:`F_i = -\nabla L|_\perp + F^S_i|_\parallel` over k: SR section 3, NEB force.

    Parameters
    ----------
    config : Springs

    Returns
    -------
    Result
        ``largest_error`` of a top in persistences, over all k; ``gap_spread``, the largest deviation of a gap from the
        mean one, for k from ``even_from``, ``soft_gap_spread`` for softer ones; ``decades`` of k that have even
        gaps asked for, and ``all_decades``. Arrays as in :func:`plain_band`.
    """
    stiffness = np.array(config.stiffness)
    arrays = {"stiffness": stiffness}
    for name in FUNCTIONS:
        bands = [
            ElasticBand(config.pivots, k, steps=config.steps, tolerance=RESTED) for k in config.stiffness
        ]
        arrays |= _over_bands(name, bands)
    even = stiffness >= config.even_from
    spread = np.max([arrays[f"{name}_gap_spread"] for name in FUNCTIONS], axis=0)
    return Result(
        {
            "largest_error": max(float(np.abs(arrays[f"{name}_error"]).max()) for name in FUNCTIONS),
            "gap_spread": float(spread[even].max()),
            "soft_gap_spread": float(spread[~even].max(initial=0.0)),
            "decades": round(float(np.log10(stiffness[even].max() / stiffness[even].min())), 9),
            "all_decades": round(float(np.log10(stiffness.max() / stiffness.min())), 9),
        },
        arrays,
    )


def _over_bands(name: str, bands: Sequence[PlainBand | ElasticBand]) -> dict[str, np.ndarray]:
    """What a list of bands on one function comes to, one entry a band."""
    function = known(name)
    surface = function.landscape()
    rows = [_measured(band.connect(surface, *function.minima), function) for band in bands]
    return {f"{name}_{key}": np.array([row[key] for row in rows]) for key in rows[0]}


def _measured(path: Path, function: Known) -> dict[str, float]:
    """Errors of the top and of the highest pivot in persistences, the gap that holds the top, spread of the gaps."""
    gaps = np.linalg.norm(np.diff(path.pivots.numpy(), axis=0), axis=1)
    profile = path.profile()
    at_top = min(int(np.searchsorted(gaps.cumsum() / gaps.sum(), profile.top_at)), len(gaps) - 1)
    height, unit = function.heights[0, 1], function.persistence(0, 1)
    return {
        "error": (path.top - height) / unit,
        "pivot_error": (profile.losses[profile.is_pivot].max() - height) / unit,
        "gap_ratio": gaps[at_top] / gaps.mean(),
        "gap_spread": np.abs(gaps / gaps.mean() - 1).max(),
    }
