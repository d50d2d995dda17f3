"""Spanning trees and minimax closures against scipy and brute force."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree as scipy_tree

from lossbar_core.paths.spanning import (
    minimax_closure,
    minimum_spanning_tree,
    sides_of_edge,
    ultrametric_violation,
)


def table(seed, count=7, decimals=3):
    upper = np.triu(np.random.default_rng(seed).random((count, count)).round(decimals) + 0.001, 1)
    return upper + upper.T


def by_brute_force(tops):
    count = len(tops)
    best = tops.copy()
    for size in range(1, count - 1):
        for middle in permutations(range(count), size):
            for i in set(range(count)) - set(middle):
                for j in set(range(count)) - set(middle) - {i}:
                    route = (i, *middle, j)
                    best[i, j] = min(best[i, j], max(tops[a, b] for a, b in pairwise(route)))
    return best


@pytest.mark.parametrize("seed", range(4))
def test_tree_and_closure(seed):
    tops = table(seed, 5)
    tree = minimum_spanning_tree(tops)
    assert tops[tuple(tree.T)].sum() == pytest.approx(scipy_tree(tops).sum())
    assert np.all(np.diff(tops[tuple(tree.T)]) >= 0)
    assert np.array_equal(minimax_closure(tops), by_brute_force(tops))
    assert ultrametric_violation(minimax_closure(tops)) == 0


def test_the_closure_is_idempotent_and_ties_are_definite():
    tops = table(1, 9, decimals=1)
    closed = minimax_closure(tops)
    assert np.all(closed <= tops)
    assert np.array_equal(minimax_closure(closed), closed)
    assert minimum_spanning_tree(np.ones((4, 4))).tolist() == [[0, 1], [0, 2], [0, 3]]


def test_missing_edges_leave_parts_apart():
    tops = np.full((4, 4), np.inf)
    tops[0, 1] = tops[1, 0] = 1.0
    tops[2, 3] = tops[3, 2] = 2.0
    np.fill_diagonal(tops, 0)
    assert minimum_spanning_tree(tops).tolist() == [[0, 1], [2, 3]]
    assert np.array_equal(minimax_closure(tops), tops)
    assert ultrametric_violation(tops) == 0
    tops[1, 2] = tops[2, 1] = 5.0
    assert ultrametric_violation(tops) == np.inf
    assert minimax_closure(tops)[0, 3] == 5.0


def test_violation_and_sides():
    assert ultrametric_violation([[0, 3, 1], [3, 0, 2.5], [1, 2.5, 0]]) == 0.5
    path = np.array([[0, 1], [1, 2], [2, 3]])
    assert sides_of_edge(path, 1, 4).tolist() == [True, True, False, False]


@pytest.mark.parametrize("function", [minimum_spanning_tree, minimax_closure, ultrametric_violation])
@pytest.mark.parametrize(
    ("tops", "error", "message"),
    [
        ([[0, 1]], ValueError, r"shape \(K, K\) with K >= 1, got \(1, 2\)"),
        ([[0, 1], [2, 0]], ValueError, r"symmetric tops, got 1.0 at \(0, 1\) and 2.0 at \(1, 0\)"),
        ([[0, np.nan], [np.nan, 0]], ValueError, "without NaN"),
        ("tops", TypeError, "table of real numbers, got str"),
    ],
)
def test_bad_input(function, tops, error, message):
    with pytest.raises(error, match=message):
        function(tops)
