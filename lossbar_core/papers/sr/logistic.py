"""GN-logistic and GN-MP: a single sigmoid neuron, whose Hessian is a covariance, and the law of its eigenvalues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from lossbar_core.hessians import MarchenkoPastur, decomposed, exact_hessian
from lossbar_core.landscapes import Landscape
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.sr.weighted_law import WeightedLaw

QUARTER = 0.25  # the largest value of s (1 - s), at s = 1/2


@dataclass(frozen=True)
class Neuron:
    """A sigmoid neuron of ``inputs`` Gaussian inputs and as many weights, at weight vectors of every norm."""

    inputs: int
    rows: int
    norms: tuple[float, ...]
    trials: int
    seed: int = 0


def neuron(config: Neuron, trial: int) -> tuple[Landscape, Tensor]:
    r"""The cross-entropy of :math:`\sigma(w \cdot x)` on Gaussian rows, and a random unit vector w (d,)."""
    generator = np.random.default_rng((config.seed, trial))
    inputs = torch.from_numpy(generator.standard_normal((config.rows, config.inputs)))
    labels = torch.from_numpy(generator.integers(0, 2, (config.rows, 1)).astype(np.float64))
    direction = torch.from_numpy(generator.standard_normal(config.inputs))
    module = nn.Linear(config.inputs, 1, bias=False, dtype=torch.float64)
    return Landscape(module, "bce", (inputs, labels)), direction / direction.norm()


def covariance(inputs: Tensor, weights: Tensor) -> Tensor:
    r""":math:`\frac1N \sum_i s_i (1 - s_i)\, x_i x_i^T` with :math:`s_i = \sigma(w \cdot x_i)`: SR equation 4 here."""
    s = torch.sigmoid(inputs @ weights)
    return (inputs * (s * (1 - s))[:, None]).T @ inputs / len(inputs)


@item(
    "GN-logistic",
    smoke=Neuron(5, rows=20, norms=(0.0, 1.0), trials=1),
    quick=Neuron(50, rows=200, norms=(0.0, 0.5, 1.0, 2.0, 5.0, 10.0), trials=5),
)
def equality(config: Neuron) -> Result:
    r"""Equality in SR equation 4 for :math:`f(w, x) = w \cdot x`, whose second derivative is 0.

    Parameters
    ----------
    config : Neuron

    Returns
    -------
    Result
        ``largest_difference``: Frobenius norm of the Hessian less the covariance, over all ``cases``.
        ``square_share_...``: what the second term is of the Hessian, if the same neuron has the square loss of its
        sigmoid, smallest and largest over the cases: then the model is not linear in w, and equality is lost.
    """
    gaps, shares = [], []
    for trial in range(config.trials):
        landscape, direction = neuron(config, trial)
        (inputs,), labels = landscape.data.arguments, landscape.data.targets
        sigmoid = nn.Sequential(nn.Linear(config.inputs, 1, bias=False, dtype=torch.float64), nn.Sigmoid())
        square = Landscape(sigmoid, "mse", (inputs, labels))
        for norm in config.norms:
            theta = norm * direction
            exact = exact_hessian(landscape, theta, route="products").matrix
            gaps.append(float((exact - covariance(inputs, theta)).norm()))
            shares.append(decomposed(square, theta).share)
    return Result(
        {
            "largest_difference": max(gaps),
            "cases": len(gaps),
            "square_share_smallest": min(shares),
            "square_share_largest": max(shares),
        }
    )


@item(
    "GN-MP",
    smoke=Neuron(40, rows=100, norms=(0.0, 4.0), trials=1),
    quick=Neuron(400, rows=1000, norms=(0.0, 0.5, 1.0, 2.0, 4.0, 8.0), trials=10),
)
def law(config: Neuron) -> Result:
    """Eigenvalues of the neuron's Hessian against the law of Marchenko and Pastur: SR section 4.1, example.

    Parameters
    ----------
    config : Neuron
        The first norm is 0.

    Returns
    -------
    Result
        ``distance``: largest Kolmogorov-Smirnov distance at w = 0 from the law of ratio M / N and scale 1/4, over the
        trials. For the largest norm ``far_distance``: the smallest distance from that law, ``far_scaled``: from the
        law with the mean of s (1 - s) as its scale, ``far_weighted``: the largest from `WeightedLaw`. Arrays
        ``norms``, ``plain``, ``scaled``, ``weighted`` (norms, trials), ``eigenvalues`` (norms, M) of the first trial.

    Raises
    ------
    ValueError
        If the first norm is not 0.
    """
    if config.norms[0] != 0:
        raise ValueError(
            f"expected 0 as the first norm, got {config.norms[0]}; the law is claimed at weights 0"
        )
    ratio = config.inputs / config.rows
    laws = [WeightedLaw.of_sigmoid(ratio, norm) for norm in config.norms]
    table = np.empty((3, len(config.norms), config.trials))
    first = np.empty((len(config.norms), config.inputs))
    for trial in range(config.trials):
        landscape, direction = neuron(config, trial)
        (inputs,) = landscape.data.arguments
        for k, norm in enumerate(config.norms):
            eigenvalues = torch.linalg.eigvalsh(covariance(inputs, norm * direction)).numpy()
            plain, scaled = (MarchenkoPastur(ratio, scale) for scale in (QUARTER, laws[k].mean))
            table[:, k, trial] = [distance(eigenvalues, each) for each in (plain, scaled, laws[k])]
            if trial == 0:
                first[k] = eigenvalues
    plain_gap, scaled_gap, weighted_gap = table
    return Result(
        {
            "distance": float(plain_gap[0].max()),
            "trials": config.trials,
            "inputs": config.inputs,
            "rows": config.rows,
            "far_norm": float(config.norms[-1]),
            "far_distance": float(plain_gap[-1].min()),
            "far_scaled": float(scaled_gap[-1].min()),
            "far_weighted": float(weighted_gap[-1].max()),
            "weighted_distance": float(weighted_gap.max()),
        },
        {
            "norms": np.array(config.norms),
            "plain": plain_gap,
            "scaled": scaled_gap,
            "weighted": weighted_gap,
            "eigenvalues": first,
        },
    )


def distance(eigenvalues: ArrayLike, law: Any) -> float:
    """Kolmogorov-Smirnov distance of a sample (M,) from a law with a ``cdf``.

    Examples
    --------
    >>> distance([0.1, 0.4], MarchenkoPastur(0.5, 1e-6))   # all of the law lies below the sample
    1.0
    """
    ordered = np.sort(np.asarray(eigenvalues, dtype=np.float64))
    below = np.arange(len(ordered)) / len(ordered)
    values = law.cdf(ordered)
    return float(max((values - below).max(), (below + 1 / len(ordered) - values).max()))
