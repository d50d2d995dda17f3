r"""The limit law of :math:`X^T D X / N` for Gaussian X and other weights D: Marchenko and Pastur's own, general one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

NODES, FARTHEST = 201, 6.0  # of the quadrature over the weights, in deviations; tuned here
PLACES = 801  # on the eigenvalue axis, denser near 0; tuned here
STEPS = 40  # from far above the real axis down to FLOOR; tuned here
NEWTON = 6  # steps of Newton's method at each; tuned here
FLOOR = 1e-7  # of the largest eigenvalue; tuned here


@dataclass(frozen=True, eq=False)
class WeightedLaw:
    r"""Limit of the spectrum of :math:`\frac1N \sum_i t_i\, x_i x_i^T`, N rows of M columns, :math:`M / N \to q`.

    Its Stieltjes transform m solves :math:`m = 1 / (-z + \mathbb E[t / (1 + q\, t\, m)])`. With all t equal this is the
    law of Marchenko and Pastur.

    Parameters
    ----------
    ratio : float
        q, below 1.
    weights, shares : (K,) arrays
        Values of t, positive, and their probabilities.

    Raises
    ------
    ValueError
        If the ratio is not in (0, 1), weights are not positive, or shares do not add up to 1.

    Examples
    --------
    >>> from lossbar_core.hessians import MarchenkoPastur
    >>> law = WeightedLaw(0.25, np.ones(1), np.ones(1))
    >>> x = [0.5, 1.0, 2.0]
    >>> bool(np.allclose(law.cdf(x), MarchenkoPastur(0.25).cdf(x), atol=1e-3))
    True
    """

    ratio: float
    weights: np.ndarray
    shares: np.ndarray

    def __post_init__(self) -> None:
        if not 0 < self.ratio < 1:
            raise ValueError(
                f"expected a ratio between 0 and 1, got {self.ratio}; take more rows than columns"
            )
        if (self.weights <= 0).any() or not np.isclose(self.shares.sum(), 1):
            raise ValueError(
                "expected positive weights and shares that add up to 1, got others; normalise them"
            )

    @classmethod
    def of_sigmoid(cls, ratio: float, norm: float) -> WeightedLaw:
        r"""Weights :math:`s (1 - s)`, :math:`s = \sigma(u)`, :math:`u = w \cdot x`, normal, |w| = ``norm``."""
        nodes = np.linspace(0, FARTHEST, NODES)  # s (1 - s) is even; evenly spaced is best for a smooth bell
        shares = np.exp(-(nodes**2) / 2) * np.where(nodes == 0, 0.5, 1.0)
        tail = np.exp(-norm * nodes)  # s (1 - s) without cancellation
        return cls(ratio, tail / (1 + tail) ** 2, shares / shares.sum())

    @property
    def mean(self) -> float:
        """Mean weight, the mean eigenvalue."""
        return float(self.weights @ self.shares)

    @property
    def top(self) -> float:
        """An upper bound of the eigenvalues."""
        return float(self.weights.max() * (1 + self.ratio**0.5) ** 2)

    def density(self, x: ArrayLike) -> np.ndarray:
        """Density at places (n,) above 0."""
        places = np.asarray(x, dtype=np.float64)
        height = self.top
        found = np.zeros(len(places), dtype=complex) + 1j / height
        for step in np.geomspace(1.0, FLOOR, STEPS):
            found = self._solved(places + 1j * step * height, found)
        return np.asarray(found.imag / np.pi)

    def cdf(self, x: ArrayLike) -> np.ndarray:
        """Share of eigenvalues up to places (n,), by the trapezoidal rule, scaled to 1 at the end."""
        places, masses = self._table
        return np.interp(np.asarray(x, dtype=np.float64), places, masses)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        places = self.top * np.linspace(0, 1.001, PLACES)[1:] ** 2
        density = self.density(places)
        masses = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(places))])
        return places, masses / masses[-1]

    def _solved(self, z: np.ndarray, start: np.ndarray) -> np.ndarray:
        """The fixed point near a start, by Newton's method: few steps, for z moves little from call to call."""
        m = start
        for _ in range(NEWTON):
            below = 1 + self.ratio * m[:, None] * self.weights
            value = m * (-z + (self.weights / below) @ self.shares) - 1
            slope = -z + (self.weights / below**2) @ self.shares
            m = m - value / slope
        return m
