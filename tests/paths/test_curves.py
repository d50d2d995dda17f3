"""Bezier curves and polygons: exact ends, the printed fault, gradients, noise, resuming, bad input."""

import numpy as np
import pytest
import torch
from small_network import trained_pair
from surfaces import BENT_ENDS, bent, double_well

from lossbar_core.paths import Checkpoint, StraightLine
from lossbar_core.paths.curves import BezierCurve, PolygonalChain

ENDS = tuple(torch.tensor(end, dtype=torch.float64) for end in BENT_ENDS)
METHODS = [BezierCurve(steps=400, rate=0.05), PolygonalChain(steps=400, rate=0.05, bends=3)]


@pytest.mark.parametrize("method", METHODS)
def test_ends_are_exact_and_the_top_falls(method):
    curve = method.connect(bent(), *ENDS)
    assert torch.equal(curve.pivots[0], ENDS[0])
    assert torch.equal(curve.pivots[-1], ENDS[1])
    assert curve.failure is None
    assert 1.011 < curve.top < 0.2 * StraightLine().connect(bent(), *ENDS).top
    assert curve.gradient_evaluations == 400
    assert curve.history["mean"][-1] < curve.history["mean"][0]
    assert len(curve.history["curve_losses"]) == 61
    assert curve.normalised_length > 1


def test_the_printed_coefficient_misses_the_second_end_by_a_factor_two():
    curve = BezierCurve(steps=1, printed=True).connect(bent(), *ENDS)
    torch.testing.assert_close(curve.pivots[-1], 2 * ENDS[1])
    assert torch.equal(curve.pivots[0], ENDS[0])


def test_the_force_is_the_gradient_of_the_mean_loss():
    """One step of plain SGD with stratified t against autograd through the curve."""
    method = BezierCurve(steps=10, samples=5, stratified=True, optimiser="sgd", momentum=0.0, rate=0.01)
    t = method.draw(0)
    assert np.array_equal(np.floor(5 * t.numpy()), np.arange(5))
    surface = bent()
    middle = ((ENDS[0] + ENDS[1]) / 2).requires_grad_()
    points = method.weights(t) @ torch.stack([ENDS[0], middle, ENDS[1]])
    surface.function(points).mean().backward()
    stepped = method.connect(surface, *ENDS, stop=lambda step, chains: step == 1)
    torch.testing.assert_close(
        torch.from_numpy(stepped.history["control_points"])[1], middle.detach() - 0.01 * middle.grad
    )


def test_polygon_runs_through_its_control_points_evenly():
    method = PolygonalChain(bends=2)
    weights = method.weights(torch.linspace(0, 1, 7, dtype=torch.float64))
    torch.testing.assert_close(weights.sum(1), torch.ones(7, dtype=torch.float64))
    torch.testing.assert_close(weights[[0, 2, 4, 6]], torch.eye(4, dtype=torch.float64))
    torch.testing.assert_close(weights[1, :2], torch.tensor([0.5, 0.5], dtype=torch.float64))


def test_t_is_uniform_and_a_pure_function_of_seed_and_step():
    method = BezierCurve(samples=4000, seed=3)
    drawn = method.draw(7)
    assert torch.equal(drawn, BezierCurve(samples=4000, seed=3).draw(7))
    assert not torch.equal(drawn, method.draw(8))
    assert np.histogram(drawn.numpy(), bins=4, range=(0, 1))[0].min() > 900


def test_rate_is_constant_then_linear_then_small():
    method = BezierCurve(steps=100, rate=1.0)
    assert [method.rate_at(0), method.rate_at(50)] == [1.0, 1.0]
    assert method.rate_at(70) == pytest.approx(1 - 0.5 * 0.99)
    assert method.rate_at(99) == pytest.approx(0.01)


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_an_interrupted_run_continues_bit_for_bit(tmp_path, optimiser):
    method = PolygonalChain(steps=130, bends=2, optimiser=optimiser, rate=0.005, check=20)
    pairs = [ENDS, (ENDS[0], ENDS[1] + 0.1)]
    whole = method.connect_many(bent(), pairs)
    checkpoint = Checkpoint(tmp_path / "curves.npz", every=25)

    class Killed(Exception):
        pass

    def kill(step, chains):
        if step == 90:
            raise Killed

    with pytest.raises(Killed):
        method.connect_many(bent(), pairs, checkpoint=checkpoint, stop=kill)
    counted = bent()
    resumed = method.connect_many(counted, pairs, checkpoint=checkpoint)
    assert counted.evaluations.gradients == 2 * (130 - 75)
    assert not checkpoint.file.exists()
    for one, other in zip(whole, resumed, strict=True):
        assert torch.equal(one.pivots, other.pivots)
        assert one.history["mean"].tolist() == other.history["mean"].tolist()
    alone = method.connect(bent(), *pairs[1])
    torch.testing.assert_close(alone.pivots, whole[1].pivots, rtol=1e-10, atol=1e-12)


