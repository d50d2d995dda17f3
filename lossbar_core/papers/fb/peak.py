"""FBF-cubic-why: where the length of strings peaks when the target is another cubic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.dss_sweep import mean_of
from lossbar_core.papers.fb.polynomial import Polynomial
from lossbar_core.papers.fb.strings import Strings, joined, measure

ANGLES = (10, 30, 50, 70, 90)  # degrees: how much of the second and of the third Legendre polynomial
FACTORS = (0.8, 0.85, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15)  # levels over the constant's error
NODES = np.array([0.0, 1 / 3, 2 / 3, 1.0])
# Shifted Legendre polynomials on [0, 1], coefficients from the constant upwards: no two share a trend.
LEGENDRE = np.array([[1.0, 0, 0, 0], [-1.0, 2, 0, 0], [1.0, -6, 6, 0], [-1.0, 12, -30, 20]])
NEAR = 0.05  # relative distance of two levels that counts as near: the register's
HIGH = 1.05  # a peak is this much higher than the length at the lowest level
STRAIGHT = 1.05  # a mean length below it is nearly straight


@dataclass(frozen=True)
class Cubics:
    """Cubics without a trend, in the family of the paper's, and random ones, which have one."""

    angles: tuple[int, ...] = ANGLES
    trends: int = 2
    factors: tuple[float, ...] = FACTORS
    pairs: int = 8
    inputs: int = 100
    rate: float = 5e-3
    seed: int = 0


def trendless(angle: float) -> Polynomial:
    r"""The cubic :math:`1/2 + 0.4 (\cos\phi\, P_2 + \sin\phi\, P_3)`, orthogonal to straight lines.

    The paper's cubic is nearly of this kind: its coefficient of :math:`P_1` is 0.1, of the others 0.33 and 0.4.

    Examples
    --------
    >>> cubic = trendless(90)
    >>> round(cubic.constant_error, 3), round(cubic.line_error, 3)
    (0.13, 0.125)
    """
    phi = math.radians(angle)
    return _cubic(np.array([0.5, 0.0, 0.4 * math.cos(phi), 0.4 * math.sin(phi)]) @ LEGENDRE)


def random_cubic(seed: int, number: int) -> Polynomial:
    """The cubic through four uniform random values in [0, 1] at 0, 1/3, 2/3 and 1; nearly always it has a trend."""
    values = np.random.default_rng((seed, number)).uniform(size=4)
    return _cubic(np.linalg.solve(np.vander(NODES, increasing=True), values))


def _cubic(coefficients: np.ndarray) -> Polynomial:
    return Polynomial(tuple(float(c) for c in coefficients.round(6)), biases=True, squashed=False)


def targets(config: Cubics) -> list[Polynomial]:
    """The trendless cubics, then the random ones."""
    return [
        *(trendless(angle) for angle in config.angles),
        *(random_cubic(config.seed, number) for number in range(config.trends)),
    ]


def split(config: Cubics) -> list[Strings]:
    """One batch a target and level.

    Examples
    --------
    >>> len(split(Cubics(angles=(10,), trends=1)))
    16
    """
    return [
        Strings(
            target,
            round(factor * target.constant_error, 6),
            config.pairs,
            inputs=config.inputs,
            rate=config.rate,
            seed=config.seed,
        )
        for target in targets(config)
        for factor in config.factors
    ]


@sweep_item(
    "FBF-cubic-why",
    split=split,
    task=measure,
    smoke=Cubics((30, 90), 1, (0.9, 1.0, 1.1), pairs=3, inputs=50, rate=0.01),
    quick=Cubics(),
    paper=Cubics(
        trends=5,
        factors=(0.7, 0.75, 0.8, 0.825, 0.85, 0.875, 0.9, 0.925, 0.95, 0.975, 1.0, 1.025, 1.05, 1.1, 1.2),
        pairs=20,
        inputs=1000,
        rate=1e-3,
    ),
)
def peaks(config: Cubics, results: Sequence[Result]) -> Result:
    """Level of the longest strings against the errors of the best constant and of the best line.

    Parameters
    ----------
    config : Cubics
    results : sequence of Result
        Of all targets and levels.

    Returns
    -------
    Result
        Of the ``cubics`` without a trend: ``near_constant``, how many have their peak within 5 percent of the best
        constant's error, ``near_line`` of the best line's; of those, ``with_trend`` are the random ones, and
        ``trend_peaks`` of them have a peak at all. ``straight_above``: targets of both kinds whose mean length is
        below 1.05 at every level from 1.05 times the constant's error on.
    """
    found = targets(config)
    constants = np.array([target.constant_error for target in found])
    lines = np.array([target.line_error for target in found])
    shape = (len(found), len(config.factors), config.pairs)
    length = joined(results, "length").reshape(shape)
    connected = joined(results, "connected").reshape(shape)
    mean = mean_of(np.where(connected, length, np.nan))
    factors = np.array(config.factors)
    peak = factors[np.nanargmax(mean, axis=1)] * constants
    lowest = mean[np.arange(len(found)), int(factors.argmin())]
    has_peak = np.nanmax(mean, axis=1) > HIGH * lowest
    flat = np.arange(len(found)) < len(config.angles)
    above = mean[:, factors >= HIGH].max(axis=1, initial=-np.inf)
    values = {
        "cubics": int(flat.sum()),
        "with_trend": config.trends,
        "near_constant": int((flat & (np.abs(peak / constants - 1) <= NEAR + 1e-9)).sum()),
        "near_line": int((flat & (np.abs(peak / lines - 1) <= NEAR + 1e-9)).sum()),
        "peaks": int((flat & has_peak).sum()),
        "trend_peaks": int((~flat & has_peak).sum()),
        "straight_above": int((above < STRAIGHT).sum()),
        "connected_share": float(connected.mean()),
    }
    arrays = {
        "constants": constants,
        "lines": lines,
        "peak": peak,
        "mean_length": mean,
        "factors": factors,
        "coefficients": np.array([target.coefficients for target in found]),
    }
    return Result(values, arrays)
