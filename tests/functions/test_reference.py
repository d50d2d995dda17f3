"""Reference barcodes: polished critical points against closed forms and known values."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.functions import (
    ALPINE_01,
    CROWNED_CROSS,
    EGG_CRATE,
    HOLDER_TABLE,
    HUMP_CAMEL_3,
    HUMP_CAMEL_6,
    LANGERMANN,
    SCHWEFEL_26,
    WAVY,
    exact_barcode,
    reference_barcode,
)
from lossbar_core.functions.polishing import derivatives

STEPS = np.array([1e-5, 1e-5])


def test_six_hump_camel_to_seven_digits():
    bars = reference_barcode(HUMP_CAMEL_6, HUMP_CAMEL_6.bounds(), 401)
    np.testing.assert_allclose(bars.birth, np.repeat([-1.0316285, -0.2154638, 2.1042503], 2), atol=5e-8)
    finite = np.sort(bars.death[np.isfinite(bars.death)])
    np.testing.assert_allclose(finite, [0, 0.5437186, 0.5437186, 2.2293572, 2.2293572], atol=5e-8)
    assert bars.polished.all()
    assert max(bars.birth_error.max(), bars.death_error.max()) < 1e-12
    places = np.abs(bars.saddle[np.isfinite(bars.death)])
    for place in [(0, 0), (1.109205, 0.768268), (1.638068, 0.228674)]:
        assert np.abs(places - place).max(axis=1).min() < 1e-6


def test_critical_points_have_no_gradient():
    bars = reference_barcode(HUMP_CAMEL_6, HUMP_CAMEL_6.bounds(), 201)
    for places, index in ((bars.minimum, 0), (bars.saddle[np.isfinite(bars.death)], 1)):
        for place in places:
            gradient, _, hessian = derivatives(HUMP_CAMEL_6, place, STEPS)
            assert np.abs(gradient).max() < 1e-6
            assert np.count_nonzero(np.linalg.eigvalsh(hessian) < 0) == index


def test_three_hump_camel():
    bars = reference_barcode(HUMP_CAMEL_3, HUMP_CAMEL_3.bounds(), 301)
    np.testing.assert_allclose(bars.birth, [0, 0.2986384, 0.2986384], atol=1e-7)
    np.testing.assert_allclose(bars.death[1:], 0.8773616, atol=1e-7)


@pytest.mark.parametrize(
    ("function", "tolerance"),
    [(WAVY, 1e-12), (EGG_CRATE, 1e-12), (SCHWEFEL_26, 1e-10), (ALPINE_01, 1e-7)],  # the last one has kinks
    ids=lambda x: getattr(x, "name", ""),
)
def test_agrees_with_the_closed_form_of_separable_functions(function, tolerance):
    found = reference_barcode(function, function.bounds(2), 601)
    exact = exact_barcode(function, 2).to_diagram()
    assert found.polished.all()
    assert len(found) == len(exact)
    assert lb.bottleneck_distance(found, exact) < tolerance


def test_langermann_longest_bars():
    bars = reference_barcode(LANGERMANN, LANGERMANN.bounds(), 801, 0.5)
    finite = np.flatnonzero(np.isfinite(bars.death))
    longest = finite[np.argsort(-bars.persistence[finite])[:7]]
    expected = [6.7306, 5.1916, 3.5017, 2.9431, 2.8410, 2.7513, 2.0673]  # from a grid of 1501 x 1501
    np.testing.assert_allclose(bars.persistence[longest], expected, rtol=2e-3)
    np.testing.assert_allclose(bars.birth[0], -5.162126, atol=1e-6)
    assert (bars.pairing_error[longest] > bars.death_error[longest]).all()


def test_minima_that_only_the_grid_has_are_left_out():
    # A valley that runs across the grid has one minimum, the grid many.
    def valley(x):
        return 1e4 * (x[:, 0] - 0.3 * x[:, 1]) ** 2 + x[:, 1] ** 2

    axes = np.linspace(-1, 1.1, 81)
    grid = valley(np.stack(np.meshgrid(axes, axes, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(81, 81)
    assert len(lb.grid_barcode(grid, connectivity="full")) > 5
    bars = reference_barcode(valley, [(-1, 1.1)] * 2, 81)
    assert len(bars) == 1
    assert bars.spurious > 5
    np.testing.assert_allclose(bars.minimum, 0, atol=1e-6)


def test_kinks_and_minima_on_the_boundary_are_polished_by_zooming():
    bars = reference_barcode(HOLDER_TABLE, HOLDER_TABLE.bounds(), 401, 1e-2)
    finite = np.isfinite(bars.death)
    assert len(bars) == 56
    assert bars.polished.all()
    assert np.abs(bars.death[finite]).max() < 1e-9  # exactly 0: where the sine or the cosine is
    assert (np.abs(bars.death[finite]) <= bars.death_error[finite]).all()
    births = np.repeat([-19.20850, -16.26783, -11.06943, -9.50459, -8.71504, -8.09499], 4)
    np.testing.assert_allclose(bars.birth[:24], births, atol=2e-4)  # those are the lowest points of a grid
    assert (bars.birth[:24] <= births + 5e-6).all()
    on_boundary = np.isclose(np.abs(bars.minimum), 10).any(axis=1)
    for birth in (-16.26783, -8.71504):
        assert on_boundary[np.isclose(bars.birth, birth, atol=1e-4)].all()
    assert not on_boundary[:4].any()


def test_what_is_no_isolated_minimum_is_not_called_polished():
    bars = reference_barcode(CROWNED_CROSS, CROWNED_CROSS.bounds(), 201)
    assert not bars.polished[np.isfinite(bars.death)].any()
    assert bars.death_error.max() > 0.01


def test_one_and_three_dimensions():
    line = reference_barcode(lambda x: np.abs(x[:, 0] ** 2 - 1), [(-2, 3)], 301)
    np.testing.assert_allclose(line.birth, [0, 0], atol=1e-9)
    np.testing.assert_allclose(np.sort(line.death), [1, np.inf], atol=1e-9)
    cube = reference_barcode(lambda x: ((x**2 - 1) ** 2).sum(axis=1), [(-1.5, 1.4)] * 3, 31)
    np.testing.assert_allclose(cube.birth, np.zeros(8), atol=1e-12)
    np.testing.assert_allclose(np.sort(cube.death), [1] * 7 + [np.inf], atol=1e-12)


@pytest.mark.parametrize(
    ("bounds", "resolution", "message"),
    [
        ([(0, 1)] * 4, 10, "expected at most 3 dimensions, got 4"),
        ([(0, 1)] * 2, 2, "expected resolution >= 3, got 2"),
        ([(1, 0)] * 2, 9, "expected finite low < high"),
    ],
)
def test_bad_input_is_told(bounds, resolution, message):
    with pytest.raises(ValueError, match=message):
        reference_barcode(HUMP_CAMEL_6, bounds, resolution)
