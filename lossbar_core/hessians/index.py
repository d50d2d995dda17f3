"""The index of a Hessian, with everything that bounds it: rounding, theorems, and zeros that are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from lossbar_core.hessians.bounds import Bound, check_bounds, index_bounds
from lossbar_core.hessians.eigenvalues import Spectrum, spectrum_of
from lossbar_core.hessians.exact import Hessian, exact_hessian
from lossbar_core.hessians.inertia import certified_index
from lossbar_core.hessians.products import Differentiable, as_vector
from lossbar_core.hessians.zeros import known_zeros
from lossbar_core.landscapes import Landscape


@dataclass(frozen=True, eq=False)
class Index:
    r"""The number of negative eigenvalues of :math:`\nabla^2 L(\theta)`, as an interval.

    Attributes
    ----------
    low, high : int
        It is at least and at most so much. Low: eigenvalues below minus the error. High: those not above the error,
        less the zeros that are known, and no more than a theorem allows. Where ``hessian.unsure_gates`` is not 0, for
        the slopes that were taken there.
    spectrum : Spectrum
    bounds : list of Bound
        Of the theorems that apply, the smallest first.
    zeros : int
        Zero eigenvalues that symmetries force.
    loss, gradient_norm : float
        At the same point; the index of a point that is not critical says nothing on saddles.
    hessian : Hessian
    """

    low: int
    high: int
    spectrum: Spectrum
    bounds: list[Bound]
    zeros: int
    loss: float
    gradient_norm: float
    hessian: Hessian


def index_of(
    surface: Differentiable, theta: Any, *, factorise: bool = False, progress: bool = False
) -> Index:
    """The index at a point of any landscape: what HI section 5.2 tabulates, with an interval that holds it.

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
        In float64; with float32 the interval says how little is known.
    theta : (M,) tensor
    factorise : bool
        Count by L D L^T with a measured residual too, and take what both allow: no trust in the eigensolver is
        needed then.
    progress : bool
        Show a bar.

    Returns
    -------
    Index

    Raises
    ------
    TypeError, ValueError, MemoryError
        As `exact_hessian`.
    BoundViolatedError
        If a theorem excludes what was found: a fault of the computation.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> found = index_of(saddle, [0.0, 0.0])
    >>> found.low, found.high, found.gradient_norm
    (1, 1, 0.0)
    """
    theta = as_vector(surface, theta)
    hessian = exact_hessian(surface, theta, progress=progress)
    spectrum = spectrum_of(hessian)
    low, high = certified_index(hessian) if factorise else spectrum.interval
    bounds = index_bounds(surface) if isinstance(surface, Landscape) else []
    zeros = known_zeros(surface, theta) if isinstance(surface, Landscape) else 0
    check_bounds(low, bounds)
    loss, gradient = surface.losses_and_gradients(theta[None])
    return Index(
        low,
        max(min([high - zeros, *(bound.value for bound in bounds)]), low),
        spectrum,
        bounds,
        zeros,
        float(loss[0]),
        float(torch.linalg.vector_norm(gradient[0].double())),
        hessian,
    )
