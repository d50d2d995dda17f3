"""Curves of a quantity against the number of points: means over repetitions, their bands, slopes and onset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEVEL = 0.95  # of bands and intervals
DRAWS = 2000  # of the bootstrap


@dataclass(frozen=True)
class Curve:
    """Means over repetitions at each of s sizes, with bootstrap bands; the slope has an interval of its own.

    Attributes
    ----------
    sizes : (s,) float64 array
        Numbers of points.
    mean : (s,) float64 array
        Infinite where one of the repetitions is.
    mean_of_finite : (s,) float64 array
        Of the others alone; NaN where none is left.
    mean_log10 : (s,) float64 array
        Mean of log10 of the finite ones.
    low, high : (s,) float64 arrays
        Band of ``mean_of_finite``.
    infinite : (s,) float64 array
        Share of infinite repetitions.
    """

    sizes: np.ndarray
    mean: np.ndarray
    mean_of_finite: np.ndarray
    mean_log10: np.ndarray
    low: np.ndarray
    high: np.ndarray
    infinite: np.ndarray


@dataclass(frozen=True)
class Slope:
    """Slope of log10 of the mean against log10 N, its bootstrap interval, and the sizes that it is fitted to."""

    slope: float
    low: float
    high: float
    first_size: float
    last_size: float


def curve(sizes: np.ndarray, samples: np.ndarray, seed: int = 0) -> Curve:
    r"""Mean :math:`\frac1R \sum_r W_r` of BSL equation (4) at each size, and what its authors' code averages.

    Parameters
    ----------
    sizes : (s,) array
    samples : (s, R) array
        Positive, or infinite. A row of NaN alone, a size that was not run, is left out.
    seed : int
        Of the bootstrap over the R repetitions.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If there is not one row of samples a size, or a row is NaN in part.

    Examples
    --------
    >>> c = curve([10, 100], [[1.0, 3.0], [1.0, float("inf")]])
    >>> c.mean.tolist(), c.mean_of_finite.tolist(), c.infinite.tolist()
    ([2.0, inf], [2.0, 1.0], [0.0, 0.5])
    """
    sizes, samples = _run_sizes(sizes, samples)
    finite = np.isfinite(samples)
    count = finite.sum(axis=1)
    usual = _finite_means(samples)
    drawn = _finite_means(_resampled(samples, seed))
    low, high = _quantiles(drawn)
    with np.errstate(divide="ignore"):
        logs = np.where(finite, np.log10(np.where(finite, samples, 1.0)), 0.0).sum(axis=1)
    return Curve(
        sizes=sizes,
        mean=samples.mean(axis=1),
        mean_of_finite=usual,
        mean_log10=np.divide(logs, count, out=np.full(len(sizes), np.nan), where=count > 0),
        low=low,
        high=high,
        infinite=1 - finite.mean(axis=1),
    )


def slope_between(
    sizes: np.ndarray, samples: np.ndarray, first: float, last: float, seed: int = 0, *, logs: bool = False
) -> Slope:
    r"""Least-squares p of :math:`\log_{10} \bar W = p \log_{10} N + q` over the sizes from first to last.

    Means are over the finite repetitions; with ``logs`` the mean is that of the logarithms. NaN where fewer than two
    sizes have one.

    Examples
    --------
    >>> fit = slope_between([10, 100, 1000], [[8.0, 8.0], [4.0, 4.0], [2.0, 2.0]], 10, 1000)
    >>> round(fit.slope, 4), round(fit.low, 4)
    (-0.301, -0.301)
    """
    sizes, samples = _run_sizes(sizes, samples)
    # Sizes are whole numbers near powers of ten: a hair's breadth must not drop one.
    inside = (sizes >= 0.99 * first) & (sizes <= 1.01 * last)
    sizes, samples = sizes[inside], samples[inside]
    with np.errstate(divide="ignore", invalid="ignore"):
        if logs:
            data, drawn = np.log10(samples), np.log10(_resampled(samples, seed))
            heights, spread = _finite_means(data), _finite_means(drawn)
        else:
            heights = np.log10(_finite_means(samples))
            spread = np.log10(_finite_means(_resampled(samples, seed)))
    x = np.log10(sizes)
    fits = _fitted(x, spread)
    low, high = _quantiles(fits[:, None])
    own = float(_fitted(x, heights[None])[0])
    ends = (float(sizes[0]), float(sizes[-1])) if len(sizes) else (np.nan, np.nan)
    return Slope(own, float(low[0]), float(high[0]), *ends)


def last_decade(sizes: np.ndarray, samples: np.ndarray, seed: int = 0, *, logs: bool = False) -> Slope:
    """Slope over the last decade of the sizes that were run."""
    run, _ = _run_sizes(sizes, samples)
    return slope_between(sizes, samples, run[-1] / 10, run[-1], seed, logs=logs)


def onset_size(sizes: np.ndarray, samples: np.ndarray) -> float:
    """Size with the largest mean of finite repetitions, from which on a curve falls; NaN if that is the last size.

    Examples
    --------
    >>> float(onset_size([10, 100, 1000], [[1.0], [3.0], [2.0]])), float(onset_size([10, 100], [[1.0], [2.0]]))
    (100.0, nan)
    """
    sizes, samples = _run_sizes(sizes, samples)
    means = _finite_means(samples)
    if not np.isfinite(means).any():
        return float("nan")
    top = int(np.nanargmax(means))
    return float(sizes[top]) if top < len(sizes) - 1 else float("nan")


def _run_sizes(sizes: np.ndarray, samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sizes that were run, ascending as given, with their samples."""
    sizes, samples = np.asarray(sizes, np.float64), np.asarray(samples, np.float64)
    if samples.ndim != 2 or sizes.shape != samples.shape[:1]:
        raise ValueError(
            f"expected one row of repetitions a size ({len(sizes)}), got shape {samples.shape}; transpose the samples"
        )
    missing = np.isnan(samples)
    if (missing.any(axis=1) != missing.all(axis=1)).any():
        raise ValueError(
            "expected rows of numbers or of NaN alone, got a row of both; finish the size or leave it out"
        )
    run = ~missing.all(axis=1)
    return sizes[run], samples[run]


