"""What a set of minima and the tops of the paths between them say, and how much it depends on the set."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import spearmanr

from lossbar_core.paths import MinimaBarcode

Statistic = Callable[[np.ndarray, np.ndarray], float]


def mean_death(births: np.ndarray, tops: np.ndarray) -> float:
    """Mean upper end of the finite bars of TO Algorithm 1 as printed.

    Examples
    --------
    >>> mean_death(np.array([0.0, 1.0]), np.array([[0.0, 3.0], [3.0, 1.0]]))
    3.0
    """
    return _mean_finite(MinimaBarcode.from_tops(births, tops).direct_deaths)


def mean_closed_death(births: np.ndarray, tops: np.ndarray) -> float:
    """Mean upper end of the finite bars of the minimax closure.

    Examples
    --------
    >>> mean_closed_death(np.array([0.0, 1.0, 2.0]), np.array([[0, 9, 4], [9, 1, 5], [4, 5, 2]]))
    4.5
    """
    return _mean_finite(MinimaBarcode.from_tops(births, tops).closed_deaths)


def _mean_finite(deaths: np.ndarray) -> float:
    finite = deaths[np.isfinite(deaths)]
    return float(finite.mean()) if len(finite) else float("nan")


def mean_birth(births: np.ndarray, tops: np.ndarray) -> float:
    """Mean loss of the minima; the tops are not looked at.

    Examples
    --------
    >>> mean_birth(np.array([0.0, 1.0]), np.zeros((2, 2)))
    0.5
    """
    return float(births.mean())


def score(births: np.ndarray, tops: np.ndarray) -> float:
    """TO-score of Algorithm 1's barcode in the sup norm (TO equations 3 and 4).

    Examples
    --------
    >>> score(np.array([0.0, 1.0]), np.array([[0.0, 4.0], [4.0, 1.0]]))
    1.5
    """
    return MinimaBarcode.from_tops(births, tops).to_score(closed=False)


def jackknife(births: np.ndarray, tops: np.ndarray, statistic: Statistic) -> float:
    r"""Standard error of a statistic over the K minima, each left out in turn.

    .. math:: s^2 = \frac{K - 1}{K} \sum_i (t_{(i)} - \bar t)^2

    The pairs are no independent sample, the minima are. Fewer minima leave higher deaths, which changes the mean of
    the :math:`t_{(i)}` and not their spread.

    Raises
    ------
    ValueError
        For fewer than three minima: with one left out there must be a pair.

    Examples
    --------
    >>> births = np.array([0.0, 1.0, 2.0])
    >>> round(jackknife(births, np.zeros((3, 3)), mean_birth), 3)  # that of a mean
    0.577
    """
    count = len(births)
    if count < 3:
        raise ValueError(f"expected three minima or more, got {count}; train more networks")
    left = []
    for i in range(count):
        rest = np.delete(np.arange(count), i)
        left.append(statistic(births[rest], tops[np.ix_(rest, rest)]))
    return float(np.sqrt((count - 1) / count * ((np.array(left) - np.mean(left)) ** 2).sum()))


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's; NaN where one of them is constant, since nothing can be said then.

    Examples
    --------
    >>> rank_correlation(np.array([2, 4, 8]), np.array([3.0, 2.0, 1.0]))
    -1.0
    >>> rank_correlation(np.array([2, 4, 8]), np.array([1.0, 1.0, 1.0]))
    nan
    """
    if len(np.unique(x)) < 2 or len(np.unique(y)) < 2:
        return float("nan")
    return round(float(spearmanr(x, y).statistic), 12)
