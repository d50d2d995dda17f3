"""Lipschitz constants of separable functions on their boxes, bounded from above (BSL Proposition 4.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from lossbar_core.functions import ALPINE_01, SCHWEFEL_26, WAVY, BenchmarkFunction

STEPS = 2_000_001  # of the grid on which slopes are bounded
ROUNDING = 1e-9  # relative; a bound is made of some sums and products, each rounded by 1e-16


@dataclass(frozen=True)
class SteepestSlope:
    r"""Derivative of a function of one variable along a parameter s >= 0, t = t(s), and what bounds it.

    Attributes
    ----------
    slope : callable
        :math:`|h'(t(s))|`, without the sign where h has kinks.
    largest : callable
        Upper end of s for an interval up to t.
    bend : float
        Bound of the derivative of ``slope`` in s.
    """

    slope: Callable[[np.ndarray], np.ndarray]
    largest: Callable[[float], float]
    bend: Callable[[float], float]


# Beside each, where the bound of its change comes from.
SLOPES = {
    # |h'| = |sin t + t cos t + 0.1| between kinks; its derivative is 2 cos t - t sin t.
    ALPINE_01.name: SteepestSlope(
        lambda t: np.maximum(
            np.abs(np.sin(t) + t * np.cos(t) + 0.1), np.abs(np.sin(t) + t * np.cos(t) - 0.1)
        ),
        lambda high: high,
        lambda s: 2 + s,
    ),
    # With s = sqrt(t): |h'| = |sin s + s cos(s) / 2|; its derivative in s is 3 cos(s) / 2 - s sin(s) / 2.
    SCHWEFEL_26.name: SteepestSlope(
        lambda s: np.abs(np.sin(s) + s * np.cos(s) / 2), np.sqrt, lambda s: 1.5 + s / 2
    ),
    # |h'| = |10 sin 10t + t cos 10t| exp(-t^2/2); the derivative has terms 101 cos, -20 t sin and -t^2 cos, times that.
    WAVY.name: SteepestSlope(
        lambda t: np.abs(10 * np.sin(10 * t) + t * np.cos(10 * t)) * np.exp(-t * t / 2),
        lambda high: high,
        lambda s: 101 + 20 * s + s * s,
    ),
}


@cache
def lipschitz_constant(function: BenchmarkFunction, dimension: int) -> float:
    r"""Bound from above of :math:`|\nabla f| = (\sum_i h'(x_i)^2)^{1/2} \le \sqrt D \max |h'|` in the box.

    The maximum over a grid, plus half a step times a bound of the derivative.

    Parameters
    ----------
    function : BenchmarkFunction
        Alpine01, Schwefel26 or Wavy.
    dimension : int

    Returns
    -------
    float
        In units of the function over those of the box.

    Raises
    ------
    ValueError
        If no slope of the function is known here.

    Examples
    --------
    >>> round(lipschitz_constant(WAVY, 1), 2)
    9.88
    """
    if function.name not in SLOPES:
        raise ValueError(
            f"expected one of {', '.join(SLOPES)}, got {function.name}; add its derivative to SLOPES"
        )
    rule = SLOPES[function.name]
    top = float(rule.largest(max(abs(end) for end in function.bounds(dimension)[0])))
    s = np.linspace(0.0, top, STEPS)
    largest = float(rule.slope(s).max()) + rule.bend(top) * top / (STEPS - 1) / 2
    share = 1 / dimension if function.averaged else 1.0
    return float(share * np.sqrt(dimension) * largest * (1 + ROUNDING))
