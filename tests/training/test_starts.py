"""First vectors: one a seed, whatever the others."""

import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape, Landscape
from lossbar_core.networks import cnn, initialise
from lossbar_core.training import initial_vectors


@pytest.fixture(scope="module")
def landscape():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(6, 1, 8, 8, generator=generator)
    network = cnn(1, 2, True, image=(1, 8, 8), classes=3)
    return Landscape(network, "cross_entropy", (images, torch.arange(6) % 3))


@pytest.mark.parametrize("scheme", ["torch", "to"])
def test_each_is_that_of_its_seed(landscape, scheme):
    thetas = initial_vectors(landscape, [4, 0, 2], scheme)
    assert torch.equal(thetas, initial_vectors(landscape, range(5), scheme)[[4, 0, 2]])
    alone = initialise(cnn(1, 2, True, image=(1, 8, 8), classes=3), 2, scheme)
    assert torch.equal(thetas[2], landscape.vector(alone))


@pytest.mark.parametrize(
    ("error", "seeds", "message"),
    [
        (TypeError, 5, r"pass range\(5\) for 5 networks"),
        (TypeError, "ab", "sequence of integer seeds, got 'ab'"),
        (TypeError, [0.5], "sequence of integer seeds"),
        (ValueError, [1, 1], r"different seeds, at least one, got \[1, 1\]"),
        (ValueError, [], "at least one"),
        (ValueError, [-1], "seed >= 0, got -1"),
    ],
)
def test_bad_seeds(landscape, error, seeds, message):
    with pytest.raises(error, match=message):
        initial_vectors(landscape, seeds)


def test_a_formula_has_no_layers():
    bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    with pytest.raises(TypeError, match=r"landscape of a module, got AnalyticLandscape; pass starts"):
        initial_vectors(bowl, [0])
