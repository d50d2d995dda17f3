"""GN-Claim: eigenvalues near 0 against parameters over samples, and those that are 0 for other reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.datasets import load
from lossbar_core.hessians import decomposed, known_zeros
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.training import Adam, Cyclical, train_ensemble
from lossbar_core.training.starts import initial_vectors

NEAR = (
    1e-6,
    1e-4,
    1e-2,
)  # of the largest in modulus; the first is the register's, the others are for comparison
LOSSES = ("bce", "mse")
ZERO = 1e-12  # of the largest: what rounding leaves of an exact zero, with room to spare
DIGITS = (3, 8)  # two classes that are not easy to tell apart; chosen here
TEN, CLASSES = "cross_entropy", 10  # the loss of the ten-class networks


@dataclass(frozen=True)
class Widths:
    """One hidden layer of every one of ``widths`` on ``rows`` digits of ``side`` x ``side`` pixels, one output.

    Training is Adam on all rows, its rate rising to ``rate`` and falling again, tuned here: the gradient is then below
    a hundredth of the first. ``known_widths`` are those of ten-class networks on more and larger images.
    """

    rows: int
    widths: tuple[int, ...]
    seeds: int
    side: int = 4
    activation: str = "tanh"
    training: int = 2000
    rate: float = 0.02
    known_rows: int = 2000
    known_side: int = 14
    known_widths: tuple[int, ...] = (1, 2, 4)
    variant: str = "small"
    seed: int = 0


@dataclass(frozen=True)
class OneWidth:
    """All starts of one width, under "bce" or "mse" for two classes; one of "cross_entropy" for ten."""

    loss: str
    width: int
    config: Widths
    seed: int = 0


def split(config: Widths) -> list[OneWidth]:
    """Every loss and width; then the networks of ten classes."""
    return [
        *(OneWidth(loss, width, config, config.seed) for loss in LOSSES for width in sorted(config.widths)),
        *(OneWidth(TEN, width, config, config.seed) for width in config.known_widths),
    ]


def landscape_of(task: OneWidth) -> Landscape:
    """The mean loss of the task's network on its rows, float64."""
    config, claim = task.config, task.loss != TEN
    side = config.side if claim else config.known_side
    rows = load(
        "mnist",
        n_train=config.rows if claim else config.known_rows,
        size=side,
        binary=DIGITS if claim else None,
        variant=config.variant,
        flatten=True,
        standardise=claim,  # dark pixels stay exactly 0 in the other ones
        seed=config.seed,
    ).train
    inputs, labels = torch.as_tensor(rows.inputs), torch.as_tensor(rows.targets)
    module = MLP((side**2, task.width, 1 if claim else CLASSES), config.activation if claim else "relu")
    targets = labels.double()[:, None] if claim else labels
    return Landscape(module, task.loss, (inputs, targets), dtype=torch.float64)


def measure(task: OneWidth) -> Result:
    """Spectra at the start and after training, or the zeros that are known.

    Parameters
    ----------
    task : OneWidth

    Returns
    -------
    Result
        Values ``ratio`` M / N and ``dimension`` M. Arrays, one entry a start, at the start and trained (prefix
        ``start_`` and none): ``near``, the share of the Hessian's eigenvalues within 1e-6 of the largest, ``near_4``
        and ``near_2`` within 1e-4 and 1e-2, ``first_near`` of the first term's, ``drop``, the most negative value
        that the Hessian has in the kernel of the first term, over its largest, ``share`` of the second term, ``zeros``,
        eigenvalues that are 0 up to rounding, ``known``, those that symmetries force, ``loss`` and ``gradient``.
    """
    torch.set_num_threads(1)  # matrices are small
    config, landscape = task.config, landscape_of(task)
    runs = config.seeds if task.loss != TEN else 1
    starts = initial_vectors(landscape, [config.seed * config.seeds + run for run in range(runs)])
    values = {"ratio": landscape.dimension / landscape.n_rows, "dimension": landscape.dimension}
    arrays = {f"start_{name}": part for name, part in _all_bending(landscape, starts).items()}
    if task.loss == TEN:
        return Result(values, arrays)
    trained = train_ensemble(
        landscape,
        range(runs),
        schedule=Cyclical(1e-6, config.rate, half=config.training / 2),
        epochs=config.training,
        optimizer=Adam(),
        starts=starts,
    )
    return Result(values, arrays | _all_bending(landscape, trained.thetas))


