"""Residual networks: the one of the TO paper's table E.7, and the usual ResNet for small images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lossbar_core.checks import as_count
from lossbar_core.networks.parameters import as_flag, as_image


class Residual(nn.Module):
    r"""The map :math:`x \mapsto \sigma(f(x) + g(x))`, with g a shortcut and :math:`\sigma` ReLU or nothing."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module | None = None, activate: bool = True) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = nn.Identity() if shortcut is None else shortcut
        self.activate = activate

    def forward(self, inputs: Tensor) -> Tensor:
        outputs = self.branch(inputs) + self.shortcut(inputs)
        return torch.relu(outputs) if self.activate else outputs


def resnet_table_e7(
    printed: bool = False, *, image: Sequence[int] = (3, 32, 32), classes: int = 10
) -> nn.Sequential:
    """The ResNet of the TO paper's table E.7: "195k" parameters, 195,210 in the authors' code.

    The table lists a convolution in x^6 that the code does not have, and leaves out the ReLU after each addition
    that the code has; the network as printed has 232,138 parameters. A mean over the last positions, which only
    the code has, makes the head 64 -> 10.

    Parameters
    ----------
    printed : bool
        True for the table as printed.
    image : (channels, height, width)
        CIFAR-10 and SVHN by default, as in the paper; sides of at least 16.
    classes : int

    Returns
    -------
    nn.Sequential
        (n, channels, height, width) -> (n, classes) logits.

    Raises
    ------
    TypeError
        If printed is no truth value, or a number no integer.
    ValueError
        If the image is smaller than 16 x 16, or a number is not positive.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(resnet_table_e7()), n_parameters(resnet_table_e7(printed=True))
    (195210, 232138)
    """
    as_flag(printed, "printed")
    channels, height, width = as_image(image)
    if min(height, width) < 16:
        raise ValueError(
            f"expected an image of at least 16 x 16, got {height} x {width}: it is halved four times; "
            "take larger images"
        )
    parts: list[nn.Module] = []
    for incoming, outgoing in ((channels, 16), (16, 32), (32, 64)):
        parts += [*_rectified(incoming, outgoing), _block(outgoing, printed), nn.MaxPool2d(2)]
    if printed:
        parts += _rectified(64, 64)
    parts += [_block(64, printed), nn.MaxPool2d(2), nn.BatchNorm2d(64)]
    return nn.Sequential(*parts, *_head(64, classes))


def resnet(
    depth: int = 20, width: int = 16, *, image: Sequence[int] = (3, 32, 32), classes: int = 10
) -> nn.Sequential:
    """ResNet for small images: three stages of (depth - 2) / 6 blocks, widths 1, 2 and 4 times the first.

    Convolutions without bias, each with BatchNorm; a 1 x 1 convolution with BatchNorm where the width grows. With
    depth 20 and width 16 these are the 272,474 parameters of the AutoNEB code's ResNet-20; with the 1,568 running
    statistics they make its 274,042 coordinates.

    Parameters
    ----------
    depth : int
        6 k + 2: 8, 14, 20, ...
    width : int
        Channels of the first stage.
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
        If a number is no integer.
    ValueError
        If the depth is not 6 k + 2, a number is not positive, or the image is smaller than 4 x 4.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(resnet(8, 4))
    5214
    """
    blocks, rest = divmod(as_count(depth, "depth", low=8) - 2, 6)
    if rest:
        raise ValueError(f"expected a depth 8, 14, 20, ... (6 k + 2), got {depth}; choose {6 * blocks + 2}")
    incoming, height, breadth = as_image(image)
    if min(height, breadth) < 4:
        raise ValueError(f"expected an image of at least 4 x 4, got {height} x {breadth}; take larger images")
    as_count(width, "width")
    parts: list[nn.Module] = [*_normalised(incoming, width, 3), nn.ReLU()]
    incoming = width
    for outgoing in (width, 2 * width, 4 * width):
        for _ in range(blocks):
            parts.append(_normalised_block(incoming, outgoing))
            incoming = outgoing
    return nn.Sequential(*parts, *_head(incoming, classes))


def _rectified(incoming: int, outgoing: int) -> list[nn.Module]:
    return [nn.Conv2d(incoming, outgoing, 3, padding=1), nn.ReLU()]


def _block(width: int, printed: bool) -> Residual:
    branch = nn.Sequential(*_rectified(width, width), nn.Conv2d(width, width, 3, padding=1))
    return Residual(branch, activate=not printed)


def _normalised(incoming: int, outgoing: int, size: int, stride: int = 1) -> list[nn.Module]:
    convolution = nn.Conv2d(incoming, outgoing, size, stride=stride, padding=size // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outgoing)]


def _normalised_block(incoming: int, outgoing: int) -> Residual:
    stride = 1 if incoming == outgoing else 2
    branch = nn.Sequential(
        *_normalised(incoming, outgoing, 3, stride), nn.ReLU(), *_normalised(outgoing, outgoing, 3)
    )
    shortcut = None if stride == 1 else nn.Sequential(*_normalised(incoming, outgoing, 1, stride))
    return Residual(branch, shortcut)


def _head(width: int, classes: int) -> list[nn.Module]:
    return [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, as_count(classes, "classes", low=2))]
