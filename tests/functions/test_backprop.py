"""Back-propagation in numpy against differences, for widths beyond the kernel's; pieces do not matter."""

import numpy as np
import pytest

from lossbar_core.functions import SmallNetwork, backprop


@pytest.mark.parametrize("eliminate", [None, "bias", "layer"])
def test_gradients_are_those_of_differences(eliminate):
    network = SmallNetwork((9, 2), "tanh", l1=1e-3, l2=1e-2, eliminate=eliminate)
    thetas = np.random.default_rng(0).standard_normal((3, network.dimension))
    found, h = backprop.gradients(network, thetas), 1e-5
    for axis, step in enumerate(h * np.eye(network.dimension)):
        slope = (backprop.losses(network, thetas + step) - backprop.losses(network, thetas - step)) / (2 * h)
        np.testing.assert_allclose(found[:, axis], slope, atol=1e-8)


def test_pieces_do_not_matter(monkeypatch):
    network = SmallNetwork.free((2, 2), eliminate="layer")
    thetas = np.random.default_rng(1).standard_normal((50, network.dimension))
    values, slopes = backprop.losses(network, thetas), backprop.gradients(network, thetas)
    monkeypatch.setattr(backprop, "CHUNK", 7)
    np.testing.assert_allclose(backprop.losses(network, thetas), values, rtol=1e-14)
    np.testing.assert_allclose(backprop.gradients(network, thetas), slopes, rtol=1e-10, atol=1e-13)


def test_the_eliminated_bias_has_its_closed_form():
    network = SmallNetwork.fixed_biases((2,), l2=0.3)
    full = network.full(np.random.default_rng(2).standard_normal((4, 4)))
    bias, full[:, -1] = full[:, -1].copy(), 0.0
    residual = network.layers.output(full, network.x) - network.y
    np.testing.assert_allclose(bias, -residual.mean(axis=1) / 1.3, rtol=1e-12)
    losses = network(full[:, network.positions]) - 0.3 * (full[:, network.positions] ** 2).sum(axis=1)
    expected = (residual**2).mean(axis=1) - residual.mean(axis=1) ** 2 / 1.3
    np.testing.assert_allclose(losses, expected, rtol=1e-12)
