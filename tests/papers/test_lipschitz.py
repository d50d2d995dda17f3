"""Lipschitz constants bound every difference quotient, and not by much."""

import numpy as np
import pytest

from lossbar_core.functions import ALPINE_01, EGG_CRATE, SCHWEFEL_26, WAVY
from lossbar_core.papers.bsl.lipschitz import SLOPES, lipschitz_constant

KNOWN = (ALPINE_01, SCHWEFEL_26, WAVY)


@pytest.mark.parametrize("function", KNOWN, ids=lambda f: f.name)
def test_slopes_are_bounded_tightly_on_the_line(function):
    low, high = function.bounds(1)[0]
    t = np.linspace(low, high, 1_000_001)
    h = function(t[:, None])
    steepest = np.abs(np.diff(h) / np.diff(t)).max()
    assert steepest <= lipschitz_constant(function, 1) < 1.001 * steepest


@pytest.mark.parametrize("function", KNOWN, ids=lambda f: f.name)
@pytest.mark.parametrize("d", [2, 3, 6])
def test_pairs_of_points_in_the_box(function, d):
    rng = np.random.default_rng(d)
    low, high = np.array(function.bounds(d)).T
    a = low + (high - low) * rng.random((20_000, d))
    for b in (
        low + (high - low) * rng.random((20_000, d)),
        np.clip(a + 0.01 * rng.standard_normal(a.shape), low, high),
    ):
        change = np.abs(function(a) - function(b))
        assert (change <= lipschitz_constant(function, d) * np.linalg.norm(a - b, axis=1)).all()


def test_the_bend_bounds_the_change_of_the_slope():
    for name, rule in SLOPES.items():
        function = next(f for f in KNOWN if f.name == name)
        top = float(rule.largest(max(abs(end) for end in function.bounds(1)[0])))
        s = np.linspace(0, top, 1_000_001)
        assert np.abs(np.diff(rule.slope(s)) / np.diff(s)).max() <= rule.bend(top), name


def test_a_function_without_a_known_slope():
    with pytest.raises(ValueError, match="expected one of Alpine01, Schwefel26, Wavy, got EggCrate"):
        lipschitz_constant(EGG_CRATE, 2)