def _all_bending(landscape: Landscape, thetas: Tensor) -> dict[str, np.ndarray]:
    rows = [_bending(landscape, theta) for theta in thetas]
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def _bending(landscape: Landscape, theta: Tensor) -> dict[str, float]:
    parts = decomposed(landscape, theta)
    eigenvalues = torch.linalg.eigvalsh(parts.hessian)
    first, vectors = torch.linalg.eigh(parts.gauss_newton)
    largest = float(eigenvalues.abs().max())
    kernel = vectors[:, first.abs() < ZERO * first[-1]]
    inside = torch.linalg.eigvalsh(kernel.mT @ parts.hessian @ kernel)
    loss, gradient = landscape.losses_and_gradients(theta[None])
    return {
        "loss": float(loss[0]),
        "gradient": float(gradient[0].norm()),
        "near": near(eigenvalues, NEAR[0]),
        "near_4": near(eigenvalues, NEAR[1]),
        "near_2": near(eigenvalues, NEAR[2]),
        "first_near": near(first, NEAR[0]),
        "share": parts.share,
        "drop": min(float(inside.min()), 0.0) / largest if len(inside) else 0.0,
        "zeros": int((eigenvalues.abs() < ZERO * largest).sum()),
        "known": known_zeros(landscape, theta),
    }


def near(eigenvalues: Tensor, threshold: float) -> float:
    """Share of eigenvalues of modulus below a threshold times the largest.

    Examples
    --------
    >>> near(torch.tensor([-1e-9, 0.0, 1e-3, 2.0]), 1e-6)
    0.5
    """
    sizes = eigenvalues.abs()
    return float((sizes < threshold * sizes.max()).double().mean())


@sweep_item(
    "GN-Claim",
    split=split,
    task=measure,
    smoke=Widths(20, widths=(1, 4, 9), seeds=1, training=50, known_rows=200, known_side=7, known_widths=(1,)),
    quick=Widths(72, widths=(1, 2, 4, 8, 16, 32), seeds=4),
    paper=Widths(288, widths=(4, 8, 16, 32, 64, 128), seeds=10, training=20_000, known_widths=(1, 2, 4, 8)),
)
def degeneracy(config: Widths, results: Sequence[Result]) -> Result:
    """The share of eigenvalues near 0 against M / N: SR section 4.1, after Theorem 4.2.

    Parameters
    ----------
    config : Widths
    results : sequence of Result
        One a loss and width.

    Returns
    -------
    Result
        For each loss: ``falls_<loss>``, steps to a larger M / N at which the mean share of the trained networks falls,
        ``growth_<loss>`` from the smallest M / N to the largest, ``top_<loss>`` the share at the largest and
        ``first_top_<loss>`` that of the first term; with ``start_`` in front at random parameters. ``falls`` adds up
        the trained ones, ``growth`` is the smaller. ``known_share``: largest share of exact zeros of the ten-class
        networks, all with M / N below ``known_ratio``; ``known_missing``: networks with fewer zeros than are known.
        Arrays ``ratio`` (widths,), and `measure`'s by loss, (widths, runs).
    """
    pairs = list(zip(split(config), results, strict=True))
    known = [result for task, result in pairs if task.loss == TEN]
    arrays = {
        "known_ratio": np.array([r.values["ratio"] for r in known]),
        "known_size": np.array([r.values["dimension"] for r in known]),
        "known_zeros": np.concatenate([r.arrays["start_zeros"] for r in known]),
        "known_forced": np.concatenate([r.arrays["start_known"] for r in known]),
    }
    values: dict[str, Any] = {"rows": config.rows, "runs": config.seeds, "steps": len(config.widths) - 1}
    for loss in LOSSES:
        mine = [result for task, result in pairs if task.loss == loss]
        arrays["ratio"] = ratio = np.array([r.values["ratio"] for r in mine])
        arrays |= {f"{name}_{loss}": np.stack([r.arrays[name] for r in mine]) for name in mine[0].arrays}
        for when in ("", "start_"):
            values |= _summary(arrays, when, loss)
    return Result(
        values
        | {
            "smallest_ratio": float(ratio[0]),
            "largest_ratio": float(ratio[-1]),
            "falls": sum(values[f"falls_{loss}"] for loss in LOSSES),
            "growth": min(values[f"growth_{loss}"] for loss in LOSSES),
            "known_ratio": float(arrays["known_ratio"].max()),
            "known_share": float((arrays["known_zeros"] / arrays["known_size"]).max()),
            "known_missing": int((arrays["known_forced"] > arrays["known_zeros"]).sum()),
        },
        arrays,
    )


def _summary(arrays: Mapping[str, np.ndarray], when: str, loss: str) -> dict[str, float]:
    """How the share of one loss changes with M / N, at the start or trained."""
    share = arrays[f"{when}near_{loss}"].mean(axis=1)
    steps = np.diff(share)
    return {
        f"{when}falls_{loss}": int((steps < 0).sum()),
        f"{when}growth_{loss}": float(share[-1] - share[0]),
        f"{when}top_{loss}": float(share[-1]),
        f"{when}first_top_{loss}": float(arrays[f"{when}first_near_{loss}"].mean(axis=1)[-1]),
        f"{when}drop_{loss}": float(arrays[f"{when}drop_{loss}"].min()),
    }
