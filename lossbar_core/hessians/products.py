"""Hessian-vector products of any landscape: many vectors at once, rows in chunks that fit in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.func import grad, vjp, vmap

from lossbar_core.landscapes import AnalyticLandscape, Landscape, Surface
from lossbar_core.landscapes.blocks import LossBlock
from lossbar_core.landscapes.memory import even_blocks

Differentiable = AnalyticLandscape | Landscape

MEMORY = 1e9  # bytes of one pass: tuned here, see `vectors_at_once`
TOGETHER = (
    64  # vectors of one pass, at most: more save nothing, the pass back is all the work then; tuned here
)
PASSES = 4.0  # what a vector takes going back twice, over what its gradient takes; measured here


def hessian_products(surface: Differentiable, theta: Tensor, vectors: Tensor) -> Tensor:
    r"""Products :math:`H v_k`, :math:`H = \nabla^2 L(\theta)` (Pearlmutter 1994), in reverse mode twice.

    At a kink (ReLU at 0) the second derivative does not exist; as everywhere in autograd, one side's is taken.

    Parameters
    ----------
    surface : Landscape or AnalyticLandscape
    theta : (M,) tensor
    vectors : (K, M) tensor

    Returns
    -------
    (K, M) tensor
        In the surface's dtype, on its device.

    Raises
    ------
    TypeError
        If entries are no real numbers.
    ValueError
        If a shape is wrong, an entry is not finite, or the surface has no second derivatives (statistics of BatchNorm
        that are recomputed, or coordinates).

    Examples
    --------
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> hessian_products(saddle, torch.zeros(2), torch.eye(2))
    tensor([[ 2.,  0.],
            [ 0., -2.]], dtype=torch.float64)
    """
    theta, vectors = as_vector(surface, theta), surface.as_points(vectors)
    products = torch.zeros_like(vectors)
    for block in surface.blocks(rows_at_once(surface, min(len(vectors), TOGETHER))):
        pull = products_with(block, theta)
        for chunk in even_blocks(len(vectors), TOGETHER):
            products[chunk] += block.share * pull(vectors[chunk])
    return products


def products_with(block: LossBlock, theta: Tensor) -> Callable[[Tensor], Tensor]:
    """The map from vectors (K, M) to their products (K, M) with one block's Hessian; the way there is walked once."""
    pull = vjp(grad(block.value), theta)[1]

    def products(vectors: Tensor) -> Tensor:
        try:
            return vmap(lambda vector: pull(vector)[0], randomness="same")(vectors)
        except RuntimeError:  # an operation that vmap cannot do, in a foreign module
            return torch.stack([pull(vector)[0] for vector in vectors])

    return products


def rows_at_once(surface: Differentiable, n_vectors: int, memory: float = MEMORY) -> int:
    """Rows of a block on which so many products fit in the memory, at least 1."""
    if not isinstance(surface, Landscape):
        return 1
    cell = PASSES * surface.footprint.cell * (n_vectors + 1)
    return max(min(int(memory // cell), surface.n_rows), 1)


def as_vector(surface: Surface, theta: Any) -> Tensor:
    """A checked copy of one vector (M,).

    Raises
    ------
    TypeError
        If its entries are no real numbers.
    ValueError
        If the shape is another one, or an entry is NaN or infinite.
    """
    return surface.as_points(theta[None] if hasattr(theta, "ndim") else [theta])[0]
