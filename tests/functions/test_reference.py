"""Reference barcodes: polished critical points against closed forms and known values."""

import numpy as np
import pytest

from lossbar_core.functions import (
    HOLDER_TABLE,
    HUMP_CAMEL_3,
    HUMP_CAMEL_6,
    LANGERMANN,
    WAVY,
    exact_barcode,
    reference_barcode,
)
from lossbar_core.functions.reference import derivatives


def test_six_hump_camel_to_seven_digits():
    bars = reference_barcode(HUMP_CAMEL_6, HUMP_CAMEL_6.bounds(), 401)
    np.testing.assert_allclose(bars.birth, np.repeat([-1.0316285, -0.2154638, 2.1042503], 2), atol=5e-8)
    finite = np.sort(bars.death[np.isfinite(bars.death)])
    np.testing.assert_allclose(finite, [0, 0.5437186, 0.5437186, 2.2293572, 2.2293572], atol=5e-8)
    assert bars.polished.all()
    assert max(bars.birth_error.max(), bars.death_error.max()) < 1e-8


def test_critical_points_have_no_gradient():
    bars = reference_barcode(HUMP_CAMEL_6, HUMP_CAMEL_6.bounds(), 201)
    for place in [*bars.minimum, *bars.saddle[np.isfinite(bars.death)]]:
        gradient, hessian = derivatives(HUMP_CAMEL_6, place)
        assert np.abs(gradient).max() < 1e-5
        assert np.count_nonzero(np.linalg.eigvalsh(hessian) < 0) <= 1


def test_three_hump_camel():
    bars = reference_barcode(HUMP_CAMEL_3, HUMP_CAMEL_3.bounds(), 301)
    np.testing.assert_allclose(bars.birth, [0, 0.2986384, 0.2986384], atol=1e-7)
    np.testing.assert_allclose(bars.death[1:], 0.8773616, atol=1e-7)


def test_agrees_with_the_closed_form_of_a_separable_function():
    found = reference_barcode(WAVY, WAVY.bounds(2), 801, 1e-3).to_diagram()
    exact = exact_barcode(WAVY, 2).to_diagram()
    np.testing.assert_allclose(np.sort(found[:, 0]), np.sort(exact[:, 0]), atol=1e-9)
    np.testing.assert_allclose(np.sort(found[:, 1]), np.sort(exact[:, 1]), atol=1e-9)


def test_langermann_longest_bars():
    bars = reference_barcode(LANGERMANN, LANGERMANN.bounds(), 801, 0.5)
    longest = np.sort(bars.persistence[np.isfinite(bars.persistence)])[::-1][:4]
    np.testing.assert_allclose(longest, [6.7306, 5.1916, 3.5017, 2.9431], rtol=0.003)
    np.testing.assert_allclose(bars.birth[0], -5.162126, atol=1e-6)


def test_kinks_are_not_called_polished_and_their_error_is_honest():
    bars = reference_barcode(HOLDER_TABLE, HOLDER_TABLE.bounds(), 401, 1e-2)
    finite = np.isfinite(bars.death)
    assert len(bars) == 56
    assert not bars.polished[finite].all()
    assert (np.abs(bars.death[finite]) <= bars.death_error[finite]).all()  # the exact deaths are 0


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
