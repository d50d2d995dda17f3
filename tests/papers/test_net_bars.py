"""Statistics of minima and path tops: small tables for which the answer is plain."""

import numpy as np
import pytest

from lossbar_core.papers.to.net_bars import (
    jackknife,
    mean_birth,
    mean_closed_death,
    mean_death,
    rank_correlation,
    score,
)

BIRTHS = np.array([2.0, 0.0, 1.0])
TOPS = np.array([[2.0, 4.0, 5.0], [4.0, 0.0, 9.0], [5.0, 9.0, 1.0]])


def test_deaths_go_to_lower_minima_only():
    assert mean_death(BIRTHS, TOPS) == (4.0 + 9.0) / 2
    assert mean_birth(BIRTHS, TOPS) == 1.0


def test_the_closure_takes_the_way_through_a_higher_minimum():
    assert mean_closed_death(BIRTHS, TOPS) == (4.0 + 5.0) / 2  # 1 -> 2 -> 0 instead of 1 -> 0
    assert score(BIRTHS, TOPS) == 4.0  # half of 9 - 1


def test_a_minimum_that_no_path_reaches_has_no_finite_bar():
    tops = TOPS.copy()
    tops[2, :2] = tops[:2, 2] = np.inf
    assert mean_death(BIRTHS, tops) == 4.0
    assert np.isnan(mean_death(BIRTHS[1:], tops[1:, 1:]))


def test_jackknife_of_a_mean_is_its_standard_error():
    rng = np.random.default_rng(0)
    births = rng.random(9)
    expected = births.std(ddof=1) / 3
    assert jackknife(births, np.full((9, 9), 2.0), mean_birth) == pytest.approx(expected)


def test_jackknife_covers_the_scatter_between_sets_of_minima():
    """Deaths drawn at random: the standard error is about the scatter of the mean over many sets."""
    rng = np.random.default_rng(1)

    def drawn():
        births, tops = rng.random(10), 1 + rng.random((10, 10))
        return births, np.maximum(tops, tops.T)

    sets = [drawn() for _ in range(200)]
    scatter = np.std([mean_death(*one) for one in sets])
    errors = np.mean([jackknife(*one, mean_death) for one in sets])
    assert 0.5 < errors / scatter < 2


def test_two_minima_have_no_error():
    with pytest.raises(ValueError, match="expected three minima or more, got 2"):
        jackknife(BIRTHS[:2], TOPS[:2, :2], mean_death)


def test_rank_correlation_of_a_constant_is_no_number():
    assert rank_correlation(np.array([1, 2, 3]), np.array([5.0, 3.0, 4.0])) == -0.5
    assert np.isnan(rank_correlation(np.array([1, 1]), np.array([1.0, 2.0])))
