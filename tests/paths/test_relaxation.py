"""The loop: resuming bit for bit, divergence, batches of rows, budgets, many paths at once."""

import dataclasses

import numpy as np
import pytest
import torch
from paths.surfaces import BENT_ENDS, CURVY_ENDS, bent, curvy, double_well, egg_carton

from lossbar_core.landscapes import AnalyticLandscape, Surface
from lossbar_core.paths import (
    SGD,
    Adam,
    AutoNEB,
    Checkpoint,
    Cycle,
    ElasticBand,
    Equal,
    Fire,
    GradientFlow,
    Highest,
    Insertion,
    PlainBand,
)

PAIRS = [([0.5, 0.5], [1.5, 0.5]), ([0.5, 0.5], [1.5, 1.45]), ([0.4, 0.5], [1.5, 1.5])]


@pytest.mark.parametrize("budget", [3, None])
def test_a_move_that_ruins_a_band_just_before_an_insertion_is_reported(budget):
    cycles = (Cycle(Equal(3), 1, SGD(1e4)), Cycle(Equal(1), 50, SGD(0.01)))
    path = AutoNEB(cycles=cycles, budget=budget).connect(curvy(), *CURVY_ENDS)
    assert "diverged at the end of a stage" in path.failure
    assert path.top < 10


@pytest.mark.parametrize("end", [{"stop": lambda step, chains: step == 5}, {}])
def test_a_midpoint_without_a_loss_is_reported(end):
    hole = AnalyticLandscape(lambda x: (x**2).sum(1) + torch.log(x[:, 0].abs() - 0.05) * 0, 2, name="hole")
    chain = torch.tensor(
        [[-1, 0], [-0.9, 0.3], [-0.8, 0.3], [0.8, 0.3], [0.9, 0.3], [1, 0]], dtype=torch.float64
    )
    flow = GradientFlow(optimiser=SGD(1e-6), steps=20, insertion=Insertion("distance", every=5))
    path = flow.relax(hole, [chain], **end)[0]
    assert "on an inserted pivot" in path.failure
    assert torch.isfinite(hole.losses(path.pivots)).all()


