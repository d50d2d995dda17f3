"""HI-compact: radius, shift and nullity with a ridge."""

import numpy as np
import pytest
import torch

from lossbar_core.papers import load_items
from lossbar_core.papers.hi import compactness
from lossbar_core.register import Register


@pytest.fixture(scope="module")
def found():
    entry = load_items()["HI-compact"]
    return entry.function(entry.profiles["smoke"])


@pytest.fixture(scope="module")
def trained():
    return compactness._trained(load_items()["HI-compact"].profiles["smoke"])


def test_values_that_the_register_checks_are_there(found):
    assert set(Register.load()["HI-compact"].value_names) <= set(found.values)


def test_largest_radius_lies_on_the_border_of_the_set(trained):
    landscape, thetas = trained
    weight, level = 1e-3, 1.0
    radius = compactness.reach(landscape, thetas, weight, level)
    rays = thetas / thetas.norm(dim=1, keepdim=True)

    def lowest(r):
        return float((landscape.losses(rays * r) + weight * r**2).min())

    assert 0 < radius <= (level / weight) ** 0.5 * (1 + 1e-12)
    assert lowest(radius * (1 - 1e-9)) <= level < lowest(radius * 1.0001)


def test_no_point_of_the_rays_is_in_an_empty_set(trained):
    landscape, thetas = trained
    assert compactness.reach(landscape, thetas, 1e3, 1e-6) == 0.0


def test_loss_is_the_same_far_away_without_a_ridge(trained):
    landscape, thetas = trained
    found = compactness.stretched(landscape, thetas[0], 1e4)
    assert found["stretched_change"] < 1e-12
    assert found["stretched_norm"] > 1e3


def test_ridge_leaves_a_circle_and_a_tilt_does_not(found):
    values = found.values
    assert values["gradient"] < 1e-12
    assert values["circle_change"] < 1e-12
    assert values["least_nullity"] == 1
    assert values["most_nullity"] == 0


def test_linear_loss_ignores_turns():
    w = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    w1, w2 = w.reshape(2, 2, 2)
    c, s = np.cos(0.7), np.sin(0.7)
    turn = torch.tensor([[c, -s], [s, c]], dtype=torch.float64)
    turned = torch.stack([turn @ w1, w2 @ turn.T]).reshape(-1)
    assert float(compactness.linear_loss(turned, 0.3)) == pytest.approx(
        float(compactness.linear_loss(w, 0.3))
    )
    assert float(compactness.linear_loss(turned, 0.3, torch.ones(8, dtype=torch.float64))) != pytest.approx(
        float(compactness.linear_loss(w, 0.3, torch.ones(8, dtype=torch.float64)))
    )
