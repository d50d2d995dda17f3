"""Activations with two derivatives, as balls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossbar_core.hessians.balls import SLACK, Ball, unit_roundoff

Map = Callable[[Tensor], Tensor]
LINEAR_FROM = 20.0  # torch's softplus returns z itself beyond
ULPS = 8.0  # of the functions themselves: torch's are within 4, the formulas of the derivatives add a few


@dataclass(frozen=True)
class Smooth:
    """A smooth activation with its slope and its bend, and how fast each of the three may change.

    Attributes
    ----------
    value, slope, bend : callables
        The function and its first and second derivative.
    lipschitz : three floats
        Bounds on the slopes of the three.
    """

    value: Map
    slope: Map
    bend: Map
    lipschitz: tuple[float, float, float]


def _tanh_slope(z: Tensor) -> Tensor:
    return 1 - z.tanh() ** 2


def _tanh_bend(z: Tensor) -> Tensor:
    return -2 * z.tanh() * _tanh_slope(z)


def _sigmoid_slope(z: Tensor) -> Tensor:
    return z.sigmoid() * (-z).sigmoid()


def _sigmoid_bend(z: Tensor) -> Tensor:
    return _sigmoid_slope(z) * (1 - 2 * z.sigmoid())


def _softplus_slope(z: Tensor) -> Tensor:
    return torch.where(z > LINEAR_FROM, 1.0, z.sigmoid())


def _softplus_bend(z: Tensor) -> Tensor:
    return torch.where(z > LINEAR_FROM, 0.0, _sigmoid_slope(z))


SMOOTH = {
    nn.Tanh: Smooth(torch.tanh, _tanh_slope, _tanh_bend, (1.0, 0.77, 2.0)),
    nn.Sigmoid: Smooth(torch.sigmoid, _sigmoid_slope, _sigmoid_bend, (0.25, 0.0963, 0.125)),
    nn.Softplus: Smooth(functional.softplus, _softplus_slope, _softplus_bend, (1.0, 0.25, 0.0963)),
}


@dataclass(frozen=True)
class Activated:
    """What an activation makes of its arguments (b, units).

    Attributes
    ----------
    value, slope : Ball
    bend : Ball or None
        Second derivative; None where it is 0 but at the kinks.
    unsure : int
        Arguments that are 0 up to rounding, where there is a kink.
    """

    value: Ball
    slope: Ball
    bend: Ball | None
    unsure: int = 0


def known_activation(module: nn.Module) -> bool:
    """Whether its derivatives are known here."""
    if isinstance(module, nn.Softplus):
        return type(module) in SMOOTH and module.beta == 1 and module.threshold == LINEAR_FROM
    return type(module) in (
        nn.Identity,
        nn.ReLU,
        nn.LeakyReLU,
        *SMOOTH,
    )  # a subclass may compute something else


def activated(module: nn.Module, z: Ball) -> Activated:
    """Value and derivatives of an activation at a ball of arguments."""
    if isinstance(module, nn.Identity):
        return Activated(z, Ball.exact(torch.ones_like(z.mid)), None)
    if isinstance(module, (nn.ReLU, nn.LeakyReLU)):
        low = getattr(module, "negative_slope", 0.0)
        slope = torch.where(z.mid > 0, 1.0, z.mid.new_tensor(low))
        value = Ball(z.mid * slope, z.rad) if low == 0.0 else z * Ball.exact(slope)
        # Where nothing reaches a unit, its argument is 0 without error, and its slope idle.
        unsure = int(((z.mid.abs() <= z.rad) & (z.rad > 0)).sum())
        return Activated(value.switched(slope != 0), Ball.exact(slope), None, unsure)
    kind = SMOOTH[type(module)]
    parts: list[Ball] = []
    for function, steepest in zip((kind.value, kind.slope, kind.bend), kind.lipschitz, strict=True):
        mid = function(z.mid)
        rounding = ULPS * unit_roundoff(mid.dtype) * mid.abs().clamp(min=1.0)  # what cancels is at most 1
        parts.append(Ball(mid, SLACK * (steepest * z.rad + rounding)))
    return Activated(parts[0], parts[1], parts[2])
