"""Weight matching finds a hidden permutation back, brings strangers closer, and refuses what it cannot do."""

from itertools import permutations

import pytest
import torch
from networks_to_align import Residual, cnn, mlp, of_module
from torch import nn

from lossbar_core.alignment import Symmetry, random_symmetry, weight_matching
from lossbar_core.alignment.matching import layers_of
from lossbar_core.landscapes import BENT_DOUBLE_WELL


@pytest.mark.parametrize(
    ("make", "signs"),
    [
        (mlp, False),
        (lambda: mlp(nn.Tanh), True),
        (cnn, False),
        (lambda: cnn(batchnorm=True, policy="coordinates"), False),
    ],
)
def test_a_hidden_permutation_is_found_back(make, signs):
    landscape = make()
    theta = landscape.vector()
    moved = random_symmetry(landscape, seed=7, signs=signs).apply(theta, landscape.layout)
    found = weight_matching(landscape, theta, moved, signs=signs, restarts=30 if signs else 1)
    assert torch.equal(found.theta, theta)
    assert found.distance_before > 1
    assert found.distance_after == 0
    assert found.difference < 1e-12


def strangers(make):
    landscape = make()
    generator = torch.Generator().manual_seed(4)
    return landscape, *torch.randn(2, landscape.dimension, generator=generator, dtype=torch.float64)


def test_strangers_come_closer():
    landscape, a, b = strangers(mlp)
    found = weight_matching(landscape, a, b)
    assert found.distance_after < 0.95 * found.distance_before
    assert torch.equal(found.theta, found.symmetry.apply(b, landscape.layout))
    again = weight_matching(landscape, a, b)
    assert torch.equal(again.theta, found.theta)
    landscape, a, b = strangers(lambda: mlp(nn.Tanh))
    plain, signed = weight_matching(landscape, a, b), weight_matching(landscape, a, b, signs=True)
    assert signed.distance_after < plain.distance_after


def test_one_hidden_layer_is_matched_exactly():
    landscape = of_module(nn.Sequential(nn.Linear(4, 5), nn.Softplus(), nn.Linear(5, 3)))
    a, b = torch.randn(2, landscape.dimension, generator=torch.Generator().manual_seed(0)).double()
    layers = layers_of(landscape)
    ones = (torch.ones(5, dtype=torch.float64),)
    best = min(
        float((a - Symmetry(layers, (torch.tensor(order),), ones).apply(b, landscape.layout)).norm())
        for order in permutations(range(5))
    )
    assert weight_matching(landscape, a, b).distance_after == pytest.approx(best, rel=1e-12)


def test_bad_input():
    landscape, a, b = strangers(mlp)
    for error, message, arguments, options in (
        (
            TypeError,
            "expected a Landscape of a module, got AnalyticLandscape",
            (BENT_DOUBLE_WELL.landscape(), a, b),
            {},
        ),
        (
            ValueError,
            r"expected b of shape \(104,\), got \(2, 104\)",
            (landscape, a, torch.stack([a, b])),
            {},
        ),
        (ValueError, "expected finite thetas", (landscape, a * float("nan"), b), {}),
        (ValueError, "expected tanh modules for signs=True", (landscape, a, b), {"signs": True}),
        (TypeError, "expected signs True or False, got 1", (landscape, a, b), {"signs": 1}),
        (ValueError, "seed >= 0, got -1", (landscape, a, b), {"seed": -1}),
    ):
        with pytest.raises(error, match=message):
            weight_matching(*arguments, **options)
    single = of_module(nn.Linear(4, 3))
    with pytest.raises(ValueError, match="expected a network with hidden layers, got none"):
        weight_matching(single, single.vector(), single.vector() + 1)


def test_a_branch_is_refused_after_the_match():
    landscape, a, b = strangers(lambda: of_module(Residual()))
    with pytest.raises(ValueError, match="is no plain chain in the order of its modules"):
        weight_matching(landscape, a, b)
