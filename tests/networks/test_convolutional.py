"""CNN-n-C, CNN-552, AutoNEB's networks: counts, order of layers, sizes, bad input."""

import pytest
import torch
from torch import nn

from lossbar_core.networks import autoneb_cnn, cnn, cnn_552, n_parameters

COUNTS = {
    1: {32: 7562, 64: 15114, 128: 30218},
    2: {32: 33194, 64: 117578, 128: 439946},
    3: {32: 58826, 64: 220042, 128: 849674},
}


@pytest.mark.parametrize("depth", COUNTS)
@pytest.mark.parametrize("channels", [32, 64, 128])
def test_counts_of_tables_e8_to_e10(depth, channels):
    network = cnn(depth, channels)
    assert n_parameters(network) == COUNTS[depth][channels]
    assert network[-1].in_features == 16 * channels
    assert (
        n_parameters(cnn(depth, channels, batchnorm=True)) == COUNTS[depth][channels] + 2 * depth * channels
    )


def test_batchnorm_comes_before_the_activation():
    kinds = [type(layer) for layer in cnn(2, 4, batchnorm=True)]
    block = [nn.Conv2d, nn.BatchNorm2d, nn.ReLU, nn.MaxPool2d]
    assert kinds == [*block, *block, nn.Flatten, nn.Linear]
    assert [layer.kernel_size for layer in cnn(2, 4) if isinstance(layer, nn.MaxPool2d)] == [2, 4]


@pytest.mark.parametrize("depth", COUNTS)
@pytest.mark.parametrize("image", [(3, 32, 32), (1, 28, 28), (1, 14, 14), (2, 8, 17)])
def test_other_images(depth, image):
    torch.manual_seed(0)
    outputs = cnn(depth, 3, image=image, classes=4)(torch.randn(5, *image))
    assert outputs.shape == (5, 4)
    assert torch.isfinite(outputs).all()


def test_cnn_552():
    network = cnn_552()
    assert [weight.numel() for weight in network.parameters()] == [25, 1, 25, 1, 490, 10]
    assert network(torch.randn(2, 1, 28, 28)).shape == (2, 10)


def test_cnn_of_autoneb():
    network = autoneb_cnn(2, 12)
    first, second = 3 * 12 * 25 + 12 + 24, 12 * 12 * 25 + 12 + 24
    dense = 12 * 64 * 256 + 256 + 512
    assert n_parameters(network) == first + second + dense + 256 * 10 + 10
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert not any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in autoneb_cnn(1, 2, False, dense=3))


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: cnn(4, 32), r"depth in 1..3, got 4"),
        (TypeError, lambda: cnn(2, "32"), "integer channels, got '32'"),
        (TypeError, lambda: cnn(2, 32, 1), "batchnorm True or False, got 1"),
        (ValueError, lambda: cnn(2, 32, image=(3, 7, 32)), "at least 8 x 8, got 7 x 32"),
        (ValueError, lambda: cnn(2, 32, image=(32, 32)), "3 numbers as image, got 2"),
        (ValueError, lambda: cnn(2, 32, classes=1), "classes >= 2, got 1"),
        (ValueError, lambda: autoneb_cnn(4, 2, image=(1, 14, 14)), "at least 16 x 16 for depth 4"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
