"""How many points a path needs, and the parts of its gradient: the smoke profile and properties that can fail."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import MiniBatches
from lossbar_core.papers import load_items
from lossbar_core.papers.to import path_norms, path_points
from lossbar_core.papers.to.path_points import FEW, MANY, SMOKE, paths_of
from lossbar_core.register import Register

IDS = ("TO-2.6a", "TO-2.6b", "TO-FigF.7", "TO-FigG.8", "TO-FigG.9")


@pytest.mark.parametrize("name", IDS)
def test_values_that_the_register_checks_are_there(name):
    entry = load_items()[name]
    assert set(Register.load()[name].value_names) <= set(entry.function(entry.profiles["smoke"]).values)


def test_paths_have_as_many_points_as_they_are_said_to_have():
    assert {len(path) for path in paths_of(SMOKE, MANY).paths} == {MANY}
    assert {len(path) for path in paths_of(SMOKE, FEW).paths} == {FEW}


def test_a_large_penalty_pulls_points_to_the_origin():
    config = replace(SMOKE, path_steps=60)
    free, held = (paths_of(config, FEW, False, weight).paths[0] for weight in (0.0, 1.0))
    assert held.pivots[1:-1].norm(dim=1).mean() < 0.9 * free.pivots[1:-1].norm(dim=1).mean()


def test_the_excess_is_the_difference_of_deaths():
    found = path_points.few_points_suffice(SMOKE)
    deaths = found.arrays["deaths"]
    finite = np.isfinite(deaths[1])
    assert found.values["largest_excess"] == pytest.approx((deaths[0][finite] - deaths[1][finite]).max())
    assert found.values["n_deaths"] == finite.sum() == SMOKE.minima - 1


def test_ratios_are_those_of_the_profiles():
    found = path_points.between_the_points(SMOKE)
    for name in ("many", "insertion", "few"):
        loss, pivot = found.arrays[f"loss_{name}"], found.arrays[f"pivot_{name}"]
        assert found.values[f"ratio_{name}"] >= 1
        assert found.values[f"largest_ratio_{name}"] == pytest.approx(loss.max() / loss[pivot].max())


def test_epochs_are_means_of_their_steps():
    norms = np.arange(14.0).reshape(7, 2)
    assert path_norms.by_epoch(norms, 3).tolist() == [[2.0, 3.0], [8.0, 9.0]]  # the seventh step is left out
    assert path_norms.by_epoch(norms[:2], 3).tolist() == [[1.0, 2.0]]  # less than an epoch is one


def test_parts_of_the_gradient_make_the_whole():
    """At the first step the two parts are those of the gradient on the straight segment."""
    path = paths_of(SMOKE, FEW, False, 0.0).paths[0]
    tangential, normal = (path.history[part][0] for part in ("tangential", "normal"))
    surface = path.surface
    start = path_points.minima_of(SMOKE.training())
    chain = torch.lerp(start.thetas[:1], start.thetas[1:], torch.linspace(0, 1, FEW)[1:-1, None])
    rows = MiniBatches(surface.n_rows, SMOKE.path_batch, SMOKE.seed).rows(0)
    gradients = surface.gradients(chain, rows)
    np.testing.assert_allclose(tangential**2 + normal**2, (gradients**2).sum(dim=1).numpy(), rtol=1e-3)
