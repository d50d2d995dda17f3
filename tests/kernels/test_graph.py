"""Symmetric rows and merges of a graph, in all four combinations of value and id types."""

import numpy as np
import pytest
from lossbar_core.kernels.elder import points_under_bars
from lossbar_core.kernels.graph import merge_graph, symmetric_rows

from lossbar_core.barcodes.oracle import algorithm1

REALS = (np.float32, np.float64)
INDICES = (np.int32, np.int64)


def rows_of(n, edges):
    """Symmetric compressed rows, each in a shuffled order, without loops and repeats."""
    rng = np.random.default_rng(n)
    neighbours = [set() for _ in range(n)]
    for a, b in np.asarray(edges).reshape(-1, 2).tolist():
        if a != b:
            neighbours[a].add(b)
            neighbours[b].add(a)
    rows = [rng.permutation(sorted(row)) for row in neighbours]
    indptr = np.cumsum([0] + [len(row) for row in rows]).astype(np.int64)
    return indptr, np.concatenate([*rows, np.empty(0)]).astype(np.int64)


def check(values, edges, index, places=None, threads=1):
    """What the kernel returns, against Algorithm 1 in the ids of the vertices."""
    n = len(values)
    places = np.arange(n) if places is None else places
    of = np.argsort(places)
    edges = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    indptr, indices = rows_of(n, of[edges])
    ids = None if np.array_equal(places, np.arange(n)) else places.astype(index)
    local = values[places]
    results = merge_graph(local, indices.astype(index), indptr, ids, threads)
    assert {part.dtype for part in results} == {np.dtype(index)}
    parent, basin, minima, saddle, across, swallower, fallen = results
    expected = algorithm1(values, edges)
    dead = saddle >= 0
    assert np.array_equal(places[minima], expected.minimum)
    assert np.array_equal(np.where(dead, places[saddle], -1), expected.saddle)
    assert np.array_equal(np.where(dead, places[minima[swallower]], -1), expected.swallower)
    size, height = points_under_bars(local, *results[1:4], swallower, fallen, ids)
    assert np.array_equal(size, expected.size)
    np.testing.assert_allclose(height / size, expected.mean_height, rtol=1e-6, atol=1e-12)
    entered = list(zip(local.tolist(), places.tolist(), strict=True))
    for v in range(n):
        row = indices[indptr[v] : indptr[v + 1]].tolist()
        assert parent[v] == min([v, *row], key=lambda u: entered[u])
    for bar in np.flatnonzero(dead).tolist():
        row = indices[indptr[saddle[bar]] : indptr[saddle[bar] + 1]]
        assert across[bar] in row
        assert entered[across[bar]] < entered[saddle[bar]]
        assert basin[across[bar]] != basin[saddle[bar]]
    assert sorted(fallen.tolist()) == np.flatnonzero(dead).tolist()
    deaths = [entered[saddle[bar]] for bar in fallen.tolist()]
    assert deaths == sorted(deaths)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("seed", range(12))
def test_random_graphs(seed, real, index):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 70))
    edges = rng.integers(0, n, (int(rng.integers(0, 3 * n)), 2))
    values = [rng.standard_normal(n), rng.integers(0, 3, n), np.zeros(n)][seed % 3].astype(real)
    for threads in (1, 3):
        check(values, edges, index, threads=threads)
        check(values, edges, index, rng.permutation(n), threads=threads)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_no_edges(n, real, index):
    for threads in (1, 4):
        check(np.arange(n, 0, -1).astype(real), [], index, threads=threads)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("legs", [1, 7, 8, 9, 10, 25])
def test_a_hub_that_sees_many_basins_again_and_again(legs, times, index):
    """More basins in turn than the kernel remembers: repeats are met, and must change nothing."""
    rng = np.random.default_rng(legs)
    minima = np.arange(legs)
    slopes = legs + np.arange(legs * times)
    hub = legs * (times + 1)
    edges = [(minima[i % legs], slope) for i, slope in enumerate(slopes)] + [(slope, hub) for slope in slopes]
    values = np.concatenate([rng.permutation(legs), np.full(legs * times, legs + 1.0), [1000.0]])
    check(values, edges, index)
    check(values, edges, index, rng.permutation(hub + 1))
    check(np.zeros(hub + 1), edges, index, rng.permutation(hub + 1))


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("case", ["line", "star", "complete", "comb", "two"])
def test_shapes(case, index):
    n = 41
    edges = {
        "line": [(i, i + 1) for i in range(n - 1)],
        "star": [(0, i) for i in range(1, n)],
        "complete": [(i, j) for i in range(n) for j in range(i)],
        "comb": [(i, i + 1) for i in range(20)] + [(i, i + 21) for i in range(20)],
        "two": [(i, i + 2) for i in range(n - 2)],
    }[case]
    zigzag = np.where(np.arange(n) % 2 == 0, -1.0, 1.0) * np.arange(n)
    steps = np.arange(n, dtype=float)
    for values in (zigzag, -zigzag, steps, -steps, np.zeros(n), steps % 3):
        check(values, edges, index)
        check(values, edges, index, np.arange(n)[::-1].copy())


def all_rows(indptr, indices):
    return [indices[indptr[v] : indptr[v + 1]].tolist() for v in range(len(indptr) - 1)]


@pytest.mark.parametrize("width", [1, 2, 3, 8, 17])
@pytest.mark.parametrize("n", [1, 2, 18, 60])
def test_symmetric_rows_of_a_table(n, width):
    rng = np.random.default_rng(100 * n + width)
    table = np.full((n, width), -1, np.int32)
    for v in range(n):
        others = rng.permutation(np.delete(np.arange(n), v))[: rng.integers(0, width + 1)]
        table[v, : len(others)] = others
    indptr, indices = symmetric_rows(table)
    assert (indptr.dtype, indices.dtype) == (np.int64, np.int32)
    expected = [{u for u in range(n) if u in table[v] or v in table[u]} for v in range(n)]
    rows = all_rows(indptr, indices)
    assert [set(row) for row in rows] == expected
    assert [len(row) for row in rows] == [len(row) for row in expected]
    for v, row in enumerate(rows):
        own = [u for u in table[v].tolist() if u >= 0]
        assert row[: len(own)] == own


def test_symmetric_rows_of_a_hub():
    table = np.zeros((200, 1), np.int32)
    table[0] = 7
    rows = all_rows(*symmetric_rows(table))
    assert sorted(rows[0]) == list(range(1, 200))
    assert all(row == [0] for row in rows[1:])


def test_symmetric_rows_of_an_empty_table():
    indptr, indices = symmetric_rows(np.full((5, 3), -1, np.int32))
    assert indptr.tolist() == [0] * 6
    assert len(indices) == 0
