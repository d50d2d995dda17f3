"""What the authors' plots of the final text show for larger networks, read from their vector files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

# Level (test error in percent, or perplexity): (normalised length, beads).
PLOTS: Mapping[str, Mapping[float, tuple[float, float]]] = {
    "FBF-MNIST": {
        4.0: (1.003, 4.1),
        2.0: (1.005, 4.8),
        1.5: (1.008, 5.1),
        1.0: (1.016, 5.5),
        0.9: (1.022, 5.9),
        0.85: (1.026, 5.9),
        0.8: (1.026, 6.0),
        0.775: (1.030, 5.7),
        0.75: (1.047, 6.6),
        0.7: (1.071, 7.1),
    },
    "FBF-CIFAR": {
        80.0: (1.001, 3.0),
        70.0: (1.000, 3.0),
        60.0: (1.003, 3.0),
        50.0: (1.005, 3.08),
        40.0: (1.012, 3.0),
        30.0: (1.159, 3.9),
        20.0: (1.845, 5.9),
    },
    "FBF-PTB": {
        700.0: (1.091, 3.0),
        300.0: (1.086, 3.0),
        250.0: (1.156, 3.0),
        200.0: (1.346, 3.0),
        150.0: (1.278, 3.0),
        135.0: (1.178, 3.0),
    },
}


def plotted(item: str) -> tuple[np.ndarray, np.ndarray]:
    """Lengths and beads of an item's plot, (n, 2) each: level and value.

    Examples
    --------
    >>> plotted("FBF-CIFAR")[0][-1].tolist()
    [20.0, 1.845]
    """
    rows = np.array([(level, *values) for level, values in PLOTS[item].items()])
    return rows[:, [0, 1]], rows[:, [0, 2]]
