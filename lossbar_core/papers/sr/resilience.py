"""SR-resilience: one weight is moved and held, the others are trained; does the loss return?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor

from lossbar_core.datasets import load
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.training import Adam
from lossbar_core.training.starts import initial_vectors

FACTOR = 1.05  # of the loss before: the register's
CLASSES = 10


@dataclass(frozen=True)
class Resilience:
    """Networks of one hidden layer of every one of ``widths``, and ``weights`` random ones of each.

    A weight is multiplied by 1 + every one of ``moves``; the first, 10 percent, and 50 steps are the register's, larger
    ones show where it becomes hard. The networks are
    trained with Adam at a rate that falls to 0, with a weight decay, so that they end at a minimum of the penalised
    loss: without one, 50 more steps lower the loss whatever is moved. Rates, steps and decay were tuned here.
    """

    widths: tuple[int, ...]
    weights: int
    seeds: int
    n_train: int
    moves: tuple[float, ...] = (0.1, 1.0, 3.0)
    retraining: int = 50
    retraining_rate: float = 1e-3
    training: int = 3000
    rate: float = 0.02
    l2: float = 1e-3
    side: int = 7
    variant: str = "small"
    seed: int = 0


@dataclass(frozen=True)
class OneWidth:
    """All starts of one width, trained at once."""

    width: int
    config: Resilience
    seed: int = 0


def split(config: Resilience) -> list[OneWidth]:
    """Every width."""
    return [OneWidth(width, config, config.seed) for width in sorted(config.widths)]


def measure(task: OneWidth) -> Result:
    """Train, then move each chosen weight in a copy of its own and train the others of that copy.

    Parameters
    ----------
    task : OneWidth

    Returns
    -------
    Result
        Arrays: ``loss`` and ``accuracy`` (starts,) of the trained networks, and, over the penalised loss of the
        trained network, ``idle`` (starts,), that after as many further steps with nothing moved, and ``moved`` and
        ``after`` (moves, starts, weights), those before and after these steps with one weight moved.
    """
    torch.set_num_threads(1)  # matrices are small
    config, landscape = task.config, _landscape(task)
    thetas = _trained(landscape, config)
    chosen = [
        torch.randperm(landscape.dimension, generator=torch.Generator().manual_seed(config.seed + run))
        for run in range(config.seeds)
    ]
    rows = [
        [
            _shaken(landscape, theta, which[: config.weights], move, config)
            for theta, which in zip(thetas, chosen, strict=True)
        ]
        for move in config.moves
    ]
    pairs = np.array(rows)  # (moves, starts, 2, weights + 1)
    accuracy = landscape.accuracies(thetas)
    assert accuracy is not None  # the cross-entropy has one
    return Result(
        {"dimension": landscape.dimension},
        {
            "loss": landscape.losses(thetas).numpy(),
            "accuracy": accuracy.numpy(),
            "idle": pairs[0, :, 1, -1],
            "moved": pairs[:, :, 0, :-1],
            "after": pairs[:, :, 1, :-1],
        },
    )


def _shaken(
    landscape: Landscape, theta: Tensor, chosen: Tensor, move: float, config: Resilience
) -> tuple[np.ndarray, np.ndarray]:
    """Losses over the first one with one weight moved, at once and after the others' training; last, with none."""
    copies = theta.repeat(len(chosen) + 1, 1)
    held = torch.zeros_like(copies, dtype=torch.bool)
    held[torch.arange(len(chosen)), chosen] = True
    copies[held] *= 1 + move
    before = _penalised(landscape, theta[None], config.l2)
    moved = _penalised(landscape, copies, config.l2)
    _retrain(landscape, copies, held, config)
    return (moved / before).numpy(), (_penalised(landscape, copies, config.l2) / before).numpy()


def _landscape(task: OneWidth) -> Landscape:
    config = task.config
    rows = load(
        "mnist",
        n_train=config.n_train,
        size=config.side,
        variant=config.variant,
        flatten=True,
        standardise=True,
        seed=config.seed,
    ).train
    module = MLP((config.side**2, task.width, CLASSES))
    data = torch.as_tensor(rows.inputs), torch.as_tensor(rows.targets)
    return Landscape(module, "cross_entropy", data, dtype=torch.float64)


