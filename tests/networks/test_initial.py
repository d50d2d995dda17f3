"""First values: the authors' stream of numbers, seeds, torch's own state, bad input."""

import math

import pytest
import torch
from torch import nn

from lossbar_core.networks import MLP, SCHEMES, LanguageModel, autoneb_cnn, cnn, initialise, resnet_table_e7


def vector(module):
    return torch.cat([value.detach().flatten() for value in module.parameters()])


def test_the_to_authors_numbers():
    """Their way: seed, make all layers, then draw weights anew layer by layer."""
    torch.manual_seed(26 + 3)
    layers = [nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 4, 5, padding=2), nn.Linear(64, 10)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight)
        nn.init.constant_(layer.bias, 0.01)
    assert torch.equal(vector(initialise(cnn(2, 4), 3, "to")), vector(nn.ModuleList(layers)))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_seed_fixes_everything_and_torch_keeps_its_state(scheme):
    network = cnn(1, 3, batchnorm=True)
    torch.manual_seed(7)
    state = torch.get_rng_state()
    first = vector(initialise(network, 0, scheme)).clone()
    assert torch.equal(torch.get_rng_state(), state)
    network(torch.randn(8, 3, 32, 32))
    assert not torch.equal(vector(initialise(network, 1, scheme)), first)
    assert torch.equal(vector(initialise(network, 0, scheme)), first)
    assert network[1].running_mean.eq(0).all()
    assert network[1].num_batches_tracked == 0


@pytest.mark.parametrize(("scheme", "gain", "bias"), [("to", math.sqrt(2), 0.01), ("autoneb", 1.0, 0.0)])
def test_spread_of_the_weights(scheme, gain, bias):
    network = initialise(autoneb_cnn(1, 24), 0, scheme)
    for layer in network.modules():
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            fan_in = layer.weight[0].numel()
            assert layer.weight.std().item() == pytest.approx(gain / math.sqrt(fan_in), rel=0.1)
            assert torch.all(layer.bias == bias)
        elif isinstance(layer, nn.modules.batchnorm._BatchNorm):
            assert layer.weight.eq(1).all()
            assert layer.bias.eq(0).all()


def test_schemes_of_the_fb_paper():
    network = MLP((1, 40, 40, 1))
    values = vector(initialise(network, 0, "uniform"))
    assert -1 <= values.min() < -0.99
    assert 0.99 < values.max() < 1
    values = vector(initialise(network, 0, "normal"))
    assert values.std().item() == pytest.approx(1, rel=0.05)


def test_torch_scheme_is_that_of_new_layers():
    torch.manual_seed(5)
    expected = vector(MLP((3, 4, 2)))
    assert torch.equal(vector(initialise(MLP((3, 4, 2)), 5)), expected)


@pytest.mark.parametrize(
    "module",
    [
        LanguageModel(5, 3),
        resnet_table_e7(),
        nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        nn.Sequential(nn.GroupNorm(2, 4), nn.PReLU()),
    ],
    ids=["lstm", "resnet", "transformer", "norm"],
)
@pytest.mark.parametrize("scheme", ["torch", "to"])
def test_other_modules(module, scheme):
    with torch.no_grad():
        for value in module.parameters():
            value.fill_(77.0)
    initialise(module, 0, scheme)
    assert not vector(module).eq(77.0).any()


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3))


def test_bad_input():
    with pytest.raises(ValueError, match=r"expected Own '0' to have reset_parameters\(\), since scale"):
        initialise(nn.Sequential(Own()), 0)
    with pytest.raises(ValueError, match="scheme of torch, to, autoneb, uniform, normal, got 'he'"):
        initialise(nn.Linear(1, 1), 0, "he")
    with pytest.raises(ValueError, match="seed >= 0, got -1"):
        initialise(nn.Linear(1, 1), -1)
    with pytest.raises(TypeError, match="expected a torch module, got Tensor"):
        initialise(torch.ones(2), 0)
