"""HI-linreg and HI-Ex1: the constant Hessian, the one limit, and the factor 2."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.hi.regression import separable_points
from lossbar_core.register import Register


def smoke(name, **changes):
    entry = load_items()[name]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("name", ["HI-linreg", "HI-Ex1"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(smoke(name).values)


def test_points_are_separated_by_their_margin():
    x, y = separable_points(np.random.default_rng(3), 100, 0.2)
    assert x.shape == (100, 2)
    assert set(y) == {-1.0, 1.0}
    gaps = np.linalg.norm(x[y > 0][:, None] - x[y < 0], axis=2)
    assert gaps.min() >= 0.4


def test_rates_beyond_two_over_the_largest_eigenvalue_diverge():
    arrays = smoke("HI-linreg", rates=(1.0, 1.9, 2.5), steps=2000).arrays
    assert arrays["gaps"][0] < 1e-10
    assert arrays["gaps"][1] < 1e-6
    assert arrays["gaps"][2] > 1e5


def test_solution_has_no_gradient():
    arrays = smoke("HI-linreg").arrays
    rows = np.column_stack([arrays["x"], np.ones(len(arrays["x"]))])
    assert np.abs((rows @ arrays["solution"] - arrays["y"]) @ rows).max() < 1e-10


def test_constant_rate_stays_away_and_the_whole_data_do_not():
    values = smoke("HI-linreg", batch_steps=4000).values
    assert values["constant_gap"] > 1e-3 > values["decaying_gap"] / 20 > values["full_gap"]
    whole = smoke("HI-linreg", runs=3).values
    assert whole["full_gap"] < 1e-10


def test_full_rank_with_dependent_rows_is_not_degenerate():
    values = smoke("HI-Ex1", trials=60).values
    assert values["dependent_rows"] > 0
    assert values["singular"] > 0
    assert values["nullity_mismatches"] == 0
    assert values["lowest_with_ridge"] == pytest.approx(2, abs=1e-6)
