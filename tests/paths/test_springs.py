"""Springs: forces are minus the gradient of their energy, redistribution keeps polygon and ratios."""

import pytest
import torch

from lossbar_core.paths.profile import arc_lengths
from lossbar_core.paths.springs import full_spring_force, redistributed, spring_force


def pivots(n=6, m=3):
    return torch.rand(n, m, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_the_full_force_is_minus_the_gradient_of_the_energy():
    chain = pivots().requires_grad_()
    energy = 0.7 / 2 * ((chain[1:] - chain[:-1]) ** 2).sum()
    (gradient,) = torch.autograd.grad(energy, chain)
    torch.testing.assert_close(full_spring_force(chain.detach(), 0.7), -gradient[1:-1])


def test_the_nudged_force_pulls_towards_the_longer_gap_and_rests_at_the_ratios():
    line = torch.tensor([[0.0], [1.0], [4.0]], dtype=torch.float64)
    equal = torch.tensor([0.5, 0.5], dtype=torch.float64)
    assert spring_force(line, 3.0, equal).item() == pytest.approx(3.0 * (3 - 1))
    assert spring_force(line, 3.0, torch.tensor([0.25, 0.75]).double()).item() == pytest.approx(0)


@pytest.mark.parametrize("weights", [[1, 1, 1, 1, 1], [1, 2, 3, 2, 1], [0.1, 5, 1, 1, 3]])
def test_redistribution_puts_pivots_at_the_weights_shares_of_the_polygon(weights):
    chain, weights = pivots(), torch.tensor(weights, dtype=torch.float64)
    moved = redistributed(chain, weights)
    assert torch.equal(moved[[0, -1]], chain[[0, -1]])
    shares = torch.cat([torch.zeros(1).double(), weights.cumsum(0) / weights.sum()])
    lengths = arc_lengths(chain)
    for point, place in zip(moved, shares * lengths[-1], strict=True):
        k = min(int((lengths <= place).sum()) - 1, 4)
        share = (place - lengths[k]) / (lengths[k + 1] - lengths[k])
        torch.testing.assert_close(point, chain[k] + share.clamp(0, 1) * (chain[k + 1] - chain[k]))


def test_equal_gaps_on_a_line_are_a_fixed_point():
    line = torch.linspace(0, 1, 9, dtype=torch.float64)[:, None] * torch.tensor([[3.0, -4.0]]).double()
    torch.testing.assert_close(redistributed(line, torch.ones(8).double()), line)


def test_a_fixed_pivot_stays_and_both_sides_are_even():
    chain = torch.tensor([[0.0], [0.5], [3.0], [3.5], [7.0], [9.0]], dtype=torch.float64)
    moved = redistributed(chain, torch.ones(5).double(), fixed=2)
    assert moved.flatten().tolist() == [0, 1.5, 3, 5, 7, 9]
    assert torch.equal(redistributed(chain, torch.ones(5).double(), 0)[-1], chain[-1])


def test_coinciding_pivots_and_two_pivots():
    chain = torch.tensor([[0.0], [0.0], [0.0], [2.0]])
    assert redistributed(chain, torch.ones(3)).flatten().tolist() == pytest.approx([0, 2 / 3, 4 / 3, 2])
    assert torch.equal(redistributed(chain[2:], torch.ones(1)), chain[2:])
