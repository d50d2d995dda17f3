"""Radius graphs by boxes against SciPy's tree and brute force, and the error messages."""

import numpy as np
import pytest
from scipy.spatial import KDTree

from lossbar_core.barcodes.boxes import box_pairs, radius_graph


def brute_force(points, radius):
    points = np.asarray(points, np.float64)
    squared = ((points[:, None] - points[None]) ** 2).sum(axis=2)
    a, b = np.nonzero(np.triu(np.sqrt(squared) <= radius, k=1))
    return np.stack([a, b], axis=1)


@pytest.mark.parametrize("d", [1, 2, 3, 4])
@pytest.mark.parametrize("split", [1, 2, 3])
def test_same_edges_as_a_tree(d, split):
    points = np.random.default_rng(d).random((400, d)) * [1, 5, 0.2, 2][:d]
    radius = 0.3 * 400 ** (-1 / d) * 4
    expected = KDTree(points).query_pairs(radius, output_type="ndarray")
    expected = expected[np.lexsort((expected[:, 1], expected[:, 0]))]
    assert len(expected) > 50
    np.testing.assert_array_equal(box_pairs(points, radius, split).edges, expected)
    np.testing.assert_array_equal(radius_graph(points, radius, split).edges(), expected)


def test_pairs_at_exactly_the_radius_on_a_lattice():
    side = np.arange(9) * 0.1  # multiples of 0.1 round up and down, so quotients miss whole numbers both ways
    points = np.stack(np.meshgrid(side, side), axis=2).reshape(-1, 2)
    for radius in (0.1, 0.2, 0.30000000000000004, 0.5):
        np.testing.assert_array_equal(box_pairs(points, radius).edges, brute_force(points, radius))


def test_far_outlier_negative_coordinates_and_duplicates():
    points = np.array([[-1e3, -1e3], [0, 0], [0, 0], [0.5, 0], [900.0, 3]])
    np.testing.assert_array_equal(radius_graph(points, 0.5).edges(), [[1, 2], [1, 3], [2, 3]])


def test_float32_points_give_the_distances_of_their_exact_values():
    points = np.random.default_rng(5).random((300, 3), dtype=np.float32)
    np.testing.assert_array_equal(box_pairs(points, 0.2).edges, brute_force(points, 0.2))


def test_one_point_and_no_pair():
    assert radius_graph([[1.0, 2.0]], 1.0).n_edges == 0
    assert radius_graph([[0.0], [5.0]], 1.0).n_components() == 2


def test_adjacent_boxes_alone_lose_pairs_of_edges_longer_than_half_the_radius():
    points = np.random.default_rng(0).random((500, 2))
    whole, adjacent = box_pairs(points, 0.1), box_pairs(points, 0.1, reach=1)
    assert (whole.boxes, adjacent.boxes) == (25, 9)
    lost = np.array(sorted(set(map(tuple, whole.edges)) - set(map(tuple, adjacent.edges))))
    assert len(lost) + len(adjacent.edges) == len(whole.edges)
    assert len(lost) > 0.1 * len(whole.edges)
    assert np.linalg.norm(points[lost[:, 0]] - points[lost[:, 1]], axis=1).min() > 0.05


def test_counts_every_distance_once():
    points = np.zeros((10, 2))
    assert box_pairs(points, 1.0).checked == 45
    far = np.arange(10.0)[:, None] * 100
    assert box_pairs(far, 1.0).checked == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: radius_graph(np.zeros((3, 7)), 1.0), r"at most 6 dimensions, got 7.*knn_graph"),
        (lambda: radius_graph(np.zeros((3, 2)), 0.0), r"positive finite radius, got 0.0"),
        (lambda: radius_graph(np.zeros((3, 2)), float("nan")), r"positive finite radius, got nan"),
        (lambda: radius_graph([[0.0], [1.0]], 1e-9), r"at most 1000000 boxes a side.*larger radius"),
        (lambda: radius_graph(np.eye(6) * 1e5, 1.0), r"2\*\*62 in all"),
        (lambda: box_pairs(np.zeros((3, 2)), 1.0, split=0), r"expected split >= 1, got 0"),
        (lambda: box_pairs(np.zeros((3, 2)), 1.0, reach=3), r"expected reach in 0..2, got 3"),
        (lambda: radius_graph(np.zeros(3), 1.0), r"shape \(n, d\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_refuses_what_does_not_fit(monkeypatch):
    monkeypatch.setattr("lossbar_core.checks.physical_memory", lambda: 10**6)
    with pytest.raises(MemoryError, match="pairs of points in boxes"):
        radius_graph(np.zeros((300, 2)), 1.0)
