"""String sampling: the certificate, both orders, both places, constraints, budgets, resuming, honest failure."""

import numpy as np
import pytest
import torch
from small_network import trained_pair
from surfaces import BENT_ENDS, bent, double_well
from torch import nn

from lossbar_core.landscapes import AnalyticLandscape, Landscape, Surface
from lossbar_core.paths import Path, StraightLine
from lossbar_core.paths.profile import subdivided
from lossbar_core.paths.strings import NOT_CONNECTED, StringSampling

RING_PAIR = torch.tensor(
    [[-0.99, 0.1], [0.99, 0.1]], dtype=torch.float64
)  # not opposite: the middle of a diameter is a critical point


def ring():
    """A circular valley of loss 0."""
    return AnalyticLandscape(lambda x: ((x * x).sum(1) - 1) ** 2, 2, name="ring")


def ring_string(**changes):
    settings = {"level": 0.01, "rate": 0.01} | changes
    return StringSampling(**settings).connect(ring(), *RING_PAIR)


class RingWithData(Surface):
    """The ring, its radius the mean over rows of data."""

    def __init__(self):
        super().__init__(2, torch.float64, None, n_rows=6)
        self.radii = torch.tensor([0.98, 1.02, 0.99, 1.01, 0.97, 1.03], dtype=torch.float64)

    def _losses(self, thetas, rows):
        radii = self.radii if rows is None else self.radii[rows]
        return (((thetas * thetas).sum(1, keepdim=True) - radii) ** 2).mean(1)

    def _losses_and_gradients(self, thetas, rows):
        thetas = thetas.clone().requires_grad_()
        losses = self._losses(thetas, rows)
        return losses, torch.autograd.grad(losses.sum(), thetas)[0]


@pytest.mark.parametrize(
    ("t_star", "constraint"),
    [
        ("middle", None),
        ("middle", "hyperplane"),
        ("middle", "spring"),
        ("argmax", None),
        ("argmax", "spring"),
    ],
)
def test_every_segment_is_certified(t_star, constraint):
    string = ring_string(t_star=t_star, constraint=constraint)
    assert string.failure is None
    assert torch.equal(string.pivots[[0, -1]], RING_PAIR)
    for segment in range(len(string) - 1):
        losses = ring().losses(subdivided(string.pivots[segment : segment + 2], 98))
        assert len(losses) == 100
        assert float(losses.max()) == string.history["certificate"][segment] <= 0.011
    assert string.history["beads_added"].sum() == len(string) - 2
    assert np.all(ring().losses(string.pivots[1:-1]).numpy() <= 0.0095)
    assert string.history["training_steps"].sum() == string.gradient_evaluations > 0
    assert 1 < string.normalised_length < 2.5


def test_both_orders_build_the_same_string():
    breadth, greedy = ring_string(order="breadth"), ring_string(order="greedy")
    torch.testing.assert_close(breadth.pivots, greedy.pivots, rtol=1e-12, atol=1e-12)
    assert breadth.gradient_evaluations == greedy.gradient_evaluations
    assert breadth.history["depth"].tolist() == greedy.history["depth"].tolist()
    assert breadth.history["depth"].max() >= 3


def test_both_halves_are_examined():
    """As printed, Algorithm 1 returns after the first half: the second would stay above the level."""
    depth = ring_string().history["depth"]
    middle = int(np.flatnonzero(depth == 1)[0])
    assert (depth[1:middle] > 1).any()
    assert (depth[middle + 1 : -1] > 1).any()


def test_a_convex_loss_needs_no_bead_and_has_length_one():
    bowl = AnalyticLandscape(lambda x: (x * x).sum(1), 3)
    a, b = [1.0, 0.0, 0.5], [-0.3, 0.8, 0.1]
    straight = StringSampling(level=1.25).connect(bowl, a, b)
    assert len(straight) == 2
    assert abs(straight.normalised_length - 1) < 1e-12
    assert straight.gradient_evaluations == 0
    forced = StringSampling(level=1.25, first_bead=True).connect(bowl, a, b)
    assert forced.history["beads_added"].tolist() == [0, 1] + [0] * 9
    assert forced.normalised_length >= 1


