"""Balanced ReLU networks, and random symmetries."""

import pytest
import torch
from networks_to_align import cnn, mlp
from torch import nn

from lossbar_core.alignment import balanced, random_symmetry


def test_balancing_keeps_the_function_and_is_least():
    landscape = mlp()
    theta = landscape.vector()
    scaled = random_symmetry(landscape, seed=5, permute=False, scales=True).apply(theta, landscape.layout)
    least = balanced(landscape, theta)
    torch.testing.assert_close(balanced(landscape, scaled), least)
    assert float(least.norm()) < min(float(theta.norm()), float(scaled.norm()))
    parts = landscape.layout.split(least[None])
    inward = parts["0.weight"][0].square().sum(1) + parts["0.bias"][0].square()
    torch.testing.assert_close(inward, parts["2.weight"][0].square().sum(0))
    with pytest.raises(ValueError, match="got none; there is no scale to move"):
        balanced(mlp(nn.Tanh), mlp(nn.Tanh).vector())


def test_dead_units_are_left_alone():
    landscape = mlp()
    theta = landscape.vector()
    theta[landscape.layout.slices["0.weight"]] = 0
    theta[landscape.layout.slices["0.bias"]] = 0
    assert torch.isfinite(balanced(landscape, theta)).all()


def test_random_symmetries_are_of_the_kinds_asked_for():
    signed = random_symmetry(mlp(nn.Tanh), seed=1, permute=False, signs=True, scales=True)
    assert {float(entry) for factor in signed.factors for entry in factor} == {-1.0, 1.0}
    assert all(order.tolist() == list(range(len(order))) for order in signed.permutations)
    normed = random_symmetry(cnn(batchnorm=True), seed=1, scales=True)
    assert bool((normed.factors[0] == 1).all())
    assert float(normed.factors[1].max()) <= 2
    assert bool((normed.factors[1] != 1).all())
