"""Moved networks are the same function; what is none is found out."""

import pytest
import torch
from networks_to_align import Functional, Residual, cnn, mlp, of_module
from torch import nn

from lossbar_core.alignment import Symmetry, check_same_function, random_symmetry
from lossbar_core.alignment.matching import layers_of

CASES = [
    ("relu", mlp, {"scales": True}),
    ("tanh", lambda: mlp(nn.Tanh), {"signs": True}),
    ("sigmoid", lambda: mlp(nn.Sigmoid), {}),
    ("float32", lambda: mlp(dtype=torch.float32), {"scales": True}),
    ("cnn", cnn, {"scales": True}),
    ("batchnorm", lambda: cnn(batchnorm=True), {"scales": True}),
    ("recomputed", lambda: cnn(batchnorm=True, policy="recompute"), {}),
    ("coordinates", lambda: cnn(batchnorm=True, policy="coordinates"), {}),
    ("functional", lambda: of_module(Functional()), {}),
]


@pytest.mark.parametrize(("make", "moves"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_moved_network_is_the_same_function(make, moves):
    landscape = make()
    theta = landscape.vector()
    symmetry = random_symmetry(landscape, seed=3, **moves)
    moved = symmetry.apply(theta, landscape.layout)
    assert float((moved - theta).norm()) > 0.1 * float(theta.norm())
    assert check_same_function(landscape, theta, moved) < 1e-4
    back = symmetry.inverse().apply(moved, landscape.layout)
    torch.testing.assert_close(back, theta)
    again = random_symmetry(landscape, seed=4, **moves)
    torch.testing.assert_close(
        symmetry.then(again).apply(theta, landscape.layout), again.apply(moved, landscape.layout)
    )


def test_outputs_agree_too():
    landscape = cnn()
    theta = landscape.vector()
    moved = random_symmetry(landscape, seed=1, scales=True).apply(theta, landscape.layout)
    inputs = torch.randn(5, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(landscape.module(moved)(inputs), landscape.module(theta)(inputs))


def test_a_branch_and_frozen_statistics_are_found_out():
    for landscape in (of_module(Residual()), cnn(batchnorm=True, policy="frozen")):
        theta = landscape.vector()
        if "1.running_mean" in landscape.module(theta).state_dict():
            net = landscape.module(theta)
            net[1].running_mean.uniform_(-1, 1)
            landscape = type(landscape)(net, "cross_entropy", DATA, batchnorm="frozen")
        moved = random_symmetry(landscape, seed=2).apply(theta, landscape.layout)
        with pytest.raises(ValueError, match="expected the moved network to be the same function"):
            check_same_function(landscape, theta, moved)


DATA = (torch.linspace(-1, 1, 6 * 2 * 64, dtype=torch.float64).reshape(6, 2, 8, 8).sin(), torch.arange(6) % 3)


def test_bad_symmetries():
    landscape = mlp(nn.Tanh)
    layers = layers_of(landscape)
    orders, ones = (torch.arange(7), torch.arange(6)), (torch.ones(7), torch.ones(6))
    for change, message in (
        (((torch.zeros(7, dtype=torch.int64), orders[1]), ones), "a permutation of 0..6"),
        ((orders, (torch.full((7,), 2.0), ones[1])), "factors 1 for the units of 0.weight"),
        ((orders, (torch.zeros(7), ones[1])), "finite factors other than 0"),
        ((orders[:1], ones), "expected 2 permutations and factors"),
    ):
        with pytest.raises(ValueError, match=message):
            Symmetry(layers, *change)
    with pytest.raises(ValueError, match=r"theta of shape \(104,\), got \(3,\)"):
        Symmetry.identity(layers).apply(torch.zeros(3), landscape.layout)
