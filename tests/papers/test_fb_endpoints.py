"""Ends of strings: at the level, independent of the batch, and honest when a start is stuck."""

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.fb.endpoints import LevelError, train_ends, train_to_level
from lossbar_core.papers.fb.polynomial import QUADRATIC, PolynomialLoss


def bowl():
    return AnalyticLandscape(lambda x: (x * x).sum(1), 2)


@pytest.mark.parametrize("optimiser", ["adam", "rmsprop"])
def test_steps_are_those_of_torch(optimiser):
    start = torch.tensor([[1.0, -0.5]], dtype=torch.float64)
    ours, reached = train_to_level(bowl(), start, 0.0, rate=0.01, steps=25, optimiser=optimiser)
    theta = start[0].clone().requires_grad_()
    kind = torch.optim.Adam if optimiser == "adam" else torch.optim.RMSprop
    torchs = kind([theta], lr=0.01)
    for _ in range(25):
        torchs.zero_grad()
        theta.square().sum().backward()
        torchs.step()
    torch.testing.assert_close(ours[0], theta.detach())
    assert not reached.any()


def test_each_vector_stops_by_itself():
    starts = torch.tensor([[2.0, 0.0], [0.3, 0.0], [0.0, 1.0]], dtype=torch.float64)
    ends, reached = train_to_level(bowl(), starts, 0.25, rate=0.01, steps=10_000)
    assert reached.all()
    assert torch.equal(ends[1], starts[1])
    losses = bowl().losses(ends)
    assert (losses <= 0.25).all()
    assert (losses[[0, 2]] > 0.24).all()


def test_unknown_optimiser():
    with pytest.raises(ValueError, match="expected optimiser among"):
        train_to_level(bowl(), torch.zeros(1, 2), 0.1, rate=0.1, steps=1, optimiser="sgd")


def test_a_pair_is_the_same_in_every_batch():
    surface = PolynomialLoss(QUADRATIC, 40, dtype=torch.float64)
    both, _ = train_ends(surface, 0.1, range(3), rate=0.01, steps=2000)
    alone, _ = train_ends(surface, 0.1, [2], rate=0.01, steps=2000)
    torch.testing.assert_close(both[2][0], alone[0][0])
    torch.testing.assert_close(both[2][1], alone[0][1])
    other, _ = train_ends(surface, 0.1, [2], rate=0.01, steps=2000, seed=1)
    assert not torch.allclose(alone[0][0], other[0][0])
    assert (surface.losses(torch.stack([end for pair in both for end in pair])) <= 0.1).all()


def test_stuck_starts_are_replaced_and_counted():
    surface = PolynomialLoss(QUADRATIC, 40, dtype=torch.float64)
    ends, restarts = train_ends(surface, 0.1, range(4), rate=0.01, steps=150)
    assert restarts.sum() > 0
    assert (surface.losses(torch.stack([end for pair in ends for end in pair])) <= 0.1).all()


def test_an_impossible_level_is_said_so(monkeypatch):
    monkeypatch.setattr("lossbar_core.papers.fb.endpoints.ATTEMPTS", 2)
    with pytest.raises(LevelError, match=r"at most 1e-12, got none from 2 starts of 5 steps"):
        train_ends(PolynomialLoss(QUADRATIC, 20), 1e-12, [0], rate=0.01, steps=5)


def test_start_depends_on_attempt():
    assert not np.array_equal(QUADRATIC.start(0, 0, 0, 0), QUADRATIC.start(0, 0, 0, 1))
