"""Checks of input, made before any work starts: what was expected, what came, what to do."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

WORK_SHARE = 2**14  # items that are worth a thread: tuned here, about 0.1 ms
MEMORY_SHARE = 0.9  # of the physical memory that a request may plan to fill; the rest is the system's


def as_real(array: Any, name: str) -> np.ndarray:
    """The array as C-contiguous float32 or float64, without a copy where it is one already.

    Raises
    ------
    TypeError
        If the entries are neither real numbers nor integers, or masked.
    ValueError
        If an entry is NaN or infinite, or an integer so large that float64 would merge it with another.
    MemoryError
        If a copy is needed and would not fit.
    """
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(
            f"expected {name} without a mask, got a masked array; fill or drop the masked entries"
        )
    try:
        array = np.asarray(array)
    except ValueError:
        raise ValueError(
            f"expected {name} as an array, got rows of different lengths; make all rows equally long"
        ) from None
    kind, itemsize = array.dtype.kind, array.dtype.itemsize
    if kind not in "fiub" or itemsize > 8:
        raise TypeError(f"expected {name} of real numbers, got dtype {array.dtype}; convert to float64 first")
    wanted = np.dtype(np.float32 if kind == "f" and itemsize == 4 else np.float64)
    if array.dtype != wanted or not array.flags.c_contiguous:
        check_memory(wanted.itemsize * array.size, f"a contiguous copy of {name}")
    if kind in "iu" and itemsize == 8 and array.size:
        _check_exact(array, name)
    array = np.asarray(array, wanted, order="C")
    # A sum is NaN or infinite if an entry is (or if it overflows: then look closer). One pass, no temporary.
    with np.errstate(over="ignore", invalid="ignore"):
        suspicious = not np.isfinite(array.sum(dtype=np.float64))
    if suspicious and not np.isfinite(array).all():
        bad = np.flatnonzero(~np.isfinite(array.ravel()))
        raise ValueError(
            f"expected finite {name}, got {array.ravel()[bad[0]]} at flat position {bad[0]} "
            f"({len(bad)} such entries); remove or replace them"
        )
    return array


def _check_exact(array: np.ndarray, name: str) -> None:
    """Integers that float64 tells apart."""
    largest = max(int(array.max()), -int(array.min()))
    if largest > 2**53:
        raise ValueError(
            f"expected integer {name} up to 2**53, got {largest}: float64 cannot hold it; "
            "subtract an offset, or convert to float64 if rounding is meant"
        )


def as_points(points: Any) -> np.ndarray:
    """Points as an (n, d) array with n >= 1 and 1 <= d <= 32.

    Raises
    ------
    ValueError
        If the shape is another one, or coordinates are so large that squares overflow, or so close together
        that they vanish.
    """
    points = as_real(points, "points")
    if points.ndim != 2 or not 1 <= points.shape[1] <= 32 or len(points) < 1:
        raise ValueError(
            f"expected points of shape (n, d) with n >= 1 and 1 <= d <= 32, got {points.shape}; "
            "reshape one-dimensional points with points[:, None]"
        )
    largest = max(-float(points.min()), float(points.max()))
    bound = 1e15 if points.dtype == np.float32 else 1e150
    if largest > bound:
        raise ValueError(
            f"expected coordinates below {bound:g} in {points.dtype}, got {largest:g}: "
            "squared distances would overflow; rescale the points"
        )
    # Different numbers lie at least a rounding apart, so that most points need no look at their spread.
    finest = float(np.sqrt(np.finfo(points.dtype).tiny))
    near_zero = largest * float(np.finfo(points.dtype).eps) < finest
    spread = float(np.ptp(points, axis=0).max()) if near_zero else 1.0
    if 0 < spread < finest:
        raise ValueError(
            f"expected points spread over at least {finest:.2g} in {points.dtype}, got {spread:g}: "
            "squared distances would vanish; rescale the points"
        )
    return points


def as_values(values: Any, n: int | None = None) -> np.ndarray:
    """Values as a one-dimensional array of length n.

    Raises
    ------
    ValueError
        If it has another shape or length.
    """
    values = as_real(values, "values")
    if values.ndim != 1:
        raise ValueError(f"expected values of shape (n,), got {values.shape}; ravel them first")
    if n is not None and len(values) != n:
        raise ValueError(
            f"expected one value a vertex ({n}), got {len(values)}; use the graph of the same points"
        )
    return values


def as_bounds(bounds: Sequence[Sequence[float]]) -> np.ndarray:
    """Bounds as a (d, 2) float64 array of (low, high) with low < high.

    Raises
    ------
    ValueError
        If the shape is another one, a bound is not finite, or low >= high.
    """
    try:
        array = np.asarray(bounds, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"expected bounds as pairs (low, high), got {bounds!r}; give one pair a dimension"
        ) from None
    if array.ndim != 2 or array.shape[1] != 2 or not 1 <= len(array) <= 32:
        raise ValueError(
            f"expected bounds as 1 to 32 pairs (low, high), got shape {array.shape}; give one pair a dimension"
        )
    for axis, (low, high) in enumerate(array):
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(
                f"expected finite low < high in dimension {axis}, got ({low}, {high}); mend that pair"
            )
    return array


def as_count(value: Any, name: str, low: int = 1, high: int | None = None) -> int:
    """An integer in low..high.

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it lies outside.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise TypeError(
            f"expected an integer {name}, got {value!r} of type {type(value).__name__}; pass int({name})"
        )
    if value < low or (high is not None and value > high):
        limits = f">= {low}" if high is None else f"in {low}..{high}"
        raise ValueError(f"expected {name} {limits}, got {value}; choose another {name}")
    return int(value)


def as_positive(value: Any, name: str) -> float:
    """A positive finite number.

    Raises
    ------
    TypeError
        If it is no real number.
    ValueError
        If it is not positive, NaN or infinite.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(
            f"expected a number as {name}, got {value!r} of type {type(value).__name__}; pass a float"
        )
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not 0 < number < math.inf:
        raise ValueError(f"expected a positive finite {name}, got {value}; choose another {name}")
    return number


def physical_memory() -> int:
    """Bytes of physical memory, or of the container's limit where that is smaller."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        with open("/sys/fs/cgroup/memory.max") as file:
            limit = file.read().strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def available_memory() -> int:
    """Bytes that a request may plan to fill."""
    return int(MEMORY_SHARE * physical_memory())


def check_memory(needed: int, what: str) -> None:
    """Refuse a request that would not fit.

    Raises
    ------
    MemoryError
        If the estimate exceeds what the machine has.
    """
    available = available_memory()
    if needed > available:
        raise MemoryError(
            f"expected {what} to fit in {available / 2**30:.1f} GiB, but it needs about {needed / 2**30:.1f} GiB; "
            "take fewer points, a smaller k, or float32"
        )


def thread_count(work: int | None = None) -> int:
    """Threads for the kernels: OMP_NUM_THREADS where set, else the processors this process may use.

    No more than one for every ``WORK_SHARE`` items of work: threads that wait for each other on a busy machine
    cost milliseconds, a thousand times what a small input takes.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wanted.isdigit() and int(wanted) > 0:
        threads = int(wanted)
    else:
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return threads if work is None else max(1, min(threads, work // WORK_SHARE))
