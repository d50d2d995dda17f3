"""What the notebooks of the BSL authors show in the place of Figure 6, read off their pictures to two digits."""

from __future__ import annotations

import numpy as np

SIZES = (1000, 2200, 4500, 10_000, 22_000, 45_000, 100_000)

# Means of log10 W over the finite ones of 100 pairs, with an approximate graph of 4D - 1 neighbours.
MEAN_LOG10 = {
    ("Alpine01", 3): (0.37, 0.38, 0.34, 0.31, 0.28, 0.22, 0.14),
    ("Alpine01", 4): (0.35, 0.34, 0.357, 0.362, 0.318, 0.318, 0.267),
    ("Alpine01", 5): (0.331, 0.340, 0.339, 0.352, 0.341, 0.324, 0.352),
    ("XinSheYang04", 3): (-0.65, -0.51, -0.53, -0.55, -0.64, -0.67, -0.71),
    ("XinSheYang04", 4): (-1.03, -0.88, -0.76, -0.68, -0.60, -0.635, -0.66),
    ("XinSheYang04", 5): (-1.38, -1.24, -1.13, -1.01, -0.89, -0.75, -0.64),
    ("Schwefel26", 3): (2.30, 2.29, 2.275, 2.245, 2.215, 2.19, 2.14),
    ("Schwefel26", 4): (2.31, 2.295, 2.278, 2.278, 2.249, 2.262, 2.218),
    ("Schwefel26", 5): (2.37, 2.30, 2.308, 2.291, 2.293, 2.283, 2.262),
}


def at_size(name: str, d: int, n: int) -> float:
    """The value for a function, a dimension and a number of points, NaN where the notebooks have none.

    Examples
    --------
    >>> at_size("Alpine01", 3, 1000), at_size("Alpine01", 6, 1000)
    (0.37, nan)
    """
    if (name, d) not in MEAN_LOG10 or n not in SIZES:
        return float(np.nan)
    return MEAN_LOG10[name, d][SIZES.index(n)]
