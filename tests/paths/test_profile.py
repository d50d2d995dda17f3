"""Dense profiles: grids, arc length, tops between the pivots."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.paths.profile import arc_lengths, profile_of, subdivided

LINE = AnalyticLandscape(lambda x: (x[:, 0] ** 2 - 1) ** 2, 1)


def test_the_top_between_pivots_is_seen():
    profile = profile_of(LINE, torch.tensor([[-1.0], [1.0]], dtype=torch.float64), points=9)
    assert len(profile) == 11
    assert profile.top == 1.0
    assert profile.top_at == 0.5
    assert profile.barrier == 1.0
    assert profile.accuracies is None
    assert profile.is_pivot.nonzero()[0].tolist() == [0, 10]


def test_positions_are_arc_lengths_also_for_unequal_segments():
    pivots = torch.tensor([[0.0], [3.0], [4.0]], dtype=torch.float64)
    profile = profile_of(LINE, pivots, points=2)
    np.testing.assert_allclose(profile.position, [0, 1, 2, 3, 3 + 1 / 3, 3 + 2 / 3, 4])
    np.testing.assert_allclose(profile.share, profile.position / 4)
    np.testing.assert_allclose(profile.losses, (profile.position**2 - 1) ** 2)


def test_zero_points_are_the_pivots_alone_and_a_path_of_no_length_is_finite():
    profile = profile_of(LINE, torch.zeros(2, 1, dtype=torch.float64), points=0)
    assert profile.losses.tolist() == [1, 1]
    assert profile.share.tolist() == [0, 0]


def test_ends_and_pivots_are_kept_bit_for_bit():
    pivots = torch.rand(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    dense = subdivided(pivots, 4)
    assert dense.shape == (21, 3)
    assert torch.equal(dense[::5], pivots)
    assert arc_lengths(dense)[-1].item() == pytest.approx(arc_lengths(pivots)[-1].item(), rel=1e-12)


@pytest.mark.parametrize("points", [-1, 1.5, True])
def test_bad_points(points):
    with pytest.raises((TypeError, ValueError), match="points"):
        profile_of(LINE, torch.zeros(2, 1, dtype=torch.float64), points)
