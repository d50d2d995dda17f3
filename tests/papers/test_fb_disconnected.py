"""FBF-disc: the cyclic map, the exchange of units, and paths that do and do not exist."""

import numpy as np
import pytest
import torch

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.fb.cyclic import (
    cyclic_loss,
    cyclic_points,
    exact_map,
    exchange_by_hand,
    exchanged,
    layers,
    without_a_unit,
)
from lossbar_core.papers.fb.disconnected import (
    METHODS,
    Disconnection,
    disconnection,
    split,
)
from lossbar_core.paths.path import Path
from lossbar_core.register import Register
from lossbar_core.verdicts import NOT_REPRODUCED, verdict

load_items()


def test_points_are_mapped_cyclically():
    x, y = cyclic_points()
    rotation = y @ torch.linalg.pinv(x)
    torch.testing.assert_close(torch.linalg.matrix_power(rotation, 3), torch.eye(2, dtype=x.dtype))
    assert not torch.allclose(x, y)


def test_exchange_keeps_every_prediction():
    thetas = torch.randn(5, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    copies = exchanged(thetas, 5)
    torch.testing.assert_close(cyclic_loss(5).losses(copies), cyclic_loss(5).losses(thetas))
    assert not torch.allclose(copies, thetas)
    assert torch.equal(exchanged(copies, 5), thetas)
    with pytest.raises(ValueError, match=r"two different units in 0\.\.4, got \(1, 1\)"):
        exchanged(thetas, 5, (1, 1))


def test_no_exact_map_by_two_units():
    with pytest.raises(ValueError, match="two units cannot map"):
        exact_map(2)


@pytest.mark.parametrize("width", [4, 5, 6])
@pytest.mark.parametrize("seed", range(6))
def test_by_hand_keeps_the_loss_of_any_wider_network(width, seed):
    generator = torch.Generator().manual_seed(seed)
    theta = torch.randn(4 * width, dtype=torch.float64, generator=generator)
    pivots = exchange_by_hand(theta, width)
    assert torch.equal(pivots[-1], exchanged(theta[None], width)[0])
    assert not torch.allclose(pivots[-1], theta)
    losses = Path(pivots, cyclic_loss(width)).profile(20).losses
    assert losses == pytest.approx(losses[0], rel=1e-9)


@pytest.mark.parametrize("dead", range(4))
def test_a_unit_that_fires_nowhere_is_the_spare_one(dead):
    inner, outer = (part[0].clone() for part in layers(exact_map(4)[None], 4))
    order = [i for i in range(4) if i != dead]
    inner[order], outer[:, order] = inner[:3].clone(), outer[:, :3].clone()
    inner[dead], outer[:, dead] = 0.0, 1.0
    theta = torch.cat([inner.flatten(), outer.flatten()])
    assert without_a_unit(theta, 4)[1] == dead
    assert torch.equal(exchange_by_hand(theta, 4)[-1], exchanged(theta[None], 4)[0])


def test_three_units_have_none_to_spare():
    with pytest.raises(ValueError, match="expected more than 3 units"):
        exchange_by_hand(exact_map(3), 3)


@pytest.mark.parametrize("units", [(0, 1), (0, 2), (1, 2)])
def test_exchange_of_two_of_three_units_changes_the_sign_of_the_determinant(units):
    thetas = torch.randn(200, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    thetas = torch.cat([thetas, exact_map(3)[None]])
    before, after = (torch.linalg.det(fired(some, 3)) for some in (thetas, exchanged(thetas, 3, units)))
    assert (before.abs() > 1e-6).sum() > 10
    torch.testing.assert_close(after, -before)


def fired(thetas, width):
    """What the units fire at the points, (P, 3, width)."""
    return (layers(thetas, width)[0] @ cyclic_points()[0]).relu().mT


def least_loss(fires):
    """Lowest loss (P,) over the outgoing weights of units that fire so, (P, 3, width)."""
    y = cyclic_points()[1].T.expand(len(fires), 3, 2)
    left, sizes, _ = torch.linalg.svd(fires, full_matrices=False)
    left = left * (sizes > 1e-12 * sizes[:, :1].clamp(min=1e-300))[:, None]
    return (y - left @ (left.mT @ y)).square().sum(dim=(1, 2)) / 3


def test_two_units_lose_more_than_a_sixth_and_can_come_near_it():
    angles = torch.linspace(0, 2 * torch.pi, 361, dtype=torch.float64)[:-1] + 0.001
    inner = torch.stack([angles.cos(), angles.sin()], dim=1)
    pairs = torch.combinations(torch.arange(len(angles)), 2)
    fires = (inner[pairs] @ cyclic_points()[0]).relu().mT
    losses = least_loss(fires)
    assert losses.min() > 1 / 6
    assert losses.min() < 1 / 6 + 0.01
    normal = torch.linalg.cross(fires[..., 0], fires[..., 1])
    flat = normal.norm(dim=1) > 1e-6
    normal = normal[flat] / normal[flat].norm(dim=1, keepdim=True)
    torch.testing.assert_close(losses[flat], (1 - normal.sum(dim=1) ** 2 / 3) / 2)
    assert normal.sum(dim=1).abs().max() < 2**0.5


def test_three_dependent_units_lose_what_two_do():
    thetas = torch.randn(500, 12, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    three = fired(thetas, 3)
    dependent = torch.stack([three[..., 0], three[..., 1], three[..., 0] + 2 * three[..., 1]], dim=2)
    torch.testing.assert_close(least_loss(dependent), least_loss(three[..., :2]))
    assert least_loss(dependent).min() > 1 / 6
    assert least_loss(three).min() < 1e-9


def test_three_units_are_stuck_and_six_are_not():
    item = ITEMS["FBF-disc"]
    v = item.function(item.profiles["smoke"]).values
    assert set(Register.load()["FBF-disc"].value_names) <= set(v)
    assert v["trained"] >= 1
    assert v["smallest_ratio"] > 10
    assert v["share_3"] == 0
    assert v["share_6"] > 0.5
    assert v["by_hand_ratio"] == pytest.approx(1, abs=1e-6)
    assert v["two_units"] > 1 / 6


def test_counts_follow_the_tops():
    def found(*tops):
        top = np.tile(np.array(tops).reshape(-1, 1), len(METHODS))
        ends = np.full(len(tops), 1e-3)
        return Result({"best": 0.2}, {"end": ends, "by_hand": ends * 1.5, "top": top})

    config = Disconnection((3, 4))
    v = disconnection(config, [found(), found(0.3, 0.005), found(1e-3, 1e-3, 0.3, 0.3)]).values
    assert v["smallest_ratio"] == pytest.approx(5)
    assert (v["share_3"], v["share_4"], v["rescued_share"]) == (0.5, 0.5, 0.5)
    assert v["not_joined"] == 2
    assert v["by_hand_ratio"] == pytest.approx(1.5)


def test_one_pair_that_is_not_joined_is_one_too_many():
    v = {"trained": 9, "smallest_ratio": 300.0, "by_hand_ratio": 1.0, "depth": 10, "rescued_share": 1.0}
    entry = Register.load()["FBF-disc"]
    assert verdict(entry, v, "quick").word != NOT_REPRODUCED
    assert verdict(entry, v | {"rescued_share": 27 / 28}, "quick").word == NOT_REPRODUCED


def test_parts():
    parts = split(Disconnection((3, 5), seed=4))
    assert [(part.width, part.seed) for part in parts] == [(2, 4), (3, 4), (5, 4)]
