"""The polynomial tasks: gradients, another implementation of the network, and the errors of simple predictors."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.papers.fb.polynomial import (
    CUBIC,
    QUADRATIC,
    Polynomial,
    PolynomialLoss,
    midpoints,
    weight_length,
    with_relu,
)

TASKS = (QUADRATIC, CUBIC, with_relu(QUADRATIC), replace(CUBIC, widths=(12,)))


def module_of(task, theta):
    """The same network as torch's own layers."""
    layers, first = [], 0
    for outputs, inputs in task.shapes:
        layer = torch.nn.Linear(inputs, outputs, bias=task.biases, dtype=theta.dtype)
        with torch.no_grad():
            layer.weight[:] = theta[first : first + outputs * inputs].reshape(outputs, inputs)
            first += outputs * inputs
            if task.biases:
                layer.bias[:] = theta[first : first + outputs]
                first += outputs
        layers += [layer, torch.nn.Sigmoid() if task.activation == "sigmoid" else torch.nn.ReLU()]
    assert first == len(theta)
    return torch.nn.Sequential(*(layers if task.squashed else layers[:-1]))


@pytest.mark.parametrize("task", TASKS)
def test_losses_and_gradients_are_those_of_torchs_layers(task):
    loss = PolynomialLoss(task, 37, dtype=torch.float64)
    thetas = torch.from_numpy(np.stack([task.start(seed) for seed in range(4)]))
    losses, gradients = loss.losses_and_gradients(thetas)
    torch.testing.assert_close(loss.losses(thetas), losses)
    for theta, value, gradient in zip(thetas, losses, gradients, strict=True):
        module = module_of(task, theta)
        expected = (module(loss.x[:, None])[:, 0] - loss.y).abs().mean()
        expected.backward()
        flat = torch.cat([part.grad.flatten() for part in module.parameters()])
        torch.testing.assert_close(value, expected.detach())
        torch.testing.assert_close(gradient, flat)


def test_chunks_change_nothing(monkeypatch):
    thetas = torch.from_numpy(np.stack([CUBIC.start(seed) for seed in range(7)]))
    loss = PolynomialLoss(CUBIC, 50, dtype=torch.float64)
    whole = loss.losses_and_gradients(thetas)
    monkeypatch.setattr("lossbar_core.papers.fb.polynomial.CHUNK", 400)  # two networks at a time
    for part, other in zip(whole, loss.losses_and_gradients(thetas), strict=True):
        torch.testing.assert_close(part, other)


def test_dimensions_are_those_of_the_register():
    assert (QUADRATIC.dimension, CUBIC.dimension) == (24, 33)
    assert CUBIC.is_weight.sum() == 24
    assert replace(QUADRATIC, widths=(12,)).dimension == 24


def test_the_cubic_leaves_the_unit_interval():
    y = CUBIC.values(np.linspace(0, 1, 10_001))
    assert y.min() == pytest.approx(-0.0789, abs=1e-4)
    assert QUADRATIC.values(np.array([0.0, 1.0])).tolist() == [0.1, 0.85]


def test_simple_predictors():
    """A brute search finds no better constant and no better line."""
    assert CUBIC.constant_error == pytest.approx(0.15820, abs=1e-5)
    assert CUBIC.line_error == pytest.approx(0.15625, abs=1e-5)
    x = midpoints(2000)
    for task in (QUADRATIC, CUBIC):
        y = task.values(x)
        levels = np.linspace(y.min(), y.max(), 2001)
        assert np.abs(y - levels[:, None]).mean(axis=1).min() >= task.constant_error - 1e-5
        lines = levels[::20, None, None] + np.linspace(-1, 1, 81)[None, :, None] * (x - 0.5)
        assert np.abs(y - lines).mean(axis=2).min() >= task.line_error - 1e-5


def test_starts():
    start = CUBIC.start(0, 1, 0, 0)
    assert np.array_equal(start, CUBIC.start(0, 1, 0, 0))
    assert not np.array_equal(start, CUBIC.start(0, 1, 1, 0))
    many = np.stack([CUBIC.start(0, i) for i in range(500)])
    weights, biases = many[:, CUBIC.is_weight], many[:, ~CUBIC.is_weight]
    assert np.abs(weights).max() <= 1
    assert weights.std() == pytest.approx(3**-0.5, abs=0.01)
    assert biases.std() == pytest.approx(1.0, abs=0.05)


def test_sampled_inputs():
    one, other = PolynomialLoss(CUBIC, 1000, seed=0), PolynomialLoss(CUBIC, 1000, seed=1)
    assert not torch.equal(one.x, other.x)
    assert torch.equal(one.x, PolynomialLoss(CUBIC, 1000, seed=0).x)
    assert 0.45 < float(one.x.mean()) < 0.55
    assert one.settings() != other.settings()


def test_lengths_leave_biases_out():
    chain = np.zeros((3, CUBIC.dimension))
    chain[1, ~CUBIC.is_weight] = 7.0
    chain[1, np.flatnonzero(CUBIC.is_weight)[0]] = 1.0
    chain[2, np.flatnonzero(CUBIC.is_weight)[1]] = 1.0
    length, chord = weight_length(chain, CUBIC)
    assert (length, chord) == pytest.approx((1 + 2**0.5, 1.0))


def test_bad_tasks():
    with pytest.raises(ValueError, match="expected activation among"):
        replace(QUADRATIC, activation="tanh")
    with pytest.raises(ValueError, match="expected coefficients and widths >= 1"):
        Polynomial((), biases=True, squashed=False)
    with pytest.raises(ValueError, match="expected coefficients and widths >= 1"):
        replace(QUADRATIC, widths=(4, 0))


def test_predictions():
    loss = PolynomialLoss(QUADRATIC, 5, dtype=torch.float64)
    assert torch.equal(loss.predictions(torch.zeros(2, 24)), torch.full((2, 5), 0.5, dtype=torch.float64))
