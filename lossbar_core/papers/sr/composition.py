"""GN-eq1-2 and GN-eq3: derivatives of a convex loss of a network's output, and the two parts of the Hessian."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev
from torch.nn.functional import softplus

from lossbar_core.hessians import exact_hessian
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.training import Adam, train_ensemble
from lossbar_core.training.starts import initial_vectors

Scalar = Callable[[Tensor, Tensor], Tensor]
STEP = 2e-3  # of the differences: truncation of order 4 and rounding are both below 1e-9 of a Hessian; tuned here
ACTIVATIONS = ("tanh", "sigmoid", "softplus")  # smooth, so that all second derivatives exist


@dataclass(frozen=True)
class ConvexLoss:
    r"""A convex loss :math:`\ell(s, y)` of one output, with its derivatives in s written out by hand."""

    value: Scalar
    first: Scalar
    second: Scalar

    def mean(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Mean over rows of outputs (b, 1)."""
        return self.value(outputs[:, 0], targets).mean()


def _root(s: Tensor, y: Tensor) -> Tensor:
    return (1 + (s - y) ** 2).sqrt()


LOSSES = {
    "square": ConvexLoss(
        lambda s, y: (s - y) ** 2, lambda s, y: 2 * (s - y), lambda s, y: torch.full_like(s, 2)
    ),
    "logistic": ConvexLoss(
        lambda s, y: softplus(-y * s),
        lambda s, y: -y * torch.sigmoid(-y * s),
        lambda s, y: torch.sigmoid(s) * torch.sigmoid(-s),
    ),
    "exponential": ConvexLoss(
        lambda s, y: (-y * s).exp(), lambda s, y: -y * (-y * s).exp(), lambda s, y: (-y * s).exp()
    ),
    "pseudo-Huber": ConvexLoss(
        lambda s, y: _root(s, y) - 1,
        lambda s, y: (s - y) / _root(s, y),
        lambda s, y: _root(s, y) ** -3,
    ),
}


@dataclass(frozen=True)
class Composition:
    """A small network with one output, ``rows`` Gaussian inputs with labels 1 and -1, ``trials`` of each kind."""

    trials: int
    rows: int
    widths: tuple[int, ...] = (3, 4, 1)
    training: int = 300  # steps of Adam before the third point of GN-eq3; tuned here
    seed: int = 0


def problem_of(config: Composition, loss: str, activation: str, trial: int) -> tuple[Landscape, Tensor]:
    """A landscape in float64 and a random first vector (M,)."""
    generator = np.random.default_rng((config.seed, trial))
    inputs = generator.standard_normal((config.rows, config.widths[0]))
    labels = generator.permutation(np.where(np.arange(config.rows) % 2, -1.0, 1.0))
    module = MLP(config.widths, activation)
    landscape = Landscape(module, LOSSES[loss].mean, (inputs, labels), dtype=torch.float64)
    return landscape, initial_vectors(landscape, [config.seed * config.trials + trial])[0]


@dataclass(frozen=True)
class Parts:
    r"""Outputs f (N,), :math:`\nabla f_i` (N, M), :math:`\nabla^2 f_i` (N, M, M), and the labels (N,)."""

    outputs: Tensor
    gradients: Tensor
    hessians: Tensor
    labels: Tensor

    @classmethod
    def at(cls, landscape: Landscape, theta: Tensor) -> Parts:
        """By automatic differentiation of the outputs alone."""
        (block,) = landscape.blocks(landscape.n_rows)

        def outputs(vector: Tensor) -> Tensor:
            return torch.as_tensor(block.outputs(vector))[:, 0]

        return cls(
            outputs(theta).detach(),
            jacrev(outputs)(theta).detach(),
            jacrev(jacrev(outputs))(theta).detach(),
            landscape.data.targets,
        )

    def covariance(self, loss: ConvexLoss) -> Tensor:
        r""":math:`\frac1N \sum_i \ell''_i \nabla f_i \nabla f_i^T`, the first term of SR equation 3."""
        weights = loss.second(self.outputs, self.labels)
        return torch.einsum("n,nj,nk->jk", weights, self.gradients, self.gradients) / len(weights)

    def bent(self, weights: Tensor) -> Tensor:
        r""":math:`\frac1N \sum_i c_i \nabla^2 f_i`: for :math:`c = \ell'`, as printed :math:`\ell''`."""
        return torch.einsum("n,njk->jk", weights, self.hessians) / len(weights)


