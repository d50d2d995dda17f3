"""Descent from many starts at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossbar_core.checks import as_bounds, as_count, as_positive, as_real

MOMENTS = (
    0.9,
    0.999,
)  # decay of the means of the gradient and of its square: the authors' notebooks keep the usual
EPSILON = 1e-8


def adam(
    gradient: Callable[[np.ndarray], np.ndarray],
    starts: Any,
    steps: int = 25_000,
    rate: float = 1e-2,
    clip: Any = None,
) -> np.ndarray:
    r"""Adam from every start: :math:`\theta \leftarrow \theta - \eta\, \hat m / (\sqrt{\hat v} + \epsilon)`.

    All starts move together and none sees the others. The authors' networks: 1000 standard normal starts, the
    default steps and rate.

    Parameters
    ----------
    gradient : (n, D) array -> (n, D) array
    starts : (n, D) array
    steps : int
    rate : float
        The step size :math:`\eta`.
    clip : D pairs (low, high), optional
        A box into which every step is cut back.

    Returns
    -------
    (n, D) float64 array

    Raises
    ------
    TypeError
        If the gradient cannot be called, the starts are no real numbers, or steps or rate are no numbers.
    ValueError
        If the starts, the gradient or the box have another shape, or steps or rate are not positive.

    Examples
    --------
    >>> adam(lambda x: 2 * (x - 1), [[0.0], [3.0]], steps=2000).round(6)
    array([[1.],
           [1.]])
    """
    places = as_real(starts, "starts").astype(np.float64)
    if places.ndim != 2:
        raise ValueError(
            f"expected starts of shape (n, D), got {places.shape}; write one start as start[None]"
        )
    if not callable(gradient):
        raise TypeError(
            f"expected a gradient, got {gradient!r}; pass a function of (n, D) that returns (n, D)"
        )
    steps, rate = as_count(steps, "steps"), as_positive(rate, "rate")
    box = None if clip is None else as_bounds(clip)
    if box is not None and len(box) != places.shape[1]:
        raise ValueError(
            f"expected {places.shape[1]} pairs as clip, got {len(box)}; give one pair a parameter"
        )
    mean, square = np.zeros_like(places), np.zeros_like(places)
    for step in range(1, steps + 1):
        slope = np.asarray(gradient(places))
        if slope.shape != places.shape:
            raise ValueError(
                f"expected a gradient of shape {places.shape}, got {slope.shape}; return one row a start"
            )
        mean += (1 - MOMENTS[0]) * (slope - mean)
        square += (1 - MOMENTS[1]) * (slope * slope - square)
        scale = np.sqrt(square / (1 - MOMENTS[1] ** step)) + EPSILON
        places -= rate / (1 - MOMENTS[0] ** step) * mean / scale
        if box is not None:
            np.clip(places, box[:, 0], box[:, 1], out=places)
    return places
