"""The comparison: the band agrees with the grid, and a band that does not is noticed."""

from dataclasses import replace

import numpy as np

from lossbar_core.papers import load_items
from lossbar_core.papers.sr.comparison import (
    BAND,
    PROBLEMS,
    ProblemTask,
    comparison,
    estimator_families,
    estimator_names,
    measure,
    problem_titles,
    split,
)

SMOKE = load_items()["NEB-minimax"].profiles["smoke"]


def test_one_task():
    setting = replace(SMOKE, steps=150, pivots=19, trials=2, resolution=401)
    arrays = measure(ProblemTask(1, setting)).arrays
    assert arrays["error"].shape == (len(estimator_names()), 2)
    row = estimator_names().index(BAND)
    assert np.abs(arrays["error"][row] - arrays["grid"]).max() < 0.01
    assert np.all(arrays["error"][estimator_names().index("straight line")] > 0.9)
    reached = np.isfinite(arrays["cost"])
    assert np.array_equal(reached, arrays["best"] <= setting.tolerance)
    assert np.all(arrays["cost"][reached] <= arrays["spent"][reached] + setting.pivots)


def test_names_and_tasks():
    assert len(split(SMOKE)) == PROBLEMS == len(problem_titles())
    assert BAND in estimator_names()
    assert list(estimator_families()) == estimator_names()


def test_a_band_that_is_too_high_counts():
    results = [measure(ProblemTask(0, replace(SMOKE, steps=12)))] * PROBLEMS
    good = comparison(SMOKE, results).values
    results[0].arrays["error"][estimator_names().index(BAND)] += 0.5
    assert comparison(SMOKE, results).values["largest_gap"] > max(0.4, good["largest_gap"])
