"""Estimators: gradients are counted as the methods count them, and no height hides between pivots."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import CURVY_VALLEY
from lossbar_core.papers.sr.estimators import WHOLE, Trace, estimators, finely, height_of, lowest_string
from lossbar_core.papers.sr.tasks import problems
from lossbar_core.paths import Path

PROBLEM = problems()[3]  # the bent double well: the chord is far too high
NAMES = [each.name for each in estimators(1.0, 12, 5)]


def found(name, steps=120):
    (estimator,) = [e for e in estimators(1 / PROBLEM.lipschitz(), steps, 9) if e.name == name]
    surface, traces = PROBLEM.function.landscape(), [Trace(), Trace()]
    ends = [PROBLEM.ends(trial, 0.02) for trial in range(2)]
    return surface, estimator.find(surface, ends, traces), traces


@pytest.mark.parametrize("name", NAMES)
def test_traces_end_with_what_was_found(name):
    surface, paths, traces = found(name)
    for path, trace in zip(paths, traces, strict=True):
        assert path.failure is None
        assert trace.spent == sorted(trace.spent) or name == "TO, as printed"
        assert trace.spent[-1] == pytest.approx(path.gradient_evaluations, abs=9)
        assert min(trace.tops) >= PROBLEM.function.heights[0, 1] - 0.01
    if name != "string sampling":  # which has a surface of its own
        assert surface.evaluations.gradients == sum(path.gradient_evaluations for path in paths)


def test_names_are_unique_and_families_few():
    assert len(set(NAMES)) == len(NAMES) == 16
    assert len({each.family for each in estimators(1.0, 12, 5)}) == 5


def test_cost_is_the_first_time_below():
    trace = Trace([0, 10, 20], [5.0, 1.0, 3.0])
    assert trace.cost(2.0) == 10
    assert trace.cost(0.5) == float("inf")


def test_a_ridge_between_few_pivots_is_seen():
    surface = CURVY_VALLEY.landscape()
    ends = torch.tensor(CURVY_VALLEY.minima, dtype=torch.float64)
    assert len(finely(ends)) > WHOLE
    assert height_of(Path(ends, surface)) > 2.9
    with pytest.raises(ValueError, match="path with a surface"):
        height_of(Path(ends))


def test_lowest_string_is_between_pass_and_chord():
    surface, trace = PROBLEM.function.landscape(), Trace()
    path = lowest_string(surface, PROBLEM.ends(0, 0.02), trace, 100)
    assert np.all(np.diff(trace.tops) <= 0)
    assert PROBLEM.function.heights[0, 1] - 0.01 < height_of(path) <= trace.tops[0]
    assert path.gradient_evaluations == trace.spent[-1] > 0
