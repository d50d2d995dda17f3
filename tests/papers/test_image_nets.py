"""Networks on images and tables of the paths between them."""

import numpy as np
import pytest
import torch

from lossbar_core.papers.image_nets import (
    STRAIGHT,
    WITHIN,
    Falling,
    Training,
    as_table,
    connected,
    minima_of,
    network_of,
)
from lossbar_core.paths import SGD, ElasticBand, StraightLine

CONFIG = Training("mnist", (8,), minima=3, n_train=100, side=14, variant="small", epochs=20)


@pytest.fixture(scope="module")
def minima():
    return minima_of(CONFIG)


def test_training_goes_down_and_networks_differ(minima):
    untrained = minima_of(Training(**{**CONFIG.__dict__, "epochs": 1}))
    assert (minima.births < untrained.births).all()
    assert len(np.unique(minima.births)) == 3
    assert minima.births.tolist() == minima.landscape.losses(minima.thetas).double().tolist()


def test_a_configuration_is_trained_once_and_always_the_same(minima):
    assert minima_of(CONFIG) is minima
    minima_of.cache_clear()
    assert torch.equal(minima_of(CONFIG).thetas, minima.thetas)


def test_losses_carry_no_penalty(minima):
    module = minima.landscape.module(minima.thetas[0])
    inputs, targets = minima.data.train
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(module(inputs), targets)
    assert float(loss) == pytest.approx(minima.births[0], rel=1e-5)


def test_straight_paths_give_the_straight_tops(minima):
    found = connected(minima, StraightLine(STRAIGHT))
    assert np.array_equal(found.tops, found.straight_tops)
    assert found.length == pytest.approx(1.0)
    for (a, b), path, at in zip(found.pairs, found.paths, found.top_at, strict=True):
        profile = path.profile(WITHIN)
        assert found.tops[a, b] == pytest.approx(max(profile.top, minima.births[a], minima.births[b]))
        assert at == pytest.approx(profile.top_at, abs=1e-5)
    assert np.array_equal(np.diag(found.tops), minima.births)


def test_some_pairs_only(minima):
    found = connected(minima, StraightLine(STRAIGHT), [(0, 2)])
    assert np.isfinite(found.tops[0, 2])
    assert np.isinf(found.tops[0, 1])


def test_a_diverged_path_is_no_path(minima):
    found = connected(minima, ElasticBand(5, steps=5, optimiser=SGD(1e6), batch=50), [(0, 1)])
    assert found.failures == 1
    assert np.isinf(found.tops[0, 1])


def test_convolutional_shapes():
    config = Training("mnist", ("cnn", 2, 3), 2, 50, 14, "small", 1)
    assert network_of(config)(torch.zeros(1, 1, 14, 14)).shape == (1, 10)


def test_a_top_is_never_below_its_ends():
    assert as_table(np.array([0.0, 2.0]), [(0, 1)], [1.9])[0, 1] == 2.0


def test_rate_falls_in_the_second_half():
    rates = [Falling(1.0, 100)(step) for step in range(100)]
    assert rates[:51] == [1.0] * 51
    assert (np.diff(rates[51:]) < 0).all()
    assert 0.05 < rates[-1] < 0.08