def _finite_means(samples: np.ndarray) -> np.ndarray:
    """Mean of the finite entries along the last axis, NaN where there is none."""
    finite = np.isfinite(samples)
    count = finite.sum(axis=-1)
    total = np.where(finite, samples, 0.0).sum(axis=-1)
    return np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)


def _resampled(samples: np.ndarray, seed: int) -> np.ndarray:
    """Repetitions drawn with replacement, each size on its own: (DRAWS, s, R)."""
    s, r = samples.shape
    chosen = np.random.default_rng(seed).integers(0, r, (DRAWS, s, r))
    return np.take_along_axis(np.broadcast_to(samples, (DRAWS, s, r)), chosen, axis=2)


def _quantiles(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends over the draws that gave a number; NaN where none did."""
    ends = np.full((2, drawn.shape[1]), np.nan)
    for column in range(drawn.shape[1]):
        good = drawn[np.isfinite(drawn[:, column]), column]
        if len(good):
            ends[:, column] = np.quantile(good, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return ends[0], ends[1]


def _fitted(x: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """Least-squares slopes of rows of heights (m, s) over x; sizes without a number are left out of all rows."""
    good = np.isfinite(heights).all(axis=0) if len(heights) == 1 else np.isfinite(heights).mean(axis=0) > 0.5
    x, heights = x[good], heights[:, good]
    if len(x) < 2:
        return np.full(len(heights), np.nan)
    centred = x - x.mean()
    return (heights - heights.mean(axis=1, keepdims=True)) @ centred / (centred @ centred)
