"""Losses of small networks in torch, the same as those of the compiled kernel, for path methods."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.landscapes import AnalyticLandscape


def small_landscape(network: SmallNetwork) -> AnalyticLandscape:
    r"""The loss of a `SmallNetwork` as a surface for path methods, float64.

    With residuals r without the eliminated output bias, the loss is the mean of :math:`r^2` less
    :math:`\bar r^2 / (1 + \lambda_2)`, and the penalties of the free parameters.

    Parameters
    ----------
    network : SmallNetwork
        With nothing or the output bias eliminated.

    Returns
    -------
    AnalyticLandscape

    Raises
    ------
    ValueError
        If the whole output layer is eliminated: that loss is for grids, and its paths are those of the whole loss.

    Examples
    --------
    >>> network = SmallNetwork.fixed_biases((2,))
    >>> small_landscape(network).dimension
    4
    """
    if network.eliminate == "layer":
        raise ValueError("expected eliminate=None or 'bias', got 'layer'; build the whole network for paths")
    x, y, template = (torch.from_numpy(a.copy()) for a in (network.x, network.y, network.template))
    positions = torch.from_numpy(network.positions.copy())
    shapes = _shapes(network.widths)
    activation = torch.tanh if network.activation == "tanh" else torch.relu

    def loss(thetas: Tensor) -> Tensor:
        """Penalised mean squared errors (n,) of n parameter vectors."""
        full = template.repeat(len(thetas), 1).index_copy(1, positions, thetas)
        if network.eliminate == "bias":
            full = torch.cat([full[:, :-1], torch.zeros_like(full[:, :1])], dim=1)
        residual = _output(full, x, shapes, activation) - y
        fit = (residual * residual).mean(dim=1)
        if network.eliminate == "bias":
            fit = fit - residual.mean(dim=1) ** 2 / (1 + network.l2)
        return fit + network.l1 * thetas.abs().sum(dim=1) + network.l2 * (thetas * thetas).sum(dim=1)

    return AnalyticLandscape(loss, network.dimension, name=repr(network))


def _shapes(widths: tuple[int, ...]) -> list[tuple[int, int]]:
    """(out, in) of every layer, one input and one output."""
    sizes = (1, *widths, 1)
    return [(after, before) for before, after in pairwise(sizes)]


def _output(
    full: Tensor, x: Tensor, shapes: list[tuple[int, int]], activation: Callable[[Tensor], Tensor]
) -> Tensor:
    """Outputs (n, m) of n full parameter vectors at m inputs."""
    values, start = x[None, :, None].expand(len(full), -1, -1), 0
    for place, (rows, columns) in enumerate(shapes):
        weight = full[:, start : start + rows * columns].view(-1, rows, columns)
        start += rows * columns
        bias = full[:, start : start + rows]
        start += rows
        values = values @ weight.transpose(1, 2) + bias[:, None]
        if place < len(shapes) - 1:
            values = activation(values)
    return values[:, :, 0]