@item("GN-eq1-2", smoke=Composition(1, rows=1), quick=Composition(10, rows=1))
def chain_rule(config: Composition) -> Result:
    r"""SR equations 1 and 2 for one sample, against differences of the loss's values alone.

    Parameters
    ----------
    config : Composition
        With one row.

    Returns
    -------
    Result
        ``gradient_error`` and ``hessian_error``, the largest relative ones of all ``cases``: three activations, four
        losses, so many trials.

    Raises
    ------
    ValueError
        If there is more than one row: equations 1 and 2 are those of one sample.
    """
    if config.rows != 1:
        raise ValueError(
            f"expected 1 row for equations 1 and 2, got {config.rows}; use GN-eq3 for the mean over rows"
        )
    errors = []
    for activation, (name, loss), trial in product(ACTIVATIONS, LOSSES.items(), range(config.trials)):
        landscape, theta = problem_of(config, name, activation, trial)
        parts = Parts.at(landscape, theta)
        first = loss.first(parts.outputs, parts.labels)
        gradient, second = differences(landscape, theta)
        claimed = first @ parts.gradients, parts.covariance(loss) + parts.bent(first)
        errors.append([_relative(claimed[0], gradient), _relative(claimed[1], second)])
    worst = np.max(errors, axis=0)
    return Result(
        {
            "gradient_error": float(worst[0]),
            "hessian_error": float(worst[1]),
            "cases": len(errors),
            "losses": len(LOSSES),
            "parameters": len(theta),
        }
    )


def differences(landscape: Landscape, theta: Tensor) -> tuple[Tensor, Tensor]:
    """Gradient (M,) and Hessian (M, M) by central differences of losses, of fourth order in the step.

    Examples
    --------
    >>> landscape, theta = problem_of(Composition(1, rows=1), "square", "tanh", 0)
    >>> gradient, second = differences(landscape, theta)
    >>> float((gradient - landscape.gradients(theta[None])[0]).abs().max()) < 1e-8
    True
    """
    basis = torch.eye(len(theta), dtype=theta.dtype)
    parts = [_rough(landscape, theta, step * basis, step) for step in (STEP, 2 * STEP)]
    gradient, second = ((4 * fine - coarse) / 3 for fine, coarse in zip(*parts, strict=True))
    return gradient, second


def _rough(landscape: Landscape, theta: Tensor, moves: Tensor, step: float) -> tuple[Tensor, Tensor]:
    """The same, of second order."""
    ahead, behind = landscape.losses(theta + moves), landscape.losses(theta - moves)
    sums, gaps = moves[:, None] + moves, moves[:, None] - moves

    def table(shifts: Tensor) -> Tensor:
        return landscape.losses(theta + shifts.flatten(0, 1)).view(shifts.shape[:2])

    corners = table(sums) + table(-sums) - table(gaps) - table(-gaps)
    return (ahead - behind) / (2 * step), corners / (4 * step**2)


@item("GN-eq3", smoke=Composition(1, rows=6, training=20), quick=Composition(2, rows=20, training=200))
def two_parts(config: Composition) -> Result:
    r"""SR equation 3, with :math:`\ell'` in the second sum and, as printed, with :math:`\ell''`.

    Parameters
    ----------
    config : Composition

    Returns
    -------
    Result
        ``largest_error``: of the corrected right-hand side from the exact Hessian, relative, over all ``cases``;
        ``printed_smallest_error`` and ``printed_largest_error`` of the printed one; ``negative``: most negative
        eigenvalue of the first term over its largest. ``points`` are a random vector, three times it, and it
        after training. ``one_label_printed_error``: for the exponential loss with all labels -1, where
        :math:`\ell'' = \ell'`.
    """
    right, printed, negative = [], [], []
    for activation, (name, loss), trial in product(ACTIVATIONS, LOSSES.items(), range(config.trials)):
        landscape, theta = problem_of(config, name, activation, trial)
        for point in _points(landscape, theta, config.training):
            errors, lowest = _compared(landscape, point, loss)
            right.append(errors[0])
            printed.append(errors[1])
            negative.append(lowest)
    return Result(
        {
            "largest_error": max(right),
            "printed_smallest_error": min(printed),
            "printed_largest_error": max(printed),
            "printed_median_error": float(np.median(printed)),
            "negative": min(negative),
            "cases": len(right),
            "points": 3,
            "one_label_printed_error": _one_label(config),
        }
    )


def _points(landscape: Landscape, theta: Tensor, training: int) -> list[Tensor]:
    trained = train_ensemble(
        landscape, [0], schedule=0.01, epochs=training, optimizer=Adam(), starts=theta[None]
    )
    return [theta, 3 * theta, trained.thetas[0]]


def _compared(landscape: Landscape, theta: Tensor, loss: ConvexLoss) -> tuple[list[float], float]:
    """Relative errors, corrected and as printed, and the lowest eigenvalue of the first term over its largest."""
    exact = exact_hessian(landscape, theta, route="products").matrix
    parts = Parts.at(landscape, theta)
    first = parts.covariance(loss)
    sums = [
        first + parts.bent(weigh(parts.outputs, parts.labels).expand(len(parts.labels)))
        for weigh in (loss.first, loss.second)
    ]
    eigenvalues = torch.linalg.eigvalsh(first)
    return [_relative(each, exact) for each in sums], float(eigenvalues[0] / eigenvalues[-1])


def _one_label(config: Composition) -> float:
    loss = LOSSES["exponential"]
    landscape, theta = problem_of(config, "exponential", ACTIVATIONS[0], 0)
    landscape.data.targets.fill_(-1)
    return _compared(landscape, theta, loss)[0][1]


def _relative(found: Tensor, exact: Tensor) -> float:
    return float((found - exact).norm() / exact.norm())
