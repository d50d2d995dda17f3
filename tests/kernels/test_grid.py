"""Merges of a padded grid, in all four combinations of value and id types."""

from itertools import product

import numpy as np
import pytest
from lossbar_core.kernels.elder import points_under_bars
from lossbar_core.kernels.grid import merge_grid

from lossbar_core.barcodes.oracle import algorithm1

REALS = (np.float32, np.float64)
INDICES = (np.int32, np.int64)
SHAPES = [(1,), (2,), (9,), (1, 1), (1, 7), (6, 1), (5, 6), (2, 2, 2), (3, 1, 4), (3, 4, 5), (2, 3, 2, 3)]


def steps_of(ndim, full):
    steps = np.array(list(product((-1, 0, 1), repeat=ndim)))
    reach = np.abs(steps).sum(axis=1)
    return steps[reach > 0 if full else reach == 1]


def check(array, full, index, threads):
    padded = np.pad(array, 1, constant_values=np.inf)
    strides = np.array(padded.strides) // padded.itemsize
    offsets = np.sort(steps_of(array.ndim, full) @ strides).astype(index)
    flat = padded.reshape(-1)
    results = merge_grid(flat, offsets, int(strides[0]), threads)
    assert {part.dtype for part in results} == {np.dtype(index)}
    parent, basin, minima, saddle, across, swallower, fallen = results

    places = np.flatnonzero(np.isfinite(flat))
    cell = np.full(len(flat), -1)
    cell[places] = np.arange(array.size)
    edges = [(cell[p], cell[p + o]) for p in places for o in offsets if 0 <= cell[p + o] < cell[p]]
    expected = algorithm1(array.reshape(-1), np.array(edges, dtype=np.int64).reshape(-1, 2))
    dead = saddle >= 0
    assert np.array_equal(cell[minima], expected.minimum)
    assert np.array_equal(np.where(dead, cell[saddle], -1), expected.saddle)
    assert np.array_equal(np.where(dead, cell[minima[swallower]], -1), expected.swallower)
    size, height = points_under_bars(flat, *results[1:4], swallower, fallen, None)
    assert np.array_equal(size, expected.size)
    np.testing.assert_allclose(height / size, expected.mean_height, rtol=1e-6, atol=1e-12)
    outside = np.isinf(flat)
    assert (parent[outside] == -1).all()
    assert (basin[outside] == -1).all()
    for p in places.tolist():
        near = [p, *(q for q in (p + offsets).tolist() if cell[q] >= 0)]
        assert parent[p] == min(near, key=lambda q: (flat[q], q))
    for bar in np.flatnonzero(dead).tolist():
        assert across[bar] - saddle[bar] in offsets
        assert (flat[across[bar]], across[bar]) < (flat[saddle[bar]], saddle[bar])
    deaths = [(flat[saddle[bar]], saddle[bar]) for bar in fallen.tolist()]
    assert deaths == sorted(deaths)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("real", REALS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_arrays(shape, full, real, index):
    rng = np.random.default_rng(sum(shape))
    n = int(np.prod(shape))
    kinds = rng.standard_normal(n), rng.integers(-1, 2, n), np.zeros(n), np.arange(n), -np.arange(n)
    for values, threads in zip(kinds, (1, 2, 5, 1, 3), strict=True):
        check(values.astype(real).reshape(shape), full, index, threads)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("real", REALS)
def test_values_at_the_ends_of_the_type(real, index):
    largest = np.finfo(real).max
    check(np.array([[largest, 0, largest], [-largest, largest, 1]], real) / 16, False, index, 1)


@pytest.mark.parametrize("full", [False, True])
def test_checkerboards(full):
    for shape in ((8, 9), (3, 4, 3)):
        board = (np.indices(shape).sum(axis=0) % 2).astype(float)
        check(board, full, np.int32, 2)
        check(1 - board, full, np.int64, 2)
