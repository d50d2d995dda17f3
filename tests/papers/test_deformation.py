"""Paths that move down: where they end up, and that the bound they give is one."""

import numpy as np
import pytest

from lossbar_core.papers.bsl.deformation import deform, profile, spread


def ring(x):
    """A circular valley of depth 0 with a pass of height 1 at (0, -1) and one of height 3 at (0, 1)."""
    angle = np.arctan2(x[:, 1], x[:, 0])
    radius = np.linalg.norm(x, axis=1)
    return 10 * (radius - 1) ** 2 + (2 + np.sin(angle)) * np.sin(angle) ** 2


def slope(x, h=1e-6):
    steps = h * np.eye(x.shape[1])
    return np.stack([(ring(x + s) - ring(x - s)) / (2 * h) for s in steps], axis=1)


def test_spread_keeps_ends_and_equal_steps():
    paths = np.random.default_rng(0).random((3, 7, 4))
    out = spread(paths, 12)
    assert np.allclose(out[:, 0], paths[:, 0])
    assert np.allclose(out[:, -1], paths[:, -1])
    fine = spread(paths, 4001)
    lengths = np.linalg.norm(np.diff(fine, axis=1), axis=2)
    assert (lengths.max(axis=1) < (1 + 1e-9) * np.median(lengths, axis=1)).all()  # shorter at corners only


def test_spread_of_a_path_that_stays():
    assert np.array_equal(spread(np.ones((1, 3, 2)), 4), np.ones((1, 4, 2)))


@pytest.mark.parametrize(
    ("paths", "pivots"), [(np.zeros((3, 2)), 5), (np.zeros((1, 1, 2)), 5), (np.zeros((1, 3, 2)), 1)]
)
def test_spread_refuses(paths, pivots):
    with pytest.raises(ValueError, match="expected paths"):
        spread(paths, pivots)


def test_profile_looks_between_pivots():
    values = profile(lambda x: -((x[:, 0] - 0.5) ** 2), np.array([[[0.0], [1.0]]]))
    assert values.shape == (1, 11)
    assert values.max() == 0.0


def test_paths_find_the_pass_on_their_side():
    low, high = -np.pi / 2, np.pi / 2
    for middle, height in ((low, 1.0), (high, 3.0)):
        way = np.array([[[1.0, 0.0], 1.6 * np.array([np.cos(middle), np.sin(middle)]), [-1.0, 0.0]]])
        _, highest = deform(ring, slope, way, pivots=41, steps=600, rate=0.02)
        assert highest == pytest.approx(height, abs=0.02)


def test_a_path_is_never_worse_than_at_the_start_and_stays_in_its_box():
    way = np.array([[[1.0, 0.0], [0.3, -2.0], [-1.0, 0.0]]])
    box = np.array([[-1.5, 1.5], [-0.8, 0.8]])
    start = profile(ring, spread(way, 31)).max()
    for steps in (1, 20, 200):
        paths, highest = deform(ring, slope, way, pivots=31, steps=steps, rate=0.02)
        assert highest[0] <= start
        assert highest[0] == pytest.approx(profile(ring, paths).max())
        start = highest[0]
    paths, _ = deform(ring, slope, np.clip(way, box[:, 0], box[:, 1]), pivots=31, steps=50, box=box)
    assert paths[..., 1].min() >= -0.8
