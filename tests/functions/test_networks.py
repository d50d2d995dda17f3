"""Small networks: values against a network written unit by unit, gradients, eliminated parameters, bad input."""

import copy
import itertools
import math
import pickle

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.functions import SmallNetwork, adam, backprop, target

FIGURE_7 = [(2,), (3,), (2, 2), (3, 2), (3, 3), (2, 2, 2), (3, 2, 2)]
KINDS = {
    "fixed biases": lambda widths: SmallNetwork.fixed_biases(widths, seed=3, l1=1e-3, l2=1e-2),
    "free": SmallNetwork.free,
    "normalised": lambda widths: SmallNetwork.normalised(widths, [(-1) ** i for i in range(widths[0])]),
    "layer, tanh": lambda widths: SmallNetwork.free(widths, eliminate="layer"),
    "layer, relu": lambda widths: SmallNetwork.normalised(widths, l1=1e-3, l2=1e-3, eliminate="layer"),
    "relu": lambda widths: SmallNetwork(widths, l1=0.01),
}
NETWORKS = [pytest.param(make(w), id=f"{kind} {w}") for kind, make in KINDS.items() for w in FIGURE_7]


def thetas_of(network, n, seed=0, dtype=np.float64):
    return np.random.default_rng(seed).normal(0, 1.5, (n, network.dimension)).astype(dtype)


def plain_output(widths, activation, full, x):
    """Output at one input, one unit after the other, and what the last layer got."""
    full, passed = iter(full), [x]
    for layer, width in enumerate((*widths, 1)):
        weights = [[next(full) for _ in passed] for _ in range(width)]
        biases = [next(full) for _ in range(width)]
        before = passed
        passed = [
            math.fsum([b, *(w * h for w, h in zip(row, before, strict=True))])
            for row, b in zip(weights, biases, strict=True)
        ]
        if layer < len(widths):
            passed = [max(z, 0.0) if activation == "relu" else math.tanh(z) for z in passed]
    return passed[0], before


def plain_full(network, theta):
    full = network.template.tolist()
    for position, value in zip(network.positions, theta, strict=True):
        full[position] = float(value)
    return full


def plain_loss(network, theta):
    """Loss of one parameter vector; the eliminated ones by least squares on stacked rows, the ridge among them."""
    full, m = plain_full(network, theta), len(network.x)
    for position in network.eliminated:
        full[position] = 0.0
    outputs = [plain_output(network.widths, network.activation, full, x) for x in network.x]
    residual = np.array([out for out, _ in outputs]) - network.y
    q = len(network.eliminated)
    if q:
        features = np.ones((m, 1)) if q == 1 else np.array([[*before, 1.0] for _, before in outputs])
        rows = np.concatenate([features / math.sqrt(m), math.sqrt(network.l2) * np.eye(q)])
        right = np.concatenate([-residual / math.sqrt(m), np.zeros(q)])
        best = np.linalg.lstsq(rows, right, rcond=None)[0]
        error = math.fsum((rows @ best - right) ** 2)
    else:
        error = math.fsum(residual**2) / m
    penalty = math.fsum(network.l1 * abs(float(t)) + network.l2 * float(t) ** 2 for t in theta)
    return error + penalty


@pytest.mark.parametrize("network", NETWORKS)
def test_losses_are_those_of_a_network_written_unit_by_unit(network):
    thetas = thetas_of(network, 19)
    expected = [plain_loss(network, theta) for theta in thetas]
    np.testing.assert_allclose(network(thetas), expected, rtol=1e-12, atol=0)
    np.testing.assert_allclose(backprop.losses(network, thetas), expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("network", NETWORKS)
def test_single_precision_agrees_to_rounding(network):
    thetas = thetas_of(network, 200, dtype=np.float32)
    found = network(thetas)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, network(thetas.astype(np.float64)), rtol=1e-7)


