"""Time and growth: what a statement such as O(N log N) is compared with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np


def processor_seconds(call: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Least processor time of a call on one thread over some repeats, and the call's last result.

    One thread waits for no other, and its own time does not count what the machine does beside it.

    Raises
    ------
    ValueError
        If there is no repeat.
    """
    if repeats < 1:
        raise ValueError(f"expected repeats >= 1, got {repeats}; time the call at least once")
    least, result = np.inf, None
    with one_thread():
        for _ in range(repeats):
            result = None  # two results need not fit into memory together
            start = time.thread_time()
            result = call()
            least = min(least, time.thread_time() - start)
    return least, result


@contextmanager
def one_thread() -> Iterator[None]:
    """Let the kernels use a single thread for a while."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["OMP_NUM_THREADS"]
        if before is not None:
            os.environ["OMP_NUM_THREADS"] = before


def growth_exponent(sizes: Sequence[float] | np.ndarray, amounts: Sequence[float] | np.ndarray) -> float:
    r"""Slope p of the least-squares line :math:`\log y = p \log N + q`, so that :math:`y \sim N^p`.

    Raises
    ------
    ValueError
        If there are fewer than two distinct sizes, or a size or an amount is not positive.

    Examples
    --------
    >>> round(growth_exponent([10, 100, 1000], [3, 300, 30000]), 6)
    2.0
    """
    x, y = np.asarray(sizes, dtype=np.float64), np.asarray(amounts, dtype=np.float64)
    if x.shape != y.shape or len(np.unique(x)) < 2 or not (np.all(x > 0) and np.all(y > 0)):
        raise ValueError(
            f"expected positive amounts at two or more distinct sizes, got {y.tolist()} at {x.tolist()}; "
            "measure at another size"
        )
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])
