"""FB-eq1-3: the empirical and the oracle risk, and level sets, which are closed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.regression import Regression, random_units, smooth_regression

UNITS = 6
PATHS, PLACES = 100, 101  # segments that are tested, and places on each
OFF = 0.1  # standard deviation of their ends' outer weights around the best ones


@dataclass(frozen=True)
class Risks:
    """Samples of ``sizes`` rows, ``draws`` of each, for one network with a hidden layer."""

    sizes: tuple[int, ...] = (100, 400, 1600, 6400)
    draws: int = 200
    seed: int = 0


def empirical_risk(predictions: Tensor, targets: Tensor) -> Tensor:
    r""":math:`F_e = \frac1L \sum_i |\Phi(x_i) - y_i|^2`: FB equation 1, a sum over outputs and a mean over rows.

    Parameters
    ----------
    predictions, targets : (L, k) tensors

    Examples
    --------
    >>> float(empirical_risk(torch.zeros(2, 2), torch.tensor([[3.0, 4.0], [0.0, 0.0]])))
    12.5
    """
    return (predictions - targets).square().sum(dim=1).mean()


def in_level_set(losses: np.ndarray, level: float) -> bool:
    r"""Whether all points lie in :math:`\Omega(\lambda) = \{F \le \lambda\}`: FB equation 3, the level included.

    Examples
    --------
    >>> in_level_set(np.array([0.5, 1.0]), 1.0), in_level_set(np.array([0.5, 1.0]), 0.999)
    (True, False)
    """
    return bool((np.asarray(losses) <= level).all())


@item(
    "FB-eq1-3",
    smoke=Risks((100, 400), draws=20),
    quick=Risks(),
    paper=Risks((100, 1000, 10_000, 100_000), draws=1000),
)
def risks(config: Risks) -> Result:
    """Risks of equations 1 and 2 against each other and against the package's loss: FB section 2.

    Parameters
    ----------
    config : Risks

    Returns
    -------
    Result
        ``oracle``, exact; ``bias``: mean empirical risk less it, in standard errors, largest in size; ``slope`` of the
        log of the spread of empirical risks against log L; ``loss_error``: equation 1 against the package's "mse" times
        the number of outputs, relative. Of ``paths`` segments between two networks with the same units, on which the
        risk is convex, the level being the larger risk of both ends: ``closed`` belong to its level set, and ``open``
        to that of the next smaller number. ``left``: segments between networks with different units that leave the
        level set of their ends. Array ``spread`` (sizes,).
    """
    task = smooth_regression(2, seed=config.seed)
    inner = random_units(UNITS, 2, config.seed + 1)
    outer = task.best_outer(inner)
    oracle = float(task.risk(inner, outer))
    found = np.array([
        [_sampled(task, inner, outer, rows, config.seed + 1 + draw) for draw in range(config.draws)]
        for rows in config.sizes
    ])  # fmt: skip
    errors = found.std(axis=1, ddof=1) / np.sqrt(config.draws)
    convex, other = _segments(task, inner, config.seed), _segments(task, None, config.seed)
    return Result(
        {
            "oracle": oracle,
            "bias": float(np.abs((found.mean(axis=1) - oracle) / errors).max()),
            "slope": float(np.polyfit(np.log(config.sizes), np.log(found.std(axis=1, ddof=1)), 1)[0]),
            "loss_error": _loss_error(config.seed),
            "paths": PATHS,
            "closed": sum(in_level_set(path, _level(path)) for path in convex),
            "open": sum(in_level_set(path, np.nextafter(_level(path), 0)) for path in convex),
            "left": sum(not in_level_set(path, _level(path)) for path in other),
        },
        {"sizes": np.array(config.sizes), "spread": found.std(axis=1, ddof=1)},
    )


def _level(losses: np.ndarray) -> float:
    """The larger loss of both ends of a path."""
    return float(max(losses[0], losses[-1]))


def _segments(task: Regression, units: Tensor | None, seed: int) -> np.ndarray:
    """Oracle risks (PATHS, PLACES) between networks off their best outer weights, of these units or each of its own."""
    generator = np.random.default_rng((seed, 1))
    shares = torch.linspace(0, 1, PLACES, dtype=torch.float64)[:, None]
    found = []
    for path in range(PATHS):
        ends = []
        for side in (0, 1):
            inner = random_units(UNITS, 2, seed + 2 + 2 * path + side) if units is None else units
            outer = task.best_outer(inner) + OFF * torch.from_numpy(generator.normal(size=UNITS))
            ends.append((inner, outer))
        (inner, outer), (last, last_outer) = ends
        between = inner if units is not None else torch.lerp(inner, last, shares[:, :, None])
        found.append(task.risk(between, torch.lerp(outer, last_outer, shares)).numpy())
    return np.stack(found)


def _sampled(task: Regression, inner: Tensor, outer: Tensor, rows: int, seed: int) -> float:
    x, y = task.sample(rows, seed)
    return float(empirical_risk(((x @ inner.T).relu() @ outer)[:, None], y[:, None]))


def _loss_error(seed: int) -> float:
    """Equation 1 against the package's loss, which is a mean over rows and outputs."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(50, k, generator=generator, dtype=torch.float64) for k in (4, 3))
    module = MLP((4, 5, 3))
    surface = Landscape(module, "mse", (x, y), dtype=torch.float64)
    with torch.no_grad():
        by_hand = float(empirical_risk(module.double()(x), y))
    return abs(3 * float(surface.losses(surface.vector()[None])) / by_hand - 1)
