"""HI-Morse-ineq: the critical points of HumpCamel6 and the box around them."""

from fractions import Fraction

import numpy as np
import pytest

from lossbar_core.functions import HUMP_CAMEL_6
from lossbar_core.papers import load_items
from lossbar_core.papers.hi.inequality import least_outward, polynomial
from lossbar_core.register import Register


@pytest.fixture(scope="module")
def found():
    entry = load_items()["HI-Morse-ineq"]
    return entry.function(entry.profiles["smoke"])


def test_values_that_the_register_checks_are_there(found):
    assert set(Register.load()["HI-Morse-ineq"].value_names) <= set(found.values)


def test_points_are_critical_and_have_their_index(found):
    h = 1e-4
    for point, index in zip(found.arrays["point"], found.arrays["index"], strict=True):
        around = {
            (i, j): HUMP_CAMEL_6([point + h * np.array([i, j])])[0] for i in (-1, 0, 1) for j in (-1, 0, 1)
        }
        slope = [around[1, 0] - around[-1, 0], around[0, 1] - around[0, -1]]
        assert np.abs(slope).max() / (2 * h) < 1e-5
        xx, yy = (around[i, j] + around[-i, -j] - 2 * around[0, 0] for i, j in ((1, 0), (0, 1)))
        xy = (around[1, 1] - around[1, -1] - around[-1, 1] + around[-1, -1]) / 4
        assert (np.linalg.eigvalsh([[xx, xy], [xy, yy]]) < 0).sum() == index


def test_values_rise_and_minima_are_the_known_ones(found):
    value, index = found.arrays["value"], found.arrays["index"]
    assert (np.diff(value) > -1e-9).all()
    np.testing.assert_allclose(np.unique(value[index == 0].round(5)), [-1.03163, -0.21546, 2.10425])


def test_polynomial_vanishes_where_the_gradient_does(found):
    for x in found.arrays["point"][:, 0]:
        assert abs(polynomial(Fraction(float(x)))) < 1e-8


def test_outward_derivative_is_the_least_on_the_sides():
    box = np.array([[-1.9, 1.9], [-1.2, 1.2]])
    t = np.linspace(-1, 1, 201)[:, None]
    least = np.inf
    for axis, half in ((0, 1.9), (1, 1.2)):
        inner = t * box[1 - axis, 1]
        edge = np.hstack([np.full_like(t, half), inner] if axis == 0 else [inner, np.full_like(t, half)])
        step = 1e-6 * np.eye(2)[axis]
        least = min(least, ((HUMP_CAMEL_6(edge + step) - HUMP_CAMEL_6(edge - step)) / 2e-6).min())
    assert least_outward(box) == pytest.approx(least, rel=1e-4)
