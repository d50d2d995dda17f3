"""The square risk of linear networks, a quadratic function of their product."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.rectified.curve import Weights
from lossbar_core.papers.rectified.linear import product
from lossbar_core.papers.rectified.rotations import root


@dataclass(frozen=True)
class LinearRegression:
    r""":math:`F(M) = \frac1L \sum_i |M x_i - y_i|^2 = F(M^*) + |(M - M^*) \Sigma^{1/2}|^2`, FB equations 1 and 4.

    Attributes
    ----------
    inputs : (L, p) array
    targets : (L, n) array
    ridge : float
        On all weights: :math:`\kappa \sum_k |W_k|^2`.
    """

    inputs: np.ndarray
    targets: np.ndarray
    ridge: float = 0.0

    @property
    def optimum(self) -> np.ndarray:
        """The least-squares map, (n, p)."""
        return np.linalg.lstsq(self.inputs, self.targets, rcond=None)[0].T

    @property
    def covariance(self) -> np.ndarray:
        """Second moments of the inputs, (p, p)."""
        return self.inputs.T @ self.inputs / len(self.inputs)

    def of_map(self, linear: np.ndarray) -> float:
        """The risk of a linear map, without a ridge."""
        return float(((self.inputs @ linear.T - self.targets) ** 2).sum() / len(self.inputs))

    def risk(self, weights: Weights) -> float:
        """The risk of a linear network, with its ridge."""
        return self.of_map(product(weights)) + self.ridge * sum(float((w**2).sum()) for w in weights)

    def least_of_rank(self, rank: int) -> float:
        """Least risk, without a ridge, of maps of at most some rank: squared singular values are left out."""
        values = np.linalg.svd(self.optimum @ root(self.covariance), compute_uv=False)
        return self.of_map(self.optimum) + float((values[rank:] ** 2).sum())

    def landscape(self, widths: tuple[int, ...]) -> AnalyticLandscape:
        """The risk as a function of all weights, layer by layer.

        Parameters
        ----------
        widths : tuple of int
            n_0, ..., n_K.
        """
        shapes = list(zip(widths[1:], widths[:-1], strict=True))
        square = torch.from_numpy(self.covariance)
        mixed = torch.from_numpy(self.targets.T @ self.inputs / len(self.inputs))
        constant = float((self.targets**2).sum() / len(self.targets))

        def square_risk(thetas: Tensor) -> Tensor:
            """Risks (B,) of weights (B, M)."""
            parts = thetas.split([a * b for a, b in shapes], dim=1)
            whole = parts[0].reshape(-1, *shapes[0])
            for part, shape in zip(parts[1:], shapes[1:], strict=True):
                whole = part.reshape(-1, *shape) @ whole
            fit = ((whole @ square) * whole).sum((1, 2)) - 2 * (whole * mixed).sum((1, 2))
            return constant + fit + self.ridge * thetas.square().sum(1)

        name = f"linear network {'-'.join(map(str, widths))}"
        return AnalyticLandscape(square_risk, sum(a * b for a, b in shapes), name=name)


def random_regression(
    inputs: int, outputs: int, rows: int, *, noise: float = 0.3, ridge: float = 0.0, seed: int = 0
) -> LinearRegression:
    """Gaussian inputs whose coordinates are correlated, and noisy linear targets.

    Examples
    --------
    >>> task = random_regression(3, 2, 200)
    >>> abs(task.least_of_rank(2) - task.of_map(task.optimum)) < 1e-12
    True
    """
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(rows, inputs)) @ generator.normal(size=(inputs, inputs))
    y = x @ generator.normal(size=(inputs, outputs)) + noise * generator.normal(size=(rows, outputs))
    return LinearRegression(x, y, ridge)


def random_weights(widths: tuple[int, ...], generator: np.random.Generator) -> Weights:
    """Standard normal layers."""
    return tuple(generator.normal(size=(b, a)) for a, b in itertools.pairwise(widths))


def at_level(task: LinearRegression, start: Weights, low: Weights, level: float) -> Weights:
    """The first weights of risk ``level`` on the segment from ``start``, above it, to ``low``, below it."""

    def between(t: float) -> Weights:
        return tuple((1 - t) * a + t * b for a, b in zip(start, low, strict=True))

    return between(brentq(lambda t: task.risk(between(t)) - level, 0.0, 1.0, xtol=1e-15))
