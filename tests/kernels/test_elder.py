"""Sorting, basins and the points under each bar, in all four combinations of value and id types."""

import time

import numpy as np
import pytest
from lossbar_core.kernels.elder import find_basins, index_dtype, points_under_bars, sort_vertices

REALS = (np.float32, np.float64)
INDICES = (np.int32, np.int64)
pytestmark = [pytest.mark.parametrize("real", REALS), pytest.mark.parametrize("index", INDICES)]


def awkward(rng, n, real):
    """Values of both signs and all magnitudes, many of them equal, zeros of both signs."""
    small, large = np.finfo(real).smallest_subnormal, np.finfo(real).max
    special = np.array([0.0, -0.0, small, -small, large, -large, 1.0, -1.0], real)
    return np.where(rng.integers(0, 2, n) == 1, rng.choice(special, n), rng.standard_normal(n).astype(real))


def in_order(values, vertices, ids):
    return sorted(vertices.tolist(), key=lambda v: (values[v], v if ids is None else ids[v]))


@pytest.mark.parametrize("n", [0, 1, 2, 3, 63, 64, 65, 66, 130, 2047, 2049, 5000])
def test_sorted_by_value_then_id(n, real, index):
    rng = np.random.default_rng(n)
    for values in (awkward(rng, n, real), np.zeros(n, real), -np.arange(n).astype(real), np.full(n, 5, real)):
        for ids in (None, rng.permutation(n).astype(index)):
            vertices = np.flatnonzero(rng.integers(0, 4, n)).astype(index)
            expected = in_order(values, vertices, ids)
            sort_vertices(values, vertices, ids)
            assert vertices.tolist() == expected
            assert vertices.dtype == index


def test_ties_of_many_ids_of_every_size(real, index):
    rng = np.random.default_rng(0)
    ids = rng.permutation(np.unique(rng.integers(0, np.iinfo(index).max, 3000))).astype(index)
    ids[:2] = 0, np.iinfo(index).max
    values = rng.integers(0, 2, len(ids)).astype(real)
    vertices = np.arange(len(ids), dtype=index)
    expected = in_order(values, vertices, ids)
    sort_vertices(values, vertices, ids)
    assert vertices.tolist() == expected


def test_a_large_plateau_is_sorted_in_linear_time(real, index):
    n = 300_000
    vertices, ids = np.arange(n, dtype=index), np.arange(n, dtype=index)[::-1].copy()
    start = time.perf_counter()
    sort_vertices(np.zeros(n, real), vertices, ids)
    assert time.perf_counter() - start < 3
    assert np.array_equal(vertices, np.arange(n)[::-1])


def test_zeros_of_both_signs_are_one_value(real, index):
    values = np.array([0.0, -0.0] * 40, real)
    vertices = np.arange(80, dtype=index)
    sort_vertices(values, vertices, None)
    assert vertices.tolist() == list(range(80))
    ids = vertices[::-1].copy()
    sort_vertices(values, vertices, ids)
    assert vertices.tolist() == list(range(80))[::-1]


def check_basins(values, parent, ids):
    minima, basin = find_basins(values, parent, ids)
    assert minima.dtype == basin.dtype == parent.dtype
    roots = np.flatnonzero(parent == np.arange(len(parent)))
    assert minima.tolist() == in_order(values, roots, ids)
    for v in range(len(parent)):
        walker = v
        while parent[walker] not in (walker, -1):
            walker = parent[walker]
        assert basin[v] == (-1 if parent[walker] == -1 else minima.tolist().index(walker))


@pytest.mark.parametrize("seed", range(6))
def test_basins_of_pointers(seed, real, index):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    order = rng.permutation(n)
    parent = np.empty(n, index)
    for rank, v in enumerate(order.tolist()):  # to a vertex earlier in the order, to itself, or nowhere
        parent[v] = order[rng.integers(0, rank)] if rank and rng.random() < 0.8 else v
        if parent[v] == v and rng.random() < 0.3:
            parent[v] = -1
    values = awkward(rng, n, real)
    check_basins(values, parent, None)
    check_basins(values, parent, rng.permutation(n).astype(index))


@pytest.mark.parametrize("forwards", [False, True])
def test_a_long_chain_of_pointers_takes_linear_time(forwards, real, index):
    n = 100_000
    steps = np.arange(n)
    parent = np.minimum(steps + 1, n - 1) if forwards else np.maximum(steps - 1, 0)
    minima, basin = find_basins(np.zeros(n, real), parent.astype(index), None)
    assert minima.tolist() == [n - 1 if forwards else 0]
    assert not basin.any()


def test_nothing_but_padding(real, index):
    minima, basin = find_basins(np.zeros(3, real), np.full(3, -1, index), None)
    assert minima.tolist() == []
    assert basin.tolist() == [-1, -1, -1]


def test_points_under_a_deep_chain_of_bars(real, index):
    """Bar i is swallowed by bar i - 1, the highest number first: every vertex climbs a chain of its own length."""
    b = 600
    values = np.empty(2 * b + 1, real)
    values[::2] = np.arange(b + 1)
    values[1::2] = 2 * b - np.arange(b)
    basin = np.arange(2 * b + 1) // 2  # a saddle points to the minimum before it
    minima, saddle, swallower = 2 * np.arange(b + 1), 2 * np.arange(b + 1) - 1, np.arange(b + 1) - 1
    arrays = [a.astype(index) for a in (basin, minima, saddle, swallower, np.arange(b, 0, -1))]
    for ids in (None, np.arange(2 * b + 1).astype(index)):
        size, height = points_under_bars(values, *arrays, ids)
        below = [np.arange(2 * i, 2 * b + 1) for i in range(b + 1)]
        assert size.tolist() == [len(part) for part in below]
        assert height.tolist() == [
            float((values[part].astype(float) - i).sum()) for i, part in enumerate(below)
        ]


def test_points_that_enter_after_every_saddle(real, index):
    """Minima 0 and 1, their saddle 2, then two points whose pointers lead to the younger minimum."""
    values = np.array([0, 1, 2, 9, 10], real)
    basin, minima, saddle, swallower = [0, 1, 0, 1, 1], [0, 1], [-1, 2], [-1, 0]
    arrays = [np.array(a, index) for a in (basin, minima, saddle, swallower, [1])]
    size, height = points_under_bars(values, *arrays, None)
    assert size.tolist() == [5, 1]
    assert height.tolist() == [22.0, 0.0]


def test_the_narrowest_ids(real, index):
    assert index_dtype(1) == np.int32
    assert index_dtype(2**31 - 2) == np.int32
    assert index_dtype(2**31 - 1) == np.int64
    assert index_dtype(2**40) == np.int64
