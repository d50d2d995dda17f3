"""Plain bands fail at both ends of the range of springs; nudged bands do not."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.heights import known
from lossbar_core.papers.sr import springs
from lossbar_core.papers.sr.springs import FUNCTIONS, _measured
from lossbar_core.paths import PlainBand, StraightLine
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict


def run(id, **changes):
    entry = load_items()[id]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("id", ["NEB-energy", "NEB-force"])
def test_checks_hold(id):
    judged = verdict(Register.load()[id], run(id).values, "quick")
    assert judged.word == "reproduced", str(judged)


def test_soft_springs_slide_and_stiff_ones_straighten():
    arrays = run("NEB-energy").arrays
    for name in FUNCTIONS:
        assert np.all(np.diff(arrays[f"{name}_gap_ratio"]) < 0)
        assert arrays[f"{name}_error"][0] > 1
        assert arrays[f"{name}_error"].min() > 0.05  # no stiffness is right


def test_a_plain_band_in_place_of_the_nudged_one_fails(monkeypatch):
    monkeypatch.setattr(springs, "ElasticBand", lambda pivots, k, **others: PlainBand(pivots, k, **others))
    values = run("NEB-force").values
    assert verdict(Register.load()["NEB-force"], values, "quick").word == "not reproduced"


def test_gap_at_the_barrier():
    function = known("bent_double_well")
    line = StraightLine(11).connect(function.landscape(), *function.minima)
    found = _measured(line, function)
    assert found["gap_ratio"] == pytest.approx(1.0)
    assert found["gap_spread"] < 1e-9
    assert found["error"] > 10
