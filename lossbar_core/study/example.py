"""The network that chapter 11 studies unless it is given another: a small MLP on small digits."""

from __future__ import annotations

from torch import Tensor, nn

from lossbar_core.datasets import load
from lossbar_core.networks import MLP

ROWS, SIZE, WIDTH = 1000, 14, 16


def model() -> nn.Module:
    """A new network 196-16-16-10 with torch's own random weights.

    >>> sum(parameter.numel() for parameter in model().parameters())
    3594
    """
    return MLP((SIZE * SIZE, WIDTH, WIDTH, 10))


def data() -> tuple[Tensor, Tensor]:
    """1,000 digits of the embedded MNIST set, pooled to 14 x 14 pixels and standardised, and their classes.

    >>> [tuple(part.shape) for part in data()]
    [(1000, 196), (1000,)]
    """
    digits = load("mnist", ROWS, size=SIZE, flatten=True, standardise=True, variant="small")
    return digits.train.inputs, digits.train.targets
