"""BSL-4.2.3: whether minima of equal train loss with short bars generalise better, on the (3x3) network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.functions.training_data import target
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.net_cloud import fill
from lossbar_core.papers.bsl.net_descents import find_minima
from lossbar_core.papers.bsl.net_models import limits, network
from lossbar_core.papers.bsl.net_tasks import cloud_barcode

BAND = 1.05  # largest over smallest train loss of minima that count as equal
FEWEST = 3  # minima from which a rank correlation means anything at all


@dataclass(frozen=True)
class Generalization:
    """Descents and cloud of the (3x3) network; ``noise`` is the standard deviation of the noise on labels."""

    n_points: int
    runs: int
    steps: int
    noise: float = 0.3
    variant: str = "fixed"
    widths: tuple[int, ...] = (3, 3)
    reduced: bool = True
    level: float = 1.5
    multiple: int = 2
    seed: int = 0


@item(
    "BSL-4.2.3",
    smoke=Generalization(500, runs=60, steps=50),
    quick=Generalization(20_000, runs=2500, steps=600),
    paper=Generalization(100_000, runs=8000, steps=3000),
)
def generalization(config: Generalization) -> Result:
    r"""Spearman's :math:`\rho` of bar length and test error over minima within 5 percent of train loss.

    BSL section 4.2.3. The test error is the mean squared error against the target midway between the training
    inputs; the network was trained on the target with noise, and, beside it, without.

    Parameters
    ----------
    config : Generalization

    Returns
    -------
    Result
        ``n_minima`` in the band, ``rho`` and ``p_value`` (one-sided) with noise on the labels; the same with
        ``_clean`` for labels without noise. Arrays: birth, length and test error of all minima with a bar.
    """
    values: dict[str, Any] = {"n_points": config.n_points}
    arrays: dict[str, np.ndarray] = {}
    for tail, noise in (("", config.noise), ("_clean", 0.0)):
        model = _trained_on(config, noise)
        birth, length, error = _minima(config, model)
        chosen = fullest_band(birth)
        rho, p = _correlation(length[chosen], error[chosen])
        low = float(birth[chosen].min()) if len(birth) else float("nan")
        values |= {f"n_minima{tail}": int(chosen.sum()), f"rho{tail}": rho, f"p_value{tail}": p}
        values |= {f"all_minima{tail}": len(birth), f"band_from{tail}": low}
        arrays |= {
            f"birth{tail}": birth,
            f"length{tail}": length,
            f"error{tail}": error,
            f"chosen{tail}": chosen,
        }
    return Result(values, arrays)


def _trained_on(config: Generalization, noise: float) -> SmallNetwork:
    clean = network(config.variant, config.widths, config.seed, reduced=config.reduced)
    labels = clean.y + noise * np.random.default_rng([config.seed, 1]).standard_normal(len(clean.y))
    return network(config.variant, config.widths, config.seed, reduced=config.reduced, y=labels)


def _minima(config: Generalization, model: SmallNetwork) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Birth, length and test error of the finite bars that begin at the end of a descent."""
    box = limits(model, config.variant)
    minima = find_minima(model, box, config.runs, config.steps, config.seed)
    cloud = fill(model, box, config.n_points, config.level, config.seed)
    bars = cloud_barcode(model, cloud, minima, config.n_points, config.multiple)
    found = bars[(bars.minimum >= config.n_points) & ~bars.essential]
    assert bars.points is not None
    middle = (model.x[1:] + model.x[:-1]) / 2
    fits = model.predict(bars.points[found.minimum].astype(np.float64), middle)
    error = ((fits - target(middle)) ** 2).mean(axis=1)
    return found.birth.astype(np.float64), found.persistence.astype(np.float64), error


def fullest_band(losses: np.ndarray) -> np.ndarray:
    """Mask of the band [a, 1.05 a] of sorted losses that holds most of them, the lowest one if several do.

    Examples
    --------
    >>> fullest_band(np.array([0.1, 0.2, 0.205, 0.209, 0.4]))
    array([False,  True,  True,  True, False])
    """
    if not len(losses):
        return np.zeros(0, bool)
    counts = np.searchsorted(losses, BAND * losses, side="right") - np.arange(len(losses))
    low = losses[counts.argmax()]
    return (losses >= low) & (losses <= BAND * low)


def _correlation(length: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Rank correlation and the chance of one as large without a connection; NaN for too few or equal values."""
    if len(length) < FEWEST or np.ptp(length) == 0 or np.ptp(error) == 0:
        return float("nan"), float("nan")
    found = spearmanr(length, error, alternative="greater")
    return float(found.statistic), float(found.pvalue)
