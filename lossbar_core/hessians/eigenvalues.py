"""Eigenvalues of a Hessian, how sure they are, and the index as a function of what counts as negative."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from lossbar_core.hessians.balls import unit_roundoff
from lossbar_core.hessians.exact import Hessian

BESIDE = (
    1e-9  # of the largest eigenvalue: more than the eigensolver's error, less than what matters; chosen here
)
ITERATIONS = 30  # each narrows by the gap over that; chosen here


@dataclass(frozen=True, eq=False)
class Spectrum:
    r"""Eigenvalues :math:`\lambda_1 \le \dots \le \lambda_M` of a loss's Hessian, each up to an error.

    Attributes
    ----------
    eigenvalues : (M,) float64 array
        Ascending.
    error : float
        On each of them (Weyl): that of the matrix, and :math:`M u \|H\|_2` for the eigensolver.
    certain : bool
        Whether the matrix's part is a bound.

    Examples
    --------
    >>> spectrum = Spectrum(np.array([-2.0, -1e-12, 0.0, 3.0]), error=1e-9, certain=True)
    >>> spectrum.interval, spectrum.nullity, spectrum.index(0.0)
    ((1, 3), 2, 2)
    """

    eigenvalues: np.ndarray
    error: float
    certain: bool

    def index(self, threshold: float = 0.0) -> int:
        r"""Eigenvalues below :math:`-\tau`; with :math:`\tau = 0` all that came out negative, rounding included."""
        return int(np.searchsorted(self.eigenvalues, -threshold, side="left"))

    def relative_index(self, share: float) -> int:
        r"""Eigenvalues below :math:`-s \max_i |\lambda_i|`."""
        return self.index(share * self.largest)

    @property
    def largest(self) -> float:
        """Largest absolute value."""
        return float(np.abs(self.eigenvalues).max())

    @property
    def interval(self) -> tuple[int, int]:
        """The smallest and the largest index that the error allows."""
        return self.index(self.error), int(np.searchsorted(self.eigenvalues, self.error, side="right"))

    @property
    def nullity(self) -> int:
        """Eigenvalues that cannot be told from 0: the most there may be."""
        low, high = self.interval
        return high - low


def spectrum_of(hessian: Hessian) -> Spectrum:
    """All eigenvalues (HI section 5.2), by LAPACK's divide and conquer in the matrix's dtype.

    Parameters
    ----------
    hessian : Hessian

    Returns
    -------
    Spectrum

    Raises
    ------
    ValueError
        If the matrix or its error is not finite.

    Examples
    --------
    >>> from lossbar_core.hessians.exact import exact_hessian
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> spectrum_of(exact_hessian(saddle, [0.0, 0.0])).interval
    (1, 1)
    """
    if not math.isfinite(hessian.error) or not bool(hessian.matrix.isfinite().all()):
        raise ValueError(
            f"expected a finite Hessian with a finite error, got an error of {hessian.error:g}; use float64, or "
            "parameters and inputs of ordinary size"
        )
    eigenvalues = torch.linalg.eigvalsh(hessian.matrix).double().cpu().numpy()
    solver = hessian.dimension * unit_roundoff(hessian.matrix.dtype) * float(np.abs(eigenvalues).max())
    return Spectrum(eigenvalues, hessian.error + solver, hessian.certain)


def lowest_pair(hessian: Hessian, spectrum: Spectrum | None = None) -> tuple[float, torch.Tensor]:
    r"""The lowest eigenvalue and its unit vector (M,), by inverse iteration from just below it.

    :math:`H - \lambda_0 + \delta` is positive definite; its Cholesky factors are used again in every step. Where more
    eigenvalues lie within :math:`\delta`, a billionth of the largest, the vector is one of theirs.

    Parameters
    ----------
    hessian : Hessian
    spectrum : Spectrum, optional
        Of the same matrix in float64, where it is known already.

    Returns
    -------
    float and (M,) tensor

    Raises
    ------
    ValueError
        If the matrix is not finite.

    Examples
    --------
    >>> from lossbar_core.hessians.exact import exact_hessian
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2 + x[:, 2] ** 2, 3)
    >>> value, vector = lowest_pair(exact_hessian(saddle, [0.0, 0.0, 0.0]))
    >>> round(value, 9), [round(abs(x), 9) for x in vector.tolist()]
    (-2.0, [0.0, 1.0, 0.0])
    """
    matrix = hessian.matrix.double()
    spectrum = spectrum or spectrum_of(replace(hessian, matrix=matrix))
    shift = BESIDE * spectrum.largest or 1.0  # of the matrix 0 every vector is an eigenvector
    generator = torch.Generator().manual_seed(0)
    vector = torch.randn(len(matrix), generator=generator, dtype=torch.float64).to(matrix)
    shifted = matrix.clone()
    shifted.diagonal().sub_(spectrum.eigenvalues[0] - shift)
    factor = torch.linalg.cholesky(shifted)
    for _ in range(ITERATIONS):
        vector = torch.cholesky_solve(vector[:, None], factor)[:, 0]
        vector /= torch.linalg.vector_norm(vector)
    return float(vector @ matrix @ vector), vector.cpu()


def index_curve(spectrum: Spectrum, shares: Any) -> np.ndarray:
    """The index for each relative threshold: eigenvalues below minus a share of the largest absolute value.

    Parameters
    ----------
    spectrum : Spectrum
    shares : sequence of float

    Returns
    -------
    (T,) int64 array

    Examples
    --------
    >>> index_curve(Spectrum(np.array([-1.0, -1e-3, 2.0]), 0.0, True), [1e-2, 1e-6])
    array([1, 2])
    """
    return np.array(
        [spectrum.relative_index(float(share)) for share in np.atleast_1d(shares)], dtype=np.int64
    )


def layer_indexes(hessian: Hessian) -> dict[str, tuple[int, int]]:
    """Interval of the index of the Hessian restricted to the parameters of each layer, weights and bias together.

    A last linear layer under a convex loss has none; nor has, with piecewise linear activations, any single layer.

    Parameters
    ----------
    hessian : Hessian
        Of a landscape; surfaces without layers have no names.

    Returns
    -------
    dict of name to (smallest, largest)

    Raises
    ------
    ValueError
        If the matrix or its error is not finite.

    Examples
    --------
    >>> from lossbar_core.hessians.exact import exact_hessian
    >>> from lossbar_core.landscapes import Landscape
    >>> from lossbar_core.networks import MLP
    >>> data = torch.eye(4, dtype=torch.float64), torch.arange(4) % 3
    >>> landscape = Landscape(MLP((4, 5, 3)), "cross_entropy", data, dtype=torch.float64)
    >>> list(layer_indexes(exact_hessian(landscape, landscape.vector())))
    ['1', '3']
    """
    layers: dict[str, list[slice]] = {}
    for name, place in hessian.parts.items():
        layers.setdefault(name.rpartition(".")[0], []).append(place)
    found = {}
    for layer, slices in layers.items():
        places = torch.cat([torch.arange(place.start, place.stop) for place in slices])
        block = hessian.matrix[places[:, None], places]
        found[layer] = spectrum_of(replace(hessian, matrix=block, parts={})).interval
    return found
