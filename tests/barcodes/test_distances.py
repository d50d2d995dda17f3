"""Bottleneck distances against all matchings of tiny diagrams, GUDHI and Hera; scores; speed; bad input."""

import time
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lossbar_core as lb
from lossbar_core.barcodes import distances, matching

gudhi = pytest.importorskip("gudhi")
hera = pytest.importorskip("gudhi.hera")

# Small integers make ties, zero-length bars and equal bars likely; the others are generic.
ENDS = st.one_of(st.integers(-3, 3).map(float), st.floats(-3, 3, allow_nan=False, width=32))
BARS = st.tuples(ENDS, ENDS).map(sorted)


def diagrams(most):
    return st.lists(BARS, max_size=most).map(lambda bars: np.array(bars, float).reshape(-1, 2))


def brute_force(a, b, norm):
    """The smallest largest distance over all matchings, with a place on the diagonal for every bar."""
    order, share = {"sup": (np.inf, 1 / 2), "euclidean": (2, 1 / np.sqrt(2))}[norm]
    n, m = len(a), len(b)
    cost = np.zeros((n + m, m + n))
    cost[:n, :m] = np.linalg.norm(a[:, None] - b[None], ord=order, axis=-1)
    cost[:n, m:] = share * (a[:, 1] - a[:, 0])[:, None]
    cost[n:, :m] = share * (b[:, 1] - b[:, 0])[None]
    rows = range(n + m)
    return min(
        max((cost[i, j] for i, j in zip(rows, p, strict=True)), default=0.0) for p in permutations(rows)
    )


@given(diagrams(3), diagrams(3), st.sampled_from(["sup", "euclidean"]))
@settings(max_examples=150, deadline=None)
def test_equals_the_best_of_all_matchings(a, b, norm):
    assert lb.bottleneck_distance(a, b, norm) == pytest.approx(brute_force(a, b, norm), abs=1e-12)


@given(diagrams(25), diagrams(25))
@settings(max_examples=120, deadline=None)
def test_equals_hera_and_gudhi(a, b):
    ours = lb.bottleneck_distance(a, b)
    off = [bars[bars[:, 0] < bars[:, 1]] for bars in (a, b)]  # Hera knows no bars of length zero
    assert ours == pytest.approx(hera.bottleneck_distance(*off, 0.0), abs=1e-12)
    # GUDHI 3.13.0 is not symmetric: it sometimes misses the best matching in one of the two orders.
    theirs = min(gudhi.bottleneck_distance(a, b, 0.0), gudhi.bottleneck_distance(b, a, 0.0))
    assert ours <= theirs + 1e-12


def test_where_gudhi_is_wrong():
    a, b = np.array([(0, 1), (0, 1), (0, 1.5), (-0.25, 1)]), np.array([(0, 1), (-1, 0)])
    assert lb.bottleneck_distance(a, b) == lb.bottleneck_distance(b, a) == 0.625 == brute_force(a, b, "sup")


@given(diagrams(12), diagrams(12), diagrams(12), st.sampled_from(["sup", "euclidean"]))
@settings(max_examples=60, deadline=None)
def test_is_a_metric(a, b, c, norm):
    ab, ba = lb.bottleneck_distance(a, b, norm), lb.bottleneck_distance(b, a, norm)
    assert ab == pytest.approx(ba, rel=1e-14)
    assert lb.bottleneck_distance(a, a[::-1], norm) == 0
    ac, bc = lb.bottleneck_distance(a, c, norm), lb.bottleneck_distance(b, c, norm)
    assert ac <= ab + bc + 1e-12


def spread(rng, n):
    births = rng.random(n)
    return np.stack([births, births + 1 + 0.5 * rng.random(n)], axis=1)


def noisy(rng, n):
    births = rng.random(n)
    return np.stack([births, births + rng.exponential(0.002, n)], axis=1)


def clustered(rng, n):
    births = rng.integers(0, 5, n) * 0.05 + 1e-4 * rng.random(n)
    return np.stack([births, births + 1 + 1e-4 * rng.random(n)], axis=1)


def on_a_line(rng, n):
    return np.stack([np.zeros(n), rng.random(n)], axis=1)


@pytest.mark.parametrize("kind", [spread, noisy, clustered, on_a_line])
@pytest.mark.parametrize("sizes", [(300, 300), (300, 250)])
def test_equals_hera_on_a_thousand_bars(kind, sizes):
    rng = np.random.default_rng(0)
    a, b = (kind(rng, n) for n in sizes)
    assert lb.bottleneck_distance(a, b) == pytest.approx(hera.bottleneck_distance(a, b, 0.0), rel=1e-12)


@pytest.mark.parametrize("kind", [spread, clustered, on_a_line])
@pytest.mark.parametrize("norm", ["sup", "euclidean"])
def test_pairs_looked_up_in_trees_give_the_same(kind, norm, monkeypatch):
    rng = np.random.default_rng(1)
    a, b = kind(rng, 200), kind(rng, 200)
    expected = lb.bottleneck_distance(a, b, norm)
    monkeypatch.setattr(matching, "MOST_PAIRS", 0)
    assert lb.bottleneck_distance(a, b, norm) == expected


def test_the_value_is_one_that_occurs():
    rng = np.random.default_rng(2)
    a, b = spread(rng, 60), spread(rng, 50)
    value = lb.bottleneck_distance(a, b)
    between = np.abs(a[:, None] - b[None]).max(axis=-1).ravel()
    assert value in np.concatenate([between, (a[:, 1] - a[:, 0]) / 2, (b[:, 1] - b[:, 0]) / 2])


