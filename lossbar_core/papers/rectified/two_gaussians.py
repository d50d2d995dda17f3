"""FB-2.3.1a: two Gaussians and two ReLU units. What is printed does not part them; a normalised statement does."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.fb.endpoints import train_to_level
from lossbar_core.papers.rectified.spare_unit import path_with_spare, permuted
from lossbar_core.paths import ElasticBand, Path

TURN = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)  # both units fire on one Gaussian, none on the other
GRID, DIRECTIONS, WIDTHS = 301, 181, 6.0  # of the bound's integrals; standard deviations beyond the means
RATE = 0.02
PLACES = 201  # along a path that is drawn
SAMPLED = 0.01  # by which a band on some rows may be below a bound for the law
DENSE = 199  # points inside a segment of a band: its top is compared with a bound

Targets = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class TwoGaussians:
    """Means at +-(1, 0), standard deviations ``sigmas``, ``rows`` draws of each component in mirrored pairs."""

    sigmas: tuple[float, ...] = (0.5, 0.25, 0.125, 0.0625)
    rows: int = 400
    starts: int = 20
    steps: int = 1500
    band_steps: int = 300
    bands: int = 4
    seed: int = 0


def mixture(sigma: float, rows: int, seed: int) -> tuple[Tensor, Tensor]:
    """Inputs (2 rows, 2) around +-(1, 0) and their component Z = +-1, (2 rows,); the noise has mean 0 exactly.

    Raises
    ------
    ValueError
        If ``rows`` is odd: every draw has a mirror image.

    Examples
    --------
    >>> x, z = mixture(0.1, 4, 0)
    >>> len(x), float(x.sum(dim=0).abs().max()) < 1e-12
    (8, True)
    """
    if rows % 2:
        raise ValueError(
            f"expected an even number of rows, got {rows}: draws come in mirrored pairs; add one"
        )
    noise = np.random.default_rng(seed).normal(size=(rows // 2, 2))
    noise = np.concatenate([noise, -noise]) * sigma
    mean = np.array([1.0, 0.0])
    x = np.concatenate([mean + noise, noise - mean])
    return torch.from_numpy(x), torch.from_numpy(np.repeat([1.0, -1.0], len(noise)))


def printed_targets(x: Tensor, z: Tensor) -> Tensor:
    r""":math:`Y = (X - \mu_Z) Z`: FB section 2.3.1."""
    return (x - torch.stack([z, torch.zeros_like(z)], dim=1)) * z[:, None]


def rectified_targets(x: Tensor) -> Tensor:
    """The outputs of two units that both fire on one component: a network of two units has risk 0."""
    return (x @ torch.from_numpy(TURN).T).relu()


def risk(x: Tensor, y: Tensor, units: int, bias: bool = False) -> AnalyticLandscape:
    """Mean squared distance of a network 2-``units``-2 on these rows; with a bias, inputs are (x, 1)."""
    inputs = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1) if bias else x
    width = inputs.shape[1]

    def square_risk(thetas: Tensor) -> Tensor:
        """Risks (B,) of weights (B, M)."""
        inner, outer = thetas.split([units * width, 2 * units], dim=1)
        hidden = (inputs @ inner.reshape(-1, units, width).mT).relu()
        return (hidden @ outer.reshape(-1, 2, units).mT - y).square().sum(2).mean(1)

    return AnalyticLandscape(square_risk, units * (width + 2), name=f"two Gaussians, {width}-{units}-2")


def rank_one_bound(sigma: float, targets: Targets) -> float:
    r"""Least :math:`E\, \mathrm{Var}(Y \mid w \cdot X) / E\, \mathrm{tr\,Cov}(Y \mid Z)` over directions w, on a grid.

    Where :math:`W_1` has rank one, every prediction is a function of one number :math:`w \cdot X`, so its risk is no
    less. Two units that are exchanged have determinants of opposite sign, so every path passes such a place.

    Parameters
    ----------
    sigma : float
    targets : callable
        Inputs (n, 2) and component +-1 -> (n, 2).
    """
    reach = 1 + WIDTHS * sigma
    steps = np.linspace(-reach, reach, GRID)
    along, across = np.meshgrid(steps, steps, indexing="ij")
    places = np.stack([along.ravel(), across.ravel()], axis=1)
    least = np.inf
    for angle in np.linspace(0, np.pi, DIRECTIONS):
        frame = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        x = places @ frame  # first coordinate along w
        total, first, second, spread = np.zeros(GRID), np.zeros((GRID, 2)), 0.0, 0.0
        for sign in (1.0, -1.0):
            weight = np.exp(-((x - [sign, 0.0]) ** 2).sum(1) / (2 * sigma**2))
            weight /= 2 * weight.sum()  # each component has probability 1/2
            y = targets(torch.from_numpy(x), torch.full((len(x),), sign, dtype=torch.float64)).numpy()
            total += weight.reshape(GRID, GRID).sum(1)
            first += (weight[:, None] * y).reshape(GRID, GRID, 2).sum(1)
            square = float((weight[:, None] * y**2).sum())
            second += square
            spread += square - 2 * float(((weight[:, None] * y).sum(0) ** 2).sum())
        seen = total > 0
        explained = float((first[seen] ** 2 / total[seen, None]).sum())
        least = min(least, (second - explained) / spread)
    return least


def least_of_rank_one(x: Tensor, y: Tensor) -> float:
    r"""Least empirical risk of two units without biases whose :math:`W_1` has rank one, over directions of w.

    Both units fire on a multiple of w, so predictions are combinations of :math:`\max(0, w \cdot x)` and
    :math:`\max(0, -w \cdot x)`.

    Parameters
    ----------
    x, y : (L, 2) tensors

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64)
    >>> least_of_rank_one(x, x) < 1e-12
    True
    """
    least = math.inf
    for angle in np.linspace(0, np.pi, DIRECTIONS):
        along = x @ torch.tensor([np.cos(angle), np.sin(angle)], dtype=x.dtype)
        hidden = torch.stack([along.relu(), (-along).relu()], dim=1)
        outer = torch.linalg.lstsq(hidden, y, driver="gelsd").solution
        least = min(least, float((hidden @ outer - y).square().sum(1).mean()))
    return least


@item(
    "FB-2.3.1a",
    smoke=TwoGaussians((0.5, 0.125), rows=100, starts=8, steps=300, band_steps=50, bands=2),
    quick=TwoGaussians(),
    paper=TwoGaussians(rows=4000, starts=200, steps=10_000, band_steps=5000, bands=50),
)
def two_gaussians(config: TwoGaussians) -> Result:
    r"""The printed example, and one that is true, both relative to the spread of the targets: FB section 2.3.1.

    Parameters
    ----------
    config : TwoGaussians

    Returns
    -------
    Result
        Relative numbers are divided by :math:`E\, \mathrm{tr\,Cov}(Y \mid Z)`. Of the printed targets:
        ``printed_zero``, the risk of predicting 0 at the smallest spread, which a path through weights 0 does not
        exceed if its ends do not; ``printed_best``, relative, the least risk where descents of two units end, with
        biases into the units or without; ``printed_no_bias``, the largest over the spreads of the latter;
        ``printed_rank_one``, relative, the least over the spreads of `least_of_rank_one`, and ``printed_margin``, the
        least difference of the two at one spread; ``printed_bound``, relative, the least of rank one.
        Of `rectified_targets`: ``end``, risk of both ends; ``bound``, relative, of rank one, the least over the
        spreads; ``band``, relative, the least top of a band; ``below``, bands whose top is below the bound by more than
        a hundredth; ``wider``, relative, the largest over the spreads of the top of the exchange around a third unit.
        Arrays by spread: ``sigma``, ``printed``, ``printed_with_bias``, ``bounds``, ``bands``, ``wider``; ``along``
        (2, T): losses of the lowest band and of the exchange around a third unit, at the smallest spread, relative.
    """
    torch.set_num_threads(1)  # two threads would wait for each other
    by_sigma = [_one_spread(sigma, config) for sigma in config.sigmas]
    table = {name: np.array([row[name] for row in by_sigma]) for name in by_sigma[0] if name != "along"}
    return Result(
        {
            "printed_zero": float(table["zero"][-1]),
            "printed_best": float(min(table["printed"].min(), table["printed_with_bias"].min())),
            "printed_bound": float(table["printed_bound"].min()),
            "printed_no_bias": float(table["printed"].max()),
            "printed_rank_one": float(table["printed_rank_one"].min()),
            "printed_margin": float((table["printed_rank_one"] - table["printed"]).min()),
            "end": float(table["end"].max()),
            "bound": float(table["bounds"].min()),
            "band": float(table["bands"].min()),
            "below": int((table["bands"] < (1 - SAMPLED) * table["bounds"]).sum()),
            "wider": float(table["wider"].max()),
        },
        {"sigma": np.array(config.sigmas), **table, "along": by_sigma[-1]["along"]},
    )


def _one_spread(sigma: float, config: TwoGaussians) -> dict[str, Any]:
    x, z = mixture(sigma, config.rows, config.seed)
    printed, true = printed_targets(x, z), rectified_targets(x)
    spread, true_spread = (_spread(y, z) for y in (printed, true))
    found = {bias: _best(x, printed, bias, config) / spread for bias in (False, True)}
    band, around = _lowest_band(x, true, config), _with_a_third_unit(x, true)
    return {
        "zero": float(printed.square().sum(1).mean()),
        "printed": found[False],
        "printed_with_bias": found[True],
        "printed_bound": rank_one_bound(sigma, printed_targets),
        "printed_rank_one": least_of_rank_one(x, printed) / spread,
        "end": float(band.profile().losses[[0, -1]].max()),
        "bounds": rank_one_bound(sigma, lambda x, z: rectified_targets(x)),
        "bands": band.profile(DENSE).top / true_spread,
        "wider": around.top / true_spread,
        "along": np.stack([p.resampled(PLACES).profile(0).losses / true_spread for p in (band, around)]),
    }


def _spread(y: Tensor, z: Tensor) -> float:
    """Mean over the components of the trace of the covariance of the targets."""
    return float(np.mean([y[z == sign].var(dim=0, correction=0).sum() for sign in (1, -1)]))


def _best(x: Tensor, y: Tensor, bias: bool, config: TwoGaussians) -> float:
    """Least risk of two units over the starts."""
    surface = risk(x, y, 2, bias)
    generator = np.random.default_rng((config.seed, int(bias)))
    starts = torch.from_numpy(generator.normal(size=(config.starts, surface.dimension)))
    ends, _ = train_to_level(surface, starts, -np.inf, rate=RATE, steps=config.steps)
    return float(surface.losses(ends).min())


def _lowest_band(x: Tensor, y: Tensor, config: TwoGaussians) -> Path:
    """From the exact network to its copy with both units exchanged."""
    inner, outer = torch.from_numpy(TURN), torch.eye(2, dtype=torch.float64)
    start, end = (
        torch.cat([a.flatten(), b.flatten()]) for a, b in ((inner, outer), permuted(inner, outer, [1, 0]))
    )
    surface = risk(x, y, 2)
    bands = [
        ElasticBand(41, steps=config.band_steps, jitter=0.3, seed=config.seed + i).connect(
            surface, start, end
        )
        for i in range(config.bands)
    ]
    return min(bands, key=lambda band: band.top)


def _with_a_third_unit(x: Tensor, y: Tensor) -> Path:
    """The same exchange around a unit to spare."""
    inner = torch.cat([torch.from_numpy(TURN), torch.zeros(1, 2, dtype=torch.float64)])
    outer = torch.eye(2, 3, dtype=torch.float64)
    return Path(path_with_spare(inner, outer, [1, 0]), risk(x, y, 3))
