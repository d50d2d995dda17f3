"""The barcode of minima of a function, estimated on a sampled point cloud."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_points import point_barcode, will_stream
from lossbar_core.barcodes.neighbours import neighbour_count
from lossbar_core.checks import as_bounds, as_count, as_positive, as_real
from lossbar_core.progress import progress_bar

SAMPLERS = ("uniform", "sobol")
CHUNK = 2**18


def sample_barcode(
    function: Callable[[np.ndarray], np.ndarray],
    bounds: Sequence[Sequence[float]],
    n: int,
    seed: int = 0,
    k: int | None = None,
    radius: float | None = None,
    *,
    sampler: str = "uniform",
    dtype: Any = np.float32,
    stream: bool | None = None,
    progress: bool = False,
) -> Barcode:
    r"""Barcode of minima of :math:`f: \prod [a_i, b_i] \to \mathbb R` on n sampled points and their k-NN
    graph.

    BSL sections 3 and 4.1: sample, join neighbours, run Algorithm 1. The barcode carries ``points``,
    ``values`` and, unless it was streamed, ``graph``.

    Parameters
    ----------
    function : (m, d) array -> (m,) array
        Evaluated on chunks of points, so it must act row by row.
    bounds : d pairs (low, high)
    n : int
        Number of points.
    seed : int
        The same seed gives the same points, for a dtype and a version of numpy (uniform) or scipy (Sobol).
    k, radius
        As in :func:`lossbar_core.knn_graph`: by default k = 2d and no radius.
    sampler : {"uniform", "sobol"}
        Independent uniform points (the paper), or a scrambled Sobol sequence.
    dtype : float32 or float64
        Of the points. float32 halves the time and the memory.
    stream : bool, optional
        As in :func:`lossbar_core.point_barcode`: by default without the graph only where it would not fit.
    progress : bool
        Show a bar for each stage.

    Returns
    -------
    Barcode

    Raises
    ------
    TypeError
        If n, k or the seed is no integer, the function cannot be called, or it returns no real numbers.
    ValueError
        If a bound is not finite, k >= n, the sampler is unknown, or the function returns another shape than
        (m,), NaN or infinity.
    MemoryError
        If the estimate exceeds the memory.

    Examples
    --------
    >>> bc = sample_barcode(lambda x: (x[:, 0] ** 2 - 1) ** 2, [(-2, 2)], n=1000, seed=1, k=20)
    >>> big = bc.filter(min_persistence=0.1)
    >>> len(big), float(big.death[1].round(2))
    (2, 1.0)
    """
    box = as_bounds(bounds)
    n = as_count(n, "n")
    d = len(box)
    neighbours = neighbour_count(k, n, d)
    if radius is not None:
        as_positive(radius, "radius")
    if not callable(function):
        raise TypeError(f"expected a function of points, got {function!r}; pass f with f((m, d)) -> (m,)")
    dtype = np.dtype(dtype)
    if dtype not in (np.float32, np.float64):
        raise ValueError(f"expected dtype float32 or float64, got {dtype}; choose one of the two")
    stream = will_stream(n, d, neighbours, dtype.itemsize, stream) if neighbours else False
    points = sample_points(box, n, seed, sampler, dtype)
    values = evaluate(function, points, progress)
    return point_barcode(values, points, k, radius, stream=stream, progress=progress)


def sample_points(
    bounds: Any, n: int, seed: int = 0, sampler: str = "uniform", dtype: Any = np.float32
) -> np.ndarray:
    """n points in a box, (n, d): independent uniform ones or a scrambled Sobol sequence.

    Raises
    ------
    TypeError
        If the seed is no integer.
    ValueError
        If a bound is not finite, the dtype cannot tell it from the other, the seed is negative or the
        sampler is unknown.

    Examples
    --------
    >>> sample_points([(0, 1), (2, 3)], 5).shape
    (5, 2)
    """
    box = as_bounds(bounds)
    seed = as_count(seed, "seed", low=0)
    if sampler not in SAMPLERS:
        raise ValueError(f"expected sampler 'uniform' or 'sobol', got {sampler!r}; choose one of the two")
    low, high = _ends(box, np.dtype(dtype))
    if sampler == "uniform":
        points = np.random.default_rng(seed).random((n, len(box)), dtype=dtype)
    else:
        points = _sobol(n, len(box), seed).astype(dtype)
    points *= high - low
    points += low
    return np.minimum(points, high, out=points)  # rounding may have gone beyond


def _ends(box: np.ndarray, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper bounds in the dtype of the points."""
    with np.errstate(over="ignore"):
        low, high = box.T.astype(dtype)
        width = high - low
    bad = np.flatnonzero(~((width > 0) & np.isfinite(width)))
    if len(bad):
        raise ValueError(
            f"expected bounds whose distance {dtype} can hold, got {tuple(box[bad[0]].tolist())} "
            f"in dimension {bad[0]}; rescale, or pass dtype=np.float64"
        )
    return low, high


def _sobol(n: int, d: int, seed: int) -> np.ndarray:
    """First n points of a scrambled sequence, drawn as a power of two: its balance is what it is used for."""
    from scipy.stats import qmc

    return qmc.Sobol(d, scramble=True, rng=seed).random_base2(max(n - 1, 1).bit_length())[:n]


def evaluate(
    function: Callable[[np.ndarray], np.ndarray], points: np.ndarray, progress: bool = False
) -> np.ndarray:
    """Values of a function at the points, chunk by chunk; checked where they are made.

    Raises
    ------
    TypeError
        If the function returns no real numbers.
    ValueError
        If it does not return one finite value a point, or integers beyond 2**53.
    """
    values = None
    with progress_bar("values", len(points), progress) as advance:
        for begin in range(0, len(points), CHUNK):
            part = points[begin : begin + CHUNK]
            # A copy, since a function that computes in place would move the points of the graph.
            found = np.asarray(function(part.copy()))
            if found.dtype.kind not in "fiub" or found.dtype.itemsize > 8:
                raise TypeError(f"expected real values, got dtype {found.dtype}; return float32 or float64")
            if found.shape != (len(part),):
                raise ValueError(
                    f"expected the function to map ({len(part)}, {part.shape[1]}) points to ({len(part)},) values, "
                    f"got shape {found.shape}; reduce over the last axis"
                )
            if not np.isfinite(found).all():
                bad = part[~np.isfinite(found)][0]
                raise ValueError(
                    f"expected finite values, got {found[~np.isfinite(found)][0]} at {bad}; change the bounds"
                )
            if found.dtype.kind in "iu":
                found = as_real(found, "values")  # refuses integers that float64 would merge
            if values is None:
                values = np.empty(len(points), np.float32 if found.dtype == np.float32 else np.float64)
            values[begin : begin + CHUNK] = found
            advance(len(part))
    assert values is not None  # n >= 1
    return values
