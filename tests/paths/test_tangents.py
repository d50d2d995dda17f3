"""Tangents and projections: against the formulas written out pivot by pivot."""

import math

import pytest
import torch

from lossbar_core.paths.tangents import (
    TANGENTS,
    autoneb_code,
    bisector,
    improved,
    mean_of_projections,
    tangential_part,
)


def chain(n=8, m=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (
        torch.rand(n, m, generator=generator, dtype=torch.float64),
        torch.rand(n, generator=generator, dtype=torch.float64),
    )


def henkelman_jonsson(pivots, losses, i):
    """Equations 8 to 11 of the improved tangent paper for one pivot."""
    ahead, back = pivots[i + 1] - pivots[i], pivots[i] - pivots[i - 1]
    before, here, after = (float(losses[k]) for k in (i - 1, i, i + 1))
    if after > here > before:
        tangent = ahead
    elif after < here < before:
        tangent = back
    else:
        most = max(abs(after - here), abs(before - here))
        least = min(abs(after - here), abs(before - here))
        tangent = ahead * most + back * least if after > before else ahead * least + back * most
    return tangent / tangent.norm()


@pytest.mark.parametrize("seed", range(5))
def test_improved_is_henkelman_and_jonsson(seed):
    pivots, losses = chain(seed=seed)
    expected = torch.stack([henkelman_jonsson(pivots, losses, i) for i in range(1, 7)])
    torch.testing.assert_close(improved(pivots, losses), expected)


def test_autoneb_code_exchanges_the_weights_at_extrema_only():
    pivots = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], dtype=torch.float64)
    top = torch.tensor(
        [0.0, 4.0, 3.0, 1.0], dtype=torch.float64
    )  # pivot 1 is a maximum, the higher side ahead
    # differences 4 and 1: Henkelman and Jonsson give 4 to the segment ahead, the code gives it 1.
    torch.testing.assert_close(improved(pivots, top)[0], torch.tensor([1.0, 4.0]).double() / math.sqrt(17))
    torch.testing.assert_close(
        autoneb_code(pivots, top)[0], torch.tensor([4.0, 1.0]).double() / math.sqrt(17)
    )
    torch.testing.assert_close(autoneb_code(pivots, top)[1], improved(pivots, top)[1])


@pytest.mark.parametrize("name", TANGENTS)
def test_tangents_are_unit_turn_with_the_path_and_have_a_direction_on_plateaus(name):
    pivots, losses = chain()
    tangents = TANGENTS[name](pivots, losses)
    torch.testing.assert_close(tangents.norm(dim=1), torch.ones(6).double())
    torch.testing.assert_close(TANGENTS[name](pivots.flip(0), losses.flip(0)), -tangents.flip(0))
    plateau = TANGENTS[name](pivots, torch.zeros(8).double())
    torch.testing.assert_close(plateau, bisector(pivots, losses))


@pytest.mark.parametrize("name", TANGENTS)
def test_coinciding_pivots_and_a_path_that_turns_back_give_no_nan(name):
    pivots = torch.tensor([[0.0], [1.0], [1.0], [0.0], [2.0]])
    for losses in (torch.zeros(5), torch.tensor([0.0, 1, 2, 1, 0])):
        assert torch.isfinite(TANGENTS[name](pivots, losses)).all()


def test_the_normal_part_is_normal():
    pivots, losses = chain()
    gradients = torch.ones(6, 5).double()
    tangents = improved(pivots, losses)
    normal = gradients - tangential_part(gradients, tangents)
    assert (normal * tangents).sum(dim=1).abs().max() < 1e-14


@pytest.mark.parametrize("degrees", [0, 10, 60, 90, 150])
def test_the_mean_of_projections_leaves_a_share_of_the_tangential_part(degrees):
    """Register 2.c.3: sin^2(angle / 2) of it; on a straight path nothing."""
    angle = math.radians(degrees)
    pivots = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [math.cos(angle), math.sin(angle)]], dtype=torch.float64)
    tangent = bisector(pivots, torch.zeros(3))
    left = ((3 * tangent - mean_of_projections(pivots, 3 * tangent)) * tangent).sum()
    assert float(left) == pytest.approx(3 * math.sin(angle / 2) ** 2, abs=1e-12)


def test_the_mean_of_projections_is_algorithm_2_line_by_line():
    pivots, _ = chain(4)
    gradients = torch.rand(2, 5, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    for i in (1, 2):
        gradient = gradients[i - 1]
        left = (pivots[i] - pivots[i - 1]) / (pivots[i] - pivots[i - 1]).norm()
        right = (pivots[i + 1] - pivots[i]) / (pivots[i + 1] - pivots[i]).norm()
        expected = gradient - (gradient @ left * left + gradient @ right * right) / 2
        torch.testing.assert_close(gradient - mean_of_projections(pivots, gradients)[i - 1], expected)
