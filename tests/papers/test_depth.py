"""Depth and width: made-up results for which the answer is plain, and a small real run."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers.base import Result
from lossbar_core.papers.to import claim, depth
from lossbar_core.papers.to.depth import PROFILES, compared, of_dataset, split_depths
from lossbar_core.papers.to.tasks import measure
from lossbar_core.register import Register

SMOKE = PROFILES["smoke"]


def made_up(birth, death, straight=9.0):
    """Three minima, the lowest at ``birth``, all tops at ``death``."""
    births = birth + np.array([0.0, 0.1, 0.2])
    tops, high = (np.full((3, 3), level) for level in (death, straight))
    for table in (tops, high):
        np.fill_diagonal(table, births)
    arrays = {"births": births, "tops": tops, "pivot_tops": tops, "straight_tops": high}
    arrays |= {"accuracies": np.ones(3), "test_accuracies": np.ones(3)}
    return Result({"parameters": 10, "failures": 0, "n_train": 5, "data": "none", "fingerprint": ""}, arrays)


def test_falling_bars_fall():
    found = compared((2, 4, 8), [made_up(0.3, 0.9), made_up(0.2, 0.7), made_up(0.1, 0.6)]).values
    assert all(found[name] for name in ("deaths_fall", "births_fall", "score_falls", "lengths_fall"))
    assert found["spearman_death"] == -1.0
    assert found["mean_death_8"] == pytest.approx(0.6)
    assert found["mean_straight_8"] == 9.0


def test_lower_births_alone_are_no_lower_deaths():
    found = compared((2, 8), [made_up(0.3, 0.9), made_up(0.1, 0.95)])
    assert found.values["births_fall"]
    assert not found.values["deaths_fall"]
    assert not found.values["score_falls"]
    assert not claim.falls(found)


def test_equal_is_not_lower():
    found = compared((2, 8), [made_up(0.3, 0.9), made_up(0.3, 0.9)]).values
    assert not any(found[name] for name in ("deaths_fall", "births_fall", "score_falls"))
    assert np.isnan(found["spearman_death"])


def test_a_failed_path_counts_as_no_path():
    broken = made_up(0.1, 0.6)
    broken.arrays["tops"][0, 1:] = broken.arrays["tops"][1:, 0] = np.inf
    found = compared((2, 8), [made_up(0.3, 0.9), broken])
    assert np.isinf(found.arrays["deaths"][1]).sum() == 2


@pytest.fixture(scope="module")
def swept():
    config = replace(SMOKE, datasets=("mnist",))
    return config, [measure(task) for task in split_depths(config)]


def test_smoke_run_has_what_the_register_checks(swept):
    config, results = swept
    values = depth.by_depth(config, results).values
    assert set(Register.load()["TO-Fig2a"].value_names) <= set(values)
    assert values["data"] == "MNIST (small)"
    assert values["n_pairs"] == 3


def test_relaxed_paths_and_minima_are_what_they_are_called(swept):
    for result in swept[1]:
        a = result.arrays
        ends = np.maximum.outer(a["births"], a["births"])
        assert (a["tops"] >= ends).all()
        assert (a["tops"] >= a["pivot_tops"]).all()
        assert np.array_equal(a["tops"], a["tops"].T)


def test_groups_are_other_networks():
    config = replace(SMOKE, datasets=("mnist",), depths=(1,), groups=2)
    first, second = (measure(task) for task in split_depths(config))
    assert not np.array_equal(first.arrays["births"], second.arrays["births"])


def test_the_claim_shares_its_parts_with_the_figures():
    tasks = claim.split_claim(PROFILES["quick"])
    assert len(tasks) == len(set(tasks))
    for name in ("mnist", "fashion-mnist"):
        assert set(split_depths(of_dataset(name)["quick"])) <= set(tasks)


def test_claim_needs_every_width_to_be_lower(monkeypatch):
    config = replace(SMOKE, datasets=("mnist",), depths=(2, 8), widths=(8, 16, 32))
    level = {(32, 32): 0.9, (32,) * 8: 0.8, (8, 8): 1.2, (16, 16): 1.0}

    def results(**changed):
        table = level | changed.get("level", {})
        return [made_up(0.1 * table[t.hidden], table[t.hidden]) for t in claim.split_claim(config)]

    good = claim.falls_with_depth_and_width(config, results()).values
    assert good["mnist_depth"]
    assert good["mnist_width"]
    bad = claim.falls_with_depth_and_width(config, results(level={(16, 16): 1.3})).values
    assert bad["mnist_depth"]
    assert not bad["mnist_width"]
