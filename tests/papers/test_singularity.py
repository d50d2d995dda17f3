"""GN-Claim: shares near 0, the kernel of the first term, and zeros that symmetries force."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch

from lossbar_core.hessians import least_nullity
from lossbar_core.papers import load_items
from lossbar_core.papers.sr import singularity
from lossbar_core.register import Register

CONFIG = load_items()["GN-Claim"].profiles["smoke"]


@lru_cache
def smoke():
    return load_items()["GN-Claim"].function(CONFIG)


def test_values_that_the_register_checks_are_there():
    assert set(Register.load()["GN-Claim"].value_names) <= set(smoke().values)


@pytest.mark.parametrize("loss", singularity.LOSSES)
def test_first_term_has_the_zeros_of_the_theorem(loss):
    arrays = smoke().arrays
    sizes = (arrays["ratio"] * CONFIG.rows).round().astype(int)
    bound = np.array([least_nullity(size, CONFIG.rows) / size for size in sizes.tolist()])
    for when in ("", "start_"):
        assert (arrays[f"{when}first_near_{loss}"] >= bound[:, None] - 1e-12).all()


def test_second_term_fills_the_kernel_at_random_parameters():
    arrays = smoke().arrays
    wide = arrays["ratio"] > 2
    assert (arrays["start_near_bce"][wide] < arrays["start_first_near_bce"][wide]).all()
    assert (arrays["start_drop_bce"][wide] < 0).all()


def test_thresholds_are_nested():
    arrays = smoke().arrays
    assert (arrays["near_bce"] <= arrays["near_4_bce"]).all()
    assert (arrays["near_4_bce"] <= arrays["near_2_bce"]).all()


def test_known_zeros_are_zeros():
    found = smoke()
    assert found.values["known_missing"] == 0
    assert found.values["known_ratio"] < 1
    assert (found.arrays["known_forced"] > 0).all()


def test_falls_are_counted_over_the_means():
    found = smoke()
    falls = [(np.diff(found.arrays[f"near_{loss}"].mean(axis=1)) < 0).sum() for loss in singularity.LOSSES]
    assert found.values["falls"] == sum(falls)


def test_one_output_for_two_digits_and_ten_for_all():
    tasks = singularity.split(replace(CONFIG, widths=(2,)))
    sizes = {task.loss: singularity.landscape_of(task) for task in tasks}
    assert sizes["bce"].dimension == (16 + 2) * 2 + 1
    assert set(sizes["bce"].data.targets.flatten().tolist()) == {0.0, 1.0}
    assert int(sizes[singularity.TEN].data.targets.max()) == 9


def test_near_is_relative_to_the_modulus():
    assert singularity.near(torch.tensor([-10.0, 1.0, 0.05]), 0.01) == pytest.approx(1 / 3)
