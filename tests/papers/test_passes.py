"""Passes: from what a barcode or a path names to a saddle of index 1, and down both sides."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lossbar_core.barcodes.from_grid import grid_barcode  # noqa: E402
from lossbar_core.functions import SmallNetwork, get  # noqa: E402
from lossbar_core.landscapes import AnalyticLandscape, Landscape  # noqa: E402
from lossbar_core.networks import MLP  # noqa: E402
from lossbar_core.papers.hi.passes import minima, pass_at, ridged_network  # noqa: E402
from lossbar_core.papers.to.small_loss import small_landscape  # noqa: E402
from lossbar_core.paths import AutoNEB  # noqa: E402


def camel(points):
    x, y = points[:, 0], points[:, 1]
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def test_saddles_of_a_barcode():
    axes = [np.linspace(low, high, 200) for low, high in get("HumpCamel6").bounds(2)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    surface = AnalyticLandscape(camel, 2)
    values = surface.losses(places.reshape(-1, 2)).numpy().reshape(200, 200)
    bars = grid_barcode(values, connectivity="full").filter(min_persistence=1e-3)
    for saddle in bars.saddle[~bars.essential]:
        found = pass_at(surface, torch.from_numpy(places.reshape(-1, 2)[saddle]))
        assert found.saddle.converged
        assert found.saddle.spectrum.interval == (1, 1)
        assert found.saddle.moved < 0.05
        assert found.gradient_norm > 1e-3 > found.saddle.gradient_norm
        assert all(side.spectrum.interval == (0, 0) and side.loss < found.saddle.loss for side in found.sides)


def test_top_of_a_path_between_minima_of_a_network():
    surface = small_landscape(SmallNetwork.free((2,), l2=5e-4))
    low, high = minima(surface, 12, scale=1.0)[:2]
    path = AutoNEB().connect(surface, low.theta, high.theta)
    found = pass_at(surface, path.at([path.top_at])[0])
    assert found.loss == pytest.approx(path.top)
    assert found.saddle.converged
    assert found.saddle.spectrum.interval == (1, 1)
    assert max(side.loss for side in found.sides) < found.saddle.loss


def test_the_ridge_is_added_to_the_networks_loss():
    surface = ridged_network(2, n_train=30, weight=0.25)
    theta = torch.randn(surface.dimension, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    from lossbar_core.datasets import load

    data = load("mnist", 30, size=7, variant="small", flatten=True)
    plain = Landscape(MLP((49, 2, 10), "tanh"), "cross_entropy", data.train, dtype=torch.float64)
    expected = plain.losses(theta[None])[0] + 0.25 * (theta**2).sum()
    assert float(surface.losses(theta[None])[0]) == pytest.approx(float(expected))


def test_minima_are_different_and_lowest_first():
    found = minima(ridged_network(2, n_train=30), 5)
    losses = [one.loss for one in found]
    assert losses == sorted(set(losses))
    assert all(one.spectrum.interval == (0, 0) and one.gradient_norm < 1e-9 for one in found)
