"""Random waves with a ridge: derivatives, the border, and the critical points."""

import numpy as np
import pytest

from lossbar_core.papers.hi.ridged_waves import RidgedWaves


@pytest.fixture
def function():
    return RidgedWaves.random(np.random.default_rng(1), 5, 0.3)


def test_derivatives_are_those_of_the_values(function):
    x = np.random.default_rng(2).uniform(-1, 1, (6, 2))
    for axis in np.eye(2):
        slope = (function(x + 1e-5 * axis) - function(x - 1e-5 * axis)) / 2e-5
        np.testing.assert_allclose(function.gradient(x) @ axis, slope, atol=1e-4)
        bend = (function.gradient(x + 1e-5 * axis) - function.gradient(x - 1e-5 * axis)) / 2e-5
        np.testing.assert_allclose(function.hessian(x) @ axis, bend, rtol=1e-4, atol=1e-2)


def test_gradient_points_outwards_on_the_border(function):
    t = np.linspace(-1, 1, 500)
    for axis in (0, 1):
        for side in (-1.0, 1.0):
            x = np.full((len(t), 2), side)
            x[:, 1 - axis] = t
            assert (side * function.gradient(x)[:, axis]).min() > 0


@pytest.mark.parametrize("seed", range(5))
def test_critical_points_are_complete_and_rest(seed):
    function = RidgedWaves.random(np.random.default_rng(seed), 5, 0.3)
    points, index = function.critical_points()
    assert np.abs(function.gradient(points)).max() < 1e-6
    assert np.sum((-1) ** index) == 1  # an odd number missing or twice would show
    more, other = function.critical_points(starts=97)
    assert len(more) == len(points)
    np.testing.assert_array_equal(np.bincount(other, minlength=3), np.bincount(index, minlength=3))
    np.testing.assert_allclose(function(more), function(points), atol=1e-9)


def test_interpolation_error_bounds_what_a_grid_misses(function):
    coarse = function.on_grid(21)
    fine = function.on_grid(41)
    halfway = (coarse[1:] + coarse[:-1]) / 2
    assert np.abs(fine[1::2, ::2] - halfway).max() <= function.interpolation_error(21)