class Rows(Surface):
    """Mean over rows of |theta - x_row|^2 (|theta|^2 + 1): an analytic loss with data."""

    def __init__(self, n_rows=12):
        super().__init__(2, torch.float64, None, n_rows)
        self.data = torch.rand(n_rows, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        self.asked = []

    def _losses(self, thetas, rows):
        rows = torch.arange(self.n_rows) if rows is None else rows
        data = self.data[rows] if rows.ndim == 2 else self.data[rows][None]
        return (((thetas[:, None] - data) ** 2).sum(dim=2) * (thetas**2).sum(dim=1, keepdim=True)).mean(dim=1)

    def _losses_and_gradients(self, thetas, rows):
        self.asked.append(None if rows is None else rows.clone())
        thetas = thetas.clone().requires_grad_()
        losses = self._losses(thetas, rows)
        return losses.detach(), torch.autograd.grad(losses.sum(), thetas)[0]


METHODS = [
    ElasticBand(9, steps=60, tolerance=0.0),
    ElasticBand(9, steps=60, tolerance=0.0, spring=1.0, climb=20, optimiser=SGD(0.002, 0.9)),
    PlainBand(9, steps=60, tolerance=0.0, optimiser=Adam(0.01)),
    GradientFlow(
        9, steps=60, optimiser=SGD(0.01), tolerance=0.0, insertion=Insertion(threshold=1.01, every=8)
    ),
    GradientFlow(9, steps=60, optimiser=SGD(0.005, 0.5), tolerance=0.0, variant="in_place"),
    AutoNEB((Cycle(Equal(3), 20), Cycle(Highest(), 20), Cycle(Highest(), 20)), jitter=0.01),
]


def killed_at(fatal):
    def stop(step, chains):
        if step == fatal:
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize("method", METHODS, ids=lambda method: type(method).__name__)
@pytest.mark.parametrize("fatal", [7, 33, 41])
def test_killed_and_resumed_paths_are_identical(method, fatal, tmp_path):
    expected = method.connect_many(egg_carton(), PAIRS)
    checkpoint = Checkpoint(tmp_path / "x.npz", every=5)
    with pytest.raises(KeyboardInterrupt):
        method.connect_many(egg_carton(), PAIRS, checkpoint=checkpoint, stop=killed_at(fatal))
    assert (tmp_path / "x.npz").exists()
    surface, steps = egg_carton(), []
    found = method.connect_many(
        surface, PAIRS, checkpoint=checkpoint, stop=lambda step, chains: steps.append(step)
    )
    assert steps[0] == fatal // 5 * 5 + 1
    assert not (tmp_path / "x.npz").exists()
    for one, other in zip(expected, found, strict=True):
        assert torch.equal(one.pivots, other.pivots)
        assert one.gradient_evaluations == other.gradient_evaluations
        assert one.settings == other.settings
        assert set(one.history) == set(other.history)
        for name in one.history:
            np.testing.assert_array_equal(one.history[name], other.history[name])
    assert surface.evaluations.gradients < sum(path.gradient_evaluations for path in expected)


def test_mini_batches_resume_too(tmp_path):
    method = ElasticBand(6, steps=30, batch=5, optimiser=SGD(0.01, 0.9), seed=3)
    ends = [([0.0, 0.0], [1.0, 1.0]), ([0.0, 0.5], [1.0, 0.0])]
    expected = method.connect_many(Rows(), ends)
    checkpoint = Checkpoint(tmp_path / "x.npz", every=4)
    with pytest.raises(KeyboardInterrupt):
        method.connect_many(Rows(), ends, checkpoint=checkpoint, stop=killed_at(17))
    for one, other in zip(expected, method.connect_many(Rows(), ends, checkpoint=checkpoint), strict=True):
        assert torch.equal(one.pivots, other.pivots)


def test_another_request_refuses_the_checkpoint(tmp_path):
    file, method = Checkpoint(tmp_path / "x.npz", every=1), ElasticBand(9, steps=60, tolerance=0.0)
    with pytest.raises(KeyboardInterrupt):
        method.connect_many(egg_carton(), PAIRS, checkpoint=file, stop=killed_at(3))
    for other, pairs, surface in (
        (dataclasses.replace(method, steps=61), PAIRS, egg_carton()),
        (method, PAIRS[:2], egg_carton()),
        (method, PAIRS, bent()),
    ):
        with pytest.raises(ValueError, match="delete it or name another file"):
            other.connect_many(surface, pairs, checkpoint=file)
    (tmp_path / "x.npz").write_bytes(b"half a file")
    with pytest.raises(ValueError, match="undamaged checkpoint"):
        method.connect_many(egg_carton(), PAIRS, checkpoint=file)


def test_results_repeat_bit_for_bit_and_do_not_depend_on_the_others():
    band = ElasticBand(9, steps=100)
    first, again = (band.connect_many(egg_carton(), PAIRS) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one.pivots, other.pivots)
    for pair, together in zip(PAIRS, first, strict=True):
        alone = band.connect(egg_carton(), *pair)
        torch.testing.assert_close(alone.pivots, together.pivots, rtol=1e-9, atol=1e-9)
        assert alone.gradient_evaluations == together.gradient_evaluations


def test_a_diverging_path_is_named_and_the_others_go_on():
    """A wall of NaN beyond y = 2, and a pair whose descent runs into it."""
    surface = AnalyticLandscape(
        lambda x: torch.where(x[:, 1] > 2, torch.nan, 1 - x[:, 1] + 0 * x[:, 0] - x[:, 1].clamp(max=0)), 2
    )
    band = ElasticBand(5, steps=200, optimiser=SGD(0.05))
    bad, good = band.connect_many(surface, [([0.0, 0.0], [1.0, 0.0]), ([0.0, -1.0], [0.0, 1.5])])
    assert bad.failure.startswith("diverged at step ")
    assert "loss nan" in bad.failure
    assert "on pivot " in bad.failure
    assert torch.isfinite(bad.profile().losses.sum() * torch.ones(1)).all()
    assert torch.equal(bad.pivots[[0, -1]], torch.tensor([[0.0, 0.0], [1.0, 0.0]]).double())
    assert int(bad.failure.split("step ")[1].split(":")[0]) == len(bad.history["top"]) + 1
    assert bad.settings["ended"] == bad.failure
    assert good.failure is None
    assert good.settings["ended"].startswith("force below")


def test_too_large_a_rate_is_noticed_by_the_bound():
    path = ElasticBand(7, steps=100, optimiser=SGD(5.0)).connect(bent(), *BENT_ENDS)
    assert "allowed up to" in path.failure
    assert np.isfinite(path.top)
    assert path.top < 1e4


def test_a_last_move_that_ruins_a_path_is_taken_back():
    band = ElasticBand(7, steps=1, optimiser=SGD(1e200), tolerance=0.0)
    path = band.connect(bent(), *BENT_ENDS)
    assert "diverged at the end, after step 1" in path.failure
    torch.testing.assert_close(path.pivots[3], torch.tensor(BENT_ENDS).double().mean(dim=0))


def test_ends_without_a_finite_loss_are_refused():
    surface = AnalyticLandscape(lambda x: x[:, 0].log() + x[:, 1], 2)
    with pytest.raises(ValueError, match="finite losses at both ends, got nan and"):
        ElasticBand(5).connect(surface, [-1.0, 0.0], [1.0, 0.0])


def test_budget_tolerance_steps_and_stop_say_why_they_ended():
    def ended(**settings):
        path = ElasticBand(9, **settings).connect(bent(), *BENT_ENDS)
        return path.settings["ended"], path.gradient_evaluations, len(path.history["top"])

    assert ended(budget=100, tolerance=0.0) == ("budget of 100 gradients: 98 spent, a step takes 7", 98, 14)
    assert ended(steps=10, tolerance=0.0) == ("all 10 steps", 70, 10)
    reason, evaluations, steps = ended(steps=1000, tolerance=0.01)
    assert reason == f"force below 0.01 at step {steps}"
    assert evaluations == 7 * steps < 7000
    path = ElasticBand(9).connect(bent(), *BENT_ENDS, stop=lambda step, chains: step == 4)
    assert path.settings["ended"] == "stopped by the caller"
    assert len(path.history["top"]) == 4


def test_too_small_a_budget_leaves_the_start():
    path = ElasticBand(9, budget=3).connect(bent(), *BENT_ENDS)
    assert path.gradient_evaluations == 0
    assert path.history == {}
    assert np.isfinite(path.top)


def test_rows_of_each_step():
    surface = Rows()
    method = ElasticBand(5, steps=4, batch=4, optimiser=SGD(0.01))
    method.connect_many(surface, [([0.0, 0.0], [1.0, 1.0]), ([0.0, 0.5], [1.0, 0.0])])
    assert [rows.shape for rows in surface.asked] == [(6, 4)] * 4
    assert any(not torch.equal(surface.asked[0][0], row) for row in surface.asked[0])
    epoch = torch.cat(surface.asked[:3], dim=1)
    assert torch.equal(epoch.sort(dim=1).values, torch.arange(12).expand(6, 12))
    surface = Rows()
    shared = dataclasses.replace(method, independent=False)
    shared.connect(surface, [0.0, 0.0], [1.0, 1.0])
    assert [rows.shape for rows in surface.asked] == [(4,)] * 4


def test_rows_do_not_depend_on_paths_that_have_ended():
    ends = [([0.0, 0.0], [1.0, 1.0]), ([0.0, 0.5], [1.0, 0.0])]
    surface = Rows()
    method = GradientFlow(5, steps=4, batch=4, optimiser=SGD(0.01))
    method.connect_many(surface, ends)
    full = surface.asked[3]
    surface.asked.clear()
    calls = []

    def drop_first(step, chains):
        calls.append(step)

    method.connect_many(surface, ends, stop=drop_first)
    torch.testing.assert_close(surface.asked[3], full)
    assert calls == [1, 2, 3, 4]


def test_l2_is_added_before_the_projection():
    surface = AnalyticLandscape(lambda x: 0 * x.sum(dim=1), 2)
    flow = GradientFlow(3, steps=1, optimiser=SGD(0.1), l2=0.5, tolerance=0.0)
    path = flow.connect(surface, [-1.0, 1.0], [1.0, 1.0])
    # the middle pivot (0, 1): gradient (0, 0.5), all of it normal
    torch.testing.assert_close(path.pivots[1], torch.tensor([0.0, 0.95]).double())


def test_l2_keeps_pivots_from_drifting():
    """Register TO-2.6b."""
    gaps = {}
    for l2 in (0.0, 0.1):
        flow = GradientFlow(optimiser=SGD(0.02), steps=500, l2=l2, tolerance=0.0)
        path = flow.connect(bent(), *BENT_ENDS)
        gaps[l2] = float((path.pivots[1:] - path.pivots[:-1]).norm(dim=1).mean())
    assert gaps[0.1] < gaps[0.0]


def test_batches_that_cannot_be():
    ends = ([0.0, 0.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="batch of at most 12 rows, got 13"):
        ElasticBand(5, batch=13).connect(Rows(), *ends)
    with pytest.raises(ValueError, match="batch of at most 0 rows"):
        ElasticBand(5, batch=1).connect(bent(), *ends)
    with pytest.raises(ValueError, match="got Fire, which needs exact gradients"):
        ElasticBand(5, batch=2, optimiser=Fire()).connect(Rows(), *ends)


def test_float32_paths_stay_float32_and_agree():
    from lossbar_core.landscapes import CURVY_VALLEY

    path = ElasticBand(15).connect(CURVY_VALLEY.landscape(torch.float32), *CURVY_ENDS)
    assert path.pivots.dtype == torch.float32
    assert path.top == pytest.approx(ElasticBand(15).connect(curvy(), *CURVY_ENDS).top, abs=1e-3)


def test_one_bar_is_shown(capsys):
    ElasticBand(5, steps=20).connect(double_well(), [-1.0, 0.5], [1.0, 0.5], progress=True)
    shown = capsys.readouterr().err
    assert "ElasticBand: 1 paths" in shown
    assert "20.0/20.0" in shown
