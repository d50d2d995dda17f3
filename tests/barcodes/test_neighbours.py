"""Nearest neighbours: bit for bit what comparing all pairs gives, on clouds of every awkward kind."""

import re

import numpy as np
import pytest
from cases import all_neighbours, table_edges
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from lossbar_core import knn_graph
from lossbar_core.barcodes import neighbours
from lossbar_core.barcodes.neighbours import (
    leaf_size,
    nearest_neighbours,
    neighbour_count,
    paper_radius,
    squared_limit,
)

DIMENSIONS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 32)
DTYPES = (np.float32, np.float64)


def clusters(rng, n, d):
    """Groups whose sizes differ by powers of ten."""
    centres = rng.uniform(-1, 1, (6, d))
    group = rng.integers(0, 6, n)
    return centres[group] + 10.0 ** -group[:, None] * rng.standard_normal((n, d))


def on_sphere(points):
    return points / np.linalg.norm(points, axis=1)[:, None]


CLOUDS = {
    "uniform": lambda rng, n, d: rng.random((n, d)),
    "normal": lambda rng, n, d: rng.standard_normal((n, d)),
    "clusters": clusters,
    "lattice": lambda rng, n, d: rng.integers(0, 4, (n, d)).astype(float),
    "duplicates": lambda rng, n, d: rng.random((max(1, n // 10), d))[rng.integers(0, max(1, n // 10), n)],
    "all equal": lambda rng, n, d: np.full((n, d), 0.3),
    "two places": lambda rng, n, d: np.where(rng.integers(0, 2, (n, 1)) == 1, 1.0, -1.0) * np.ones((n, d)),
    "line": lambda rng, n, d: rng.random((n, 1)) * np.eye(d)[0],
    "sorted": lambda rng, n, d: np.sort(rng.random((n, d)), axis=0),
    "sphere": lambda rng, n, d: on_sphere(rng.standard_normal((n, d))),
    "far away": lambda rng, n, d: 1e6 + rng.random((n, d)),
    "tiny": lambda rng, n, d: 1e-18 * rng.random((n, d)),
    "huge": lambda rng, n, d: 1e14 * rng.uniform(-1, 1, (n, d)),
    "one far": lambda rng, n, d: np.where(np.arange(n)[:, None] == n // 2, 1e9, rng.random((n, d))),
}


def cloud(kind, n, d, dtype, seed=0):
    return CLOUDS[kind](np.random.default_rng([seed, n, d]), n, d).astype(dtype)


def check(points, k):
    indices, distances = nearest_neighbours(points, k)
    expected, expected_distances = all_neighbours(points, k)
    assert indices.dtype == np.int32
    assert distances.dtype == points.dtype
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_array_equal(distances, expected_distances)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("kind", CLOUDS)
def test_every_cloud_in_every_dimension(kind, d, dtype):
    check(cloud(kind, 230, d, dtype), min(2 * d, 40))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [2, 3, 5, 31, 32, 33, 63, 64, 65, 96, 97, 129, 161, 257])
def test_sizes_around_full_leaves(n, dtype):
    assert (leaf_size(2), leaf_size(9)) == (32, 64)
    for d, kind in ((1, "uniform"), (2, "lattice"), (3, "normal"), (6, "clusters"), (9, "uniform")):
        for k in {1, min(4, n - 1), n - 1}:
            check(cloud(kind, n, d, dtype), k)


@pytest.mark.parametrize(("n", "d", "k"), [(2500, 2, 4), (2000, 3, 6), (1500, 6, 12), (1000, 13, 26)])
@pytest.mark.parametrize("kind", ["uniform", "clusters", "lattice"])
def test_thousands_of_points(kind, n, d, k):
    check(cloud(kind, n, d, np.float32), k)


@settings(max_examples=40)
@given(st.data())
def test_any_small_cloud(data):
    n, d = data.draw(st.integers(2, 70)), data.draw(st.integers(1, 10))
    dtype = data.draw(st.sampled_from(DTYPES))
    kind = data.draw(st.sampled_from(sorted(CLOUDS)))
    check(cloud(kind, n, d, dtype, seed=data.draw(st.integers(0, 10**6))), data.draw(st.integers(1, n - 1)))


@given(st.lists(st.floats(-(2.0**49), 2.0**49, width=32), min_size=2, max_size=60))
def test_any_numbers_on_a_line(numbers):
    check(np.array(numbers, np.float32)[:, None], len(numbers) // 2)


@pytest.mark.parametrize(("d", "k"), [(2, 4), (3, 6), (6, 12)])
def test_the_distances_of_scipy(d, k):
    points = cloud("clusters", 3000, d, np.float64)
    indices, distances = nearest_neighbours(points, k)
    expected = cKDTree(points).query(points, k + 1)[0][:, 1:]
    np.testing.assert_allclose(distances, expected, rtol=1e-12)
    gaps = np.linalg.norm(points[:, None] - points[indices], axis=2)
    np.testing.assert_allclose(distances, gaps, rtol=1e-12)


@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("radius", [None, 1e-3, 0.1, 1.0, 3.0, 1e20])
def test_graphs_with_and_without_radius(kind, radius, dtype):
    points = cloud(kind, 110, 2, dtype)
    for k in (1, 4, 109):
        expected = table_edges(all_neighbours(points, k, radius)[0])
        graph = knn_graph(points, k, radius)
        assert graph.n_vertices == 110
        assert np.array_equal(graph.edges(), expected)
        assert graph.n_edges == len(expected)


@pytest.mark.parametrize("dtype", DTYPES)
def test_an_edge_as_long_as_the_radius_stays(dtype):
    points = (np.arange(40) * 0.1).astype(dtype)[:, None]
    step = points[1, 0]
    lengths = np.abs(np.diff(points[:, 0]))
    assert knn_graph(points, 2, float(step)).n_edges == np.count_nonzero(lengths <= step)
    square = np.stack(np.meshgrid(np.arange(9), np.arange(9)), axis=-1).reshape(-1, 2).astype(dtype)
    assert knn_graph(square, 8, 1.0).n_edges == 2 * 8 * 9
    assert knn_graph(square, 8, np.nextafter(dtype(1), dtype(0))).n_edges == 0


@pytest.mark.parametrize("radius", [1e-300, 1e-40, 1e39, 1e200, 1.7e308, 1, np.float32(2)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_radii_whose_squares_overflow_or_vanish(radius, dtype):
    points = cloud("uniform", 70, 2, dtype)
    expected = len(table_edges(all_neighbours(points, 3)[0])) if radius >= 1 else 0
    assert knn_graph(points, 3, radius).n_edges == expected


def test_the_default_is_the_papers_2d():
    for n, d in ((100, 3), (5, 3), (7, 3), (2, 1)):
        points = cloud("uniform", n, d, np.float64)
        k = min(2 * d, n - 1)
        assert np.array_equal(knn_graph(points).edges(), table_edges(all_neighbours(points, k)[0]))
        assert neighbour_count(None, n, d) == k


def test_one_point():
    graph = knn_graph([[0.5, 0.5]])
    assert (graph.n_vertices, graph.n_edges) == (1, 0)


def test_two_points():
    assert knn_graph([[0.0], [0.0]]).edges().tolist() == [[0, 1]]
    indices, distances = nearest_neighbours([[0.0, 0.0], [3.0, 4.0]], 1)
    assert indices.tolist() == [[1], [0]]
    assert distances.tolist() == [[5.0], [5.0]]


@pytest.mark.parametrize("k", [1, 4, 99])
def test_points_that_are_all_equal_are_ordered_by_id(k):
    indices, distances = nearest_neighbours(np.zeros((100, 3)), k)
    expected = [[j for j in range(100) if j != i][:k] for i in range(100)]
    assert indices.tolist() == expected
    assert not distances.any()


@pytest.mark.parametrize("kind", ["uniform", "lattice", "all equal", "clusters"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_threads_do_not_change_a_bit(monkeypatch, kind, dtype):
    points = cloud(kind, 4500, 3, dtype)
    tables = []
    for threads in ("1", "2", "3", "8"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        tables.append(nearest_neighbours(points, 6))
    for indices, distances in tables[1:]:
        assert np.array_equal(indices, tables[0][0])
        assert distances.tobytes() == tables[0][1].tobytes()


def test_threads_asked_for_are_used(monkeypatch):
    seen = []
    build = neighbours.LeafTree

    def watched(points, threads):
        seen.append(threads)
        return build(points, threads)

    monkeypatch.setattr(neighbours, "LeafTree", watched)
    points = cloud("uniform", 20_000, 2, np.float32)
    for threads in ("1", "3"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        knn_graph(points)
    knn_graph(points[:50])  # too little work for more than one
    assert seen == [1, 3, 1]


def test_chunks_of_leaves_cover_all(monkeypatch):
    points = cloud("uniform", 1000, 2, np.float32)
    expected = nearest_neighbours(points, 4)
    for size in (leaf_size(2), 3 * leaf_size(2), 10_000):
        monkeypatch.setattr(neighbours, "CHUNK", size)
        for found, wanted in zip(nearest_neighbours(points, 4), expected, strict=True):
            assert np.array_equal(found, wanted)


def test_layouts_and_types_of_points():
    points = cloud("uniform", 100, 3, np.float64)
    expected = knn_graph(points).edges()
    frozen = points.copy()
    frozen.flags.writeable = False
    for view in (np.asfortranarray(points), np.repeat(points, 2, axis=0)[::2], frozen, points.tolist()):
        assert np.array_equal(knn_graph(view).edges(), expected)
    whole = np.random.default_rng(0).integers(0, 50, (80, 2))
    assert np.array_equal(knn_graph(whole).edges(), knn_graph(whole.astype(float)).edges())


def test_points_are_not_changed():
    points = cloud("uniform", 200, 2, np.float32)
    before = points.copy()
    knn_graph(points)
    assert np.array_equal(points, before)


def test_progress_is_shown_when_asked_for(capsys):
    points = cloud("uniform", 100, 2, np.float32)
    knn_graph(points)
    assert capsys.readouterr().err == ""
    knn_graph(points, progress=True)
    assert "neighbours: 100%" in capsys.readouterr().err


def test_the_papers_radius():
    assert paper_radius(10_000, [(0, 1), (0, 1)], 2.0) == 0.02
    assert paper_radius(8, [(-1, 1)] * 3, 0.5) == 0.5
    with pytest.raises(ValueError, match="expected finite low < high"):
        paper_radius(10, [(0, np.inf)], 1.0)
    with pytest.raises(ValueError, match=r"expected .*c.* got -1"):
        paper_radius(10, [(0, 1)], -1.0)


@pytest.mark.parametrize(
    ("points", "k", "radius", "error", "message"),
    [
        ([[0.0], [np.nan]], 1, None, ValueError, "expected finite points, got nan at flat position 1"),
        ([[0.0], [-np.inf]], 1, None, ValueError, "expected finite points, got -inf at flat position 1"),
        ([0.0, 1.0], 1, None, ValueError, "with n >= 1 and 1 <= d <= 32, got (2,); reshape"),
        (np.zeros((5, 33)), 1, None, ValueError, "1 <= d <= 32, got (5, 33)"),
        (np.zeros((0, 2)), None, None, ValueError, "n >= 1 and 1 <= d <= 32, got (0, 2)"),
        ([["a"]], None, None, TypeError, "expected points of real numbers, got dtype <U1"),
        ([[1e200], [0.0]], 1, None, ValueError, "squared distances would overflow; rescale the points"),
        ([[0.0], [1.0]], 2, None, ValueError, "expected k < n = 2 (a point is not its own"),
        ([[0.0]], 1, None, ValueError, "not its own neighbour), got k = 1; lower k or add"),
        ([[0.0], [1.0]], 0, None, ValueError, "expected k >= 1, got 0; choose another k"),
        ([[0.0], [1.0]], 1.0, None, TypeError, "expected an integer k, got 1.0 of type float; pass int(k)"),
        ([[0.0], [1.0]], True, None, TypeError, "expected an integer k, got True of type bool"),
        ([[0.0], [1.0]], 1, 0.0, ValueError, "expected a positive finite radius, got 0.0; choose"),
        ([[0.0], [1.0]], 1, -1, ValueError, "expected a positive finite radius, got -1"),
        ([[0.0], [1.0]], 1, np.inf, ValueError, "expected a positive finite radius, got inf"),
        ([[0.0], [1.0]], 1, np.nan, ValueError, "expected a positive finite radius, got nan"),
        ([[0.0]], None, -1.0, ValueError, "expected a positive finite radius, got -1.0"),
        ([[0.0], [1.0]], 1, "1", TypeError, "expected a number as radius, got '1' of type str; pass a float"),
    ],
)
def test_refused(points, k, radius, error, message):
    with pytest.raises(error, match=re.escape(message)):
        knn_graph(points, k, radius)


def test_refused_without_a_graph():
    for k, error in ((None, TypeError), (5, ValueError), (0, ValueError)):
        with pytest.raises(error, match="expected"):
            nearest_neighbours(np.zeros((5, 2)), k)


def test_refused_when_ids_would_overflow():
    message = f"expected fewer than 2**31 points, got {2**31}; split the cloud"
    with pytest.raises(ValueError, match=re.escape(message)):
        neighbour_count(4, 2**31, 2)


def test_refused_for_memory_before_the_tree_is_built(monkeypatch):
    monkeypatch.setattr("lossbar_core.checks.physical_memory", lambda: 1000)
    monkeypatch.setattr(neighbours, "LeafTree", lambda *a: pytest.fail("work has begun"))
    message = "expected the 4 neighbours of 100 points to fit in 0.0 GiB, but it needs about"
    with pytest.raises(MemoryError, match=re.escape(message)):
        knn_graph(np.zeros((100, 2)), 4)


@pytest.mark.parametrize("real", [np.float32, np.float64])
def test_a_distance_that_we_return_is_a_radius_that_keeps_the_edge(real):
    """A square that rounds down would lose it: the radius is the very distance that we return."""
    pairs = np.random.default_rng(0).normal(size=(500, 2, 3)).astype(real)
    for pair in pairs:
        distance = nearest_neighbours(pair, 1)[1][0, 0]
        assert len(knn_graph(pair, 1, radius=float(distance)).edges()) == 1
        assert len(knn_graph(pair, 1, radius=float(np.nextafter(distance, real(0)))).edges()) == 0


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("radius", [5e-324, 1e-300, 1e-22, 0.1, 3**0.5, 1e18, 1e200])
def test_the_squared_limit_is_the_largest(radius, real):
    limit = real(squared_limit(radius, real))
    largest = np.finfo(real).max
    bound = real(min(radius, float(largest)))
    assert np.sqrt(np.float64(limit)).astype(real) <= bound
    if limit < largest:
        assert np.sqrt(np.float64(np.nextafter(limit, largest))).astype(real) > bound


@pytest.mark.parametrize(("real", "scale"), [(np.float32, 1e-20), (np.float64, 1e-160)])
def test_points_whose_squares_would_vanish_are_refused(real, scale):
    points = (np.random.default_rng(0).random((50, 2)) * scale).astype(real)
    with pytest.raises(ValueError, match=r"expected points spread over at least .* rescale the points"):
        nearest_neighbours(points, 3)
    assert len(knn_graph(np.zeros((3, 2), real), 1).edges()) > 0  # equal points are no matter of scale
