r"""From a point near a saddle to the critical point: Newton's method that climbs along the lowest eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lossbar_core.checks import as_count, as_positive
from lossbar_core.hessians.eigenvalues import Spectrum, spectrum_of
from lossbar_core.hessians.exact import exact_hessian
from lossbar_core.hessians.products import Differentiable, as_vector

RADIUS = 0.1  # of the first step, in units of the vector's norm plus 1; tuned here
FLAT = 1e-9  # of the largest eigenvalue: flatter directions are left alone; tuned here


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """Where the search ended.

    Attributes
    ----------
    theta : (M,) tensor
    loss, gradient_norm : float
    spectrum : Spectrum
        Of the Hessian there.
    steps : int
    moved : float
        Distance from the start.
    converged : bool
        Whether the gradient is as small as was asked for.
    """

    theta: Tensor
    loss: float
    gradient_norm: float
    spectrum: Spectrum
    steps: int
    moved: float
    converged: bool


def critical_point(
    surface: Differentiable,
    start: Any,
    *,
    climb: int = 1,
    tolerance: float = 1e-10,
    steps: int = 50,
) -> CriticalPoint:
    r"""Follow the eigenvectors to a critical point: up along the lowest ``climb``, down along the others.

    With eigenpairs :math:`(\lambda_i, v_i)` the step is :math:`-\sum_i \pm (g \cdot v_i) / |\lambda_i|\, v_i`,
    minus for the climbed ones, cut to a radius that halves where the gradient grows and doubles where it falls.
    Directions flatter than 1e-9 of the largest eigenvalue are left alone, so symmetries do no harm.

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
        In float64.
    start : (M,) tensor
        Such as the top of a path.
    climb : int
        Negative eigenvalues wanted: 1 for a saddle between minima, 0 for a minimum.
    tolerance : float
        For the gradient's norm.
    steps : int
        At most; each takes a Hessian and its eigenvectors.

    Returns
    -------
    CriticalPoint
        Also where it did not converge; see ``converged``.

    Raises
    ------
    TypeError
        If a number is none, or the start no real numbers.
    ValueError
        If a number is out of range, or the start has another shape or is not finite.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - torch.cos(x[:, 1]), 2)
    >>> found = critical_point(saddle, [0.1, 3.0])
    >>> found.theta.round(decimals=6).tolist(), found.spectrum.interval
    ([0.0, 3.141593], (1, 1))
    """
    theta = as_vector(surface, start)
    climb = as_count(climb, "climb", low=0, high=surface.dimension)
    tolerance, steps = as_positive(tolerance, "tolerance"), as_count(steps, "steps")
    origin, radius = theta.clone(), RADIUS * (1 + float(torch.linalg.vector_norm(theta)))
    gradient = surface.gradients(theta[None])[0]
    taken = 0
    while float(torch.linalg.vector_norm(gradient)) > tolerance and taken < steps:
        taken += 1
        move = _newton(exact_hessian(surface, theta).matrix, gradient, climb)
        theta, gradient, radius = _moved(surface, theta, gradient, move, radius)
        if radius < torch.finfo(theta.dtype).eps:
            break
    norm = float(torch.linalg.vector_norm(gradient))
    return CriticalPoint(
        theta,
        float(surface.losses(theta[None])[0]),
        norm,
        spectrum_of(exact_hessian(surface, theta)),
        taken,
        float(torch.linalg.vector_norm(theta - origin)),
        norm <= tolerance,
    )


def _newton(matrix: Tensor, gradient: Tensor, climb: int) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    along = vectors.mT @ gradient
    steep = values.abs() > FLAT * values.abs().max()
    sizes = torch.where(steep, along / values.abs().clamp(min=1e-300), 0.0)
    sizes[:climb] *= -1
    return -(vectors @ sizes)


def _moved(
    surface: Differentiable, theta: Tensor, gradient: Tensor, move: Tensor, radius: float
) -> tuple[Tensor, Tensor, float]:
    """The first shortened move after which the gradient is smaller; where none is, the point stays."""
    norm = torch.linalg.vector_norm(gradient)
    length = float(torch.linalg.vector_norm(move))
    while radius >= torch.finfo(theta.dtype).eps and length > 0:
        ahead = theta + move * min(1.0, radius / length)
        found = surface.gradients(ahead[None])[0]
        if torch.linalg.vector_norm(found) < norm:
            return ahead, found, 2 * radius
        radius = min(radius, length) / 2
    return theta, gradient, 0.0
