"""DenseNets: counts, what a layer passes on, bad input."""

import pytest
import torch

from lossbar_core.networks import densenet, n_parameters


@pytest.mark.parametrize(
    ("depth", "growth", "bottleneck", "count"), [(40, 12, False, 1_059_298), (100, 12, True, 769_162)]
)
def test_counts(depth, growth, bottleneck, count):
    assert n_parameters(densenet(depth, growth, bottleneck)) == count


@pytest.mark.parametrize("image", [(3, 32, 32), (1, 14, 14), (1, 4, 5)])
def test_other_images(image):
    assert densenet(10, 4, True, image=image, classes=3)(torch.randn(2, *image)).shape == (2, 3)


def test_a_layer_passes_on_what_it_saw():
    layer = densenet(7, 4)[1]
    images = torch.randn(2, 8, 6, 6)
    assert torch.equal(layer(images)[:, :8], images)
    assert layer(images).shape == (2, 12, 6, 6)


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (ValueError, lambda: densenet(41), r"3 k \+ 4\), got 41; choose 40"),
        (ValueError, lambda: densenet(13, bottleneck=True), r"6 k \+ 4\), got 13; choose 10"),
        (TypeError, lambda: densenet(40, 12, "yes"), "bottleneck True or False, got 'yes'"),
        (ValueError, lambda: densenet(image=(1, 2, 2)), "at least 4 x 4, got 2 x 2"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
