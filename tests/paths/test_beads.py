"""Training of beads: Adam's steps are torch's, constraints act, one failure closes its string alone."""

import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.paths.beads import BeadTraining, Training
from lossbar_core.paths.strings import StringSampling


def bowl():
    return AnalyticLandscape(lambda x: x[:, 0] ** 2 + 3 * (x[:, 1] - 1) ** 4, 2)


def begun(starts, owners=None):
    starts = torch.tensor(starts, dtype=torch.float64)
    left, right = torch.zeros_like(starts), torch.zeros_like(starts)
    left[:, 0], right[:, 0] = -1, 3
    owners = owners or [(index, 0) for index in range(len(starts))]
    return Training.begin(starts.clone(), left, right, owners)


def trainer(target=1e-9, **rules):
    return BeadTraining(StringSampling(level=1.0, **rules), target, bowl(), None)


def test_steps_are_those_of_torch_adam():
    training, rules = begun([[1.0, -0.5]]), trainer(rate=0.05)
    place = torch.tensor([1.0, -0.5], dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([place], lr=0.05)
    for _ in range(30):
        rules.step(training, [True])
        optimiser.zero_grad()
        bowl().function(place[None]).sum().backward()
        optimiser.step()
    torch.testing.assert_close(training.thetas[0], place.detach())
    assert training.steps.tolist() == [30]


def test_the_spring_pulls_and_the_hyperplane_holds():
    training = begun([[1.0, -0.5]])
    trainer(rate=0.05, constraint="hyperplane").step(training, [True])
    assert training.thetas[0, 0] == 1.0
    assert training.thetas[0, 1] > -0.5
    flat = BeadTraining(
        StringSampling(level=1.0, constraint="spring", zeta=1.0, rate=0.1),
        -1.0,
        AnalyticLandscape(lambda x: 0 * x.sum(1), 2),
        None,
    )
    training = begun([[1.0, -0.5]])
    for _ in range(3):
        flat.step(training, [True])
    assert -0.5 < float(training.thetas[0, 1]) < 0


def test_beads_close_at_their_target_and_one_failure_closes_its_string():
    training = begun([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]], owners=[(0, 0), (1, 0), (1, 1)])
    rules = trainer(target=1e-3, rate=0.01, steps=2)
    rules.step(training, [True, True])
    assert training.open.tolist() == [False, True, True]
    rules.step(training, [True, True])
    assert training.open.tolist() == [False, False, False]
    assert set(training.failures) == {1, 2}
    assert "after 2 steps" in training.failures[1]
    assert training.spent_by(2) == [1, 4]
    assert torch.equal(training.thetas[0], torch.tensor([0.0, 1.0], dtype=torch.float64))


@pytest.mark.parametrize("allowed", [True, False])
def test_a_budget_stops_a_string(allowed):
    training = begun([[1.0, 0.0]])
    trainer().step(training, [allowed])
    assert bool(training.open[0]) is allowed
    assert training.spent_by(1) == [int(allowed)]
