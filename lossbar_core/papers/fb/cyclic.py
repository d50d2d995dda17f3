"""The disconnection example: three points of the plane, mapped cyclically by a small ReLU network (final text)."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape

INPUTS, POINTS = 2, 3


def cyclic_points() -> tuple[Tensor, Tensor]:
    """Inputs and targets, (2, 3) each: the corners of an equilateral triangle, each sent to the next.

    The final text does not say which points it takes; these favour none.
    """
    angles = torch.arange(3, dtype=torch.float64) * (2 * math.pi / 3)
    corners = torch.stack([angles.cos(), angles.sin()])
    return corners, corners.roll(-1, dims=1)


def cyclic_loss(width: int) -> AnalyticLandscape:
    r"""Mean squared distance :math:`L(\theta) = \frac13 \sum_i |W_2 \max(W_1 x_i, 0) - x_{i+1}|^2`, no biases.

    Parameters
    ----------
    width : int
        Hidden units; 3 in the paper, which gives 12 weights.

    Examples
    --------
    >>> cyclic_loss(3).dimension
    12
    >>> cyclic_loss(3).losses(exact_map(3)[None]).numpy().round(12)
    array([0.])
    """
    x, y = cyclic_points()

    def loss(thetas: Tensor) -> Tensor:
        inner, outer = layers(thetas, width)
        return (torch.matmul(outer, torch.matmul(inner, x).relu()) - y).square().sum(1).mean(1)

    return AnalyticLandscape(loss, 2 * INPUTS * width, name=f"cyclic map, 2-{width}-2")


def layers(thetas: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Weights (P, width, 2) into the hidden units and (P, 2, width) out of them."""
    inner, outer = thetas.split(INPUTS * width, dim=1)
    return inner.reshape(-1, width, INPUTS), outer.reshape(-1, INPUTS, width)


def exchanged(thetas: Tensor, width: int, units: tuple[int, int] = (0, 1)) -> Tensor:
    """The same networks with two hidden units exchanged, (P, M); every prediction stays.

    Raises
    ------
    ValueError
        If the units are not two of the network.

    Examples
    --------
    >>> exchanged(torch.arange(12.0)[None], 3)[0].tolist()
    [2.0, 3.0, 0.0, 1.0, 4.0, 5.0, 7.0, 6.0, 8.0, 10.0, 9.0, 11.0]
    """
    if len(set(units)) != 2 or not all(0 <= unit < width for unit in units):
        raise ValueError(
            f"expected two different units in 0..{width - 1}, got {units}; name two hidden units"
        )
    order = list(range(width))
    order[units[0]], order[units[1]] = units[1], units[0]
    inner, outer = layers(thetas, width)
    return torch.cat([inner[:, order].flatten(1), outer[:, :, order].flatten(1)], dim=1)


def exact_map(width: int) -> Tensor:
    """A network of loss 0, (M,): unit i fires at point i alone; further units have weights 0.

    Raises
    ------
    ValueError
        If there are fewer than 3 units.
    """
    if width < 3:
        raise ValueError(f"expected width >= 3, got {width}; two units cannot map three points")
    x, y = cyclic_points()
    inner, outer = torch.zeros(width, 2, dtype=x.dtype), torch.zeros(2, width, dtype=x.dtype)
    inner[:3], outer[:, :3] = x.T, y
    return torch.cat([inner.flatten(), outer.flatten()])


def without_a_unit(theta: Tensor, width: int) -> tuple[Tensor, int]:
    r"""The same predictions with nothing out of one unit, (M,), and that unit.

    More units than points fire in linearly dependent ways, :math:`\sum_i c_i a_i = 0` with :math:`a_i \in
    \mathbb R^3`, so that the weights out of unit j can be shared out among the others: :math:`v_i - (c_i / c_j)
    v_j`. On the segment from one to the other every prediction stays.

    Raises
    ------
    ValueError
        If there are no more units than points.
    """
    if width <= POINTS:
        raise ValueError(f"expected more than {POINTS} units, one for each point and a spare, got {width}")
    inner, outer = (part[0].clone() for part in layers(theta[None], width))
    fires = (inner @ cyclic_points()[0].to(theta.dtype)).relu()
    dependent = torch.linalg.svd(fires.T).Vh[-1]
    unit = int(dependent.abs().argmax())
    outer = outer - torch.outer(outer[:, unit], dependent / dependent[unit])
    outer[:, unit] = 0.0
    return torch.cat([inner.flatten(), outer.flatten()]), unit


def exchange_by_hand(theta: Tensor, width: int) -> Tensor:
    """Pivots (N, M) from a network to its copy with units 0 and 1 exchanged, all of the same loss.

    `without_a_unit` frees one unit. Then on every segment either weights into a unit change while nothing comes out
    of it, or weights out of a unit pass to another one with the same weights into it.

    Raises
    ------
    ValueError
        If there are no more units than points.

    Examples
    --------
    >>> path = exchange_by_hand(exact_map(4), 4)
    >>> bool(cyclic_loss(4).losses(path).max() < 1e-30), torch.equal(path[-1], exchanged(path[:1], 4)[0])
    (True, True)
    """
    free, spare = without_a_unit(theta, width)
    inner, outer = (part[0].clone() for part in layers(free[None], width))
    own, pivots = inner[spare].clone(), [theta, free]

    def keep() -> None:
        pivots.append(torch.cat([inner.flatten(), outer.flatten()]))

    moves = {0: [(1, 0)], 1: [(0, 1)]}.get(spare, [(0, spare), (1, 0), (spare, 1)])
    for source, target in moves:
        inner[target] = inner[source]
        keep()
        outer[:, target], outer[:, source] = outer[:, source].clone(), 0.0
        keep()
    inner[moves[-1][0]] = own
    keep()
    return torch.stack([*pivots, exchanged(theta[None], width)[0]])
