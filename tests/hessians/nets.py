"""Networks and data for the tests of Hessians: small, in float64, with dark inputs and every known activation."""

from itertools import pairwise

import torch
from torch import nn

from lossbar_core.landscapes import Landscape

ACTIVATIONS = {
    "relu": nn.ReLU,
    "leaky": lambda: nn.LeakyReLU(0.1),
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "none": nn.Identity,
}


def rows(n=40, width=9, dark=2, seed=0):
    """Inputs (n, width) whose first columns are always 0."""
    inputs = torch.randn(n, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    inputs[:, :dark] = 0
    return inputs


def targets(loss, n=40, classes=3, seed=0):
    generator = torch.Generator().manual_seed(seed + 1)
    if loss == "mse":
        return torch.randn(n, classes, generator=generator, dtype=torch.float64)
    if loss == "shares":
        return torch.rand(n, classes, generator=generator, dtype=torch.float64).softmax(dim=1)
    return torch.arange(n) % classes


def dense(hidden=(5, 4), activation="relu", bias=True, width=9, classes=3):
    sizes, parts = (width, *hidden, classes), [nn.Flatten()]
    for i, (wide, narrow) in enumerate(pairwise(sizes)):
        parts.append(nn.Linear(wide, narrow, bias=bias))
        if i < len(hidden):
            parts.append(ACTIVATIONS[activation]())
    return nn.Sequential(*parts)


def convolutional(activation="relu", bias=True, channels=2, classes=3):
    """Three convolutions, with a pool, a stride and nothing, on images of 10 x 10."""
    made = ACTIVATIONS[activation]
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1, bias=bias),
        made(),
        nn.MaxPool2d(2),
        nn.Conv2d(channels, 3, 2, bias=bias),
        made(),
        nn.Conv2d(3, 2, 2, stride=2, bias=bias),
        made(),
        nn.Flatten(),
        nn.Linear(2 * 2 * 2, classes, bias=bias),
    )


def images(n=20, seed=0):
    return torch.randn(n, 1, 10, 10, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def landscape(module, loss="cross_entropy", inputs=None, seed=0, **options):
    torch.manual_seed(seed)
    for part in module.modules():
        if hasattr(part, "reset_parameters"):
            part.reset_parameters()
    inputs = rows() if inputs is None else inputs
    named = "cross_entropy" if loss == "shares" else loss
    return Landscape(
        module.double(), named, (inputs, targets(loss, len(inputs))), dtype=torch.float64, **options
    )


def finite_differences(surface, theta, step=1e-5):
    """The Hessian by central differences of gradients."""
    moves = step * torch.eye(surface.dimension, dtype=surface.dtype)
    return (surface.gradients(theta + moves) - surface.gradients(theta - moves)) / (2 * step)
