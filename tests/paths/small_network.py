"""A small classifier and two trained minima of it, in a second."""

import torch
from torch import nn

from lossbar_core.landscapes import Landscape


def trained_pair():
    """Landscape of a 2-16-16-2 network in float32 on two rings, and two minima from different starts."""
    generator = torch.Generator().manual_seed(0)
    angle = 6.283 * torch.rand(120, generator=generator)
    labels = torch.arange(120) % 2
    inputs = torch.stack([angle.cos(), angle.sin()], dim=1) * (1 + labels[:, None])
    net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2))
    landscape = Landscape(net, "cross_entropy", (inputs, labels))
    thetas = 0.35 * torch.randn(2, landscape.dimension, generator=generator)
    mean, square = torch.zeros_like(thetas), torch.zeros_like(thetas)
    for step in range(1, 401):
        gradients = landscape.gradients(thetas)
        mean, square = mean.lerp(gradients, 0.1), square.lerp(gradients**2, 0.001)
        thetas = thetas - 0.01 * (mean / (1 - 0.9**step)) / ((square / (1 - 0.999**step)).sqrt() + 1e-8)
    return landscape, thetas[0], thetas[1]
