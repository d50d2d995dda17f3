"""TO Algorithm 2: the highest point falls; two projections leave what the formula says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import CURVY_VALLEY
from lossbar_core.papers import load_items
from lossbar_core.papers.sr.estimators import height_of
from lossbar_core.papers.sr.tasks import problems
from lossbar_core.papers.to.flow import Flow, _flowed, largest_normal, tangential_remainder
from lossbar_core.paths import Path
from lossbar_core.register import Register


def run(**changes):
    entry = load_items()["TO-Alg2"]
    return entry.function(replace(entry.profiles["smoke"], **changes))


def test_small_rates_fall():
    result = run()
    assert result.values["falling_share"] > 0.95
    assert set(Register.load()["TO-Alg2"].value_names) <= set(result.values)
    assert result.values["bisector_normal_gradient"] < 1


def test_heights_are_those_between_the_points_too():
    arrays = run().arrays
    for name in ("mean", "bisector"):
        ends = [row[np.isfinite(row)][-1] for row in arrays[f"{name}_top"]]
        assert np.all(arrays[f"{name}_height_error"] >= np.array(ends) - 1e-9)
        assert np.any(arrays[f"{name}_height_error"] > np.array(ends) + 1e-3)


def test_the_printed_flow_loses_the_pass_of_the_curved_valley():
    valley = next(problem for problem in problems() if problem.title == "curved valley")
    early, late = (
        valley.error(height_of(_flowed(valley, Flow(steps=steps), "mean")), 0) for steps in (240, 1500)
    )
    assert abs(early) < 0.05
    assert late > 0.5


def test_large_rates_do_not():
    assert run(share=3.0, steps=30).values["falling_share"] < 0.95


def test_remainder_is_that_of_no_projection():
    angle, remainder = tangential_remainder(10)
    assert remainder[0] == 0
    assert remainder[-1] == pytest.approx(0.5)
    assert np.allclose(remainder, np.sin(angle / 2) ** 2)


def test_normal_part_vanishes_in_the_valley_only():
    surface = CURVY_VALLEY.landscape()
    x = torch.linspace(-1, 1, 201, dtype=torch.float64)
    assert largest_normal(Path(torch.stack([x, torch.sin(x)], 1), surface)) < 0.2
    assert largest_normal(Path(torch.stack([x, torch.sin(x) + 1], 1), surface)) > 1
    with pytest.raises(ValueError, match="path with a surface"):
        largest_normal(Path(torch.stack([x, x], 1)))