def test_beads_start_where_the_loss_is_highest():
    """The top of the skewed arch is at 0.618, its middle at 0."""
    starts = []

    class Spy(AnalyticLandscape):
        def losses_and_gradients(self, thetas, rows=None):
            starts.append(thetas.clone())
            return super().losses_and_gradients(thetas, rows)

    skew = Spy(lambda x: torch.exp(2 * x[:, 0]) * (1 - x[:, 0] ** 2), 1)
    for rule, expected in (("middle", 0.0), ("argmax", 0.618)):
        starts.clear()
        StringSampling(level=0.01, t_star=rule, steps=1).connect(skew, [-1.0], [1.0])
        assert float(starts[0][0, 0]) == pytest.approx(expected, abs=0.02)


def test_beads_stay_on_the_hyperplane():
    string = ring_string(constraint="hyperplane", level=0.2)
    first = int(np.flatnonzero(string.history["depth"] == 1)[0])
    to_ends = (string.pivots[[0, -1]] - string.pivots[first]).norm(dim=1)
    assert float(to_ends[0]) == pytest.approx(float(to_ends[1]), rel=1e-12)


def test_a_spring_shortens_the_string():
    """The third coordinate's slope carries beads away, where nothing holds them."""
    slope = AnalyticLandscape(
        lambda x: ((x[:, :2] ** 2).sum(1) - 1) ** 2 + 0.3 * (1 - x[:, 0] ** 2) * torch.exp(x[:, 2]), 3
    )
    pair = ((-1.0, 0.1, 0.0), (1.0, 0.1, 0.0))
    settings = {"level": 0.2, "rate": 0.03}
    slack = StringSampling(**settings).connect(slope, *pair)
    tight = StringSampling(**settings, constraint="spring", zeta=0.05).connect(slope, *pair)
    assert slack.failure is None
    assert tight.failure is None
    assert tight.length < slack.length


def test_no_path_below_the_saddle_and_the_failure_claims_no_disconnection():
    skew = AnalyticLandscape(lambda x: ((x[:, 0] + 0.2 * (x[:, 0] ** 2 - 1)) ** 2 - 1) ** 2 + x[:, 1] ** 2, 2)
    string = StringSampling(level=0.9, tolerance=1.0, depth=4, rate=0.01).connect(
        skew, [-1.0, 0.0], [1.0, 0.0]
    )
    assert string.failure.startswith(NOT_CONNECTED)
    assert "at depth 4" in string.failure
    assert "does not show that the level set is disconnected" in string.failure
    above = StringSampling(level=1.01, tolerance=1.0).connect(double_well(), [-1.0, 0.0], [1.0, 0.0])
    assert above.failure is None


def test_budget_steps_and_nan_are_reported():
    assert all(ring_string(budget=budget).gradient_evaluations <= budget for budget in range(60, 90))
    assert "budget spent at step 7" in ring_string(budget=7).failure
    assert ring_string(budget=7).gradient_evaluations == 7
    assert "above 0.0095 after 3 steps" in ring_string(steps=3).failure
    hole = AnalyticLandscape(lambda x: 1 - x[:, 0] ** 2 + torch.sqrt(x[:, 1] + 0.5) - 0.5**0.5, 2)
    failed = StringSampling(level=0.1, rate=0.3).connect(hole, [-1.0, 0.0], [1.0, 0.0])
    assert "not finite at step" in failed.failure
    assert torch.isfinite(failed.pivots).all()


def test_one_failing_pair_leaves_the_others_alone():
    method = StringSampling(level=0.01, rate=0.01, budget=2000)
    pairs = [tuple(RING_PAIR), ((0.0, 1.0), (0.03, 0.9996)), ((0.0, -1.0), (0.1, 0.994987))]
    together = method.connect_many(ring(), pairs)
    for pair, path in zip(pairs, together, strict=True):
        alone = method.connect(ring(), *pair)
        torch.testing.assert_close(alone.pivots, path.pivots, rtol=1e-10, atol=1e-12)
        assert alone.failure == path.failure
    assert len(together[1]) == 2


