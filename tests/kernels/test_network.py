"""The kernel of small networks: bits of all instruction sets and threads, tanh, sizes at the edges of blocks."""

import numpy as np
import pytest
from lossbar_core.kernels.network import MOST_INPUTS, NetworkLoss, chosen_set, fits, tanh

from lossbar_core.functions import SmallNetwork, backprop

SETS = [bits for bits in (0, 256, 512) if bits <= chosen_set(None)]
WIDTHS = [(1,), (2,), (8,), (3, 2), (3, 3), (2, 2, 2), (1, 8, 1, 3), (8, 8, 8, 8)]
NETWORKS = [
    pytest.param(
        SmallNetwork(widths, activation, l1=1e-3, l2=1e-2, eliminate=eliminate),
        id=f"{widths} {activation} {eliminate}",
    )
    for widths in WIDTHS
    for activation in ("relu", "tanh")
    for eliminate in (None, "bias", "layer")
]


def kernel_of(network):
    places, is_tanh = network.positions, network.activation == "tanh"
    data = network.x, network.y, network.template, places
    return NetworkLoss(network.widths, is_tanh, *data, network.l1, network.l2, network.eliminate)


def thetas_of(network, n, dtype=np.float64):
    return np.random.default_rng(n).normal(0, 1.5, (n, network.dimension)).astype(dtype)


def losses(kernel, thetas, threads=1, instruction_set=None):
    values = np.full(len(thetas), -7, thetas.dtype)
    kernel.losses(thetas, values, threads, instruction_set)
    return values


def gradients(kernel, thetas, threads=1, instruction_set=None):
    slopes = np.full(thetas.shape, -7.0)
    kernel.gradients(thetas, slopes, threads, instruction_set)
    return slopes


@pytest.mark.parametrize("network", NETWORKS)
def test_the_kernel_agrees_with_numpy(network):
    thetas = thetas_of(network, 21)
    kernel = kernel_of(network)
    np.testing.assert_allclose(losses(kernel, thetas), backprop.losses(network, thetas), rtol=1e-12)
    expected = backprop.gradients(network, thetas)
    scale = np.abs(expected).max(axis=1, keepdims=True)
    assert np.abs((gradients(kernel, thetas) - expected) / scale).max() < 1e-10
    single = thetas.astype(np.float32)
    wanted = backprop.losses(network, single.astype(np.float64))
    np.testing.assert_allclose(losses(kernel, single), wanted, rtol=1e-7)


@pytest.mark.parametrize("network", NETWORKS)
def test_all_instruction_sets_give_the_same_bits(network):
    kernel, thetas = kernel_of(network), thetas_of(network, 45)
    values, slopes = losses(kernel, thetas, 1, 0), gradients(kernel, thetas, 1, 0)
    for bits in SETS:
        assert np.array_equal(losses(kernel, thetas, 1, bits), values)
        assert np.array_equal(gradients(kernel, thetas, 1, bits), slopes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [0, 1, 2, 3, 7, 8, 9, 16, 17, 1000])
def test_numbers_of_vectors_and_threads_do_not_matter(n, dtype):
    network = SmallNetwork.free((3, 2), eliminate="bias")
    kernel, thetas = kernel_of(network), thetas_of(network, n, dtype)
    each = np.array([losses(kernel, row[None])[0] for row in thetas], dtype)
    exact = thetas.astype(np.float64)
    slopes = np.array([gradients(kernel, row[None])[0] for row in exact]).reshape(n, network.dimension)
    for threads in (1, 2, 5):
        for bits in SETS:
            assert np.array_equal(losses(kernel, thetas, threads, bits), each)
            assert np.array_equal(gradients(kernel, exact, threads, bits), slopes)


@pytest.mark.parametrize("m", [1, 2, 3, 4, 5, 8, 103])
@pytest.mark.parametrize("eliminate", [None, "bias", "layer"])
def test_numbers_of_inputs_at_the_edges_of_tiles(m, eliminate):
    rng = np.random.default_rng(m)
    x, y = rng.normal(size=(2, m))
    for activation in ("relu", "tanh"):
        network = SmallNetwork((3, 2), activation, x=x, y=y, l2=0.1, eliminate=eliminate)
        thetas = thetas_of(network, 9)
        found = losses(kernel_of(network), thetas), gradients(kernel_of(network), thetas)
        np.testing.assert_allclose(found[0], backprop.losses(network, thetas), rtol=1e-12)
        np.testing.assert_allclose(found[1], backprop.gradients(network, thetas), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("bits", SETS)
def test_tanh_is_accurate_to_five_units_in_the_last_place(bits):
    x = np.concatenate([np.linspace(-30, 30, 30_001), 10.0 ** np.linspace(-308, 308, 2001), [0.0, -0.0]])
    expected = np.tanh(x.astype(np.longdouble))
    found = tanh(x, bits)
    assert np.array_equal(found, tanh(x, 0))
    assert np.array_equal(np.signbit(found), np.signbit(x))
    error = np.abs(found - expected) / np.spacing(np.abs(expected.astype(np.float64)))
    assert error.max() < 5
    assert np.abs(found).max() == 1
    assert np.array_equal(tanh(-x, bits), -found)


@pytest.mark.parametrize("bits", SETS)
def test_rough_tanh_is_accurate_to_a_billionth(bits):
    x = np.concatenate([np.linspace(-30, 30, 30_001), [1e308, -1e308]])
    found = tanh(x, bits, rough=True)
    assert np.array_equal(found, tanh(x, 0, rough=True))
    assert np.abs(found - np.tanh(x)).max() < 1e-10
    assert tanh(np.zeros(1), bits, rough=True) == 0


def test_tanh_of_any_number_of_values():
    for n in (0, 1, 7, 8, 9):
        x = np.arange(n) / 10
        np.testing.assert_allclose(tanh(x), np.tanh(x), rtol=2e-15)


def test_what_the_kernel_takes():
    assert fits((8, 8, 8, 8), MOST_INPUTS)
    assert not fits((9,), 10)
    assert not fits((2,) * 5, 10)
    assert not fits((2,), MOST_INPUTS + 1)


def test_an_instruction_set_that_is_not_there():
    network = SmallNetwork((2,))
    for bits in (1024, 128, -1):
        with pytest.raises(ValueError, match=f"got {bits}"):
            losses(kernel_of(network), thetas_of(network, 1), 1, bits)
