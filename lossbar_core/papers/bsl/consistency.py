"""Whether two estimates come nearer to each other with more points: BSL equations (3) and (4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.bsl.convergence import OF_THE_PAPER
from lossbar_core.papers.bsl.convergence_task import CloudPair, cloud_pair


@dataclass(frozen=True)
class Consistency:
    """Pairs of clouds in one dimension at the smallest and at the largest N."""

    dimension: int = 3
    log_sizes: tuple[float, float] = (3.0, 7.0)
    pairs: int = 20
    multiple: int = 2
    seed: int = 0


def two_sizes(config: Consistency) -> list[CloudPair]:
    """Tasks that Figure 6 has too."""
    sizes = [round(10**size) for size in config.log_sizes]
    return [
        CloudPair(config.dimension, n, pair, config.multiple, 0.0, config.seed)
        for n in sizes
        for pair in range(config.pairs)
    ]


@sweep_item(
    "BSL-eq3-4",
    split=two_sizes,
    task=cloud_pair,
    smoke=Consistency(log_sizes=(2.0, 3.0), pairs=6),
    quick=Consistency(log_sizes=(3.0, 5.0), pairs=8),
    paper=Consistency(),
)
def consistency(config: Consistency, results: Sequence[Result]) -> Result:
    r"""Is :math:`W_\infty(\hat D_f(\Theta_N), \hat D_f(\Theta'_N))` smaller for more points? BSL equations (3) and (4).

    The r-th pair of clouds of the smallest N against the r-th of the largest: Wilcoxon's exact signed-rank test, one
    side, of the distances between largest components; and a sign test of the whole distances, which an infinite one
    at the larger N counts against.

    Parameters
    ----------
    config : Consistency
    results : sequence of Result
        Of `cloud_pair` for the tasks of `two_sizes`, in their order.

    Returns
    -------
    Result
        ``largest_p`` of the three functions and ``largest_sign_p``, ``ratio`` (the largest ratio of the means),
        ``infinite_pairs`` of ``cloud_pairs``. Arrays ``smallest``, ``largest`` (pairs, 3) of whole distances.
    """
    whole = np.array([result.arrays["distance"][:3] for result in results]).reshape(2, config.pairs, 3)
    large = np.array([result.arrays["distance_largest"][:3] for result in results]).reshape(
        2, config.pairs, 3
    )
    tests = [signed_rank_p(large[1, :, f], large[0, :, f]) for f in range(3)]
    signs = [sign_p(whole[1, :, f], whole[0, :, f]) for f in range(3)]
    values: dict[str, Any] = {f"p_{name.lower()}": p for name, p in zip(OF_THE_PAPER, tests, strict=True)}
    values |= {
        "largest_p": max(tests),
        "largest_sign_p": max(signs),
        "ratio": float((large[1].mean(axis=0) / large[0].mean(axis=0)).max()),
        "infinite_pairs": int(np.isinf(whole[:, :, 0]).sum()),
        "cloud_pairs": 2 * config.pairs,
        "dimension": config.dimension,
        "pairs": config.pairs,
        "smallest_n": round(10 ** config.log_sizes[0]),
        "largest_n": round(10 ** config.log_sizes[1]),
    }
    return Result(values, {"smallest": whole[0], "largest": whole[1]})


def signed_rank_p(later: np.ndarray, earlier: np.ndarray) -> float:
    """Probability of so small differences later - earlier if their signs were chance (Wilcoxon, exact).

    Examples
    --------
    >>> signed_rank_p(np.arange(8.0), np.arange(8.0) + np.linspace(1, 2, 8))
    0.00390625
    """
    from scipy.stats import wilcoxon

    return float(wilcoxon(later, earlier, alternative="less", method="exact").pvalue)


def sign_p(later: np.ndarray, earlier: np.ndarray) -> float:
    """Probability of so many later < earlier if each were a fair coin; what is not below counts against.

    Examples
    --------
    >>> sign_p(np.array([0.0, 1.0, np.inf]), np.array([1.0, np.inf, np.inf]))
    0.5
    """
    from scipy.stats import binomtest

    return float(
        binomtest(int(np.count_nonzero(later < earlier)), len(later), 0.5, alternative="greater").pvalue
    )
