"""Clouds below a level, and the rise of bars in units of slope and spacing."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.papers.bsl.net_cloud import edge_lengths, fill, rise
from lossbar_core.papers.bsl.net_models import limits, network


def test_cloud_is_below_the_level_nested_and_uniform_in_it():
    model = network("fixed", (2,))
    box = limits(model, "fixed")
    long, short = (fill(model, box, n, 1.5, seed=3) for n in (3000, 1000))
    assert np.array_equal(long.points[:1000], short.points)
    assert long.points.dtype == long.values.dtype == np.float32
    assert (long.values < 1.5).all()
    assert np.array_equal(long.values, model(long.points))
    assert (np.abs(long.points) <= box[:, 1]).all()
    rng = np.random.default_rng(0)
    free = rng.uniform(box[:, 0], box[:, 1], (20_000, 4))
    share = (model(free) < 1.5).mean()
    assert long.accepted / long.tried == pytest.approx(share, abs=0.02)
    inside = free[model(free) < 1.5]
    assert np.allclose(inside.mean(0), long.points.mean(0), atol=0.15)
    corners = np.stack(np.meshgrid(*box), -1).reshape(-1, 4)
    assert long.highest_corner == pytest.approx(model(corners).max())
    assert long.highest_corner >= long.highest


def test_a_level_that_nothing_reaches():
    model = network("fixed", (2,))
    with pytest.raises(ValueError, match="raise the level"):
        fill(model, limits(model, "fixed"), 1, 0.01, seed=0)


def test_rise_does_not_depend_on_the_slope():
    points = np.random.default_rng(0).random((800, 3)).astype(np.float32)
    graph = lb.knn_graph(points, 6)
    direction = np.array([1.0, 0.6, -0.3])
    found = []
    for steepness in (1.0, 4.0):
        bars = lb.graph_barcode(points.astype(float) @ (steepness * direction), graph)
        bars.points = points
        which = np.flatnonzero(~bars.essential)
        found.append(rise(bars, which, lambda x, s=steepness: np.broadcast_to(s * direction, x.shape)))
    assert len(found[0]) > 3
    assert np.allclose(*found)


def test_edge_lengths_are_means():
    points = np.array([[0.0], [1.0], [4.0]])
    bars = lb.graph_barcode([0.0, 5.0, 1.0], lb.NeighborGraph.from_edges(3, [(0, 1), (1, 2), (0, 2)]))
    bars.points = points
    assert edge_lengths(bars, np.array([0])).tolist() == [2.5]


def test_edge_lengths_need_points():
    bars = lb.Barcode.from_diagram([(0.0, 1.0)])
    with pytest.raises(ValueError, match="expected the barcode of a sample"):
        edge_lengths(bars, np.array([0]))
