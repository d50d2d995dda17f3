"""Which weights touch a hidden unit, and what is no plain chain."""

import pytest
from networks_to_align import Functional, cnn, mlp
from torch import nn

from lossbar_core.alignment import hidden_layers
from lossbar_core.alignment.matching import layers_of


def test_mlp():
    layers = layers_of(mlp())
    assert [layer.units for layer in layers] == [7, 6]
    assert layers[1].incoming == ("2.weight", "2.bias")
    assert layers[1].outgoing == "4.weight"
    assert all(layer.positive and not layer.odd for layer in layers)
    assert all(layer.odd and not layer.positive for layer in layers_of(mlp(nn.Tanh)))
    assert not any(layer.odd or layer.positive for layer in layers_of(mlp(nn.Sigmoid)))


def test_convolutions_with_batchnorm():
    plain, normed = layers_of(cnn()), layers_of(cnn(batchnorm=True, policy="coordinates"))
    assert [layer.units for layer in plain] == [5, 4, 6]
    assert normed[0].norm == ("1.weight", "1.bias", "1.running_mean", "1.running_var")
    assert normed[0].incoming == ("0.weight",)
    assert not normed[0].positive
    assert plain[0].positive
    assert normed[1].norm == ()


def test_without_a_module_the_activation_is_unknown():
    (layer,) = hidden_layers(Functional())
    assert layer.units == 6
    assert not layer.positive
    assert not layer.odd


def test_a_maximum_is_not_odd():
    net = nn.Sequential(nn.Conv1d(1, 2, 3), nn.Tanh(), nn.MaxPool1d(2), nn.Conv1d(2, 1, 3))
    assert not hidden_layers(net)[0].odd


def tied():
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    net[2].weight = net[0].weight
    return net


def frozen():
    net = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3))
    net[0].bias.requires_grad_(False)
    return net


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Sequential(nn.Linear(2, 3), nn.LayerNorm(3), nn.Linear(3, 1)), "got LayerNorm at 1"),
        (nn.LSTM(2, 3), "got LSTM at the top"),
        (nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 1, 1)), "groups=1, got 2 at 0"),
        (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)), r"to read the 3 units of 0, got shape \(1, 4\)"),
        (
            nn.Sequential(nn.Linear(2, 3), nn.Softmax(1), nn.Linear(3, 1)),
            "softmax behind the last weights only",
        ),
        (nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)), "no BatchNorm behind the last weights, got 1"),
        (tied(), r"expected 2.weight among the coordinates, got a frozen or tied one"),
        (frozen(), r"expected 0.bias among the coordinates"),
    ],
)
def test_bad_modules(module, message):
    with pytest.raises(ValueError, match=message):
        hidden_layers(module)
