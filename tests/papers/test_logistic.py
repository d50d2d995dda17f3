"""GN-logistic and GN-MP: the covariance form, and distances from laws."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.hessians import MarchenkoPastur
from lossbar_core.papers import load_items
from lossbar_core.papers.sr.logistic import QUARTER, covariance, distance
from lossbar_core.register import Register


def smoke(name, **changes):
    entry = load_items()[name]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("name", ["GN-logistic", "GN-MP"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(smoke(name).values)


def test_equality_for_the_linear_model_alone():
    found = smoke("GN-logistic").values
    assert found["largest_difference"] < 1e-14
    assert found["square_share_largest"] > 0.1


def test_covariance_at_zero_weights_is_a_quarter_of_the_plain_one():
    inputs = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        covariance(inputs, torch.zeros(3, dtype=torch.float64)), QUARTER * inputs.T @ inputs / 7
    )


def test_distance_is_that_of_scipy():
    from scipy.stats import kstest

    law = MarchenkoPastur(0.4, QUARTER)
    sample = np.random.default_rng(0).uniform(0.05, 0.6, 30)
    assert distance(sample, law) == pytest.approx(kstest(sample, law.cdf).statistic, abs=1e-12)


def test_law_holds_at_zero_and_fails_far_away():
    found = smoke("GN-MP", inputs=100, rows=250).values
    assert found["distance"] < 0.03
    assert found["far_distance"] > 0.3
    assert found["far_weighted"] < found["far_scaled"] < found["far_distance"]


def test_first_norm_is_zero():
    with pytest.raises(ValueError, match=r"expected 0 as the first norm, got 1\.0"):
        smoke("GN-MP", norms=(1.0,))
