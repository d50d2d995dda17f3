"""Minima by descent: sorted, distinct, inside the box, and really lower than their surroundings."""

import numpy as np

from lossbar_core.papers.bsl.net_descents import APART, find_minima
from lossbar_core.papers.bsl.net_models import limits, network


def test_minima_of_the_small_network():
    model = network("fixed", (2,), 1)
    box = limits(model, "fixed")
    minima = find_minima(model, box, runs=40, steps=3000, seed=0)
    assert minima.count.sum() == 40
    assert (np.diff(minima.values) >= 0).all()
    assert (minima.points >= box[:, 0]).all()
    assert (minima.points <= box[:, 1]).all()
    gaps = np.linalg.norm(minima.points[:, None] - minima.points, axis=2) + 9 * np.eye(len(minima.points))
    assert gaps.min() > APART
    assert 0 < minima.limit_share < 1
    rng = np.random.default_rng(0)
    lowest = minima.points[0]
    around = np.clip(lowest + 0.01 * rng.standard_normal((500, 4)), box[:, 0], box[:, 1])
    assert (model(around) >= minima.values[0] - 1e-4).all()
    assert minima.slope[0] < 0.05


def test_seed_decides():
    model = network("free", (2,))
    box = limits(model, "free")
    one, same, other = (find_minima(model, box, 5, 20, seed).points for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert one.shape != other.shape or not np.array_equal(one, other)
