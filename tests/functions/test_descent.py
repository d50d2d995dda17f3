"""Adam from many starts: against torch, clipping, independence of the starts, bad input."""

import numpy as np
import pytest

from lossbar_core.functions import SmallNetwork, adam


def rosenbrock(x):
    slope = 200 * (x[:, 1] - x[:, 0] ** 2)
    return np.stack([-2 * x[:, 0] * slope - 2 * (1 - x[:, 0]), slope], axis=1)


def test_the_steps_are_those_of_torch():
    torch = pytest.importorskip("torch")
    starts = np.random.default_rng(0).normal(0, 1, (5, 2))
    places = torch.tensor(starts, requires_grad=True)
    optimiser = torch.optim.Adam([places], lr=0.03)
    for _ in range(50):
        optimiser.zero_grad()
        ((1 - places[:, 0]) ** 2 + 100 * (places[:, 1] - places[:, 0] ** 2) ** 2).sum().backward()
        optimiser.step()
    np.testing.assert_allclose(adam(rosenbrock, starts, 50, 0.03), places.detach().numpy(), rtol=1e-9)


def test_a_network_is_descended_and_the_starts_stay_as_they_are():
    network = SmallNetwork.free((2,))
    starts = np.random.default_rng(1).standard_normal((20, 7))
    kept = starts.copy()
    ends = adam(network.gradient, starts, 3000)
    assert np.array_equal(starts, kept)
    assert np.all(network(ends) < network(starts))
    assert network(ends).max() < 0.75
    assert np.abs(network.gradient(ends)).max() < 0.05
    assert np.array_equal(adam(network.gradient, starts[3:5], 3000), ends[3:5])


def test_steps_are_cut_back_into_the_box():
    ends = adam(lambda x: 2 * x, [[3.0, -3.0]], 1000, clip=[(1, 4), (-4, -2)])
    assert ends.tolist() == [[1.0, -2.0]]


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, (rosenbrock, [1.0, 2.0]), r"starts of shape \(n, D\), got \(2,\)"),
        (TypeError, ("f", [[1.0]]), "expected a gradient, got 'f'"),
        (ValueError, (rosenbrock, [[1.0, 2.0]], 0), "steps >= 1, got 0"),
        (ValueError, (rosenbrock, [[1.0, 2.0]], 1, 0.0), "finite rate, got 0.0"),
        (ValueError, (rosenbrock, [[1.0, 2.0]], 1, 0.1, [(0, 1)]), "expected 2 pairs as clip, got 1"),
        (ValueError, (lambda x: x[:, 0], [[1.0, 2.0]], 1), r"gradient of shape \(1, 2\), got \(1,\)"),
    ],
)
def test_bad_input(error, arguments, message):
    with pytest.raises(error, match=message):
        adam(*arguments)
