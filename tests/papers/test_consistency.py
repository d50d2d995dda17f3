"""Equations (3) and (4): a paired test that can fail."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers.base import ITEMS, Result
from lossbar_core.papers.bsl.consistency import Consistency, consistency, sign_p, signed_rank_p, two_sizes
from lossbar_core.papers.bsl.convergence import Convergence, split
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

CONFIG = Consistency(pairs=20)


def results(small, large, infinite=0):
    """Distances of the first and of the second size, the last ``infinite`` of the large ones infinite."""
    made = []
    for sample, endless in ((small, 0), (large, infinite)):
        for i, w in enumerate(sample):
            whole = math.inf if i >= len(sample) - endless else w
            made.append(Result({}, {"distance": np.full(4, whole), "distance_largest": np.full(4, w)}))
    return made


def measured(small, large, **options):
    return consistency(CONFIG, results(small, large, **options))


def test_its_tasks_are_those_of_figure_6():
    for profile in ("quick", "paper"):
        ours = two_sizes(ITEMS["BSL-eq3-4"].profiles[profile])
        whole = replace(ITEMS["BSL-Fig6"].profiles[profile], log_limits=())
        assert set(ours) <= set(split(whole))
    assert len(two_sizes(CONFIG)) == 40
    assert set(two_sizes(CONFIG)) <= set(split(Convergence()))


def test_smaller_distances_are_found():
    rng = np.random.default_rng(0)
    values = measured(1 + rng.random(20), rng.random(20)).values
    assert values["largest_p"] < 1e-5
    assert values["largest_sign_p"] < 1e-5
    assert values["ratio"] < 1
    assert verdict(Register.load()["BSL-eq3-4"], values, "paper").word == "reproduced"


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_equal_or_larger_ones_are_not(shift):
    rng = np.random.default_rng(1)
    values = measured(rng.random(20), shift + rng.random(20)).values
    assert values["largest_p"] > 0.01
    assert verdict(Register.load()["BSL-eq3-4"], values, "paper").word == "not reproduced"


def test_an_infinite_distance_counts_against():
    rng = np.random.default_rng(0)
    small, large = 1 + rng.random(20), rng.random(20)
    all_finite, half = (measured(small, large, infinite=n).values for n in (0, 10))
    assert half["infinite_pairs"] == 10
    assert half["largest_sign_p"] > 0.01 > all_finite["largest_sign_p"]
    assert half["largest_p"] == all_finite["largest_p"]  # that of the largest components


def test_a_smoke_run_measures_what_the_register_checks():
    entry, item = Register.load()["BSL-eq3-4"], ITEMS["BSL-eq3-4"]
    result = item.function(item.profiles["smoke"])
    assert {check.value for check in (*entry.checks, *entry.setting)} <= set(result.values)
    assert result.arrays["smallest"].shape == (6, 3)


def test_probabilities():
    assert sign_p(np.zeros(5), np.ones(5)) == pytest.approx(2**-5)
    assert sign_p(np.ones(5), np.zeros(5)) == 1.0
    assert signed_rank_p(np.arange(5.0), np.arange(5.0) + np.arange(1, 6)) == pytest.approx(2**-5)
