"""The indexes that HI prints: means and standard deviations of sections 5.2.1 to 5.2.3 (trained) and 5.5 (random)."""

from __future__ import annotations

from collections.abc import Mapping

# Network and data set: index at trained parameters, its standard deviation, and the same at random ones.
INDEXES: Mapping[tuple[str, str], tuple[float, float, float, float]] = {
    ("2mlp", "mnist"): (1980.1, 130.4, 1186.2, 198.25),
    ("2mlp", "fashion-mnist"): (3637.9, 119.92, 2840.9, 387.35),
    ("3mlp", "mnist"): (2033.8, 124.0, 1410.3, 235.31),
    ("3mlp", "fashion-mnist"): (3593.3, 208.61, 2721.9, 272.12),
    ("cnn", "mnist"): (232.9, 2.88, 182.91, 80.17),
    ("cnn", "fashion-mnist"): (238.5, 4.88, 189.48, 79.85),
}
SIZES: Mapping[str, int] = {"2mlp": 7960, "3mlp": 8070, "cnn": 552}  # parameters, section 5.1


def printed(network: str, dataset: str, trained: bool) -> tuple[float, float]:
    """Mean and standard deviation of a printed index.

    Examples
    --------
    >>> printed("cnn", "mnist", True)
    (232.9, 2.88)
    """
    mean, spread, random_mean, random_spread = INDEXES[network, dataset]
    return (mean, spread) if trained else (random_mean, random_spread)
