"""Hessians that are never written down: operators of curvlinops and scipy, for networks of any size."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import nn

from lossbar_core.checks import as_count
from lossbar_core.hessians.products import Differentiable, as_vector, hessian_products
from lossbar_core.landscapes import Landscape

if TYPE_CHECKING:
    from curvlinops import HessianLinearOperator

ROWS = 1000  # of a mini-batch of curvlinops: tuned here


def as_operator(surface: Differentiable, theta: Any) -> LinearOperator:
    """The Hessian on all data as an operator of scipy, float64 outside whatever the surface computes in.

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
    theta : (M,) tensor

    Returns
    -------
    scipy.sparse.linalg.LinearOperator, (M, M)

    Raises
    ------
    TypeError
        If theta is no real numbers.
    ValueError
        If theta has another shape or is not finite.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> as_operator(saddle, [0.0, 0.0]) @ np.array([1.0, 1.0])
    array([ 2., -2.])
    """
    theta = as_vector(surface, theta)

    def products(vectors: np.ndarray) -> np.ndarray:
        columns = torch.as_tensor(vectors.reshape(len(theta), -1).T.copy())
        return hessian_products(surface, theta, columns).double().cpu().numpy().T.reshape(vectors.shape)

    return LinearOperator((len(theta), len(theta)), matvec=products, matmat=products, dtype=np.float64)


def extremal_eigenvalues(
    surface: Differentiable, theta: Any, count: int = 5, *, which: str = "lowest", seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """The lowest or highest eigenvalues and their vectors, by Lanczos's method with restarts (scipy's ``eigsh``).

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
    theta : (M,) tensor
    count : int
        Fewer than M.
    which : {"lowest", "highest"}
    seed : int
        Of the first vector.

    Returns
    -------
    (count,) and (M, count) float64 arrays
        Ascending.

    Raises
    ------
    TypeError
        If a number is no integer, or theta no real numbers.
    ValueError
        If the count or name is out of range, or theta has another shape or is not finite.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> bowl = AnalyticLandscape(lambda x: (torch.arange(4) * x**2).sum(dim=1), 4)
    >>> np.round(extremal_eigenvalues(bowl, [0.0, 0.0, 0.0, 0.0], 1, which="highest")[0], 9)
    array([6.])
    """
    if which not in ("lowest", "highest"):
        raise ValueError(f"expected 'lowest' or 'highest', got {which!r}; choose one of the two")
    operator = as_operator(surface, theta)
    count = as_count(count, "count", high=operator.shape[0] - 1)
    start = np.random.default_rng(seed).standard_normal(operator.shape[0])
    values, vectors = eigsh(operator, count, which="SA" if which == "lowest" else "LA", v0=start)
    order = np.argsort(values)
    return values[order], vectors[:, order]


def curvlinops_hessian(landscape: Landscape, theta: Any) -> HessianLinearOperator:
    """The Hessian on all data as an operator of curvlinops, which has estimators of its spectrum, trace and norms.

    Parameters
    ----------
    landscape : Landscape
        Without BatchNorm and dropout.
    theta : (M,) tensor

    Returns
    -------
    curvlinops.HessianLinearOperator, (M, M)

    Raises
    ------
    TypeError
        If theta is no real numbers.
    ValueError
        If theta has another shape or is not finite, or the landscape has BatchNorm or a mask of dropout, where rows
        act on each other, or the network takes several arguments.

    Examples
    --------
    >>> from lossbar_core.networks import MLP
    >>> landscape = Landscape(MLP((4, 3, 2)), "cross_entropy", (torch.eye(4), torch.arange(4) % 2))
    >>> tuple(curvlinops_hessian(landscape, landscape.vector()).shape)
    (23, 23)
    """
    if (
        landscape.batchnorm == "batch"
        or isinstance(landscape.dropout, int)
        or len(landscape.data.arguments) != 1
    ):
        raise ValueError(
            "expected a network of one argument whose rows do not act on each other, "
            f"got {landscape!r}; use `as_operator` instead"
        )
    theta = as_vector(landscape, theta)
    with _calm():
        from curvlinops import HessianLinearOperator
    module = landscape.module(theta).eval()
    inputs, targets = landscape.data.arguments[0], landscape.data.targets
    batches = list(zip(inputs.split(ROWS), targets.split(ROWS), strict=True))
    parameters = [value for value in module.parameters() if value.requires_grad]
    return HessianLinearOperator(module, _MeanLoss(landscape), parameters, batches, check_deterministic=False)


@contextmanager
def _calm() -> Iterator[None]:
    """Without torch's warnings about what it and curvlinops's dependency still call (2026-11)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


class _MeanLoss(nn.Module):
    """The loss as curvlinops wants it: it asks how rows are reduced."""

    reduction = "mean"

    def __init__(self, landscape: Landscape) -> None:
        super().__init__()
        self.mean = landscape.loss.mean

    def forward(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return self.mean(outputs, targets)


def spectral_density(
    landscape: Landscape,
    theta: Any,
    *,
    steps: int = 80,
    repeats: int = 10,
    points: int = 512,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Density of the spectrum (plots of HI section 5.2) by stochastic Lanczos quadrature (Papyan; curvlinops).

    Parameters
    ----------
    landscape : Landscape
        As for `curvlinops_hessian`.
    theta : (M,) tensor
    steps : int
        Of Lanczos's method; fewer than M.
    repeats : int
        Random first vectors.
    points : int
        Where the density is wanted, between the extremal eigenvalues.
    seed : int

    Returns
    -------
    places, density : (points,) float64 arrays

    Raises
    ------
    TypeError
        If a number is no integer, or theta no real numbers.
    ValueError
        If a number is out of range, or as `curvlinops_hessian`.

    Examples
    --------
    >>> from lossbar_core.networks import MLP
    >>> landscape = Landscape(MLP((4, 3, 2)), "cross_entropy", (torch.eye(4), torch.arange(4) % 2))
    >>> places, density = spectral_density(landscape, landscape.vector(), steps=5, repeats=1, points=16)
    >>> density.shape, bool((density >= 0).all())
    ((16,), True)
    """
    as_count(steps, "steps", high=landscape.dimension - 1)
    as_count(repeats, "repeats")
    as_count(points, "points")
    operator = curvlinops_hessian(landscape, theta)
    from curvlinops import lanczos_approximate_spectrum

    devices = [landscape.device] if landscape.device.type == "cuda" else []
    with _calm(), torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        edges = [
            extremal_eigenvalues(landscape, theta, 1, which=side)[0][0] for side in ("lowest", "highest")
        ]
        places, density = lanczos_approximate_spectrum(
            operator, steps, num_points=points, num_repeats=repeats, boundaries=tuple(edges)
        )
    return places.double().cpu().numpy(), density.double().cpu().numpy()
