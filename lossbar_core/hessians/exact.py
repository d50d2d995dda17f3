"""The exact Hessian of a loss: by products for anything, by structure for the networks of the HI paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from lossbar_core.checks import available_memory
from lossbar_core.hessians.assembly import assembled
from lossbar_core.hessians.balls import unit_roundoff
from lossbar_core.hessians.chains import chain_of
from lossbar_core.hessians.convolutional import assembled_convolutions
from lossbar_core.hessians.convolutions import convolutions_of
from lossbar_core.hessians.heads import head_block, head_of
from lossbar_core.hessians.products import TOGETHER, Differentiable, as_vector, products_with, rows_at_once
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.memory import even_blocks
from lossbar_core.progress import progress_bar

ROUTES = ("auto", "layers", "head", "products")
DOUBT = 10.0  # of measured rounding: an estimate of the largest from one instance; chosen here


@dataclass(frozen=True, eq=False)
class Hessian:
    r"""A symmetric matrix :math:`H \approx \nabla^2 L(\theta)` and how far it may be from it.

    Attributes
    ----------
    matrix : (M, M) tensor
    error : float
        On :math:`\|H - \nabla^2 L(\theta)\|_2`.
    certain : bool
        Whether the error is a bound, from the rounding of every step ("layers"), for the slopes that were taken at
        kinks; else it is an estimate, ten times the asymmetry that was measured before the matrix was made symmetric.
    route : str
        How it was computed.
    parts : dict
        Name of each parameter to its slice of the coordinates.
    unsure_gates : int
        Rows and units where a ReLU's argument is 0 up to rounding, so that the other slope is possible; known for
        "layers" alone.
    """

    matrix: Tensor
    error: float
    certain: bool
    route: str
    parts: dict[str, slice]
    unsure_gates: int = 0

    @property
    def dimension(self) -> int:
        """Number M of coordinates."""
        return len(self.matrix)


def exact_hessian(
    surface: Differentiable, theta: Any, *, route: str = "auto", progress: bool = False
) -> Hessian:
    r"""The Hessian :math:`\nabla^2 L(\theta)` on all data, symmetric, in the surface's dtype: HI section 5.1.

    Three routes give the same matrix up to rounding:

    "layers"
        for dense and small convolutional chains with known activations, cross-entropy or square loss: weighted Gram
        matrices of what reaches each layer (`assembly`, `convolutional`). By far the fastest, and with a bound on
        its error.
    "head"
        for networks that end in a linear layer: that layer's block from its inputs, Hessian-vector products for the
        other coordinates.
    "products"
        for everything: a Hessian-vector product for each coordinate, many at once.

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
        With float64 where eigenvalues near 0 matter.
    theta : (M,) tensor
    route : {"auto", "layers", "head", "products"}
        By default the first that can be gone.
    progress : bool
        Show a bar.

    Returns
    -------
    Hessian

    Raises
    ------
    TypeError
        If theta is no real numbers.
    ValueError
        If theta has another shape or is not finite, the route is unknown or cannot be gone, or BatchNorm's
        statistics are recomputed or coordinates.
    MemoryError
        If the matrix and a working copy do not fit.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> exact_hessian(saddle, [0.0, 0.0]).matrix
    tensor([[ 2.,  0.],
            [ 0., -2.]], dtype=torch.float64)
    """
    if route not in ROUTES:
        raise ValueError(f"expected a route of {', '.join(ROUTES)}, got {route!r}; choose one of them")
    theta = as_vector(surface, theta)
    surface.blocks(1)  # refuses what has no second derivatives
    _check_memory(surface)
    for name, way in (("layers", _by_layers), ("head", _by_head), ("products", _by_products)):
        if route in (name, "auto"):
            found = way(surface, theta, progress)
            if found is not None:
                return found
    needed = (
        "a plain chain of dense or convolutional layers" if route == "layers" else "linear in its last layer"
    )
    raise ValueError(
        f"expected a network that is {needed} for route {route!r}, got {surface!r}; use route='auto'"
    )


def _check_memory(surface: Differentiable) -> None:
    needed = 3 * surface.dimension**2 * (8 if surface.dtype == torch.float64 else 4)
    if needed > available_memory():
        raise MemoryError(
            f"expected a Hessian of {surface.dimension} coordinates to fit in {available_memory() / 2**30:.1f} GiB, "
            f"got {needed / 2**30:.1f} GiB; use `extremal_eigenvalues` or `spectral_density`, which need products alone"
        )


def _by_layers(surface: Differentiable, theta: Tensor, show: bool) -> Hessian | None:
    if not isinstance(surface, Landscape):
        return None
    dense, convolutional = chain_of(surface), convolutions_of(surface)
    if dense is None and convolutional is None:
        return None
    inputs, targets = surface.data.arguments[0], surface.data.targets
    with progress_bar("Hessian: rows", surface.n_rows, show) as advance:
        if dense is not None:
            found = assembled(dense, surface.loss.name, theta, inputs.flatten(1), targets, passed=advance)
        elif convolutional is not None:
            found = assembled_convolutions(convolutional, surface.loss.name, theta, inputs, targets, advance)
    return Hessian(found.matrix, found.error, True, "layers", surface.layout.slices, found.unsure)


def _by_head(surface: Differentiable, theta: Tensor, show: bool) -> Hessian | None:
    head = head_of(surface) if isinstance(surface, Landscape) else None
    if head is None:
        return None
    places = head.places().to(theta.device)
    others = torch.ones(len(theta), dtype=torch.bool, device=theta.device)
    others[places] = False
    matrix, asymmetry = _columns(surface, theta, others.nonzero()[:, 0], show)
    block = theta.new_zeros(head.size, head.size)
    for part in surface.blocks(rows_at_once(surface, head.classes**2)):
        block += part.share * head_block(head, part, theta)
    matrix[places[:, None], places] = (block + block.mT) / 2
    return Hessian(matrix, _estimate(matrix, asymmetry), False, "head", _parts(surface))


def _by_products(surface: Differentiable, theta: Tensor, show: bool) -> Hessian:
    matrix, asymmetry = _columns(surface, theta, torch.arange(len(theta), device=theta.device), show)
    return Hessian(matrix, _estimate(matrix, asymmetry), False, "products", _parts(surface))


def _parts(surface: Differentiable) -> dict[str, slice]:
    return surface.layout.slices if isinstance(surface, Landscape) else {}


def _columns(surface: Differentiable, theta: Tensor, chosen: Tensor, show: bool) -> tuple[Tensor, float]:
    """The chosen columns and lines of the Hessian (M, M), 0 elsewhere, and the Frobenius norm of their asymmetry."""
    if not len(chosen):
        return theta.new_zeros(len(theta), len(theta)), 0.0
    found = theta.new_zeros(len(chosen), len(theta))
    blocks = surface.blocks(rows_at_once(surface, min(len(chosen), TOGETHER)))
    with progress_bar("Hessian: products", len(blocks) * len(chosen), show) as advance:
        for block in blocks:
            pull = products_with(block, theta)
            for chunk in even_blocks(len(chosen), TOGETHER):
                basis = theta.new_zeros(chunk.stop - chunk.start, len(theta))
                basis[torch.arange(len(basis)), chosen[chunk]] = 1
                found[chunk] += block.share * pull(basis)
                advance(len(basis))
    square = found[:, chosen]
    found[:, chosen] = (square + square.mT) / 2
    matrix = theta.new_zeros(len(theta), len(theta))
    matrix[chosen] = found
    matrix[:, chosen] = found.mT
    return matrix, float(torch.linalg.matrix_norm(square - square.mT))


def _estimate(matrix: Tensor, asymmetry: float) -> float:
    """What the error may be: the asymmetry measured, and the rounding of the largest entries."""
    return DOUBT * (asymmetry + unit_roundoff(matrix.dtype) * float(torch.linalg.matrix_norm(matrix)))
