"""What the networks of the BSL paper's Figure 7 learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.checks import as_real

INPUTS = 101  # BSL section 4.2: equally spaced on [-pi, pi]


def target(x: Any) -> np.ndarray:
    r"""The function that the BSL paper's networks learn, g(x) = 0.31 sin(-x) - 0.72 sin(-2x) - 0.21 cos x +
    0.89 cos 2x (section 4.2).

    Returns
    -------
    float64 array of the shape of x

    Raises
    ------
    TypeError
        If x holds no real numbers.
    ValueError
        If an entry is NaN or infinite.

    Examples
    --------
    >>> target([0.0]).round(2)
    array([0.68])
    """
    x = as_real(x, "x").astype(np.float64)
    return 0.31 * np.sin(-x) - 0.72 * np.sin(-2 * x) - 0.21 * np.cos(x) + 0.89 * np.cos(2 * x)


def as_inputs(x: Any) -> np.ndarray:
    """Inputs as a float64 copy (m,).

    Raises
    ------
    ValueError
        If the shape is another one, there are none, or one is not finite.
    """
    x = as_real(x, "x").astype(np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"expected inputs x of shape (m,) with m >= 1, got {x.shape}; ravel them first")
    return x


def training_data(x: Any = None, y: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and targets, float64 copies (m,) each; by default 101 equally spaced x on [-pi, pi] and y = target(x).

    Raises
    ------
    TypeError
        If they are no real numbers.
    ValueError
        If there is not one target an input, or one of them is not finite.

    Examples
    --------
    >>> x, y = training_data()
    >>> len(x), bool((y == target(x)).all())
    (101, True)
    """
    x = np.linspace(-np.pi, np.pi, INPUTS) if x is None else as_inputs(x)
    y = target(x) if y is None else as_real(y, "y").astype(np.float64)
    if y.shape != x.shape:
        raise ValueError(f"expected one target an input, {x.shape}, got {y.shape}; give x and y equally long")
    return x, y
