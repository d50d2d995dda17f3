"""The straight segment."""

import pytest
import torch
from paths.surfaces import CURVY_ENDS, curvy, egg_carton

from lossbar_core.paths import StraightLine


def test_the_segment_is_sampled_between_its_ends():
    surface = egg_carton()
    path = StraightLine(21).connect(surface, [0.5, 0.5], [1.5, 0.5])
    assert path.barrier == pytest.approx(2, abs=1e-12)
    assert path.top == pytest.approx(0, abs=1e-12)
    assert path.normalised_length == pytest.approx(1)
    assert path.gradient_evaluations == 0
    assert surface.evaluations.gradients == 0
    assert StraightLine().connect(surface, [0.5, 0.5], [1.5, 1.5]).top == pytest.approx(2)


def test_both_ends_are_kept_bit_for_bit():
    a, b = torch.tensor([0.1, 0.3]).double(), torch.tensor([0.7, 1 / 3]).double()
    path = StraightLine(7).connect(curvy(), a, b)
    assert torch.equal(path.pivots[0], a)
    assert torch.equal(path.pivots[-1], b)
    assert StraightLine(5).connect(curvy(), *CURVY_ENDS).top > 1


@pytest.mark.parametrize("pivots", [1, 0, 2.0, True])
def test_bad_pivots(pivots):
    with pytest.raises((TypeError, ValueError), match="pivots"):
        StraightLine(pivots)
