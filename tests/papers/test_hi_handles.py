"""HI-Rem1-2: changes of Betti numbers, and what a wrong index would look like."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.barcodes.morse import morse_complex
from lossbar_core.papers import load_items
from lossbar_core.papers.hi import handles
from lossbar_core.papers.hi.betti import betti_sweep
from lossbar_core.papers.hi.ridged_waves import RidgedWaves
from lossbar_core.register import Register


@pytest.fixture(scope="module")
def found():
    entry = load_items()["HI-Rem1-2"]
    return entry.function(entry.profiles["smoke"])


def test_values_that_the_register_checks_are_there(found):
    assert set(Register.load()["HI-Rem1-2"].value_names) <= set(found.values)


def test_counts_fit_together(found):
    v = found.values
    assert v["violations"] == v["smooth_mismatches"] == 0
    assert v["raised"] == v["minima"]
    assert v["filled"] == v["maxima"]
    assert v["joined"] + v["opened"] == v["saddles"]
    assert v["joined"] == v["minima"] - v["functions"]


def test_drawn_steps_follow_the_index(found):
    a = found.arrays
    steps = np.diff(np.column_stack([a["b0"], a["b1"]]), axis=0, prepend=[[0, 0]])
    allowed = {0: {(1, 0)}, 1: {(-1, 0), (0, 1)}, 2: {(0, -1)}}
    assert all(tuple(step) in allowed[k] for step, k in zip(steps.tolist(), a["index"].tolist(), strict=True))


def test_changed_betti_numbers_are_violations():
    values = RidgedWaves.random(np.random.default_rng(0), 5, 0.3).on_grid(61)
    complex_ = morse_complex(values)
    order, betti = betti_sweep(values)
    assert handles._changes(complex_, order, betti)["violations"] == 0
    wrong = betti.copy()
    wrong[1000:, 1] += 1
    assert handles._changes(complex_, order, wrong)["violations"] > 0


def test_wrong_index_is_a_mismatch():
    config = replace(load_items()["HI-Rem1-2"].profiles["smoke"], refinements=0)
    function = RidgedWaves.random(np.random.default_rng(4), 4, 0.5)
    points, index = function.critical_points()
    assert handles._against_smooth(function, function(points), index, config)[0]["smooth_mismatches"] == 0
    turned = index.copy()
    turned[0] = 1
    assert handles._against_smooth(function, function(points), turned, config)[0]["smooth_mismatches"] == 1


def test_symmetry_makes_two_at_one_level():
    assert handles.symmetric_jump() == 2
