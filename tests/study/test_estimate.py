"""The counts of an estimate are those of the run."""

import pytest

from lossbar_core.study import Study, estimate, load_problem, run_study
from lossbar_core.study.estimate import check_duration, in_words


@pytest.fixture
def study(foreign):
    settings = {"n_minima": 3, "epochs": 4, "batch": 16, "path_budget": 60}
    return Study(f"{foreign}:dense", data=f"{foreign}:points", **settings)


def test_counts_bound_what_is_spent(study):
    found = estimate(study, load_problem(study))
    spent = run_study(study).gradients
    assert found.training_gradients == spent["training"] == 3 * 4 * 3
    assert found.path_gradients == 3 * 60 >= spent["paths"] > 0
    assert (found.training_rows, found.path_rows, found.n_pairs) == (16, 40, 3)


def test_what_was_timed_is_not_counted(study):
    problem = load_problem(study)
    before = problem.landscape.evaluations.gradients
    estimate(study, problem)
    assert problem.landscape.evaluations.gradients == before


def test_minutes_follow_from_counts_and_times(study):
    found = estimate(study, load_problem(study))
    seconds = 36 * found.seconds_a_training_gradient + 180 * found.seconds_a_path_gradient
    assert found.minutes == pytest.approx(seconds / 60)
    assert found.seconds_a_path_gradient > 0
    assert "at most 180 of 3 paths on 40 rows" in found.work


def test_batches_of_a_method_are_seen(foreign):
    settings = {"n_minima": 2, "batch": 1000, "method_settings": {"batch": 8}}
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", **settings)
    found = estimate(study, load_problem(study))
    assert (found.training_rows, found.path_rows) == (40, 8)


def test_straight_lines_cost_no_gradient(foreign):
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, method="straight")
    assert estimate(study, load_problem(study)).path_gradients == 0


def test_without_a_budget_the_time_is_not_known(foreign):
    study = Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, path_budget=None)
    found = estimate(study, load_problem(study))
    assert found.path_gradients is None
    assert "set path_budget" in found.duration
    check_duration(study, found)  # nothing was asked for


def test_durations_in_words():
    assert [in_words(m) for m in (0.001, 1.5, 2.6, 130)] == [
        "1 second",
        "90 seconds",
        "3 minutes",
        "2 hours",
    ]
