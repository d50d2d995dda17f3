r"""The law of Marchenko and Pastur: eigenvalues of :math:`X^T X / N` for independent entries of variance s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.checks import as_positive


@dataclass(frozen=True)
class MarchenkoPastur:
    r"""Limit of the spectrum for N rows and M columns, :math:`M / N \to q`.

    On :math:`[\lambda_-, \lambda_+]`, :math:`\lambda_\pm = s (1 \pm \sqrt q)^2`, the density is
    :math:`\sqrt{(\lambda_+ - x)(x - \lambda_-)} / (2 \pi s q x)`; for q > 1 there is a mass of 1 - 1/q at 0.

    Parameters
    ----------
    ratio : float
        q, columns over rows.
    scale : float
        s, the variance of an entry; 1/4 for the logistic loss at weights 0, where :math:`\sigma (1 - \sigma) = 1/4`.

    Raises
    ------
    TypeError
        If they are no numbers.
    ValueError
        If they are not positive and finite.

    Examples
    --------
    >>> law = MarchenkoPastur(0.25)
    >>> law.edges, [round(float(x), 3) for x in law.cdf([0.25, 1.0, 2.25])]
    ((0.25, 2.25), [0.0, 0.553, 1.0])
    """

    ratio: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        as_positive(self.ratio, "ratio"), as_positive(self.scale, "scale")

    @property
    def edges(self) -> tuple[float, float]:
        r""":math:`\lambda_-` and :math:`\lambda_+`."""
        root = np.sqrt(self.ratio)
        return float(self.scale * (1 - root) ** 2), float(self.scale * (1 + root) ** 2)

    def density(self, x: Any) -> np.ndarray:
        """Density of the continuous part, 0 outside the edges."""
        x = np.asarray(x, dtype=np.float64)
        low, high = self.edges
        inside = (x > low) & (x < high) & (x > 0)
        safe = np.where(inside, x, 1.0)
        root = np.sqrt(np.clip((high - safe) * (safe - low), 0, None))
        return np.where(inside, root / (2 * np.pi * self.scale * self.ratio * safe), 0.0)

    def cdf(self, x: Any) -> np.ndarray:
        r"""Share of eigenvalues up to x; in :math:`x = c - h \cos t` the density's integral has no singular ends."""
        x = np.asarray(x, dtype=np.float64)
        low, high = self.edges
        centre, half = (low + high) / 2, (high - low) / 2
        angles = np.linspace(0, np.pi, 20001)
        places = centre - half * np.cos(angles)
        with np.errstate(invalid="ignore"):
            rate = half**2 * np.sin(angles) ** 2 / (2 * np.pi * self.scale * self.ratio * places)
        rate = np.nan_to_num(
            rate, nan=half**2 * 2 / (2 * np.pi * self.scale * self.ratio * half)
        )  # q = 1, at 0
        steps = (rate[1:] + rate[:-1]) / 2 * np.diff(angles)
        masses = np.concatenate([[0.0], np.cumsum(steps)])
        atom = max(1 - 1 / self.ratio, 0.0)
        found = np.interp(x, places, masses / masses[-1] * (1 - atom))
        return np.where(x < 0, 0.0, atom + found)
