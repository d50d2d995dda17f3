"""Networks that are chains of linear layers and activations: what passes through them, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor, nn

from lossbar_core.hessians.activations import Activated, activated, known_activation
from lossbar_core.hessians.balls import Ball, joined, softmax, unit_roundoff
from lossbar_core.hessians.heads import predicts
from lossbar_core.landscapes import Landscape

SKIPPED = (nn.Flatten, nn.Dropout)  # dropout is off: a landscape with a mask is refused
LOSSES = ("cross_entropy", "mse")


@dataclass(frozen=True)
class LinearLayer:
    """A linear layer and the activation behind it.

    Attributes
    ----------
    weight, bias : slice
        Where they lie in a parameter vector; the bias may be empty.
    units, reaching : int
        Outputs and inputs of the layer, without the constant 1 of the bias.
    activation : nn.Module
        nn.Identity where there is none.
    """

    weight: slice
    bias: slice
    units: int
    reaching: int
    activation: nn.Module = field(default_factory=nn.Identity)

    @property
    def biased(self) -> bool:
        """Whether there is a bias."""
        return self.bias.stop > self.bias.start

    @property
    def inputs(self) -> int:
        """Numbers that reach the layer, the constant 1 of the bias included."""
        return self.reaching + self.biased

    @cached_property
    def places(self) -> Tensor:
        """Places (units, inputs) of its parameters in a vector, the bias last."""
        weight = torch.arange(self.weight.start, self.weight.stop).view(self.units, self.reaching)
        bias = torch.arange(self.bias.start, self.bias.stop).view(-1, 1)
        return torch.cat([weight, bias], dim=1) if self.biased else weight

    def weights(self, theta: Tensor) -> Ball:
        """Weights alone, (units, reaching)."""
        return Ball.exact(theta[self.weight].view(self.units, self.reaching))

    def matrix(self, theta: Tensor) -> Ball:
        """Weights and bias, (units, inputs)."""
        return Ball.exact(theta[self.places.to(theta.device)])


def chain_of(landscape: Landscape) -> list[LinearLayer] | None:
    """The layers of a dense chain with cross-entropy or square loss; None where the landscape is something else.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    list of LinearLayer, from the input on, or None
    """
    module = plain_sequence(landscape)
    if module is None:
        return None
    layers: list[LinearLayer] = []
    for name, part in module:
        if isinstance(part, nn.Linear):
            layer = _layer(name, part, landscape.layout.slices)
            if layer is None:
                return None
            layers.append(layer)
        elif known_activation(part) and layers and isinstance(layers[-1].activation, nn.Identity):
            layers[-1] = replace(layers[-1], activation=part)
        elif not isinstance(part, (*SKIPPED, nn.Identity)):
            return None
    fits = all(before.units == after.reaching for before, after in pairwise(layers))
    return layers if layers and fits and _agrees(landscape, layers) else None


def plain_sequence(landscape: Landscape) -> list[tuple[str, nn.Module]] | None:
    """Names and parts of a sequential module of one argument with cross-entropy or square loss, without dropout.

    A part that stands in several places is named each time.
    """
    module = landscape.module(landscape.vector())
    if not isinstance(module, nn.Sequential) or landscape.loss.name not in LOSSES:
        return None
    if isinstance(landscape.dropout, int) or len(landscape.data.arguments) != 1:
        return None
    return [(name, part) for name, part in module._modules.items() if part is not None]


def _layer(name: str, part: nn.Linear, slices: dict[str, slice]) -> LinearLayer | None:
    """A layer all of whose parameters are coordinates of their own."""
    weight, bias = (slices.get(f"{name}.{which}", slice(0, 0)) for which in ("weight", "bias"))
    known = weight.stop - weight.start + bias.stop - bias.start
    if known != sum(parameter.numel() for parameter in part.parameters()):
        return None  # frozen or tied
    return LinearLayer(weight, bias, part.out_features, part.in_features)


def _agrees(landscape: Landscape, layers: list[LinearLayer]) -> bool:
    """Whether the chain predicts what the module does."""
    inputs = landscape.data.arguments[0].flatten(1)
    if inputs.shape[1] != layers[0].reaching:
        return False
    return predicts(
        landscape, lambda theta, rows: propagated(layers, theta, inputs[: rows.n_rows]).outputs.mid
    )


@dataclass(frozen=True)
class Propagated:
    """What passes through a chain, for b rows; layers count from 0.

    Attributes
    ----------
    inputs : list of Ball (b, inputs)
        What reaches each layer, with a 1 for the bias.
    activated : list of Activated (b, units)
        What each layer hands on, with the slope and bend of its activation.
    """

    inputs: list[Ball]
    activated: list[Activated]

    @property
    def outputs(self) -> Ball:
        """Of the chain, (b, C)."""
        return self.activated[-1].value

    @property
    def unsure(self) -> int:
        """Units and rows at a kink up to rounding."""
        return sum(part.unsure for part in self.activated)


def propagated(layers: list[LinearLayer], theta: Tensor, rows: Tensor) -> Propagated:
    """Pass rows (b, d) through the chain."""
    inputs: list[Ball] = []
    found: list[Activated] = []
    passed = Ball.exact(rows)
    for layer in layers:
        inputs.append(with_constant(passed, 1.0) if layer.biased else passed)
        found.append(activated(layer.activation, inputs[-1] @ layer.matrix(theta).mT))
        passed = found[-1].value
    return Propagated(inputs, found)


def with_constant(ball: Ball, constant: float) -> Ball:
    """A column with a constant behind the others, along axis 1."""
    return joined([ball, Ball.exact(torch.full_like(ball.mid[:, :1], constant))], 1)


def loss_derivatives(loss: str, outputs: Ball, targets: Tensor) -> tuple[Ball, Ball]:
    r"""Derivatives of a row's loss in its outputs: the first, r (b, C), and the second, S (b, C, C).

    Cross-entropy of a class: :math:`r = p - y`, :math:`S = \operatorname{diag} p - p p^T`; of shares y that add to s:
    :math:`s p - y`, and s times the same S. Square loss: :math:`r = 2 (f - y) / C`, :math:`S = 2 I / C`, since torch
    takes the mean over the C outputs too.
    """
    classes = outputs.mid.shape[1]
    identity = torch.eye(classes, dtype=outputs.mid.dtype, device=outputs.mid.device)
    if loss == "mse":
        factor = 2 / classes * identity
        curvature = Ball(factor, unit_roundoff(factor.dtype) * factor)
        slope = (outputs - Ball.exact(targets)) @ curvature
        return slope, curvature.expand(len(targets), -1, -1)
    share = softmax(outputs)
    curvature = diagonal(share) - share[:, :, None] * share[:, None, :]
    if not targets.dtype.is_floating_point:
        return share - Ball.exact(identity[targets]), curvature
    weight = Ball.exact(targets) @ Ball.exact(torch.ones_like(identity[:, :1]))  # (b, 1)
    return share * weight - Ball.exact(targets), curvature * weight[:, :, None]


def diagonal(ball: Ball) -> Ball:
    """Diagonal matrices (b, n, n) of vectors (b, n)."""
    return Ball(torch.diag_embed(ball.mid), torch.diag_embed(ball.rad))
