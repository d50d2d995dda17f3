"""Residual networks: counts, the two readings of table E.7, bad input."""

import pytest
import torch
from torch import nn

from lossbar_core.networks import n_parameters, resnet, resnet_table_e7


@pytest.mark.parametrize(("printed", "count"), [(False, 195_210), (True, 232_138)])
def test_counts_of_table_e7(printed, count):
    network = resnet_table_e7(printed)
    assert n_parameters(network) == count
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("printed", [False, True])
def test_the_code_has_a_relu_after_each_addition_and_the_table_has_none(printed):
    blocks = [m for m in resnet_table_e7(printed) if type(m).__name__ == "Residual"]
    assert len(blocks) == 4
    for block in blocks:
        images = torch.randn(1, block.branch[0].in_channels, 4, 4)
        expected = block.branch(images) + images
        assert torch.equal(block(images), expected if printed else expected.clamp(min=0))


def test_resnet20_of_the_autoneb_code():
    network = resnet()
    assert n_parameters(network) == 272_474
    statistics = sum(b.numel() for b in network.buffers() if b.is_floating_point())
    assert n_parameters(network) + statistics == 274_042
    assert sum(isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3) for m in network.modules()) == 19


@pytest.mark.parametrize("image", [(3, 32, 32), (1, 14, 14), (1, 5, 4)])
def test_other_images(image):
    assert resnet(14, 3, image=image, classes=2)(torch.randn(3, *image)).shape == (3, 2)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: resnet_table_e7("printed"), "printed True or False, got 'printed'"),
        (ValueError, lambda: resnet_table_e7(image=(1, 14, 14)), "at least 16 x 16, got 14 x 14"),
        (ValueError, lambda: resnet(18), r"6 k \+ 2\), got 18; choose 14"),
        (ValueError, lambda: resnet(2), "depth >= 8, got 2"),
        (ValueError, lambda: resnet(8, 0), "width >= 1, got 0"),
        (ValueError, lambda: resnet(image=(3, 3, 3)), "at least 4 x 4"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
