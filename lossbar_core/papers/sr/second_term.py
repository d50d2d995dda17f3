"""GN-eq4: how much of a network's Hessian is the second term of the Gauss-Newton decomposition, along training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.datasets import load
from lossbar_core.hessians import decomposed
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.training import Adam
from lossbar_core.training.starts import initial_vectors

LOSSES = ("cross_entropy", "mse")
ACTIVATIONS = ("tanh", "relu")
LOW = 0.01  # the register's train loss
SMALL = 0.1  # and the share that it asks for there
CLASSES = 10


@dataclass(frozen=True)
class Along:
    """Networks of one hidden layer on images of MNIST, looked at after every one of ``steps`` full-batch steps.

    Adam at a constant rate, tuned here: square losses and cross-entropies are then below 0.01 before the last look.
    """

    n_train: int
    side: int
    hidden: int
    steps: tuple[int, ...]
    seeds: int
    rate: float = 0.01
    variant: str = "small"
    seed: int = 0


@dataclass(frozen=True)
class AlongOne:
    """All starts of one loss and activation, trained at once."""

    loss: str
    activation: str
    config: Along
    seed: int = 0


def split(config: Along) -> list[AlongOne]:
    """Every loss with every activation."""
    return [AlongOne(loss, activation, config, config.seed) for loss in LOSSES for activation in ACTIVATIONS]


def digits(config: Along, loss: str, activation: str) -> Landscape:
    """The mean loss of the training images, float64; the square loss is of one-hot labels, mean over classes too."""
    data = load(
        "mnist",
        n_train=config.n_train,
        size=config.side,
        variant=config.variant,
        flatten=True,
        standardise=True,
        seed=config.seed,
    ).train
    inputs, labels = torch.as_tensor(data.inputs), torch.as_tensor(data.targets)
    module = MLP((config.side**2, config.hidden, CLASSES), activation)
    targets = labels if loss == "cross_entropy" else torch.eye(CLASSES, dtype=torch.float64)[labels]
    return Landscape(module, loss, (inputs, targets), dtype=torch.float64)


def measure(task: AlongOne) -> Result:
    """Train the networks, and take their Hessians apart on the way.

    Parameters
    ----------
    task : AlongOne

    Returns
    -------
    Result
        Arrays (starts, looks): ``loss``, ``gradient`` norm, ``share`` of the second term in the Hessian's Frobenius
        norm, ``slope``, the root mean square of the losses' derivatives in the outputs, ``shuffled``, the share of
        the second term if these derivatives belong to other images, and ``mean_slope``, the norm of their mean
        over that root mean square.
    """
    torch.set_num_threads(1)  # matrices are small
    config = task.config
    landscape = digits(config, task.loss, task.activation)
    thetas = initial_vectors(landscape, [config.seed * config.seeds + run for run in range(config.seeds)])
    optimizer, looks, done = Adam(), [], 0
    state = optimizer.state(thetas)
    generator = torch.Generator().manual_seed(config.seed)
    for look in sorted(config.steps):
        for step in range(done, look):
            optimizer.move(thetas, landscape.gradients(thetas), state, config.rate, step)
        done = look
        looks.append([_looked_at(landscape, theta, generator) for theta in thetas])
    return Result(
        {}, {name: np.array([[one[name] for one in look] for look in looks]).T for name in looks[0][0]}
    )


def _looked_at(landscape: Landscape, theta: Tensor, generator: torch.Generator) -> dict[str, float]:
    parts = decomposed(landscape, theta)
    slopes = output_slopes(landscape, theta)
    mixed = bent(landscape, theta, slopes[torch.randperm(len(slopes), generator=generator)])
    losses, gradients = landscape.losses_and_gradients(theta[None])
    root = float(slopes.norm()) / len(slopes) ** 0.5
    return {
        "loss": float(losses[0]),
        "gradient": float(gradients[0].norm()),
        "share": parts.share,
        "slope": root,
        "mean_slope": float(slopes.mean(dim=0).norm()) / root,
        "shuffled": float(mixed.norm() / parts.hessian.norm()),
    }


def output_slopes(landscape: Landscape, theta: Tensor) -> Tensor:
    r"""Derivatives :math:`\nabla \ell_i` (N, C) of every row's loss in its outputs."""
    (block,) = landscape.blocks(landscape.n_rows)
    outputs = torch.as_tensor(block.outputs(theta)).detach().requires_grad_()
    loss = landscape.loss.mean(outputs, landscape.data.targets)
    return torch.autograd.grad(loss, outputs)[0] * len(outputs)


