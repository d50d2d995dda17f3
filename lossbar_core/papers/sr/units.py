"""SR-2.2: how high a path between two trained half-rectified networks must climb, against the number of units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from scipy.stats import spearmanr

from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.paths import ElasticBand, StraightLine
from lossbar_core.training import Adam, Cyclical, train_ensemble

INPUTS = 2  # the register's n
DRAWS, PERCENT = 1000, (2.5, 97.5)  # of the bootstrap


@dataclass(frozen=True)
class Units:
    """Networks of every one of ``units`` on each of several ``targets``, ``networks`` of each, and bands between pairs.

    A target is a sum of plane waves on the disc. How fast the gap falls depends on it, so several are drawn. Steps and
    rates were tuned here, until more of them moved the losses by little. ``rows`` stand for the distribution that FB's
    oracle risk is a mean over.
    """

    units: tuple[int, ...]
    targets: int
    networks: int
    rows: int
    training: int
    pivots: int
    steps: int
    rate: float = 0.03
    seed: int = 0


@dataclass(frozen=True)
class OneWidth:
    """One number of units and one target."""

    units: int
    target: int
    config: Units
    seed: int = 0


def split(config: Units) -> list[OneWidth]:
    """Every number of units on every target."""
    return [
        OneWidth(units, target, config, config.seed)
        for units in sorted(config.units)
        for target in range(config.targets)
    ]


def regression(config: Units, units: int, target: int) -> Landscape:
    """The mean squared error of one hidden ReLU layer, over the variance of a target."""
    generator = np.random.default_rng([config.seed, target])
    waves, phases = 3 * generator.standard_normal((3, INPUTS)), generator.uniform(0, 2 * np.pi, 3)
    angle, radius = generator.uniform(0, 2 * np.pi, config.rows), generator.uniform(0, 1, config.rows) ** 0.5
    inputs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    values = np.sin(inputs @ waves.T + phases).sum(axis=1)
    values = (values - values.mean()) / values.std()
    return Landscape(MLP((INPUTS, units, 1)), "mse", (inputs, values[:, None]), dtype=torch.float64)


def measure(task: OneWidth) -> Result:
    """Train the networks, and relax a band between every pair.

    Parameters
    ----------
    task : OneWidth

    Returns
    -------
    Result
        Arrays ``loss`` (networks,), and, one entry a pair, ``top``, the highest loss on the band, ``line``, that on the
        straight segment, and ``end``, the higher loss of the two networks.
    """
    torch.set_num_threads(1)  # matrices are small
    config, landscape = task.config, regression(task.config, task.units, task.target)
    trained = train_ensemble(
        landscape,
        [config.seed * config.networks + run for run in range(config.networks)],
        schedule=Cyclical(1e-5, config.rate, half=config.training / 2),
        epochs=config.training,
        optimizer=Adam(),
    )
    pairs = list(combinations(range(config.networks), 2))
    ends = [(trained.thetas[a], trained.thetas[b]) for a, b in pairs]
    paths = ElasticBand(config.pivots, steps=config.steps).connect_many(landscape, ends)
    lines = StraightLine(config.pivots).connect_many(landscape, ends)
    losses = trained.losses.numpy()
    return Result(
        {"dimension": landscape.dimension},
        {
            "loss": losses,
            "top": np.array([path.top for path in paths]),
            "line": np.array([line.top for line in lines]),
            "end": np.array([max(losses[a], losses[b]) for a, b in pairs]),
        },
    )


@sweep_item(
    "SR-2.2",
    split=split,
    task=measure,
    smoke=Units((2, 8), targets=2, networks=2, rows=50, training=200, pivots=7, steps=20),
    quick=Units((2, 4, 8, 16, 32), targets=5, networks=3, rows=200, training=2000, pivots=13, steps=600),
    paper=Units(
        (2, 4, 8, 16, 32, 64), targets=20, networks=4, rows=1000, training=10_000, pivots=21, steps=2000
    ),
)
def gap(config: Units, results: Sequence[Result]) -> Result:
    r"""The gap between path and ends against units m, with the power :math:`m^p` that fits: SR section 2.2.

    Parameters
    ----------
    config : Units
    results : sequence of Result
        One a number of units and target.

    Returns
    -------
    Result
        ``exponent`` p of the mean gap, ``low`` and ``high``: 95 percent of the exponents when the targets are drawn
        anew, all networks of a target together; ``falling``: targets whose own exponent is negative; ``rises``:
        widenings at which the mean gap grows; ``top_exponent`` of the mean highest loss, ``line_exponent`` of the
        straight segment's gap, ``loss_exponent`` of the networks' mean loss. Arrays ``units``, ``gap``, ``top``,
        ``line_gap`` (units, targets, pairs), ``loss`` (units, targets, networks), ``exponents`` (targets,).
    """
    units = np.array(sorted(config.units))
    arrays = {
        name: np.stack([result.arrays[name] for result in results]).reshape(len(units), config.targets, -1)
        for name in results[0].arrays
    }
    gaps, line_gaps = arrays["top"] - arrays["end"], arrays["line"] - arrays["end"]
    of_targets = gaps.mean(axis=2)
    generator = np.random.default_rng(config.seed)
    drawn = generator.integers(config.targets, size=(DRAWS, config.targets))
    low, high = np.nanpercentile([power(units, of_targets[:, some].mean(axis=1)) for some in drawn], PERCENT)
    mean = of_targets.mean(axis=1)
    return Result(
        {
            "exponent": power(units, mean),
            "low": float(low),
            "high": float(high),
            "rises": int((np.diff(mean) > 0).sum()),
            "steps": len(units) - 1,
            "rank_correlation": float(spearmanr(units, mean).statistic),
            "targets": config.targets,
            "falling": int(sum(power(units, gap) < 0 for gap in of_targets.T)),
            "pairs": gaps[0].size,
            "most_units": int(units[-1]),
            "inputs": INPUTS,
            "first_gap": float(mean[0]),
            "last_gap": float(mean[-1]),
            "top_exponent": power(units, arrays["top"].mean(axis=(1, 2))),
            "line_exponent": power(units, line_gaps.mean(axis=(1, 2))),
            "loss_exponent": power(units, arrays["loss"].mean(axis=(1, 2))),
        },
        {
            "units": units,
            "gap": gaps,
            "line_gap": line_gaps,
            "top": arrays["top"],
            "loss": arrays["loss"],
            "exponents": np.array([power(units, gap) for gap in of_targets.T]),
        },
    )


def power(x: np.ndarray, y: np.ndarray) -> float:
    """Slope of log y against log x where y is positive; NaN from fewer than two places.

    Examples
    --------
    >>> round(power(np.array([1.0, 4.0]), np.array([2.0, 1.0])), 3)
    -0.5
    """
    known = y > 0
    if known.sum() < 2:
        return float("nan")
    return float(np.polyfit(np.log(x[known]), np.log(y[known]), 1)[0])
