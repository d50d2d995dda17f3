"""Exact barcodes of separable functions against listing all bars, grids, and values known from elsewhere."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.functions import (
    ALPINE_01,
    EGG_CRATE,
    HUMP_CAMEL_6,
    SCHWEFEL_26,
    WAVY,
    exact_barcode,
    interval_barcode,
)

SEPARABLE = (WAVY, ALPINE_01, SCHWEFEL_26, EGG_CRATE)


def listed(function, d):
    """Every bar of the product, one by one."""
    line = exact_barcode(function, 1).to_diagram()
    if function.averaged:
        line = line / d
    bars = []
    for combination in product(line, repeat=d):
        birth = sum(bar[0] for bar in combination)
        bars.append((birth, birth + min(bar[1] - bar[0] for bar in combination)))
    return np.array(sorted(bars))


def rounded(diagram):
    return Counter((round(float(b), 6), round(float(e), 6)) for b, e in diagram)


@pytest.mark.parametrize("function", SEPARABLE, ids=lambda f: f.name)
@pytest.mark.parametrize("d", [1, 2, 3])
def test_multisets_equal_the_list_of_all_bars(function, d):
    exact = exact_barcode(function, d)
    assert exact.n_bars == exact_barcode(function, 1).n_bars ** d
    assert int(exact.essential.sum()) == 1
    assert rounded(exact.to_diagram()) == rounded(listed(function, d))


@pytest.mark.parametrize("function", SEPARABLE, ids=lambda f: f.name)
def test_plane_barcode_equals_that_of_a_fine_grid(function):
    (low, high) = function.bounds(2)[0]
    axis = np.linspace(low, high, 801)
    grid = function(np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2)).reshape(801, 801)
    threshold = 0.02 * np.ptp(grid)
    bars = lb.grid_barcode(grid).filter(min_persistence=threshold)
    exact = exact_barcode(function, 2, min_persistence=threshold * 0.5)
    assert lb.bottleneck_distance(bars, exact.to_diagram()) < 0.6 * threshold
    assert sum(
        m for m, p in zip(exact.multiplicity, exact.persistence, strict=True) if p >= 1.5 * threshold
    ) <= len(bars)


def test_wavy_levels_and_multiplicities():
    exact = exact_barcode(WAVY, 2)
    counts = Counter()
    for persistence, multiplicity in zip(exact.persistence, exact.multiplicity, strict=True):
        counts[round(float(persistence), 6)] += multiplicity
    del counts[float("inf")]
    assert counts == {0.887394: 8, 0.550899: 16, 0.233494: 24, 0.067536: 32, 0.013323: 40}


def test_alpine_and_schwefel_line():
    alpine = exact_barcode(ALPINE_01, 1)
    assert np.abs(alpine.birth).max() < 1e-9
    deaths = np.sort(alpine.death)[:-1]
    np.testing.assert_allclose(
        deaths, [0.002501, 1.618695, 2.024416, 4.324113, 5.306745, 7.119474, 8.715206], atol=1e-6
    )
    schwefel = exact_barcode(SCHWEFEL_26, 1)
    boundary = np.isclose(schwefel.birth, 238.3937, atol=1e-4)
    assert boundary.sum() == 1
    np.testing.assert_allclose(schwefel.death[boundary], 837.9658, atol=1e-4)


def test_ends_of_the_interval_count_where_the_function_rises_inwards():
    np.testing.assert_allclose(
        interval_barcode(lambda t: -(t**2), -1.0, 2.0), [[-4, np.inf], [-1, 0]], atol=1e-12
    )


def test_plateaus_and_equal_neighbours_are_extrema_too():
    table = interval_barcode(lambda t: np.maximum(np.abs(np.abs(t) - 1), 0.25), -2.0, 2.0)
    np.testing.assert_allclose(np.sort(table, axis=0), [[0.25, 1], [0.25, np.inf]], atol=1e-12)
    odd = interval_barcode(
        lambda t: (t - 1e-5) ** 2, -2.0, 2.0
    )  # the minimum is halfway between two grid points
    np.testing.assert_allclose(odd, [[0, np.inf]], atol=1e-12)
    np.testing.assert_array_equal(interval_barcode(np.ones_like, 0.0, 1.0), [[1, np.inf]])


def test_many_dimensions_are_counted_not_listed():
    exact = exact_barcode(ALPINE_01, 30, min_persistence=5.0)
    assert exact.n_bars == 4**30
    with pytest.raises(ValueError, match="expected at most 10000000 bars"):
        exact.to_diagram()
    top = exact_barcode(WAVY, 4).top(3)
    assert np.isinf(top.persistence[0])
    assert len(top.birth) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_barcode(HUMP_CAMEL_6, 2), "expected a separable function, got HumpCamel6"),
        (lambda: exact_barcode(WAVY, 0), "expected dimension >= 1, got 0"),
        (lambda: exact_barcode(ALPINE_01, 32), "expected at most 2000000 distinct bars"),
    ],
)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message):
        call()
