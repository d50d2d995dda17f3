"""SR-2.2: gaps of paths, the power that fits, and its bootstrap."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.sr import units
from lossbar_core.register import Register

CONFIG = load_items()["SR-2.2"].profiles["smoke"]


@lru_cache
def smoke():
    return load_items()["SR-2.2"].function(replace(CONFIG, networks=3))


def test_values_that_the_register_checks_are_there():
    assert set(Register.load()["SR-2.2"].value_names) <= set(smoke().values)


def test_paths_end_at_the_networks_and_lie_below_the_line():
    arrays = smoke().arrays
    assert (arrays["gap"] >= -1e-12).all()
    assert (arrays["gap"].mean(axis=(1, 2)) < arrays["line_gap"].mean(axis=(1, 2))).all()


def test_target_is_normalised():
    landscape = units.regression(CONFIG, 4, 0)
    targets = landscape.data.targets
    assert float(targets.mean()) == pytest.approx(0, abs=1e-12)
    assert float((targets**2).mean()) == pytest.approx(1)
    assert float(landscape.losses([[0.0] * landscape.dimension])[0]) == pytest.approx(1)
    assert (landscape.data.arguments[0].norm(dim=1) <= 1).all()


def test_power_of_a_power():
    x = np.array([2.0, 4.0, 8.0])
    assert units.power(x, 3 * x**-0.5) == pytest.approx(-0.5)
    assert units.power(x, np.array([1.0, 0.0, 0.25])) == pytest.approx(-1)  # what is 0 is left out
    assert np.isnan(units.power(x, np.array([1.0, 0.0, -1.0])))


def test_targets_are_different_and_the_same_for_every_width():
    first, second = (units.regression(CONFIG, 4, target).data.targets for target in (0, 1))
    assert not first.equal(second)
    assert units.regression(CONFIG, 8, 1).data.targets.equal(second)


def test_the_interval_holds_the_exponents_of_the_targets():
    found = smoke()
    exponents = found.arrays["exponents"]
    assert exponents.shape == (CONFIG.targets,)
    assert found.values["falling"] == (exponents < 0).sum()
    # With two targets a quarter of the draws takes one of them alone.
    assert found.values["low"] == pytest.approx(exponents.min())
    assert found.values["high"] == pytest.approx(exponents.max())
