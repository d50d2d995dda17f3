"""Values, slopes and bends of activations against autograd, and their radii against moved arguments."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.hessians.activations import SMOOTH, activated, known_activation  # noqa: E402
from lossbar_core.hessians.balls import Ball  # noqa: E402

ARGUMENTS = torch.linspace(-30, 30, 401, dtype=torch.float64).repeat(3)[None]


@pytest.mark.parametrize("kind", [*SMOOTH, nn.ReLU, nn.LeakyReLU, nn.Identity])
def test_derivatives_are_those_of_autograd(kind):
    z = (ARGUMENTS + 0.01).requires_grad_()
    value = kind()(z)
    (slope,) = torch.autograd.grad(value.sum(), z, create_graph=True)
    bend = torch.autograd.grad(slope.sum(), z)[0] if slope.requires_grad else torch.zeros_like(z)
    found = activated(kind(), Ball.exact(z.detach()))
    torch.testing.assert_close(found.value.mid, value.detach(), rtol=1e-14, atol=1e-300)
    torch.testing.assert_close(found.slope.mid, slope.detach(), rtol=1e-12, atol=1e-15)
    mine = found.bend.mid if found.bend is not None else torch.zeros_like(bend)
    torch.testing.assert_close(mine, bend, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("kind", SMOOTH)
def test_radii_hold_moved_arguments(kind):
    spread = torch.full_like(ARGUMENTS, 0.05)
    found = activated(kind(), Ball(ARGUMENTS, spread))
    for side in (-1, 1):
        moved = activated(kind(), Ball.exact(ARGUMENTS + side * spread))
        for part in ("value", "slope", "bend"):
            ball, point = getattr(found, part), getattr(moved, part).mid
            assert bool(((point - ball.mid).abs() <= ball.rad + 1e-15).all()), part


def test_kinks_up_to_rounding_are_counted_and_idle_ones_are_not():
    z = Ball(torch.tensor([[0.0, 1e-9, 1.0, -1.0, 0.0]]), torch.tensor([[1e-8, 1e-8, 1e-8, 1e-8, 0.0]]))
    assert activated(nn.ReLU(), z).unsure == 2


def test_what_is_not_known():
    assert not known_activation(nn.GELU())
    assert not known_activation(nn.Softplus(beta=2))
    assert known_activation(nn.Softplus())
