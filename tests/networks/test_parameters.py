"""Counting parameters."""

import pytest
from torch import nn

from lossbar_core.networks import n_parameters


def test_frozen_parameters_and_buffers_do_not_count():
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    network[0].bias.requires_grad_(False)
    assert n_parameters(network) == 6 + 4


def test_bad_input():
    with pytest.raises(TypeError, match="expected a torch module, got type"):
        n_parameters(nn.Linear)
