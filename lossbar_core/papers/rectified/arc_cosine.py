"""The inner product of two ReLU units under Gaussian inputs: the arc-cosine kernel, and FB's bounds of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor


class _Angular(torch.autograd.Function):
    r""":math:`J(c) = \sqrt{1 - c^2} + (\pi - \arccos c)\, c`; its slope :math:`\pi - \arccos c` is finite at 1."""

    @staticmethod
    def forward(ctx: Any, cosine: Tensor) -> Tensor:
        angle = cosine.acos()
        ctx.save_for_backward(math.pi - angle)
        return (1 - cosine * cosine).clamp(min=0).sqrt() + (math.pi - angle) * cosine

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        return grads[0] * ctx.saved_tensors[0]


def kernel(left: Tensor, right: Tensor) -> Tensor:
    r"""Inner products of units, :math:`E z(w) z(u) = |w| |u| (\sin a + (\pi - a) \cos a) / 2 \pi`, a their angle.

    :math:`z(w) = \max(0, w \cdot X)` and X is standard normal: FB's :math:`\langle w, u \rangle_Z` (section 2.3.2).

    Parameters
    ----------
    left : (..., m, n) tensor
    right : (..., k, n) tensor

    Returns
    -------
    (..., m, k) tensor
        Differentiable, also where two units are equal.

    Examples
    --------
    >>> units = torch.eye(2, dtype=torch.float64)
    >>> kernel(units, units).mul(2 * math.pi).tolist()
    [[3.141592653589793, 1.0], [1.0, 3.141592653589793]]
    """
    long, other = _lengths(left), _lengths(right)
    cosine = ((left / long) @ (right / other).mT).clamp(-1.0, 1.0)
    return long * other.mT * _Angular.apply(cosine) / (2 * math.pi)


def _lengths(units: Tensor) -> Tensor:
    tiny = torch.finfo(units.dtype).tiny
    return units.square().sum(dim=-1, keepdim=True).clamp(min=tiny).sqrt()


def inner_product(angle: np.ndarray | float) -> np.ndarray:
    """The same for unit vectors at an angle in [0, pi]: (sin a + (pi - a) cos a) / (2 pi).

    Examples
    --------
    >>> inner_product(np.array([0.0, 0.8, 2.5])).round(4).tolist()
    [0.5, 0.3738, 0.0134]
    """
    angle = np.asarray(angle, dtype=float)
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)


def bounds(
    angle: np.ndarray, energy: float | np.ndarray = 0.5, spread: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    r"""Lower and upper bound of the inner product of two units: FB Proposition 2.3, equation 7.

    :math:`\frac{1 + \cos a}{2} q - 2 s (\frac{1 - \cos a}{2} + \sin^2 a)` and :math:`\frac{1 + \cos a}{2} q`.

    Parameters
    ----------
    angle : array
        Between unit vectors, in [0, pi].
    energy : float or array
        :math:`q = E z(w_m)^2` of the bisector; 1/2 for a standard normal X.
    spread : float
        :math:`s`, the spectral norm of :math:`E X X^T`; 1 for a standard normal X.

    Examples
    --------
    >>> low, high = bounds(np.array([0.0, 0.8]))
    >>> high.round(4).tolist()
    [0.5, 0.4242]
    """
    cosine = np.cos(np.asarray(angle, dtype=float))
    high = (1 + cosine) / 2 * energy
    return high - 2 * spread * ((1 - cosine) / 2 + 1 - cosine**2), high
