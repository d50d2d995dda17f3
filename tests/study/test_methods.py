"""Methods by name: every name makes one, every wrong setting is told."""

import dataclasses

import pytest

from lossbar_core.paths import AutoNEB, ElasticBand, StraightLine
from lossbar_core.study import METHODS, make_method
from lossbar_core.study.methods import SHORT_CYCLES


@pytest.mark.parametrize("name", METHODS)
def test_every_name_makes_a_method_with_its_budget_and_seed(name):
    method = make_method(name, {"level": 0.1} if name == "dss" else None, budget=123, seed=4)
    fields = {field.name for field in dataclasses.fields(method)}
    assert getattr(method, "budget", 123) == 123
    assert getattr(method, "seed", 4) == 4
    assert ("budget" in fields) is (name != "straight")


def test_settings_win_over_the_studys_budget():
    assert make_method("neb", {"budget": 7, "pivots": 5}, budget=123) == ElasticBand(pivots=5, budget=7)


def test_auto_neb_has_short_cycles_unless_others_are_given():
    assert make_method("auto_neb").cycles == SHORT_CYCLES
    assert make_method("auto_neb", {"cycles": SHORT_CYCLES[:1]}).cycles == SHORT_CYCLES[:1]
    assert make_method("auto_neb", {"batch": 8}) == AutoNEB(cycles=SHORT_CYCLES, batch=8)


def test_a_method_comes_back_as_it_is():
    line = StraightLine()
    assert make_method(line, budget=5) is line


@pytest.mark.parametrize(
    ("method", "settings", "kind", "message"),
    [
        ("nebb", None, ValueError, "did you mean 'neb'"),
        (3, None, TypeError, "a method's name or a PathMethod, got int"),
        ("neb", ["pivots"], TypeError, "method_settings as a dict, got list"),
        ("neb", {"pivot": 9}, ValueError, "did you mean 'pivots'"),
        ("neb", {"pivots": 2}, ValueError, "pivots >= 3"),
        ("straight", {"budget": 9}, ValueError, "fields of StraightLine"),
        ("dss", None, ValueError, "to give level for method 'dss', got none"),
        (StraightLine(), {"pivots": 3}, TypeError, "no method_settings beside a StraightLine"),
    ],
)
def test_wrong_methods_are_explained(method, settings, kind, message):
    with pytest.raises(kind, match=message):
        make_method(method, settings)
