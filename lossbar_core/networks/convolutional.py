"""Convolutional networks: CNN-n-C of the TO paper, CNN-552 of the HI paper, those of the AutoNEB code."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from lossbar_core.checks import as_count
from lossbar_core.networks.parameters import as_flag, as_image

POOLS = {1: (8,), 2: (2, 4), 3: (2, 2, 2)}  # tables E.8 to E.10: the head sees an eighth of each side


def cnn(
    depth: int,
    channels: int,
    batchnorm: bool = False,
    *,
    image: Sequence[int] = (3, 32, 32),
    classes: int = 10,
) -> nn.Sequential:
    r"""CNN-n-C of the TO paper, tables E.8 to E.10: n times :math:`5\times5` convolution, ReLU and max-pooling.

    The pools are 8; 2, 4; or 2, 2, 2, so that the linear head has the same size for every depth. Parameters
    without BatchNorm for C = 32, 64, 128: 7562, 15114, 30218 (n = 1); 33194, 117578, 439946 (n = 2); 58826, 220042,
    849674 (n = 3). BatchNorm adds 2 n C.

    Parameters
    ----------
    depth : {1, 2, 3}
        Number n of convolutions.
    channels : int
        Width C of each.
    batchnorm : bool
        BatchNorm before each activation (section 2.2, Figure 3).
    image : (channels, height, width)
        CIFAR-10 by default, as in the paper; sides of at least 8.
    classes : int

    Returns
    -------
    nn.Sequential
        (n, channels, height, width) -> (n, classes) logits.

    Raises
    ------
    TypeError
        If a number is no integer, or batchnorm no truth value.
    ValueError
        If the depth is not 1, 2 or 3, a number is not positive, or the image is smaller than 8 x 8.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(cnn(2, 32))
    33194
    """
    as_count(depth, "depth", high=3), as_count(channels, "channels"), as_flag(batchnorm, "batchnorm")
    incoming, height, width = as_image(image)
    if min(height, width) < 8:
        raise ValueError(
            f"expected an image of at least 8 x 8, got {height} x {width}: the pools divide each side by 8; "
            "take larger images"
        )
    parts: list[nn.Module] = []
    for pool in POOLS[depth]:
        parts.append(nn.Conv2d(incoming, channels, 5, padding=2))
        if batchnorm:
            parts.append(nn.BatchNorm2d(channels))
        parts += [nn.ReLU(), nn.MaxPool2d(pool)]
        incoming, height, width = channels, height // pool, width // pool
    head = nn.Linear(channels * height * width, as_count(classes, "classes", low=2))
    return nn.Sequential(*parts, nn.Flatten(), head)


def cnn_552() -> nn.Sequential:
    """The HI paper's convolutional network for MNIST: 552 parameters, of which 500 are in the last layer.

    Two convolutions of one channel (5 x 5, padding 2, 26 parameters each), each with ReLU and a 2 x 2 max-pool, and
    a linear layer 49 -> 10.

    Returns
    -------
    nn.Sequential
        (n, 1, 28, 28) -> (n, 10) logits.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(cnn_552())
    552
    """
    parts: list[nn.Module] = []
    for _ in range(2):
        parts += [nn.Conv2d(1, 1, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(49, 10))


def autoneb_cnn(
    depth: int,
    channels: int,
    batchnorm: bool = True,
    *,
    dense: int = 256,
    image: Sequence[int] = (3, 32, 32),
    classes: int = 10,
) -> nn.Sequential:
    """A convolutional network of the AutoNEB code: 5 x 5 filters, max-pools, one dense layer of 256, a linear head.

    Each layer is convolution (padding 2), 2 x 2 max-pool, BatchNorm, ReLU. The code leaves padding and pooling to
    a configuration that is not published; a pool after every layer with padding 2 is our choice.

    Parameters
    ----------
    depth : int
        Number of convolutions, at least 1; the code has one or more.
    channels : int
        Filters a convolution: 12 to 96 in the code.
    batchnorm : bool
        True in the code.
    dense : int
        Units of the dense layer.
    image : (channels, height, width)
    classes : int

    Returns
    -------
    nn.Sequential
        (n, channels, height, width) -> (n, classes) logits.

    Raises
    ------
    TypeError
        If a number is no integer, or batchnorm no truth value.
    ValueError
        If a number is not positive, or the image is too small to be halved depth times.

    Examples
    --------
    >>> from lossbar_core.networks import n_parameters
    >>> n_parameters(autoneb_cnn(1, 12))
    790706
    """
    as_count(depth, "depth"), as_count(channels, "channels"), as_count(dense, "dense")
    as_flag(batchnorm, "batchnorm")
    incoming, height, width = as_image(image)
    if min(height, width) < 2**depth:
        raise ValueError(
            f"expected an image of at least {2**depth} x {2**depth} for depth {depth}, got {height} x {width}; "
            "take fewer layers"
        )
    parts: list[nn.Module] = []
    for _ in range(depth):
        parts += [nn.Conv2d(incoming, channels, 5, padding=2), nn.MaxPool2d(2)]
        parts += [nn.BatchNorm2d(channels), nn.ReLU()] if batchnorm else [nn.ReLU()]
        incoming, height, width = channels, height // 2, width // 2
    parts += [nn.Flatten(), nn.Linear(channels * height * width, dense)]
    parts += [nn.BatchNorm1d(dense), nn.ReLU()] if batchnorm else [nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(dense, as_count(classes, "classes", low=2)))
