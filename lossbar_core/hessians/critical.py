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
FAIR, GOOD = (
    4.0,
    1.3,
)  # factors by which a change may differ from the predicted one, to be taken or to go further
ROUNDING = 1e-13  # of the loss: smaller changes say nothing, then the gradient decides
HALVINGS = 60  # of the interval that holds a shift


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

    Cerjan and Miller (J. Chem. Phys. 75, 1981) for the step; that a pass has index 1 is HI section 3.1, Remark 2.
    With eigenpairs :math:`(\lambda_i, v_i)` the step is :math:`-\sum_i \pm (g \cdot v_i) / (|\lambda_i| + \mu)\, v_i`,
    minus for the climbed ones, with the smallest :math:`\mu \ge 0` that keeps it within a trust radius. The radius
    shrinks where the loss changes otherwise than its quadratic model says, up or down.
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
    place = _Place.at(surface, theta)
    radius, taken = RADIUS * (1 + float(torch.linalg.vector_norm(theta))), 0
    while place.norm > tolerance and taken < steps and radius > torch.finfo(theta.dtype).eps:
        taken += 1
        values, vectors = torch.linalg.eigh(exact_hessian(surface, place.theta).matrix)
        place, radius = _advanced(surface, place, values, vectors, climb, radius)
    return CriticalPoint(
        place.theta,
        place.loss,
        place.norm,
        spectrum_of(exact_hessian(surface, place.theta)),
        taken,
        float(torch.linalg.vector_norm(place.theta - theta)),
        place.norm <= tolerance,
    )


@dataclass(frozen=True, eq=False)
class _Place:
    theta: Tensor
    loss: float
    gradient: Tensor

    @classmethod
    def at(cls, surface: Differentiable, theta: Tensor) -> _Place:
        losses, gradients = surface.losses_and_gradients(theta[None])
        return cls(theta, float(losses[0]), gradients[0])

    @property
    def norm(self) -> float:
        return float(torch.linalg.vector_norm(self.gradient))


def _advanced(
    surface: Differentiable, place: _Place, values: Tensor, vectors: Tensor, climb: int, radius: float
) -> tuple[_Place, float]:
    """The next place and radius: the first step, from the radius on downwards, whose change is as predicted."""
    along = vectors.mT @ place.gradient
    while radius > torch.finfo(values.dtype).eps:
        move = _step(values, along, climb, radius)
        predicted = float(along @ move + (values * move * move).sum() / 2)
        ahead = _Place.at(surface, place.theta + vectors @ move)
        ratio = (ahead.loss - place.loss) / predicted if predicted else 1.0
        if abs(predicted) <= ROUNDING * (1 + abs(place.loss)):
            ratio = 1.0 if ahead.norm < place.norm else 0.0
        if 1 / FAIR < ratio < FAIR:
            return ahead, 2 * radius if 1 / GOOD < ratio < GOOD else radius
        radius = min(radius, float(torch.linalg.vector_norm(move))) / 4
    return place, 0.0


def _step(values: Tensor, along: Tensor, climb: int, radius: float) -> Tensor:
    """Coordinates of the step in the eigenvectors: Newton's, or shifted so that it has the radius's length."""
    size = values.abs()
    wanted = torch.where(size > FLAT * size.max(), -along, 0.0)
    wanted[:climb] *= -1
    size = size.clamp(min=torch.finfo(values.dtype).tiny)
    if torch.linalg.vector_norm(wanted / size) <= radius:
        return wanted / size
    low, high = 0.0, float(torch.linalg.vector_norm(wanted)) / radius
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        longer = torch.linalg.vector_norm(wanted / (size + middle)) > radius
        low, high = (middle, high) if longer else (low, middle)
    return wanted / (size + high)
