"""How many points a path needs, and the parts of its gradient: the smoke profile and properties that can fail."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import MiniBatches
from lossbar_core.papers import load_items
from lossbar_core.papers.image_nets import Training, as_table
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


def test_items_share_paths_however_they_ask_for_them():
    assert paths_of(SMOKE, FEW) is paths_of(SMOKE, FEW, False, path_points.L2, repeat=0)
    assert paths_of(SMOKE, FEW) is not paths_of(SMOKE, FEW, repeat=1)


def test_a_large_penalty_pulls_points_to_the_origin():
    config = replace(SMOKE, path_steps=60)
    free, held = (paths_of(config, FEW, False, weight).paths[0] for weight in (0.0, 1.0))
    assert held.pivots[1:-1].norm(dim=1).mean() < 0.9 * free.pivots[1:-1].norm(dim=1).mean()


def test_the_excess_is_the_largest_over_minima_and_repeats():
    found = path_points.few_points_suffice(SMOKE)
    few, many, _ = found.arrays["deaths"]
    finite = np.isfinite(many)
    excess = few[finite] - many[finite]
    assert found.arrays["deaths"].shape == (3, SMOKE.repeats, SMOKE.minima)
    assert found.values["largest_excess"] == pytest.approx(excess.max())
    assert found.values["share_not_higher"] == pytest.approx((excess <= 0).mean())
    assert found.values["sd_many"] == pytest.approx(many[finite].std())  # one finite bar a repeat
    assert found.values["n_deaths"] == finite.sum() == (SMOKE.minima - 1) * SMOKE.repeats


def test_one_repeat_that_is_worse_decides(monkeypatch):
    """With 0.5 for 100 points, 19 with insertion reach 0.3, 0.4 and 0.6: no finding, though the mean is lower."""
    births = path_points.minima_of(Training.part_of(SMOKE)).births

    class Line(list):
        gradient_evaluations = 1

    def relaxed(config, pivots, insertion=False, l2=0.0, repeat=0):
        top = (0.3, 0.4, 0.6)[repeat] if insertion else 0.5
        tops = as_table(births, [(0, 1)], [top + births.max()])
        return SimpleNamespace(tops=tops, paths=[Line()], failures=0)

    monkeypatch.setattr(path_points, "paths_of", relaxed)
    values = path_points.few_points_suffice(SMOKE).values
    assert values["largest_excess"] == pytest.approx(0.1)
    assert values["share_not_higher"] == pytest.approx(2 / 3)
    assert values["mean_few"] < values["mean_many"]


def test_ratios_are_those_of_the_profiles():
    found = path_points.between_the_points(SMOKE)
    for name in ("many", "insertion", "few"):
        loss, pivot = found.arrays[f"loss_{name}"], found.arrays[f"pivot_{name}"]
        ratios = found.arrays[f"ratios_{name}"]
        assert ratios.shape == (SMOKE.repeats, 1)
        assert found.values[f"ratio_{name}"] == np.median(ratios) >= 1
        assert ratios[0, 0] == pytest.approx(loss.max() / loss[pivot].max())


def test_norms_are_compared_over_all_repeats():
    """One repeat alone has one ratio; three have a largest one that is above the mean."""
    for item in (path_norms.tangential_norm, path_norms.normal_norm):
        alone, found = (item(replace(SMOKE, repeats=n)).values for n in (1, 3))
        assert alone["largest_middle_ratio"] == pytest.approx(alone["middle_ratio"])
        assert found["largest_middle_ratio"] > found["middle_ratio"] > found["smallest_middle_ratio"]
        assert found["largest_ratio"] > found["ratio"]


def test_the_middle_third_and_the_ends_are_all_points():
    assert path_norms.middle_third(FEW - 2).sum() == 7
    assert path_norms.middle_third(FEW - 2)[5:12].all()


def test_epochs_are_means_of_their_steps():
    norms = np.arange(14.0).reshape(7, 2)
    assert path_norms.by_epoch(norms, 3).tolist() == [[2.0, 3.0], [8.0, 9.0]]  # the seventh step is left out
    assert path_norms.by_epoch(norms[:2], 3).tolist() == [[1.0, 2.0]]  # less than an epoch is one


def test_parts_of_the_gradient_make_the_whole():
    """At the first step the two parts are those of the gradient on the straight segment."""
    path = paths_of(SMOKE, FEW, False, 0.0).paths[0]
    tangential, normal = (path.history[part][0] for part in ("tangential", "normal"))
    surface = path.surface
    start = path_points.minima_of(Training.part_of(SMOKE))
    chain = torch.lerp(start.thetas[:1], start.thetas[1:], torch.linspace(0, 1, FEW)[1:-1, None])
    rows = MiniBatches(surface.n_rows, SMOKE.path_batch, SMOKE.seed).rows(0)
    gradients = surface.gradients(chain, rows)
    np.testing.assert_allclose(tangential**2 + normal**2, (gradients**2).sum(dim=1).numpy(), rtol=1e-3)
