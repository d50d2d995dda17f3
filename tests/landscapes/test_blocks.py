"""Blocks add up to the loss, and differentiate to its gradient and to a symmetric Hessian."""

import pytest

torch = pytest.importorskip("torch")

from test_modules import KINDS, build, near, vectors  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.landscapes import AnalyticLandscape, Landscape  # noqa: E402


def hessian_of(block):
    return torch.func.jacrev(torch.func.grad(block.value))


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_add_up_to_the_loss_and_its_gradient(kind):
    _, landscape = build(kind)
    theta = near(landscape, 1)[0]
    blocks = landscape.blocks(5)
    assert [block.n_rows for block in blocks] == [4, 4, 4]
    assert sum(block.share for block in blocks) == 1
    leaf = theta.clone().requires_grad_()
    total = sum(block.share * block.value(leaf) for block in blocks)
    (slope,) = torch.autograd.grad(total, leaf)
    loss, gradient = landscape.losses_and_gradients(theta[None])
    torch.testing.assert_close(total.detach(), loss[0])
    torch.testing.assert_close(slope, gradient[0])


def test_second_derivatives_are_those_of_gradients():
    _, landscape = build("mlp")
    theta, step = near(landscape, 1)[0], 1e-5
    hessian = sum(block.share * hessian_of(block)(theta) for block in landscape.blocks(7))
    moves = step * torch.eye(landscape.dimension, dtype=torch.float64)
    differences = (landscape.gradients(theta + moves) - landscape.gradients(theta - moves)) / (2 * step)
    torch.testing.assert_close(hessian, differences, rtol=1e-6, atol=1e-8)


def test_rows_that_act_on_each_other_keep_their_blocks():
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    landscape = Landscape(net, "cross_entropy", vectors(), dtype=torch.float64, statistics_rows=6)
    theta = landscape.vector()
    blocks = landscape.blocks(2)
    assert [block.n_rows for block in blocks] == [6, 6]
    total = sum(block.share * block.value(theta) for block in blocks)
    torch.testing.assert_close(total, landscape.losses(theta[None])[0])


def test_dropout_masks_are_those_of_the_loss():
    net = nn.Sequential(nn.Linear(5, 4), nn.Dropout(0.5), nn.Linear(4, 3))
    landscape = Landscape(net, "cross_entropy", vectors(), dtype=torch.float64, dropout=3, statistics_rows=6)
    theta = landscape.vector()
    total = sum(block.share * block.value(theta) for block in landscape.blocks())
    torch.testing.assert_close(total, landscape.losses(theta[None])[0])


@pytest.mark.parametrize("policy", ["recompute", "coordinates"])
def test_statistics_that_gradients_take_as_constants_are_refused(policy):
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    landscape = Landscape(net, "cross_entropy", vectors(), batchnorm=policy)
    with pytest.raises(ValueError, match="second derivatives"):
        landscape.blocks()


def test_a_formula_is_one_block():
    saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    (block,) = saddle.blocks()
    hessian = hessian_of(block)(torch.zeros(2, dtype=torch.float64))
    assert hessian.tolist() == [[2.0, 0.0], [0.0, -2.0]]


@pytest.mark.parametrize(("error", "size"), [(ValueError, 0), (TypeError, 2.5)])
def test_bad_sizes(error, size):
    with pytest.raises(error, match="size"):
        build("mlp")[1].blocks(size)
