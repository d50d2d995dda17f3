"""HI-thicken: rises from barcodes, and floods that find a wrong one."""

import numpy as np
import pytest

from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.papers import load_items
from lossbar_core.papers.hi import thickening
from lossbar_core.register import Register


@pytest.fixture(scope="module")
def found():
    entry = load_items()["HI-thicken"]
    return entry.function(entry.profiles["smoke"])


def test_values_that_the_register_checks_are_there(found):
    assert set(Register.load()["HI-thicken"].value_names) <= set(found.values)


def test_rises_of_the_six_hump_camel(found):
    bars = found.arrays["bars_0"]
    rises = np.sort((bars[:, 1] - bars[:, 0])[np.isfinite(bars[:, 1])])
    np.testing.assert_allclose(rises[[2, 4]], [0.7591824, 1.0316285], atol=1e-6)
    assert found.values["failures"] == found.values["alone"] == 0


def test_floods_find_a_wrong_saddle():
    values = np.random.default_rng(0).permutation(100).reshape(10, 10).astype(float)
    bars = grid_barcode(values, connectivity="full")
    assert thickening.flood_check(values, bars.minimum, bars.saddle)["failures"] == 0
    later = bars.saddle.copy()
    dying = np.flatnonzero(later >= 0)
    later[dying[0]] = int(values.argmax())
    assert thickening.flood_check(values, bars.minimum, later)["failures"] == 1


def test_network_has_copies_of_every_minimum():
    function, _ = thickening.function_named(thickening.NETWORK)
    w = np.random.default_rng(1).uniform(-4, 4, (5, 2))
    for other in (w[:, ::-1], -w, w * [1, -1]):
        np.testing.assert_allclose(function(np.ascontiguousarray(other)), function(w), rtol=1e-9)


def test_separable_function_has_its_closed_form():
    bars, error = thickening.polished_bars("Wavy", 101)
    assert error == 0.0
    assert len(bars) == 121
    assert np.isinf(bars[:, 1]).sum() == 1
