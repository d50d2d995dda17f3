"""Small networks of every kind that the symmetries know, with data."""

import torch
from torch import nn

from lossbar_core.landscapes import Landscape


def mlp(activation=nn.ReLU, dtype=torch.float64):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 7), activation(), nn.Linear(7, 6), activation(), nn.Linear(6, 3)).to(
        dtype
    )
    return Landscape(net, "cross_entropy", (torch.randn(40, 4, dtype=dtype), torch.arange(40) % 3))


def cnn(batchnorm=False, policy="batch"):
    torch.manual_seed(0)
    norm = [nn.BatchNorm2d(5)] if batchnorm else []
    net = nn.Sequential(
        nn.Conv2d(2, 5, 3, bias=not batchnorm),
        *norm,
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(5, 4, 2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(4 * 4, 6),
        nn.ReLU(),
        nn.Linear(6, 3),
    ).double()
    data = torch.randn(36, 2, 8, 8, dtype=torch.float64)  # 8 -> 6 -> 3 -> 2
    return Landscape(net, "cross_entropy", (data, torch.arange(36) % 3), batchnorm=policy)


class Residual(nn.Module):
    """A branch that the order of modules does not show."""

    def __init__(self):
        super().__init__()
        self.first, self.act, self.second = nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 3)

    def forward(self, x):
        return self.second(x + self.act(self.first(x)))


class Functional(nn.Module):
    """Its activation is no module."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 6), nn.Linear(6, 3)

    def forward(self, x):
        return self.second(torch.tanh(self.first(x)))


def of_module(module):
    torch.manual_seed(1)
    return Landscape(module.double(), "mse", (torch.randn(30, 4).double(), torch.randn(30, 3).double()))