def test_budget_and_tolerance_end_a_run():
    assert PolygonalChain(budget=33, samples=2).connect(bent(), *ENDS).gradient_evaluations == 32
    assert BezierCurve(budget=5, samples=10).connect(bent(), *ENDS).gradient_evaluations == 0
    settled = BezierCurve(steps=5000, tolerance=0.01, samples=8, stratified=True, rate=0.05)
    curve = settled.connect(bent(), *ENDS)
    assert curve.gradient_evaluations < 5000 * 8
    means = curve.history["mean"]
    assert abs(means[-1] - means[-2]) <= 0.01 * means[-1]
    assert np.all(np.abs(np.diff(means))[:-1] > 0.01 * means[1:-1])


@pytest.mark.parametrize("check", [1, 100])
def test_a_last_step_that_diverges_but_stays_finite_is_reported(check):
    start = BezierCurve(steps=1, optimiser="sgd", rate=1e-9).connect(bent(), *ENDS)
    path = BezierCurve(steps=1, optimiser="sgd", rate=1e3, check=check).connect(bent(), *ENDS)
    assert "or not finite, at step 1" in path.failure
    assert path.top == pytest.approx(start.top)


def test_a_diverging_curve_is_reported_and_the_others_go_on():
    pairs = [([-30.0, 0.5], [31.0, 0.0]), ([-1.0, 0.5], [1.0, 0.5])]
    method = BezierCurve(steps=200, rate=0.1, optimiser="sgd")
    lost, found = method.connect_many(double_well(), pairs)
    assert "at step" in lost.failure
    assert (
        float(lost.failure.split()[1]) > float(lost.failure.split()[3].rstrip(",")) > lost.history["top"][0]
    )
    assert lost.top <= 1.01 * lost.history["top"][0]  # the last good curve, not the lost one
    assert lost.gradient_evaluations < 200
    assert found.failure is None
    torch.testing.assert_close(found.pivots, method.connect(double_well(), *pairs[1]).pivots)


@pytest.mark.parametrize(
    ("method", "changes", "error", "message"),
    [
        (BezierCurve, {"steps": 0}, ValueError, "steps >= 1, got 0"),
        (BezierCurve, {"rate": 0}, ValueError, "positive finite rate"),
        (BezierCurve, {"optimiser": "lbfgs"}, ValueError, "expected optimiser among"),
        (BezierCurve, {"momentum": 1.0}, ValueError, r"momentum in \[0, 1\), got 1.0"),
        (BezierCurve, {"tolerance": "no"}, TypeError, "expected a number as tolerance"),
        (BezierCurve, {"printed": "yes"}, TypeError, "expected printed True or False"),
        (BezierCurve, {"stratified": 2}, TypeError, "expected stratified True or False"),
        (BezierCurve, {"batch": 2}, ValueError, "surface without data, got 2"),
        (PolygonalChain, {"bends": 0}, ValueError, "bends >= 1, got 0"),
        (PolygonalChain, {"bends": 1.5}, TypeError, "an integer bends, got 1.5"),
    ],
)
def test_bad_input(method, changes, error, message):
    with pytest.raises(error, match=message):
        method(**changes).connect(bent(), *ENDS)


def test_a_network_pair_is_joined_below_a_fifth_of_the_segment():
    """Register HI-Bezier: highest loss on the curve below 0.2 times that on the segment."""
    landscape, a, b = trained_pair()
    segment = StraightLine().connect(landscape, a, b)
    curve = BezierCurve(steps=600, rate=0.02, batch=60, seed=1).connect(landscape, a, b)
    assert segment.top > 0.2
    assert curve.top < 0.2 * segment.top
    assert torch.equal(curve.pivots[-1], b)