@pytest.mark.parametrize("batch", [None, 4])
def test_an_interrupted_run_continues_bit_for_bit(tmp_path, batch):
    from lossbar_core.paths import Checkpoint

    method = StringSampling(level=0.02, rate=0.01, batch=batch)
    pairs = [tuple(RING_PAIR), ((0.0, 1.0), (0.6, -0.8))]
    whole = method.connect_many(RingWithData(), pairs)
    assert all(path.failure is None for path in whole)
    checkpoint = Checkpoint(tmp_path / "strings.npz", every=5)

    class Killed(Exception):
        pass

    calls = []

    def kill(step, chains):
        calls.append(step)
        if len(calls) == 60:
            raise Killed

    with pytest.raises(Killed):
        method.connect_many(RingWithData(), pairs, checkpoint=checkpoint, stop=kill)
    assert checkpoint.file.exists()
    counted = RingWithData()
    resumed = method.connect_many(counted, pairs, checkpoint=checkpoint)
    assert not checkpoint.file.exists()
    for one, other in zip(whole, resumed, strict=True):
        assert torch.equal(one.pivots, other.pivots)
        assert one.gradient_evaluations == other.gradient_evaluations
        assert one.history.keys() == other.history.keys()
        assert all(np.array_equal(one.history[k], other.history[k], equal_nan=True) for k in one.history)
    assert counted.evaluations.gradients < sum(path.gradient_evaluations for path in whole)


def test_the_caller_can_end_a_run():
    string = StringSampling(level=0.01, rate=0.01).connect(
        ring(), *RING_PAIR, stop=lambda step, chains: step == 4
    )
    assert "stopped by the caller at step 4" in string.failure


def test_straightening_keeps_the_certificate():
    method = StringSampling(level=0.01, rate=0.01, first_bead=True, alpha=0.5)
    pairs = [
        tuple(RING_PAIR),
        tuple(RING_PAIR * torch.tensor([0.05, 10.0])),
    ]  # the second is short, and so below the level
    long, near = method.connect_many(ring(), pairs)
    assert len(near) > len(method.straightened(near)) == 2
    short = method.straightened(long)
    assert len(short) <= len(long)
    assert short.profile(98).top <= method.limit
    with pytest.raises(ValueError, match=r"expected a path with losses up to 0\.011, got 0\.9799"):
        method.straightened(Path(RING_PAIR, ring()))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"level": -1.0}, ValueError, "positive finite level, got -1.0"),
        ({"level": "low"}, TypeError, "expected a number as level"),
        ({"alpha": 1.2}, ValueError, "expected alpha <= tolerance, got 1.2 > 1.1"),
        ({"t_star": "end"}, ValueError, r"expected t_star among \['middle', 'argmax'\], got 'end'"),
        ({"order": "depth"}, ValueError, "expected order among"),
        ({"constraint": "plane"}, ValueError, "expected constraint among"),
        ({"constraint": "hyperplane", "t_star": "argmax"}, ValueError, "not equidistant"),
        ({"depth": 0}, ValueError, "depth >= 1, got 0"),
        ({"points": 2}, ValueError, "points >= 3, got 2"),
        ({"first_bead": 1}, TypeError, "first_bead True or False"),
        ({"batch": 3}, ValueError, "expected batch=None on a surface without data, got 3"),
        ({"level": 1e-9}, ValueError, r"expected ends with losses up to 1.1e-09 .* in pair 0"),
    ],
)
def test_bad_input(changes, error, message):
    with pytest.raises(error, match=message):
        ring_string(**changes)


def test_bent_double_well_at_twice_its_saddle():
    string = StringSampling(level=2.02, rate=0.05, tolerance=1.0).connect(bent(), *BENT_ENDS)
    assert string.failure is None
    assert string.top <= 2.02
    assert string.settings["method"]["level"] == 2.02


@pytest.mark.parametrize("batch", [None, 60])
def test_a_network_pair_is_joined_at_a_tenth_of_the_segment(batch):
    landscape, a, b = trained_pair()
    level = 0.1 * StraightLine().connect(landscape, a, b).top
    string = StringSampling(level=level, rate=0.01, batch=batch).connect(landscape, a, b)
    assert string.failure is None
    assert string.profile(98).top <= 1.1 * level * (1 + 1e-5)
    assert string.pivots.dtype == torch.float32


def test_a_bead_whose_steps_are_spent_is_judged_on_all_rows():
    """With fewer steps than an epoch has batches nothing else looks at all rows."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(200, 2, generator=generator)
    landscape = Landscape(
        nn.Linear(2, 1, bias=False), "mse", (inputs, inputs @ torch.tensor([[1.0], [-1.0]]))
    )
    ends = torch.tensor([1.2, -1.0]), torch.tensor([0.8, -1.0])
    string = StringSampling(level=0.05, rate=1e-3, steps=3, batch=1).connect(landscape, *ends)
    assert string.failure is None
