"""Densely connected networks: every layer sees all earlier ones."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lossbar_core.checks import as_count
from lossbar_core.networks.parameters import as_flag, as_image


class Concatenated(nn.Module):
    r"""The map :math:`x \mapsto (x, f(x))`, stacked along the channels."""

    def __init__(self, branch: nn.Module) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.cat((inputs, self.branch(inputs)), dim=1)


def densenet(
    depth: int = 22,
    growth: int = 12,
    bottleneck: bool = False,
    *,
    image: Sequence[int] = (3, 32, 32),
    classes: int = 10,
) -> nn.Sequential:
    """DenseNet for small images: three blocks of layers that each add `growth` channels, halved in between.

    Layers are BatchNorm, ReLU, 3 x 3 convolution without bias. With a bottleneck, a 1 x 1 convolution to 4 x growth
    channels comes first, and the transitions halve the channels. The first convolution has 2 x growth channels, as in
    the AutoNEB code, whose depth 40 then has 1,059,298 parameters, and depth 100 with bottleneck 769,162. The default
    depth is small enough for a laptop (tuned here).

    Parameters
    ----------
    depth : int
        3 k + 4, or 6 k + 4 with a bottleneck: 22 or 40, for example.
    growth : int
    bottleneck : bool
    image : (channels, height, width)
        CIFAR-10 by default; sides of at least 4.
    classes : int

    Returns
    -------
    nn.Sequential
        (n, channels, height, width) -> (n, classes) logits.

    Raises
    ------
    TypeError
        If a number is no integer, or bottleneck no truth value.
    ValueError
        If the depth is none of those, a number is not positive, or the image is smaller than 4 x 4.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(densenet(40)), n_parameters(densenet(100, bottleneck=True))
    (1059298, 769162)
    """
    step = 6 if as_flag(bottleneck, "bottleneck") else 3
    layers, rest = divmod(as_count(depth, "depth", low=step + 4) - 4, step)
    if rest:
        raise ValueError(
            f"expected a depth {step + 4}, {2 * step + 4}, ... ({step} k + 4), got {depth}; choose {step * layers + 4}"
        )
    incoming, height, width = as_image(image)
    if min(height, width) < 4:
        raise ValueError(f"expected an image of at least 4 x 4, got {height} x {width}; take larger images")
    channels = 2 * as_count(growth, "growth")
    parts: list[nn.Module] = [nn.Conv2d(incoming, channels, 3, padding=1, bias=False)]
    for block in range(3):
        for _ in range(layers):
            parts.append(Concatenated(_layer(channels, growth, bottleneck)))
            channels += growth
        if block < 2:
            outgoing = channels // 2 if bottleneck else channels
            parts += [*_convolved(channels, outgoing, 1), nn.AvgPool2d(2)]
            channels = outgoing
    parts += [nn.BatchNorm2d(channels), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*parts, nn.Linear(channels, as_count(classes, "classes", low=2)))


def _layer(channels: int, growth: int, bottleneck: bool) -> nn.Sequential:
    if not bottleneck:
        return nn.Sequential(*_convolved(channels, growth, 3))
    return nn.Sequential(*_convolved(channels, 4 * growth, 1), *_convolved(4 * growth, growth, 3))


def _convolved(incoming: int, outgoing: int, size: int) -> list[nn.Module]:
    convolution = nn.Conv2d(incoming, outgoing, size, padding=size // 2, bias=False)
    return [nn.BatchNorm2d(incoming), nn.ReLU(), convolution]