def _trained(landscape: Landscape, config: Resilience) -> Tensor:
    """Networks (starts, M) whose rate has fallen to 0 along half a cosine."""
    thetas = initial_vectors(landscape, [config.seed * config.seeds + run for run in range(config.seeds)])
    optimizer = Adam(l2=config.l2)
    state = optimizer.state(thetas)
    rates = config.rate * (1 + np.cos(np.pi * np.arange(config.training) / config.training)) / 2
    for step, rate in enumerate(rates.tolist()):
        optimizer.move(thetas, landscape.gradients(thetas), state, rate, step)
    return thetas


def _retrain(landscape: Landscape, copies: Tensor, held: Tensor, config: Resilience) -> None:
    """Steps of Adam in place, its rate falling to 0 in a line; what is held has no gradient and stays."""
    optimizer = Adam()
    state = optimizer.state(copies)
    for step in range(config.retraining):
        slopes = landscape.gradients(copies) + config.l2 * copies
        rate = config.retraining_rate * (1 - step / config.retraining)
        optimizer.move(copies, slopes.masked_fill(held, 0.0), state, rate, step)


def _penalised(landscape: Landscape, thetas: Tensor, l2: float) -> Tensor:
    return landscape.losses(thetas) + l2 / 2 * thetas.square().sum(dim=1)


@sweep_item(
    "SR-resilience",
    split=split,
    task=measure,
    smoke=Resilience((2, 8), weights=10, seeds=2, n_train=60, training=200, side=4),
    quick=Resilience((2, 4, 8, 16, 32), weights=50, seeds=3, n_train=200, training=1500),
    paper=Resilience((2, 4, 8, 16, 32, 64, 128), weights=500, seeds=5, n_train=1000, side=14),
)
def compensation(config: Resilience, results: Sequence[Result]) -> Result:
    """Weights whose move the others make up for, against width: SR section 3, on resilience.

    Parameters
    ----------
    config : Resilience
    results : sequence of Result
        One a width.

    Returns
    -------
    Result
        ``smallest_share``: over the widths, of the mean share of weights after whose first move the loss returns
        below 1.05 of its value; ``rank_correlation`` of that share with the width; ``at_once_smallest``: the same share
        before any training, ``rise_rank_correlation`` of the mean rise at once with the width; ``displaced``
        weights whose move lifts the loss above 1.05, ``displaced_returned`` of these. ``far_...``: the same for the
        largest move. ``idle_drop``: the largest relative fall of the loss in as many steps with nothing moved.
        Arrays ``widths``, ``loss`` and ``accuracy`` (widths, runs), and, (widths, moves, runs), ``share``, ``at_once``,
        ``rise``, mean relative rise at once, ``displaced``, ``returned``.
    """
    rows = [_measured(result) for result in results]
    arrays = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    arrays["widths"] = np.array(sorted(config.widths))
    values = {
        "n_widths": len(results),
        "n_weights": sum(result.arrays["after"][0].size for result in results),
        "n_train": config.n_train,
        "idle_drop": float(1 - arrays["idle"].min()),
    }
    for prefix, move in (("", 0), ("far_", -1)):
        values |= {prefix + name: value for name, value in _summary(arrays, move).items()}
    return Result(values, arrays)


def _summary(arrays: Mapping[str, np.ndarray], move: int) -> dict[str, float]:
    """What one move comes to over the widths."""
    share, at_once, rise = (arrays[name][:, move].mean(axis=1) for name in ("share", "at_once", "rise"))
    displaced = int(arrays["displaced"][:, move].sum())
    returned = int(arrays["returned"][:, move].sum())
    return {
        "smallest_share": float(share.min()),
        "at_once_smallest": float(at_once.min()),
        "rank_correlation": _rank_correlation(arrays["widths"], share),
        "rise_rank_correlation": _rank_correlation(arrays["widths"], rise),
        "displaced": displaced,
        "displaced_returned": returned / displaced if displaced else float("nan"),
    }


def _measured(result: Result) -> dict[str, np.ndarray]:
    """Of one width, (moves, starts)."""
    moved, after = result.arrays["moved"], result.arrays["after"]
    out = moved >= FACTOR
    return {
        "share": (after < FACTOR).mean(axis=2),
        "at_once": (~out).mean(axis=2),
        "rise": moved.mean(axis=2) - 1,
        "displaced": out.sum(axis=2),
        "returned": (out & (after < FACTOR)).sum(axis=2),
        **{name: result.arrays[name] for name in ("idle", "loss", "accuracy")},
    }


def _rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's; 0 where all y are equal, since nothing rises or falls."""
    return float(spearmanr(x, y).statistic) if np.ptp(y) > 0 else 0.0
