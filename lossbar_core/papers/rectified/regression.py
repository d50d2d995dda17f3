"""A regression whose oracle risk is known: a sum of many ReLU units of a Gaussian input is learnt by few of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.rectified.arc_cosine import kernel

BUMPS = 6  # of the target over the sphere; chosen here
SHARPNESS = 4.0


@dataclass(frozen=True)
class Regression:
    r""":math:`Y = \sum_j c_j \max(0, u_j \cdot X)`, X standard normal in :math:`\mathbb R^n`.

    It is learnt by one hidden layer. The risk of FB equation 2 is a quadratic form in arc-cosine kernels, so it is
    exact: no sample is drawn.

    Attributes
    ----------
    directions : (J, n) tensor
        Unit vectors.
    coefficients : (J,) tensor
    ridge : float
        :math:`\kappa` of equation 6, on the weights out of the units.
    """

    directions: Tensor
    coefficients: Tensor
    ridge: float = 0.0

    @property
    def inputs(self) -> int:
        """The dimension n."""
        return self.directions.shape[1]

    @property
    def energy(self) -> float:
        """E Y^2, the risk of predicting 0."""
        return float(self.coefficients @ kernel(self.directions, self.directions) @ self.coefficients)

    def risk(self, inner: Tensor, outer: Tensor) -> Tensor:
        r""":math:`E |Y - \beta \cdot z(W X)|^2 + \kappa |\beta|^2`: FB equations 2 and 6.

        Parameters
        ----------
        inner : (..., m, n) tensor
            W, one unit a row.
        outer : (..., m) tensor
            :math:`\beta`.

        Returns
        -------
        (...) tensor
        """
        gram, moments = self._moments(inner)
        fitted = (outer * (gram @ outer[..., None])[..., 0]).sum(-1)
        return self.energy - 2 * (outer * moments).sum(-1) + fitted + self.ridge * outer.square().sum(-1)

    def best_outer(self, inner: Tensor) -> Tensor:
        r"""The weights out of given units that have the least risk, :math:`(K + \kappa)^{-1} k`, (..., m).

        Without a ridge and with units that depend on each other, those of least norm.
        """
        gram, moments = self._moments(inner)
        values, vectors = torch.linalg.eigh(gram)
        values = values + self.ridge
        kept = values > values.amax(-1, keepdim=True) * 1e-13
        inverse = torch.where(kept, 1 / torch.where(kept, values, 1.0), 0.0)
        return (vectors @ (inverse[..., None] * (vectors.mT @ moments[..., None])))[..., 0]

    def best_risk(self, inner: Tensor) -> Tensor:
        """The risk with `best_outer`, (...): differentiable in the units where there is a ridge."""
        gram, moments = self._moments(inner)
        ridged = gram + self.ridge * torch.eye(gram.shape[-1], dtype=gram.dtype)
        return self.energy - (moments * torch.linalg.solve(ridged, moments[..., None])[..., 0]).sum(-1)

    def landscape(self, units: int) -> AnalyticLandscape:
        r"""The risk as a function of all weights (W, then :math:`\beta`), each unit divided by its norm.

        Without the division the ridge could be made to cost nothing: see `best_units`.
        """
        inputs = self.inputs

        def oracle_risk(thetas: Tensor) -> Tensor:
            inner, outer = thetas.split([units * inputs, units], dim=1)
            inner = inner.reshape(-1, units, inputs)
            return self.risk(inner / inner.norm(dim=2, keepdim=True), outer)

        return AnalyticLandscape(oracle_risk, units * (inputs + 1), name=f"oracle risk, {inputs}-{units}-1")

    def sample(self, rows: int, seed: int) -> tuple[Tensor, Tensor]:
        """Inputs (rows, n) and targets (rows,), for empirical risks (FB equation 1)."""
        x = torch.from_numpy(np.random.default_rng(seed).normal(size=(rows, self.inputs)))
        return x, (x @ self.directions.T).relu() @ self.coefficients

    def _moments(self, inner: Tensor) -> tuple[Tensor, Tensor]:
        """E z z^T, (..., m, m), and E z Y, (..., m)."""
        return kernel(inner, inner), kernel(inner, self.directions) @ self.coefficients


def smooth_regression(inputs: int, *, ridge: float = 0.0, seed: int = 0, directions: int = 128) -> Regression:
    """A target that is smooth in the direction of X, with E Y^2 = 1: many units, whose weights are bumps on the sphere.

    Parameters
    ----------
    inputs : int
        The dimension n, at least 2.
    ridge : float
    seed : int
        Of the bumps.
    directions : int
        Number J of units: spread evenly for n = 2, at random beyond.

    Examples
    --------
    >>> round(smooth_regression(2).energy, 12)
    1.0
    """
    generator = np.random.default_rng((seed, inputs))
    centres = _unit(generator.normal(size=(BUMPS, inputs)))
    weights = generator.normal(size=BUMPS)
    if inputs == 2:
        turns = 2 * np.pi * np.arange(directions) / directions
        spread = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    else:
        spread = _unit(generator.normal(size=(directions, inputs)))
    coefficients = np.exp(SHARPNESS * (spread @ centres.T - 1)) @ weights
    found = Regression(torch.from_numpy(spread), torch.from_numpy(coefficients), ridge)
    return Regression(found.directions, found.coefficients / found.energy**0.5, ridge)


def random_units(count: int, inputs: int, seed: int) -> Tensor:
    """Unit vectors, uniform on the sphere, (count, inputs)."""
    return torch.from_numpy(_unit(np.random.default_rng(seed).normal(size=(count, inputs))))


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
