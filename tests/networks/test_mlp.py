"""Fully connected networks: the register's counts, the formula, bad input."""

import numpy as np
import pytest
import torch

from lossbar_core.networks import MLP, n_parameters


@pytest.mark.parametrize(
    ("depth", "count"), [(2, 26506), (3, 27562), (4, 28618), (6, 30730), (8, 32842)], ids=str
)
def test_counts_of_figure_2_of_the_to_paper(depth, count):
    assert n_parameters(MLP((784, *[32] * depth, 10))) == count


@pytest.mark.parametrize(("widths", "count"), [((784, 10, 10), 7960), ((784, 10, 10, 10), 8070)])
def test_counts_of_the_hi_paper(widths, count):
    assert n_parameters(MLP(widths)) == count


def test_quadratic_task_of_the_fb_paper():
    network = MLP((1, 4, 4, 1), "sigmoid", bias=False, activate_output=True)
    assert n_parameters(network) == 4 + 16 + 4
    w1, w2, w3 = (weight.detach().numpy() for weight in network.parameters())
    x = np.linspace(-1, 1, 7, dtype=np.float32)[:, None]

    def sigmoid(y):
        return 1 / (1 + np.exp(-y))

    expected = sigmoid(sigmoid(sigmoid(x @ w1.T) @ w2.T) @ w3.T)
    np.testing.assert_allclose(network(torch.tensor(x)).detach().numpy(), expected, rtol=1e-5)


def test_images_are_flattened_and_the_last_layer_is_linear():
    torch.manual_seed(0)
    network = MLP((4, 3, 2))
    images = torch.randn(5, 1, 2, 2)
    assert torch.equal(network(images), network(images.flatten(1)))
    assert (network(100 * images) < 0).any()
    assert network.widths == (4, 3, 2)


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (TypeError, (784,), "widths as a sequence"),
        (TypeError, ("784",), "widths as a sequence"),
        (ValueError, ((784,),), "at least 2 numbers as widths, got 1"),
        (ValueError, ((784, 0, 10),), "entry of widths >= 1, got 0"),
        (TypeError, ((784, 32.0, 10),), "integer entry of widths, got 32.0"),
        (ValueError, ((784, 10), "gelu"), "relu, sigmoid, softplus, tanh, got 'gelu'"),
    ],
)
def test_bad_input(error, arguments, message):
    with pytest.raises(error, match=message):
        MLP(*arguments)


def test_bad_inputs_and_flags():
    with pytest.raises(TypeError, match="bias True or False, got 1"):
        MLP((2, 1), bias=1)
    with pytest.raises(ValueError, match=r"inputs of 784 entries each, got shape \(3, 14, 14\)"):
        MLP((784, 10))(torch.zeros(3, 14, 14))
