"""FB-2.3.1b: labels that a small network makes itself, and its copies with permuted units."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.spare_unit import path_with_spare, permuted
from lossbar_core.paths import ElasticBand, Path

INPUTS, UNITS = 2, 3
PLACES = 201  # along a path that is drawn


@dataclass(frozen=True)
class Teachers:
    """A teacher 2-3-1 on ``rows`` Gaussian inputs; ``trials`` jittered bands to each copy, and some in wider nets."""

    rows: int = 1000
    trials: int = 50
    wider_trials: int = 5
    wider: int = 6
    pivots: int = 21
    steps: int = 100
    seed: int = 0


def teacher(seed: int) -> tuple[Tensor, Tensor]:
    """Weights (3, 2) and (1, 3), standard normal."""
    generator = np.random.default_rng((seed, 0))
    return torch.from_numpy(generator.normal(size=(UNITS, INPUTS))), torch.from_numpy(
        generator.normal(size=(1, UNITS))
    )


def student_risk(units: int, rows: int, seed: int) -> tuple[AnalyticLandscape, float]:
    """Mean squared error of a network 2-``units``-1 on the teacher's labels, and their variance."""
    x = torch.from_numpy(np.random.default_rng((seed, 1)).normal(size=(rows, INPUTS)))
    inner, outer = teacher(seed)
    y = (x @ inner.T).relu() @ outer[0]

    def square_risk(thetas: Tensor) -> Tensor:
        """Risks (B,) of weights (B, M)."""
        w, beta = thetas.split([units * INPUTS, units], dim=1)
        hidden = (x @ w.reshape(-1, units, INPUTS).mT).relu_()
        return (hidden @ beta[:, :, None])[:, :, 0].sub_(y).square().mean(1)

    surface = AnalyticLandscape(square_risk, units * (INPUTS + 1), name=f"teacher's labels, 2-{units}-1")
    return surface, float(y.var(correction=0))


@item(
    "FB-2.3.1b",
    smoke=Teachers(rows=100, trials=3, wider_trials=1, pivots=9, steps=30),
    quick=Teachers(),
    paper=Teachers(wider_trials=50, pivots=41, steps=5000),
)
def teachers(config: Teachers) -> Result:
    """The lowest path found from a teacher to each of its five permuted copies, and around spare units.

    Parameters
    ----------
    config : Teachers

    Returns
    -------
    Result
        In units of the labels' variance: ``end``, the largest risk of an end; ``lowest``, over the copies, the smallest
        of the lowest tops of ``trials`` bands, and ``highest``, the largest of them; ``straight``, the smallest top of
        the segments; ``wider``, the largest top of the exchange around spare units in a student of 6 units;
        ``wider_band``, the largest of the lowest tops of bands there. ``ratio``: largest of ``wider`` over the lowest
        top of the same copy. Arrays: ``tops`` (copies, trials), ``orders`` (copies, 3), ``along`` (2, T): the
        lowest band of the copy that is hardest to reach, and the exchange around a spare unit.
    """
    torch.set_num_threads(1)
    orders = [order for order in permutations(range(UNITS)) if order != tuple(range(UNITS))]
    surface, variance = student_risk(UNITS, config.rows, config.seed)
    wide, _ = student_risk(config.wider, config.rows, config.seed)
    inner, outer = teacher(config.seed)
    spare = _padded(inner, outer, config.wider)
    bands = [_bands(surface, inner, outer, order, config.trials, config) for order in orders]
    around = [
        Path(path_with_spare(*spare, [*order, *range(UNITS, config.wider - 1)]), wide) for order in orders
    ]
    wide_orders = [(*order, *range(UNITS, config.wider)) for order in orders]
    wide_bands = [_bands(wide, *spare, order, config.wider_trials, config) for order in wide_orders]
    tops = np.array([[band.top for band in found] for found in bands]) / variance
    free = np.array([path.top for path in around]) / variance
    hardest = int(tops.min(axis=1).argmax())
    drawn = (bands[hardest][int(tops[hardest].argmin())], around[hardest])
    return Result(
        {
            "trials": config.trials,
            "rows": config.rows,
            "end": max(float(p.profile().losses[[0, -1]].max()) for found in bands for p in found) / variance,
            "lowest": float(tops.min()),
            "highest": float(tops.min(axis=1).max()),
            "straight": min(_straight(surface, inner, outer, order) for order in orders) / variance,
            "wider": float(free.max()),
            "wider_band": max(min(band.top for band in found) for found in wide_bands) / variance,
            "ratio": float((free / tops.min(axis=1)).max()),
        },
        {
            "tops": tops,
            "orders": np.array(orders),
            "along": np.stack([path.resampled(PLACES).profile(0).losses / variance for path in drawn]),
        },
    )


def _padded(inner: Tensor, outer: Tensor, units: int) -> tuple[Tensor, Tensor]:
    """The teacher in a wider network whose other units have weights 0."""
    more = units - len(inner)
    return torch.cat([inner, inner.new_zeros(more, INPUTS)]), torch.cat(
        [outer, outer.new_zeros(1, more)], dim=1
    )


def _ends(inner: Tensor, outer: Tensor, order: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    copies = ((inner, outer), permuted(inner, outer, order))
    start, end = (torch.cat([w.flatten(), beta.flatten()]) for w, beta in copies)
    return start, end


def _bands(
    surface: AnalyticLandscape,
    inner: Tensor,
    outer: Tensor,
    order: tuple[int, ...],
    trials: int,
    config: Teachers,
) -> list[Path]:
    """Elastic bands to a copy, each jittered with a seed of its own."""
    start, end = _ends(inner, outer, order)
    return [
        ElasticBand(config.pivots, steps=config.steps, jitter=3.0, seed=config.seed + trial).connect(
            surface, start, end
        )
        for trial in range(trials)
    ]


def _straight(surface: AnalyticLandscape, inner: Tensor, outer: Tensor, order: tuple[int, ...]) -> float:
    return Path(torch.stack(_ends(inner, outer, order)), surface).profile(99).top
