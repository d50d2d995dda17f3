r"""The generalised Gauss-Newton decomposition, :math:`\nabla^2 L = G + R` (SR equation 3, corrected).

.. math:: G = \frac1N \sum_i J_i^T\, \nabla^2 \ell_i\, J_i, \qquad R = \frac1N \sum_{i,c} (\nabla \ell_i)_c\,
\nabla^2 f_{i,c} .

G is positive semidefinite for a convex loss, and a sum of N matrices of rank at most C (Theorem 4.2), so that it
has many zeros where M > N C. The survey prints the second sum with the second derivative of the loss in the place
of the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import jacrev

from lossbar_core.checks import as_count
from lossbar_core.hessians.assembly import assembled
from lossbar_core.hessians.chains import chain_of
from lossbar_core.hessians.exact import exact_hessian
from lossbar_core.hessians.heads import output_curvature
from lossbar_core.hessians.products import MEMORY, as_vector
from lossbar_core.landscapes import Landscape


def gauss_newton(landscape: Landscape, theta: Any) -> Tensor:
    r"""The matrix G of the mean loss, (M, M).

    Parameters
    ----------
    landscape : Landscape
        With outputs (b, C).
    theta : (M,) tensor

    Returns
    -------
    (M, M) tensor

    Raises
    ------
    TypeError
        If theta is no real numbers.
    ValueError
        If theta has another shape or is not finite, or the outputs another one.

    Examples
    --------
    >>> x = torch.tensor([[1.0], [2.0]])
    >>> linear = Landscape(torch.nn.Linear(1, 1, bias=False), "mse", (x, x))
    >>> gauss_newton(linear, linear.vector())   # the mean of 2 x^2
    tensor([[5.]])
    """
    theta = as_vector(landscape, theta)
    layers = chain_of(landscape)
    if layers is not None:
        inputs = landscape.data.arguments[0].flatten(1)
        return assembled(
            layers, landscape.loss.name, theta, inputs, landscape.data.targets, curved=False
        ).matrix
    total = theta.new_zeros(len(theta), len(theta))
    for block in landscape.blocks(_rows_at_once(landscape, theta)):
        outputs = block.outputs(theta)
        if not isinstance(outputs, Tensor) or outputs.ndim != 2:
            raise ValueError(
                f"expected outputs (b, C) of the module, got {_shape(outputs)}; let it return one tensor"
            )
        jacobian = jacrev(block.outputs)(theta)  # (b, C, M)
        curvature = output_curvature(block, outputs.detach())
        total += block.share * torch.einsum("ncm,nck->mk", jacobian, curvature @ jacobian)
    return (total + total.mT) / 2


def _rows_at_once(landscape: Landscape, theta: Tensor) -> int:
    with torch.no_grad():
        outputs = landscape.blocks(1)[0].outputs(theta)
    classes = outputs.shape[-1] if isinstance(outputs, Tensor) else 1
    return max(int(MEMORY / (3 * classes * len(theta) * theta.element_size())), 1)


def _shape(outputs: Any) -> str:
    return f"shape {tuple(outputs.shape)}" if isinstance(outputs, Tensor) else type(outputs).__name__


@dataclass(frozen=True, eq=False)
class Decomposition:
    r"""A Hessian and its Gauss-Newton part.

    Attributes
    ----------
    hessian, gauss_newton : (M, M) tensors
    """

    hessian: Tensor
    gauss_newton: Tensor

    @property
    def second(self) -> Tensor:
        """The second term R."""
        return self.hessian - self.gauss_newton

    @property
    def share(self) -> float:
        r""":math:`\|R\|_F / \|\nabla^2 L\|_F`."""
        return float(torch.linalg.matrix_norm(self.second) / torch.linalg.matrix_norm(self.hessian))


def decomposed(landscape: Landscape, theta: Any) -> Decomposition:
    """The Hessian and its first term at a point: SR section 4.1, equation 3 as corrected.

    Parameters
    ----------
    landscape : Landscape
        With outputs (b, C).
    theta : (M,) tensor

    Returns
    -------
    Decomposition

    Raises
    ------
    TypeError
        If theta is no real numbers.
    ValueError
        If theta has another shape or is not finite, or the outputs another one.

    Examples
    --------
    >>> x = torch.tensor([[1.0], [2.0]])
    >>> linear = Landscape(torch.nn.Linear(1, 1, bias=False), "mse", (x, x))
    >>> decomposed(linear, linear.vector()).second   # outputs are linear: nothing bends but the loss
    tensor([[0.]])
    """
    return Decomposition(exact_hessian(landscape, theta).matrix, gauss_newton(landscape, theta))


def least_nullity(dimension: int, n_rows: int, outputs: int = 1, *, softmax: bool = False) -> int:
    r"""Zero eigenvalues that G has at least: :math:`M - N C`, with a softmax :math:`M - N (C - 1)` (SR Theorem 4.2).

    Parameters
    ----------
    dimension, n_rows, outputs : int
        M, N and C.
    softmax : bool
        Whether the loss is the cross-entropy of C logits, whose curvature has rank C - 1.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        If a number is no integer.
    ValueError
        If it is below 1.

    Examples
    --------
    >>> least_nullity(200, 50), least_nullity(50, 200), least_nullity(200, 5, 10, softmax=True)
    (150, 0, 155)
    """
    rank = as_count(n_rows, "n_rows") * (as_count(outputs, "outputs") - softmax)
    return max(as_count(dimension, "dimension") - rank, 0)
