"""TO Algorithm 3: the corrected reading keeps its promises; the printed one and the code do not."""

from dataclasses import replace

import pytest
import torch

from lossbar_core.papers import load_items
from lossbar_core.papers.sr.tasks import problems
from lossbar_core.papers.to.insertion import Checks, folds, is_refinement, refined_flow
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

LINE = torch.arange(5.0)[:, None]


def run(id, **changes):
    entry = load_items()[id]
    return entry.function(replace(entry.profiles["smoke"], **changes))


def test_corrected_holds_printed_and_coded_fail():
    result = run("TO-Alg3", pivots=19, checks=8)
    values = result.values
    judged = verdict(Register.load()["TO-Alg3"], values, "quick")
    assert judged.word == "reproduced", str(judged)
    assert values["printed_free_points_change"] > 0 < values["printed_chain_breaks"]
    assert values["coded_free_points_change"] == 0 < values["coded_chain_breaks"]
    assert values["coded_folds"] > 0 == values["folds"]
    expected = [0, 1, 2, 3, 2.5, 4, 5, 6, 6.5, 7, 8, 9]
    assert result.arrays["code_example"].tolist() == expected


def test_refinements():
    assert is_refinement(LINE, LINE)
    assert is_refinement(LINE, torch.tensor([0, 0.5, 1, 2, 3, 3.5, 4])[:, None])
    for wrong in (
        [0, 1, 3, 4],
        [0, 0.7, 1, 2, 3, 4],
        [0, 1, 2, 2.5, 4],
        [0, 1, 2, 3, 4, 5],
        [0, 0.5, 1, 2, 3],
    ):
        assert not is_refinement(LINE, torch.tensor(wrong, dtype=torch.float32)[:, None])


def test_folds():
    assert folds(LINE) == 0
    assert folds(torch.tensor([0.0, 1, 0.5, 2])[:, None]) == 2


def test_frozen_points_and_chain_reach_from_end_to_end():
    problem = problems()[2]
    history = refined_flow(problem, Checks(checks=4), "distance", "corrected")
    a, b = problem.ends(0, 0.02)
    assert torch.equal(history.whole()[0], a)
    assert torch.equal(history.whole()[-1], b)
    assert len(history.chain) == 19


def test_unknown_reading():
    with pytest.raises(ValueError, match="expected a reading among"):
        refined_flow(problems()[2], Checks(), "distance", "guessed")


def test_one_point_brings_the_chord_back():
    result = run("TO-FigB.6", steps=200)
    assert verdict(Register.load()["TO-FigB.6"], result.values, "quick").word == "illustrative"
    inserted = result.arrays["inserted"]
    assert inserted[1, 1] == pytest.approx(1.0, abs=1e-3)  # the valley's floor at 5 pi / 2
    assert run("TO-FigB.6", rate=1e-6).values["ratio"] < 5  # without its flow the midpoint is the chord