def test_equal_bars_stand_for_themselves():
    a, b = np.repeat([[0.0, 1.0]], 500, axis=0), np.repeat([[0.0, 1.25]], 501, axis=0)
    assert lb.bottleneck_distance(a, a[:499]) == 0.5
    assert lb.bottleneck_distance(a, b) == 0.625
    assert lb.bottleneck_distance(a, b[:500]) == 0.25
    # Bars that both have need not be matched with each other: each moves by 1 instead of one by 3.
    assert lb.bottleneck_distance([(0, 90), (1, 91), (2, 92)], [(1, 91), (2, 92), (3, 93)]) == 1


def test_essential_bars_are_matched_among_themselves():
    inf = np.inf
    assert lb.bottleneck_distance([(0, inf), (5, inf)], [(4.5, inf), (0.25, inf)]) == 0.5
    assert lb.bottleneck_distance([(0, inf), (1, 9)], [(0.5, inf), (1, 3)]) == 4
    assert lb.bottleneck_distance([(0, inf)], [(0, inf), (1, inf)]) == inf
    assert lb.bottleneck_distance([], []) == 0
    assert lb.bottleneck_distance([(2, 2)], []) == 0


def test_barcodes_and_arrays_are_alike():
    values = np.random.default_rng(3).random((40, 40)).astype(np.float32)
    one, other = lb.grid_barcode(values), lb.grid_barcode(values, connectivity="full")
    expected = gudhi.bottleneck_distance(one.to_diagram(), other.to_diagram(), 0.0)
    assert lb.bottleneck_distance(one, other.to_diagram()) == pytest.approx(expected, rel=1e-12)


@given(diagrams(6), st.sampled_from(["sup", "euclidean"]))
@settings(max_examples=50, deadline=None)
def test_score_is_the_distance_to_one_minimum(finite, norm):
    bars = np.concatenate([[[-4.0, np.inf]], finite])
    assert lb.to_score(bars, norm) == pytest.approx(lb.bottleneck_distance(bars, bars[:1], norm), abs=1e-12)


def test_score_in_both_norms():
    bars = [(0, np.inf), (1, 4), (2, 3)]
    assert lb.to_score(bars) == 1.5
    assert lb.to_score(bars, norm="euclidean") == pytest.approx(3 / np.sqrt(2))
    assert lb.to_score([(0, np.inf)]) == 0


def test_a_hundred_thousand_noise_bars_take_seconds():
    rng = np.random.default_rng(4)
    a, b = noisy(rng, 100_000), noisy(rng, 100_000)
    begin = time.perf_counter()
    value = lb.bottleneck_distance(a, b)
    assert time.perf_counter() - begin < 10
    long_a, long_b = (bars[bars[:, 1] - bars[:, 0] > 0.01] for bars in (a, b))
    assert value == pytest.approx(gudhi.bottleneck_distance(long_a, long_b, 0.0), abs=0.005)


def test_long_bars_in_the_plane_are_the_worst_case_and_faster_than_hera():
    rng = np.random.default_rng(5)
    a, b = spread(rng, 4000), spread(rng, 4000)
    begin = time.perf_counter()
    value = lb.bottleneck_distance(a, b)
    middle = time.perf_counter()
    assert hera.bottleneck_distance(a, b, 0.0) == pytest.approx(value, rel=1e-12)
    assert middle - begin < time.perf_counter() - middle


@pytest.mark.parametrize(
    ("a", "message"),
    [
        ([1.0, 2.0], r"expected a as a Barcode or of shape \(m, 2\), got \(2,\)"),
        ([(0, np.nan)], r"expected finite births <= deaths in a, got \[0.0, nan\]"),
        ([(np.nan, 1)], "expected finite births <= deaths in a"),
        ([(-np.inf, 1)], "expected finite births <= deaths in a"),
        ([(2, 1)], r"got \[2.0, 1.0\]; check the column order"),
    ],
)
def test_bad_bars_are_told(a, message):
    with pytest.raises(ValueError, match=message):
        lb.bottleneck_distance(a, [(0, 1)])


def test_bad_norm_is_told():
    with pytest.raises(ValueError, match="expected norm 'sup' or 'euclidean', got 'max'"):
        lb.to_score([(0, 1)], norm="max")
    with pytest.raises(TypeError, match="expected b as a Barcode"):
        lb.bottleneck_distance([(0, 1)], "bars")
    assert set(distances.NORMS) == {"sup", "euclidean"}


@pytest.mark.parametrize("norm", ["sup", "euclidean"])
@pytest.mark.parametrize("exponent", [-1070, -700, -530, 530, 700, 1000])
def test_scaling_by_a_power_of_two_scales_the_distance(exponent, norm):
    """Squares of these numbers vanish or overflow, and so would bisections between subnormal numbers."""
    a = np.array([[2, 5], [2, 4], [2, 3], [0, 1], [1, np.inf]])
    b = np.array([[2, 5], [3, 4], [1, 2], [0, np.inf]])
    whole = lb.bottleneck_distance(a, b, norm) if norm == "sup" else 1.0
    assert lb.bottleneck_distance(np.ldexp(a, exponent), np.ldexp(b, exponent), norm) == np.ldexp(
        whole, exponent
    )


def test_a_norm_is_a_word():
    with pytest.raises(ValueError, match="expected norm 'sup' or 'euclidean'"):
        lb.bottleneck_distance([], [], ["sup"])
