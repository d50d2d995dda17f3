"""Exact barcodes of separable functions, in any dimension."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from math import factorial

import numpy as np

from lossbar_core.checks import as_count
from lossbar_core.functions.benchmark import BenchmarkFunction

GRID = 200_001  # points on the interval, between which no extremum hides for the functions here
MAX_LEVELS = 2_000_000


@dataclass(frozen=True)
class ExactBarcode:
    """Distinct bars with their multiplicities, sorted by birth, then by death.

    Attributes
    ----------
    birth, death : (m,) float64 arrays
        Death is infinite for the essential bar.
    multiplicity : tuple of m ints
        Python integers: in high dimension they exceed 64 bits.
    """

    birth: np.ndarray
    death: np.ndarray
    multiplicity: tuple[int, ...]

    @property
    def n_bars(self) -> int:
        """Number of bars, counted with multiplicity."""
        return sum(self.multiplicity)

    @property
    def persistence(self) -> np.ndarray:
        """Death minus birth, infinite for essential bars."""
        return self.death - self.birth

    @property
    def essential(self) -> np.ndarray:
        """Which bars never die."""
        return np.isinf(self.death)

    def top(self, n: int) -> ExactBarcode:
        """The n distinct bars of largest persistence (the essential one first)."""
        order = np.sort(np.argsort(-self.persistence, kind="stable")[:n])
        return self._pick(order)

    def to_diagram(self, max_bars: int = 10_000_000) -> np.ndarray:
        """Every bar written out: (b, 2) float64 array of (birth, death).

        Raises
        ------
        ValueError
            If there are more than ``max_bars``.
        """
        if self.n_bars > max_bars:
            raise ValueError(
                f"expected at most {max_bars} bars, got {self.n_bars}; "
                "raise min_persistence in exact_barcode, or max_bars"
            )
        return np.repeat(np.stack([self.birth, self.death], axis=1), self.multiplicity, axis=0)

    def _pick(self, order: np.ndarray) -> ExactBarcode:
        return ExactBarcode(self.birth[order], self.death[order], tuple(self.multiplicity[i] for i in order))


def exact_barcode(
    function: BenchmarkFunction, dimension: int, min_persistence: float = 0.0, tolerance: float = 1e-9
) -> ExactBarcode:
    r"""Degree-0 barcode of :math:`f(x) = \sum_i h(x_i)` on a cube, from the bars of h.

    The sublevel filtration of a sum is the tensor product of its summands' filtrations. In degree 0 the bars
    :math:`[b_i, d_i)` of the coordinates give :math:`[\sum_i b_i,\ \sum_i b_i + \min_i (d_i - b_i))`:
    a component is left first along the coordinate with the shortest bar. Bars are counted by multisets,
    never listed one by one.

    Parameters
    ----------
    function : a separable BenchmarkFunction
    dimension : int
    min_persistence : float
        Only bars at least this long; since the shortest coordinate decides, this prunes before anything is combined.
    tolerance : float
        Bars whose ends differ by less are one level.

    Returns
    -------
    ExactBarcode

    Raises
    ------
    ValueError
        If the function is not separable, the dimension < 1, min_persistence is negative or NaN, or there are too
        many distinct bars.

    Examples
    --------
    >>> from lossbar_core.functions import WAVY
    >>> bars = exact_barcode(WAVY, 2)
    >>> bars.n_bars, sorted(set(bars.multiplicity))
    (121, [1, 4, 8])
    """
    if function.summand is None:
        raise ValueError(
            f"expected a separable function, got {function.name}; use reference_barcode on a grid"
        )
    dimension = as_count(dimension, "dimension")
    if not min_persistence >= 0:
        raise ValueError(f"expected min_persistence >= 0, got {min_persistence}; use 0 for all bars")
    (low, high) = function.bounds(dimension)[0]
    line = interval_barcode(function.summand, low, high)
    scale = 1 / dimension if function.averaged else 1.0
    births, deaths = scale * line[:, 0], scale * line[:, 1]
    kept = deaths - births >= min_persistence
    levels = _levels(births[kept], deaths[kept], tolerance)
    return _merge(list(_products(levels, dimension)), tolerance)


def interval_barcode(h: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> np.ndarray:
    """Barcode (b, 2) of minima of a function on an interval; the ends count where the function rises inwards.

    Extrema are found on a fine grid and refined by golden sections between their neighbours (kinks included).

    Examples
    --------
    >>> interval_barcode(lambda t: (t**2 - 1) ** 2, -2.0, 2.0).round(6)
    array([[ 0., inf],
           [ 0.,  1.]])
    """
    from lossbar_core.barcodes.from_graph import graph_barcode
    from lossbar_core.barcodes.graph import NeighborGraph

    t = np.linspace(low, high, GRID)
    steps = np.sign(np.diff(h(t)))
    sloping = np.flatnonzero(steps)  # where values repeat, an extremum may lie between
    turning = np.flatnonzero(steps[sloping[:-1]] != steps[sloping[1:]])
    values = [float(h(t[:1])[0])]
    for before, after in zip(sloping[turning], sloping[turning + 1], strict=True):
        bracket = t[[before, (before + after + 1) // 2, after + 1]]
        values.append(_refine(h, bracket, is_minimum=bool(steps[before] < 0)))
    values.append(float(h(t[-1:])[0]))
    n = len(values)
    path = NeighborGraph.from_edges(n, np.stack([np.arange(n - 1), np.arange(1, n)], axis=1))
    return graph_barcode(np.array(values), path).to_diagram()


def _refine(h: Callable[[np.ndarray], np.ndarray], bracket: np.ndarray, is_minimum: bool) -> float:
    """Extreme value between the ends of a bracket of three points: golden sections, which kinks do not disturb."""
    from scipy.optimize import minimize_scalar

    sign = 1.0 if is_minimum else -1.0
    found = minimize_scalar(
        lambda t: sign * float(h(np.array([t]))[0]), bracket=tuple(bracket), method="golden", tol=1e-15
    )
    return sign * float(found.fun)


def _levels(births: np.ndarray, deaths: np.ndarray, tolerance: float) -> list[tuple[float, float, int]]:
    """Distinct (birth, death) of a few bars with their counts."""
    merged = _merge([(b, d, 1) for b, d in zip(births.tolist(), deaths.tolist(), strict=True)], tolerance)
    return list(zip(merged.birth.tolist(), merged.death.tolist(), merged.multiplicity, strict=True))


def _products(levels: list[tuple[float, float, int]], dimension: int) -> Iterator[tuple[float, float, int]]:
    """Bars of the sum over coordinates: every multiset of levels once, with the number of its arrangements."""
    count = factorial(len(levels) + dimension - 1) // (factorial(dimension) * factorial(len(levels) - 1))
    if count > MAX_LEVELS:
        raise ValueError(f"expected at most {MAX_LEVELS} distinct bars, got {count}; raise min_persistence")
    for chosen in combinations_with_replacement(range(len(levels)), dimension):
        birth = sum(levels[i][0] for i in chosen)
        persistence = min(levels[i][1] - levels[i][0] for i in chosen)
        arrangements = factorial(dimension)
        for i in set(chosen):
            arrangements = arrangements // factorial(chosen.count(i)) * levels[i][2] ** chosen.count(i)
        yield birth, birth + persistence, arrangements


def _merge(bars: list[tuple[float, float, int]], tolerance: float) -> ExactBarcode:
    """Bars whose ends agree within the tolerance become one, at the first one's ends."""
    births: list[float] = []
    deaths: list[float] = []
    counts: list[int] = []
    for birth, death, count in sorted(bars):
        for i in range(len(births) - 1, -1, -1):
            if birth - births[i] > tolerance:
                births.append(birth)
                deaths.append(death)
                counts.append(count)
                break
            if death == deaths[i] or abs(death - deaths[i]) <= tolerance:
                counts[i] += count
                break
        else:
            births.append(birth)
            deaths.append(death)
            counts.append(count)
    order = np.lexsort((deaths, births))
    return ExactBarcode(np.array(births)[order], np.array(deaths)[order], tuple(counts[i] for i in order))
