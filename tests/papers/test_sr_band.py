"""The NEB iteration: tops are bounds from above up to what lies between the points."""

from dataclasses import replace

import numpy as np

from lossbar_core.papers import load_items
from lossbar_core.papers.sr import band
from lossbar_core.papers.sr.tasks import overlooked, problems
from lossbar_core.paths import StraightLine


def run(**changes):
    entry = load_items()["NEB-Alg"]
    return entry.function(replace(entry.profiles["smoke"], **changes))


def test_tops_are_upper_bounds():
    values = run().values
    assert values["below_by_more"] == values["improved_below_by_more"] == 0
    assert 0 < values["discretisation"] < 0.5


def test_a_top_that_is_too_low_is_noticed(monkeypatch):
    monkeypatch.setattr(band, "overlooked", lambda *args: -1.0)
    assert run(steps=5).values["below_by_more"] > 0


def test_rises_are_counted(monkeypatch):
    values = run(steps=40, share=1e-6).values
    assert values["rising_share"] == 0  # nothing moves, nothing rises
    result = run()
    late = np.diff(result.arrays["bisector_tops"][:, 6:], axis=1)
    assert result.values["rising_problems"] == (np.nan_to_num(late) > band.ROUNDING).any(axis=1).sum()


def test_bound_of_what_is_overlooked_holds_on_a_line():
    problem = problems()[2]
    surface = problem.function.landscape()
    line = StraightLine(2).connect(surface, *problem.ends(0, 0.0))
    assert 0 < line.profile(999).top - line.top <= overlooked(line, problem.lipschitz())
