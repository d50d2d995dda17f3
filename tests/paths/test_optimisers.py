"""Optimisers: against torch's, parts of a band, Fire on hard and soft bowls."""

import pytest
import torch

from lossbar_core.paths import SGD, Adam, Fire
from lossbar_core.paths.optimisers import check_optimiser, default_optimiser

STIFFNESS = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64)


def descend(optimiser, place, steps, scale=1.0):
    state, gap = optimiser.start(place), torch.tensor(1.0, dtype=torch.float64)
    for step in range(steps):
        force = -scale * STIFFNESS * place
        place = moved(optimiser, place, state, force, slice(0, len(place)), step, gap)
    return place


def moved(optimiser, place, *arguments):
    place = place.clone()
    optimiser.move(place, *arguments)
    return place


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (SGD(0.001), lambda p: torch.optim.SGD(p, 0.001)),
        (SGD(0.001, 0.9), lambda p: torch.optim.SGD(p, 0.001, momentum=0.9)),
        (Adam(0.01), lambda p: torch.optim.Adam(p, 0.01)),
    ],
)
def test_steps_are_those_of_torch(ours, theirs):
    start = torch.rand(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    place = start.clone().requires_grad_()
    optimiser = theirs([place])
    for _ in range(30):
        optimiser.zero_grad()
        (STIFFNESS * place**2 / 2).sum().backward()
        optimiser.step()
    torch.testing.assert_close(descend(ours, start, 30), place.detach())


@pytest.mark.parametrize("optimiser", [SGD(0.1, 0.5), Adam(0.1)])
def test_parts_of_a_band_add_up_to_the_whole(optimiser):
    place, force = torch.zeros(3, 2), torch.rand(3, 2, generator=torch.Generator().manual_seed(0))
    whole, parts = optimiser.start(place), optimiser.start(place)
    for step in range(3):
        gap = torch.tensor(1.0)
        together = moved(optimiser, place, whole, force, slice(0, 3), step, gap)
        parts_of = [slice(i, i + 1) for i in range(3)]
        single = [moved(optimiser, place[part], parts, force[part], part, step, gap) for part in parts_of]
        torch.testing.assert_close(torch.cat(single), together)


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
def test_fire_needs_no_rate(scale):
    """Bowls a hundred million times as steep: the same steps, since the first one sets the time."""
    start = torch.full((2, 3), 3.0, dtype=torch.float64)
    end = descend(Fire(), start, 400, scale)
    assert end.abs().max() < 1e-3


def test_fire_takes_no_step_longer_than_its_share_and_none_without_force():
    fire, place = Fire(longest=0.1), torch.zeros(2, 3)
    state = fire.start(place)
    for step in range(50):
        move = moved(fire, place, state, torch.ones(2, 3) * 1e6, slice(0, 2), step, torch.tensor(2.0))
        assert move.norm(dim=1).max() <= 0.2 * (1 + 1e-6)
    stays = moved(fire, place, state, torch.zeros(2, 3), slice(0, 2), 50, torch.tensor(2.0))
    assert stays.abs().max() == 0


def test_a_schedule_is_asked_at_each_step():
    optimiser = SGD(lambda step: 1.0 if step == 2 else 0.0)
    place, force, gap = torch.zeros(1, 1), torch.ones(1, 1), torch.tensor(1.0)
    moves = [moved(optimiser, place, {}, force, slice(0, 1), step, gap).item() for step in range(4)]
    assert moves == [0, 0, 1, 0]


def test_defaults_and_bad_input():
    assert default_optimiser(True) == Fire()
    assert default_optimiser(False) == SGD(0.1, 0.9)
    with pytest.raises(ValueError, match="finite rate"):
        SGD(0.0)
    with pytest.raises(ValueError, match=r"momentum in \[0, 1\), got 1"):
        SGD(0.1, 1.0)
    with pytest.raises(ValueError, match="finite rate"):
        Adam(-1.0)
    with pytest.raises(ValueError, match="finite longest"):
        Fire(longest=0.0)
    with pytest.raises(TypeError, match="expected SGD, Adam, Fire or None"):
        check_optimiser("adam")
