"""Distances inside level sets against formulas, and what must be refused."""

import sys
from itertools import pairwise

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.levelsets import LevelGrid, distances_from
from lossbar_core.papers.curvature.calibration import RADIUS, product, ring, ring_geodesic

BOX = ((-2.2, 2.2), (-2.2, 2.2))
LEVEL = 0.25  # the ring between the radii 1 and 2


@pytest.fixture(scope="module")
def annulus():
    return LevelGrid.of(AnalyticLandscape(ring, 2), BOX, 0.01)


@pytest.mark.parametrize("target", [(1.5, 0.0), (1.1, 0.4), (0.3, -1.9), (-1.2, 0.9)])
def test_geodesics_of_a_ring_are_tangents_and_arcs(annulus, target):
    source = np.array([-1.5, 0.0])
    exact = ring_geodesic(1.0, source, np.array(target))
    assert distances_from(annulus, LEVEL, source).to(target) == pytest.approx(exact, rel=0.01)


def test_the_error_falls_with_the_cell():
    exact = ring_geodesic(1.0, np.array([-1.5, 0.0]), np.array([1.5, 0.0]))
    errors = [
        distances_from(LevelGrid.of(AnalyticLandscape(ring, 2), BOX, cell), LEVEL, (-1.5, 0.0)).to((1.5, 0.0))
        / exact
        - 1
        for cell in (0.04, 0.02, 0.01, 0.005)
    ]
    assert all(0 < later < earlier for earlier, later in pairwise(errors))
    assert errors[-1] < 0.005


def test_ways_in_a_convex_set_are_straight():
    bowl = LevelGrid.of(AnalyticLandscape(lambda x: (x * x).sum(1), 2), BOX, 0.02)
    found = distances_from(bowl, 1.0, (-0.7, -0.3))
    for target in ((0.5, 0.6), (0.1, -0.9), (-0.69, -0.3)):
        assert found.to(target) == pytest.approx(np.hypot(target[0] + 0.7, target[1] + 0.3), rel=0.005)


def test_the_curve_stays_inside_and_is_as_long_as_the_distance(annulus):
    found = distances_from(annulus, LEVEL, (-1.5, 0.0))
    curve = found.curve((1.5, 0.0))
    np.testing.assert_array_equal(curve[[0, -1]], [[-1.5, 0.0], [1.5, 0.0]])
    length = np.linalg.norm(np.diff(curve, axis=0), axis=1).sum()
    assert length == pytest.approx(found.to((1.5, 0.0)), rel=0.01)
    shares = np.linspace(0, 1, 11)[:, None, None]
    between = (curve[:-1] + shares * np.diff(curve, axis=0)).reshape(-1, 2)
    radii = np.linalg.norm(between, axis=1)
    assert radii.min() > 1 - annulus.cell
    assert radii.max() < 2 + annulus.cell


def test_another_component_is_infinitely_far():
    grid = LevelGrid.of(AnalyticLandscape(product, 2), ((-4, 4), (-4, 4)), 0.02)
    found = distances_from(grid, 0.5, (1.0, 1.0))
    assert found.to((-1.0, -1.0)) == np.inf
    with pytest.raises(ValueError, match="source's component"):
        found.curve((-1.0, -1.0))
    assert grid.components(0.5)[1] == 2
    assert grid.components(1.0)[1] == 1  # the saddle (0, 0) has the loss 1
    assert grid.touches_edge(0.5)


def test_a_level_set_includes_its_level():
    grid = LevelGrid.of(AnalyticLandscape(lambda x: x.abs().sum(1), 2), ((-1, 1), (-1, 1)), 0.5)
    assert grid.inside(0.5).sum() == 5
    assert grid.inside(0.49).sum() == 1


@pytest.mark.parametrize(
    ("source", "message"), [((9.0, 0.0), "source on the grid"), ((0.0, 0.0), "loss up to 0.25, got 2.25")]
)
def test_a_source_outside_is_refused(annulus, source, message):
    with pytest.raises(ValueError, match=message):
        distances_from(annulus, LEVEL, source)


@pytest.mark.parametrize(
    ("dimension", "box", "cell", "message"),
    [
        (3, BOX, 0.1, "surface of 2 parameters"),
        (2, BOX, 0.0, "cell"),
        (2, BOX[:1], 0.1, "two pairs"),
        (2, ((1, 0), (0, 1)), 0.1, "low < high"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(dimension, box, cell, message):
    with pytest.raises(ValueError, match=message):
        LevelGrid.of(AnalyticLandscape(ring, dimension), box, cell)


def test_a_missing_library_is_named(annulus, monkeypatch):
    monkeypatch.setitem(sys.modules, "skfmm", None)
    with pytest.raises(ImportError, match="scikit-fmm"):
        distances_from(annulus, LEVEL, (-1.5, 0.0))


def test_the_formula_of_the_ring_against_a_search():
    """Shortest way over points of the inner circle, tried densely."""
    generator = np.random.default_rng(0)
    angles = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _ in range(20):
        a, b = generator.standard_normal((2, 2))
        a, b = (p / np.linalg.norm(p) * generator.uniform(1, 2) for p in (a, b))

        def clear(p, q):
            shares = np.linspace(0, 1, 50)[:, None, None]
            return (np.linalg.norm(p + shares * (q - p), axis=2) > 1 - 1e-3).all(axis=0)

        if clear(a, b[None])[0]:
            best = np.linalg.norm(a - b)
        else:
            first, last = clear(a, circle), clear(b, circle)
            gap = np.abs(angles[first][:, None] - angles[last])
            arcs = np.minimum(gap, 2 * np.pi - gap)
            ways = (
                np.linalg.norm(circle[first] - a, axis=1)[:, None]
                + arcs
                + np.linalg.norm(circle[last] - b, axis=1)
            )
            best = ways.min()
        assert ring_geodesic(1.0, a, b) == pytest.approx(best, rel=5e-3)
    assert RADIUS == 1.5
    assert float(ring(torch.tensor([[0.0, 1.5]]))) == 0
