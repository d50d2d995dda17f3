"""Problems with exact heights: pairs are as said, curvatures are right, the grid agrees."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import BENT_DOUBLE_WELL
from lossbar_core.papers.heights import known
from lossbar_core.papers.sr.tasks import (
    curvature_around,
    diagonals,
    grid_height,
    largest_curvature,
    not_straight,
    problems,
)


def test_pairs():
    tried = {problem.title: problem for problem in problems()}
    assert len(tried) == 6
    assert all(i != j for problem in tried.values() for i, j in problem.pairs)
    carton = tried["egg, diagonal"]
    a, b = (carton.function.minima[k] for k in carton.pair(0))
    assert np.abs(a - b).tolist() == [1.0, 1.0]
    assert carton.pair(2) == carton.pair(0) != carton.pair(1)
    assert len(diagonals(known("Wavy").within(0.7))) == 8
    camel = known("HumpCamel6")
    assert 0 < len(not_straight(camel)) < 15


@pytest.mark.parametrize("number", range(6))
def test_graph_minimax_agrees_with_the_exact_heights(number):
    problem = problems()[number]
    assert abs(problem.error(grid_height(problem, 0, 401), 0)) < 0.01


def test_errors_are_in_persistences():
    problem = problems()[3]
    assert problem.error(BENT_DOUBLE_WELL.saddle_height, 0) == 0
    top = max(BENT_DOUBLE_WELL.minimum_values)
    assert problem.error(top, 0) == pytest.approx(-1)
    assert problem.error(problem.limit(0, 0.05), 0) == pytest.approx(0.05)


def test_ends_are_near_the_minima_and_differ_by_trial():
    problem = problems()[0]
    a, _ = problem.ends(0, 0.02)
    again, _ = problem.ends(0, 0.02)
    other, _ = problem.ends(4, 0.02)
    assert torch.equal(a, again)
    assert not torch.equal(a, other)
    assert np.linalg.norm(a.numpy() - problem.function.minima[problem.pair(0)[0]]) < 0.1


def test_curvature_bounds_that_of_the_carton():
    surface = known("egg_carton").landscape()
    everywhere = largest_curvature(surface, torch.rand(200, 2, dtype=torch.float64))
    assert everywhere <= 4 * np.pi**2 + 1e-9
    assert curvature_around(known("egg_carton")) == pytest.approx(4 * np.pi**2)
