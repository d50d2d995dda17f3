"""What the authors' plots of the final text show, read from the coordinates of their vector files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# Level: (length, half its bar, beads, half its bar). Nobody says whether a bar is a standard error.
QUADRATIC_PLOT: Mapping[float, tuple[float, float, float, float]] = {
    0.001: (1.863, 0.154, 62.4, 5.9),
    0.0025: (1.753, 0.142, 38.3, 4.7),
    0.005: (1.661, 0.127, 23.5, 2.4),
    0.0075: (1.650, 0.116, 18.8, 2.0),
    0.01: (1.476, 0.104, 13.8, 1.4),
    0.025: (1.329, 0.073, 8.2, 0.7),
    0.05: (1.366, 0.089, 6.8, 0.6),
    0.075: (1.291, 0.066, 5.4, 0.4),
    0.1: (1.346, 0.070, 5.1, 0.3),
    0.125: (1.270, 0.049, 4.0, 0.3),
}
# Those of 25 levels that were read. Above 0.17 all lengths lie between 1.003 and 1.005.
CUBIC_LENGTH: Mapping[float, float] = {
    0.01: 1.87,
    0.02: 1.69,
    0.03: 1.51,
    0.05: 1.43,
    0.1: 1.38,
    0.14: 1.42,
    0.15: 1.66,
    0.152: 1.78,
    0.154: 1.99,
    0.156: 2.42,
    0.158: 2.54,
    0.16: 2.28,
    0.162: 1.87,
    0.164: 1.52,
    0.168: 1.006,
    0.17: 1.005,
}
CUBIC_BEADS: Mapping[float, float] = {
    0.01: 46.3,
    0.02: 27.3,
    0.03: 18.7,
    0.05: 14.0,
    0.07: 10.9,
    0.1: 7.6,
    0.14: 4.5,
    0.158: 3.4,
    0.168: 3.2,
    0.32: 3.1,
}


def plotted(task: str) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and beads of a task's plot, (n, 2) each: level and value.

    Examples
    --------
    >>> lengths, beads = plotted("quadratic")
    >>> lengths[0].tolist(), beads[-1].tolist()
    ([0.001, 1.863], [0.125, 4.0])
    """
    if task == "quadratic":
        rows = np.array([(level, *values) for level, values in QUADRATIC_PLOT.items()])
        return rows[:, [0, 1]], rows[:, [0, 3]]
    return np.array(list(CUBIC_LENGTH.items())), np.array(list(CUBIC_BEADS.items()))


def mean_gap(levels: np.ndarray, measured: np.ndarray, curve: np.ndarray) -> float:
    """Mean relative difference of measured values from a curve (n, 2), at the levels that both have.

    Examples
    --------
    >>> mean_gap(np.array([0.1, 0.2]), np.array([1.1, 5.0]), np.array([[0.1, 1.0]])).round(3)
    np.float64(0.1)
    """
    known = dict(curve.tolist())
    gaps = [
        abs(value / known[level] - 1)
        for level, value in zip(levels.tolist(), measured.tolist(), strict=True)
        if level in known
    ]
    return np.mean(gaps) if gaps else np.float64("nan")
