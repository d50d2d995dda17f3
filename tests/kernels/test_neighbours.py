"""The leaf tree and its search: order, boxes and every neighbour, on clouds that hurt."""

from itertools import pairwise

import numpy as np
import pytest
from lossbar_core.kernels.neighbours import LeafTree, leaf_size

REALS = (np.float32, np.float64)
SIZES = [1, 2, 31, 32, 33, 64, 65, 100, 200, 321]
CLOUDS = {
    "normal": lambda rng, n, d: rng.standard_normal((n, d)),
    "lattice": lambda rng, n, d: rng.integers(0, 3, (n, d)),
    "equal": lambda rng, n, d: np.full((n, d), -2.5),
    "scales": lambda rng, n, d: rng.standard_normal((n, d)) * 10.0 ** -rng.integers(0, 9, (n, 1)),
    "large": lambda rng, n, d: 1e15 * rng.uniform(-1, 1, (n, d)),
}


def cloud(kind, n, d, real):
    return np.ascontiguousarray(CLOUDS[kind](np.random.default_rng([n, d]), n, d), real)


def search(tree, k, limit=np.inf, threads=1, pieces=1, with_distances=True, instruction_set=None):
    """Table of ids and distances in the order of the points; the limit is finite, as the wrapper makes it."""
    real = np.float32 if tree.single else np.float64
    limit = min(limit, float(np.finfo(real).max))
    table = np.full((tree.n, k), -7, np.int32)
    distances = np.full((tree.n, k), -7, real) if with_distances else None
    ends = np.linspace(0, tree.n_leaves, pieces + 1).astype(int)
    for first, last in pairwise(ends):
        tree.query(k, limit, table, distances, first, last, threads, instruction_set=instruction_set)
    ids = np.asarray(tree.ids)
    found = np.empty_like(table)
    found[ids] = np.where(table >= 0, ids[table], -1)
    if distances is None:
        return found, None
    ordered = np.empty_like(distances)
    ordered[ids] = distances
    return found, ordered


def reference(points, k, limit=np.inf):
    squared = np.zeros((len(points), len(points)), points.dtype)
    for axis in range(points.shape[1]):
        gap = points[:, None, axis] - points[None, :, axis]
        squared += gap * gap
    np.fill_diagonal(squared, np.inf)
    order = np.argsort(squared, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(squared, order, axis=1)
    out = nearest > points.dtype.type(limit)
    return np.where(out, -1, order), np.where(out, np.inf, np.sqrt(nearest))


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("n", SIZES)
def test_the_tree_holds_every_point_once_and_its_boxes_are_tight(n, threads, real):
    for d, kind in ((1, "normal"), (2, "lattice"), (3, "equal"), (9, "scales")):
        points = cloud(kind, n, d, real)
        before = points.copy()
        tree = LeafTree(points, threads)
        assert np.array_equal(points, before)
        ids = np.asarray(tree.ids)
        assert sorted(ids.tolist()) == list(range(n))
        assert (tree.n, tree.dim, tree.n_leaves) == (n, d, -(-n // leaf_size(d)))
        assert tree.leaf == leaf_size(d)
        rows = np.asarray(tree.coords).transpose(0, 2, 1).reshape(-1, d)
        assert np.array_equal(rows[:n], points[ids])
        assert (rows[n:] > 1e29).all()
        assert len(set(np.asarray(tree.leaf_node).tolist())) == tree.n_leaves
        for leaf, node in enumerate(np.asarray(tree.leaf_node).tolist()):
            inside = points[ids[leaf * tree.leaf : (leaf + 1) * tree.leaf]]
            assert np.array_equal(np.asarray(tree.low)[node], inside.min(axis=0))
            assert np.array_equal(np.asarray(tree.high)[node], inside.max(axis=0))
        assert np.array_equal(np.asarray(tree.low)[0], points.min(axis=0))
        assert np.array_equal(np.asarray(tree.high)[0], points.max(axis=0))


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize("d", [1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 32])
def test_neighbours_in_every_dimension(d, kind, real):
    points = cloud(kind, 150, d, real)
    for k in (1, 2 * d, 149):
        for found, expected in zip(search(LeafTree(points, 1), k), reference(points, k), strict=True):
            assert np.array_equal(found, expected)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("n", SIZES[1:])
def test_neighbours_around_full_leaves(n, real):
    for kind in CLOUDS:
        points = cloud(kind, n, 2, real)
        for k in {1, min(3, n - 1), n - 1}:
            for found, expected in zip(search(LeafTree(points, 2), k), reference(points, k), strict=True):
                assert np.array_equal(found, expected)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize("limit", [0.0, 1e-6, 1.0, 2.0, 25.0, 1e30])
def test_limits(limit, kind, real):
    points = cloud(kind, 131, 2, real)
    for found, expected in zip(
        search(LeafTree(points, 1), 6, limit), reference(points, 6, limit), strict=True
    ):
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("kind", CLOUDS)
def test_threads_pieces_and_wanted_distances_change_nothing(kind, real):
    points = cloud(kind, 1500, 3, real)
    ids, distances = search(LeafTree(points, 1), 6)
    for threads, pieces in ((1, 7), (2, 1), (3, 5), (8, 47)):
        tree = LeafTree(points, threads)
        again, once_more = search(tree, 6, threads=threads, pieces=pieces)
        assert np.array_equal(again, ids)
        assert once_more.tobytes() == distances.tobytes()
        assert np.array_equal(search(tree, 6, with_distances=False, threads=threads)[0], ids)


@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize("d", [2, 6, 9])
def test_every_instruction_set_gives_the_same_bits(d, kind, real):
    """The machine's widest set serves all other tests; the narrower ones are what other machines run."""
    tree = LeafTree(cloud(kind, 700, d, real), 1)
    ids, distances = search(tree, 2 * d)
    for narrower in [size for size in (0, 256) if size < tree.widest]:
        again, once_more = search(tree, 2 * d, instruction_set=narrower)
        assert np.array_equal(again, ids)
        assert once_more.tobytes() == distances.tobytes()
    with pytest.raises(ValueError, match="instruction set"):
        search(tree, 2 * d, instruction_set=1024)


def test_every_path_of_a_deep_tree_is_searched():
    """Enough leaves for several batches, and one point whose neighbours lie in all of them."""
    points = np.random.default_rng(0).random((6000, 2))
    points[17] = 0.5
    k = 5999
    tree = LeafTree(points, 2)
    home = int(np.flatnonzero(np.asarray(tree.ids) == 17)[0]) // tree.leaf
    table, distances = np.empty((6000, k), np.int32), np.empty((6000, k))
    tree.query(k, 1e300, table, distances, home, home + 1, 1)
    row = int(np.flatnonzero(np.asarray(tree.ids) == 17)[0])
    expected = np.argsort(((points - points[17]) ** 2).sum(axis=1), kind="stable")[1:]
    assert np.array_equal(np.asarray(tree.ids)[table[row]], expected)
    assert (np.diff(distances[row]) >= 0).all()
