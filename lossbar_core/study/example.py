"""The network that chapter 11 studies unless it is given another: a small MLP on small digits."""

from __future__ import annotations

from torch import Tensor, nn

from lossbar_core.datasets import load
from lossbar_core.networks import MLP

ROWS, SIZE, WIDTH = 500, 14, 6  # so narrow that paths have to climb: tuned here


def model() -> nn.Module:
    """A new network 196-6-6-10 with torch's own random weights.

    >>> sum(parameter.numel() for parameter in model().parameters())
    1294
    """
    return MLP((SIZE * SIZE, WIDTH, WIDTH, 10))


def data() -> tuple[Tensor, Tensor]:
    """500 digits of the embedded MNIST set, pooled to 14 x 14 pixels and standardised, and their classes.

    >>> [tuple(part.shape) for part in data()]
    [(500, 196), (500,)]
    """
    digits = load("mnist", ROWS, size=SIZE, flatten=True, standardise=True, variant="small")
    return digits.train.inputs, digits.train.targets