def bent(landscape: Landscape, theta: Tensor, slopes: Tensor) -> Tensor:
    r""":math:`\frac1N \sum_{i,c} a_{ic} \nabla^2 f_{ic}` (M, M) for given a (N, C).

    It is the second term of a square loss whose targets lie so far from the outputs that its derivatives are a.
    """
    (block,) = landscape.blocks(landscape.n_rows)
    outputs = torch.as_tensor(block.outputs(theta)).detach()
    (inputs,) = landscape.data.arguments
    targets = outputs - slopes * slopes.shape[1] / 2
    return decomposed(Landscape(landscape.module(theta), "mse", (inputs, targets)), theta).second


@sweep_item(
    "GN-eq4",
    split=split,
    task=measure,
    smoke=Along(40, side=4, hidden=6, steps=(0, 20, 300), seeds=1),
    quick=Along(150, side=7, hidden=16, steps=(0, 10, 30, 100, 300, 1000), seeds=3),
    paper=Along(2000, side=14, hidden=16, steps=(0, 10, 30, 100, 300, 1000, 3000, 10_000), seeds=5),
)
def along_training(config: Along, results: Sequence[Result]) -> Result:
    r"""Share :math:`\|R\| / \|\nabla^2 L\|` of the second term from the first step to the last: SR equation 4.

    Parameters
    ----------
    config : Along
    results : sequence of Result
        One a loss and activation.

    Returns
    -------
    Result
        For each loss: ``low_looks_<loss>``, looks at a train loss below 0.01, ``low_share_<loss>``, the largest share
        there, ``rises_<loss>``: in how many of ``steps_<loss>`` steps from look to look the share grows,
        ``first_share_<loss>`` and ``last_share_<loss>``, medians. Also, over all networks, ``low_looks``,
        ``low_share``, ``rises`` and ``steps``. Arrays `measure`'s, (networks, looks), ``looks``, and ``loss_index``
        and ``activation_index`` of each network.
    """
    arrays = {name: np.concatenate([r.arrays[name] for r in results]) for name in results[0].arrays}
    tasks = [task for task in split(config) for _ in range(config.seeds)]
    which = np.array([LOSSES.index(task.loss) for task in tasks])
    values: dict[str, Any] = {"networks": len(tasks), "n_train": config.n_train, "side": config.side}
    for name in (*LOSSES, "all"):
        chosen = np.ones(len(tasks), bool) if name == "all" else which == LOSSES.index(name)
        ending = "" if name == "all" else f"_{name}"
        share, loss = arrays["share"][chosen], arrays["loss"][chosen]
        low = loss < LOW
        values |= {
            f"low_looks{ending}": int(low.sum()),
            f"reached{ending}": int(low.any(axis=1).sum()),
            f"low_share{ending}": float(share[low].max(initial=0.0)),
            f"low_median{ending}": float(np.median(share[low])) if low.any() else float("nan"),
            f"rises{ending}": int((np.diff(share, axis=1) > 0).sum()),
            f"steps{ending}": int(share[:, 1:].size),
            f"first_share{ending}": float(np.median(share[:, 0])),
            f"last_share{ending}": float(np.median(share[:, -1])),
            f"largest_share{ending}": float(share.max()),
        }
    arrays |= {
        "looks": np.array(sorted(config.steps)),
        "loss_index": which,
        "activation_index": np.array([ACTIVATIONS.index(task.activation) for task in tasks]),
    }
    return Result(values, arrays)
