r"""The last layer's share of a Hessian, for any network that ends in a linear layer.

With outputs :math:`f = W \phi + b`, :math:`\tilde\phi = (\phi, 1)` and :math:`S = \nabla^2 \ell(f)`, the block of W
and b is the mean over rows of :math:`S \otimes \tilde\phi \tilde\phi^T`: exact, positive semidefinite for a convex
loss, and far cheaper than a product for each of its columns.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import grad, vmap

from lossbar_core.hessians.balls import Ball
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.blocks import LossBlock

TRIED = 8  # rows on which a formula for the outputs is tried


@dataclass(frozen=True)
class Head:
    """The last layer of a network.

    Attributes
    ----------
    weight, bias : slice
        Where they lie in a parameter vector; the bias may be empty.
    classes, features : int
    """

    weight: slice
    bias: slice
    classes: int
    features: int

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.weight.stop - self.weight.start + self.bias.stop - self.bias.start

    @property
    def biased(self) -> bool:
        """Whether there is a bias."""
        return self.bias.stop > self.bias.start

    def weights(self, theta: Tensor) -> Tensor:
        """Weights alone, (classes, features)."""
        return theta[self.weight].view(self.classes, self.features)

    def outputs(self, theta: Tensor, features: Ball) -> Ball:
        """Outputs (b, classes) from what reaches the layer, (b, features)."""
        found = features @ Ball.exact(self.weights(theta).mT)
        return found + Ball.exact(theta[self.bias]) if self.biased else found

    def places(self) -> Tensor:
        """Places of its parameters in a vector, class by class, each with its bias behind."""
        weight = torch.arange(self.weight.start, self.weight.stop).view(self.classes, self.features)
        bias = torch.arange(self.bias.start, self.bias.stop).view(self.classes, -1)
        return torch.cat([weight, bias], dim=1).flatten()

    def features_of(self, block: LossBlock, theta: Tensor) -> Tensor:
        """What reaches the layer, (b, features): the outputs of layers that each hand so many features on."""
        probe = theta.clone()
        probe[self.bias] = 0
        found = []
        for start in range(0, self.features, self.classes):
            count = min(self.classes, self.features - start)
            weight = theta.new_zeros(self.classes, self.features)
            weight[torch.arange(count), torch.arange(start, start + count)] = 1
            probe[self.weight] = weight.flatten()
            found.append(block.outputs(probe)[:, :count])
        return torch.cat(found, dim=1)


def head_of(landscape: Landscape) -> Head | None:
    """The last layer, where the outputs (b, C) come out of a linear one whose parameters are used nowhere else.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    Head or None
    """
    for name, part in reversed(list(landscape.module(landscape.vector()).named_modules())):
        head = _head(name, part, landscape.layout.slices) if isinstance(part, nn.Linear) else None
        if head is not None and _is_linear_in(head, landscape):
            return head
    return None


def _head(name: str, layer: nn.Linear, slices: dict[str, slice]) -> Head | None:
    """A linear layer all of whose parameters are coordinates."""
    weight = slices.get(f"{name}.weight".lstrip("."))
    bias = slices.get(f"{name}.bias".lstrip("."), slice(0, 0))
    if weight is None or (layer.bias is not None) != (bias.stop > bias.start):
        return None  # frozen or tied
    return Head(weight, bias, layer.out_features, layer.in_features)


def _is_linear_in(head: Head, landscape: Landscape) -> bool:
    block = landscape.blocks(min(TRIED, landscape.n_rows))[0]
    with torch.no_grad():
        outputs = block.outputs(landscape.vector())
    if not isinstance(outputs, Tensor) or outputs.shape[1:] != (head.classes,):
        return False
    return predicts(
        landscape,
        lambda theta, rows: head.outputs(theta, Ball.exact(head.features_of(rows, theta))).mid,
    )


def predicts(landscape: Landscape, predicted: Callable[[Tensor, LossBlock], Tensor]) -> bool:
    """Whether a formula gives a network's outputs on a few rows, at its start and at vectors of ordinary size.

    At a start alone outputs may be small, or units on one side, so that much would pass.

    Parameters
    ----------
    landscape : Landscape
    predicted : callable
        From a vector (M,) and a block of rows to outputs (b, C).

    Returns
    -------
    bool
    """
    block = landscape.blocks(min(TRIED, landscape.n_rows))[0]
    start = landscape.vector()
    generator = torch.Generator().manual_seed(0)
    drawn = [torch.randn(len(start), generator=generator).to(start) for _ in range(3)]
    with torch.no_grad():
        for theta in (start, *drawn):
            outputs, found = block.outputs(theta), predicted(theta, block)
            if found.shape != outputs.shape:
                return False
            gap, size = (found - outputs).abs().max(), outputs.abs().max()
            if not gap <= 100 * torch.finfo(start.dtype).eps ** 0.75 * size:  # false for NaN too
                return False
    return True


def output_curvature(block: LossBlock, outputs: Tensor) -> Tensor:
    r"""Second derivatives :math:`S / b` (b, C, C) of a block's mean loss in the outputs of each row."""
    identity = torch.eye(outputs.shape[1], dtype=outputs.dtype, device=outputs.device)

    def pulled(direction: Tensor) -> Tensor:
        return grad(lambda f: (grad(block.loss)(f) @ direction).sum())(outputs)

    return vmap(pulled)(identity).movedim(0, 1)


def head_block(head: Head, block: LossBlock, theta: Tensor) -> Tensor:
    """The last layer's block of one block's Hessian, in the order of `Head.places`."""
    with torch.no_grad():
        features = head.features_of(block, theta)
    if head.biased:
        features = torch.cat([features, torch.ones_like(features[:, :1])], dim=1)
    curvature = output_curvature(block, block.outputs(theta).detach())
    size = head.classes * features.shape[1]
    parts = torch.stack(
        [features.mT @ (curvature[:, c].mT[:, :, None] * features) for c in range(head.classes)]
    )
    return parts.permute(0, 2, 1, 3).reshape(size, size)
