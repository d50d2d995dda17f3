"""Balls hold the exact results: against the same computations in rational numbers."""

from fractions import Fraction

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lossbar_core.hessians.balls import Ball, einsum, growth, joined, softmax, unit_roundoff  # noqa: E402


def random(shape, dtype, seed, rad=0.0):
    generator = torch.Generator().manual_seed(seed)
    mid = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
    return Ball(mid, (rad * torch.rand(shape, generator=generator, dtype=torch.float64)).to(dtype))


def exact(tensor):
    return np.array([Fraction(float(x)) for x in tensor.flatten()], dtype=object).reshape(tensor.shape)


def inside(ball, truth):
    """Whether a ball holds the rational numbers."""
    return all(
        abs(Fraction(float(m)) - t) <= Fraction(float(r))
        for m, r, t in zip(ball.mid.flatten(), ball.rad.flatten(), truth.flatten(), strict=True)
    )


def corners(ball, seed):
    """Rational numbers in a ball, some of them on its edge."""
    sides = torch.randint(-1, 2, ball.mid.shape, generator=torch.Generator().manual_seed(seed))
    return exact(ball.mid) + exact(ball.rad) * exact(sides.double())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rad", [0.0, 1e-3])
def test_operations_hold_every_result(dtype, rad):
    for seed in range(5):
        a, b = random((4, 6), dtype, seed, rad), random((6, 3), dtype, seed + 50, rad)
        x, y = corners(a, seed), corners(b, seed + 9)
        assert inside(a @ b, x @ y)
        assert inside(einsum("ij,jk->ik", a, b), x @ y)
        assert inside(a + a, 2 * x)
        assert inside(a - b.mT[:1], x - y.T[:1])
        assert inside(a * b.mT[:1], x * y.T[:1])


def test_without_error_the_radius_is_that_of_rounding():
    product = random((1, 100), torch.float64, 0) @ random((100, 1), torch.float64, 1)
    assert 0 < float(product.rad) < 1e-12


def test_softmax_holds_the_shares_of_moved_outputs():
    outputs = random((5, 4), torch.float64, 0, 1e-4)
    for seed in range(5):
        sides = torch.randint(-1, 2, outputs.mid.shape, generator=torch.Generator().manual_seed(seed))
        moved = (outputs.mid + outputs.rad * sides).softmax(dim=1)
        found = softmax(outputs)
        assert bool(((moved - found.mid).abs() <= found.rad).all())
    assert float(found.rad.max()) < 1e-3


def test_moving_numbers_adds_no_error():
    ball = random((2, 3), torch.float64, 0, 1.0)
    turned = joined([ball.mT, ball.mT], 1).shaped((12,))
    assert turned.rad.sum() == 2 * ball.rad.sum()
    assert torch.equal(ball.switched(torch.zeros(2, 3)).rad, torch.zeros(2, 3, dtype=torch.float64))
    assert torch.equal(ball.moved(lambda part: part[:1]).rad, ball.rad[:1])
    assert ball.expand(4, -1, -1).mid.shape == (4, 2, 3)


def test_growth_needs_few_operations():
    assert growth(10, torch.float64) == pytest.approx(10 * unit_roundoff(torch.float64))
    with pytest.raises(ValueError, match="float64"):
        growth(10**8, torch.float32)