@pytest.mark.parametrize("network", NETWORKS)
def test_gradients_are_those_of_differences(network):
    thetas, h = thetas_of(network, 12, seed=1), 1e-6
    found = network.gradient(thetas)
    assert found.shape == thetas.shape
    for axis in range(network.dimension):
        step = np.zeros(network.dimension)
        step[axis] = h
        ahead, behind, here = network(thetas + step), network(thetas - step), network(thetas)
        smooth = np.abs(ahead + behind - 2 * here) < 1e-8 * (1 + here)  # no kink between
        assert smooth.mean() > 0.5
        slopes = (ahead - behind) / (2 * h)
        np.testing.assert_allclose(found[smooth, axis], slopes[smooth], rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(found, backprop.gradients(network, thetas), rtol=1e-9, atol=1e-11)


def torch_loss(network, theta):
    import torch

    full = torch.tensor(plain_full(network, theta.tolist()), dtype=torch.float64)
    free = torch.tensor(theta, requires_grad=True)
    full = full.index_copy(0, torch.tensor(network.positions), free)
    h, begin = torch.tensor(network.x)[:, None], 0
    ends = (1, *network.widths, 1)
    for layer, (into, out) in enumerate(itertools.pairwise(ends)):
        weights, begin = full[begin : begin + into * out].reshape(out, into), begin + into * out
        bias, begin = full[begin : begin + out], begin + out
        if layer == len(network.widths):
            break
        h = torch.nn.functional.linear(h, weights, bias)
        h = torch.relu(h) if network.activation == "relu" else torch.tanh(h)
    y = torch.tensor(network.y)
    if network.eliminate is None:
        residual, extra = torch.nn.functional.linear(h, weights, bias)[:, 0] - y, 0.0
    else:
        one = torch.ones(len(y), 1, dtype=torch.float64)
        start = 0 * y if network.eliminate == "layer" else (h @ weights.T)[:, 0]
        features = torch.cat([h, one], 1) if network.eliminate == "layer" else one
        gram = features.T @ features / len(y) + network.l2 * torch.eye(features.shape[1], dtype=torch.float64)
        best = torch.linalg.solve(gram, features.T @ (y - start) / len(y))
        residual, extra = start + features @ best - y, network.l2 * (best**2).sum()
    loss = (residual**2).mean() + extra + network.l1 * free.abs().sum() + network.l2 * (free**2).sum()
    loss.backward()
    return float(loss.detach()), free.grad.numpy()


@pytest.mark.parametrize("network", NETWORKS)
def test_losses_and_gradients_are_those_of_torch(network):
    pytest.importorskip("torch")
    thetas = thetas_of(network, 5, seed=2)
    values, slopes = zip(*(torch_loss(network, theta) for theta in thetas), strict=True)
    np.testing.assert_allclose(network(thetas), values, rtol=1e-11)
    np.testing.assert_allclose(network.gradient(thetas), np.array(slopes), rtol=1e-8, atol=1e-10)


def test_dimensions_and_names_of_the_three_parameterizations():
    assert [SmallNetwork.fixed_biases(w).dimension for w in FIGURE_7] == [4, 6, 8, 11, 15, 12, 15]
    assert [SmallNetwork.free(w).dimension for w in FIGURE_7] == [7, 10, 13, 17, 22, 19, 23]
    assert [SmallNetwork.normalised(w).dimension for w in FIGURE_7[:2]] == [5, 7]
    assert SmallNetwork.fixed_biases((2,)).names == ("W1[0,0]", "W1[1,0]", "W2[0,0]", "W2[0,1]")
    assert SmallNetwork.free((1, 2)).names[2:6] == ("W2[0,0]", "W2[1,0]", "b2[0]", "b2[1]")
    for network in (SmallNetwork.free((3, 2)), SmallNetwork.normalised((3,))):
        assert len(network.names) == len(set(network.names)) == network.dimension


def test_the_target_and_its_levels():
    assert target(np.pi / 2) == pytest.approx(-0.31 - 0.89)
    network = SmallNetwork.free((2,), l2=0.0)
    assert len(network.x) == 101
    assert network.x[-1] == -network.x[0] == np.pi
    # The best constant: all weights zero, the output bias eliminated.
    flat = SmallNetwork.fixed_biases((2,))
    assert flat(np.zeros((1, 4)))[0] == pytest.approx(0.7300, abs=5e-5)


def test_hidden_biases_are_given_or_drawn_by_a_seed():
    network = SmallNetwork.fixed_biases((2, 1), [0.5, -1, 2])
    assert network.template[network.layers.positions("b", 1)].tolist() == [0.5, -1]
    assert network.template[network.layers.positions("b", 2)].tolist() == [2]
    a, b, c = (SmallNetwork.fixed_biases((3,), seed=seed).template for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)


def test_normalised_networks_equal_the_rescaled_ones():
    whole, part = SmallNetwork((3,)), SmallNetwork.normalised((3,), [1, -1, 1], 1.5)
    full = thetas_of(whole, 40, seed=5)
    full[:, :3] = np.abs(full[:, :3]) * [1, -1, 1]
    factor = 1.5 / np.abs(full[:, :3])
    rescaled = np.concatenate([full[:, 3:6] * factor, full[:, 6:9] / factor, full[:, 9:]], axis=1)
    np.testing.assert_allclose(part(rescaled), whole(full), rtol=1e-10)


@pytest.mark.parametrize("eliminate", ["bias", "layer"])
def test_eliminated_parameters_are_the_best_ones(eliminate):
    reduced = SmallNetwork.free((2, 2), l2=1e-3, eliminate=eliminate)
    whole = SmallNetwork.free((2, 2), l2=1e-3)
    thetas = thetas_of(reduced, 30, seed=7)
    full = reduced.full(thetas)
    assert np.array_equal(full[:, reduced.positions], thetas)
    np.testing.assert_allclose(whole(full), reduced(thetas), rtol=1e-12)
    for position in reduced.eliminated:
        for step in (-1e-3, 1e-3):
            moved = full.copy()
            moved[:, position] += step
            assert np.all(whole(moved) > reduced(thetas))
    np.testing.assert_allclose(reduced.predict(thetas), whole.predict(full), rtol=1e-12, atol=1e-12)


def test_predictions_at_other_inputs():
    network = SmallNetwork.fixed_biases((3, 2), seed=1)
    thetas, x = thetas_of(network, 4), np.array([-4.0, 0.1, 2.5])
    full = network.full(thetas)
    expected = [[plain_output((3, 2), "relu", row, t)[0] for t in x] for row in full.tolist()]
    np.testing.assert_allclose(network.predict(thetas, x), expected, rtol=1e-12, atol=1e-13)
    residual = network.predict(thetas) - network.y
    np.testing.assert_allclose(residual.mean(axis=1), 0, atol=1e-12)  # l2 is 0


def test_any_parameters_may_be_free():
    template = np.arange(7) / 10
    network = SmallNetwork((2,), "tanh", template=template, free=[5, 0], x=[0.5, 1], y=[0, 1])
    assert network.names == ("W2[0,1]", "W1[0,0]")
    full = template.copy()
    full[[5, 0]] = 2.0, -1.0
    whole = SmallNetwork((2,), "tanh", x=[0.5, 1], y=[0, 1])
    assert network(np.array([[2.0, -1.0]])) == whole(full[None])
    assert np.array_equal(network.gradient([[2.0, -1.0]])[0], whole.gradient(full[None])[0, [5, 0]])


def test_networks_wider_than_the_kernel():
    network = SmallNetwork((20,), "tanh", l2=1e-3)
    thetas = thetas_of(network, 3)
    np.testing.assert_allclose(network(thetas), [plain_loss(network, t) for t in thetas], rtol=1e-12)
    assert network.gradient(thetas).shape == (3, 61)


def test_networks_are_copied_and_cannot_be_changed_by_accident():
    network = SmallNetwork.fixed_biases((2, 2))
    thetas = thetas_of(network, 10)
    for other in (copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert np.array_equal(other(thetas), network(thetas))
    for array in (network.x, network.y, network.template, network.positions):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    y = np.zeros(3)
    SmallNetwork((2,), x=[1, 2, 3], y=y)
    y[0] = 1.0  # the caller's array stays writable


def test_the_slope_of_a_relu_at_its_kink_is_zero():
    network = SmallNetwork.normalised((2,), x=[0.0], y=[1.0])
    assert network.gradient(np.zeros((1, 5))).tolist() == [[0, 0, 0, 0, -2]]


def test_no_vectors_give_no_values():
    network = SmallNetwork.free((2,))
    assert network(np.empty((0, 7))).shape == (0,)
    assert network.gradient(np.empty((0, 7))).shape == (0, 7)
    assert network.full(np.empty((0, 7))).shape == (0, 7)


def test_rows_do_not_depend_on_each_other():
    for network in (SmallNetwork.free((3, 2)), SmallNetwork.fixed_biases((3, 2))):
        thetas = thetas_of(network, 1237)
        whole, slopes = network(thetas), network.gradient(thetas)
        for part in (slice(0, 1), slice(3, 20), slice(100, 1237)):
            assert np.array_equal(network(thetas[part]), whole[part])
            assert np.array_equal(network.gradient(thetas[part]), slopes[part])


def test_the_barcode_of_a_network():
    network = SmallNetwork.normalised((1,))
    bars = lb.sample_barcode(network, [(-5, 5), (-1, 1), (-2, 2)], 20_000, seed=1)
    assert bars.values.dtype == np.float32
    lowest = network(adam(network.gradient, bars.points[bars.minimum[:1]], 2000))[0]
    assert lowest < bars.birth[0] < lowest + 0.02
    assert bars.birth[0] > 0.4370  # the best hinge of all


@pytest.mark.parametrize(
    ("error", "call", "message"),
    [
        (TypeError, lambda: SmallNetwork(2), r"expected hidden widths .*got 2"),
        (ValueError, lambda: SmallNetwork(()), "expected 1 to 8 hidden layers, got 0"),
        (TypeError, lambda: SmallNetwork((2.5,)), "integer width"),
        (ValueError, lambda: SmallNetwork((2, 0)), "expected width in 1..64, got 0"),
        (ValueError, lambda: SmallNetwork((2,), "gelu"), "'relu' or 'tanh', got 'gelu'"),
        (ValueError, lambda: SmallNetwork((2,), l2=-1), "l2, got -1"),
        (TypeError, lambda: SmallNetwork((2,), l1="x"), "number as l1"),
        (ValueError, lambda: SmallNetwork((2,), l1=np.inf), "finite l1, got inf"),
        (ValueError, lambda: SmallNetwork((2,), eliminate="all"), "None, 'bias' or 'layer', got 'all'"),
        (ValueError, lambda: SmallNetwork((2,), eliminate="layer"), "l2 > 0"),
        (ValueError, lambda: SmallNetwork((2,), template=[1.0]), "template of 7 parameters"),
        (TypeError, lambda: SmallNetwork((2,), free=[0.5]), "integer positions"),
        (ValueError, lambda: SmallNetwork((2,), free=[1, 1]), "different positions"),
        (ValueError, lambda: SmallNetwork((2,), free=[6], eliminate="bias"), r"0\.\.5 as free"),
        (ValueError, lambda: SmallNetwork((2,), free=np.empty(0, int)), "different positions"),
        (ValueError, lambda: SmallNetwork((2,), x=[[1.0]]), r"inputs x of shape \(m,\)"),
        (ValueError, lambda: SmallNetwork((2,), y=[1.0]), "one target an input"),
        (ValueError, lambda: SmallNetwork((2,), y=[np.nan]), "finite y"),
        (ValueError, lambda: SmallNetwork.fixed_biases((2,), [1.0]), "expected 2 biases"),
        (TypeError, lambda: SmallNetwork.fixed_biases((2,), seed=0.5), "integer seed"),
        (ValueError, lambda: SmallNetwork.normalised((2,), [1, 2]), "expected 2 signs"),
        (ValueError, lambda: SmallNetwork.normalised((2,), scale=0), "finite scale, got 0"),
        (ValueError, lambda: SmallNetwork.free((2,))(np.zeros(7)), r"shape \(n, 7\).*got \(7,\)"),
        (ValueError, lambda: SmallNetwork.free((2,)).gradient(np.zeros((2, 6))), r"shape \(n, 7\)"),
        (ValueError, lambda: SmallNetwork.free((2,)).full(np.full((1, 7), np.nan)), "finite thetas"),
        (ValueError, lambda: SmallNetwork.free((2,)).predict(np.zeros((1, 7)), []), "m >= 1"),
    ],
)
def test_bad_input(error, call, message):
    with pytest.raises(error, match=message):
        call()
