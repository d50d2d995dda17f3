"""TO figure 1: what a Hessian cannot tell, a bar can."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.to import cartoon
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict


def smoke(**changes):
    entry = load_items()["TO-Fig1"]
    return entry.function(replace(entry.profiles["smoke"], **changes))


def test_checks_hold():
    judged = verdict(Register.load()["TO-Fig1"], smoke().values, "smoke")
    assert judged.word == "illustrative", str(judged)


def test_lengths_are_those_of_the_construction():
    values = smoke().values
    assert values["short_length"] == pytest.approx(0.5)
    assert values["long_length"] == pytest.approx(3.4)
    assert values["birth_gap"] < 1e-12
    assert values["neighbourhood_gap"] < 1e-12


def test_measured_curvature_is_the_derivative_of_the_function():
    second = cartoon.landscape().derivative(2)
    assert second(1.6) == pytest.approx(cartoon.CURVATURE) == second(6.4)
    assert smoke().values["curvature"] == pytest.approx(cartoon.CURVATURE)


def test_function_is_twice_differentiable_and_has_five_critical_points():
    x = np.linspace(0.0, 8.0, 100_001)
    slope = cartoon.landscape().derivative()(x)
    turns = np.flatnonzero(np.diff(np.sign(slope[np.abs(slope) > 1e-9])))
    assert len(turns) == 5
    assert np.abs(np.diff(cartoon.landscape().derivative(2)(x))).max() < 0.05


def test_wells_of_other_shape_fail(monkeypatch):
    landscape = cartoon.landscape()
    monkeypatch.setattr(
        cartoon, "landscape", lambda: lambda x: landscape(x) + 0.05 * (x > 5.2) * (x - 6.4) ** 2
    )
    values = smoke().values
    assert values["curvature_gap"] > 0.05
    assert verdict(Register.load()["TO-Fig1"], values, "smoke").word == "not reproduced"


def test_too_few_points_are_refused():
    with pytest.raises(ValueError, match=r"expected two finite bars, got .* take more points than 9"):
        smoke(n=9)
