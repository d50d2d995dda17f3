"""Minimum spanning trees and the minimax closure of a table of path tops (register NEB-MST, 2.c.1)."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_tops(tops: Any) -> np.ndarray:
    """A symmetric (K, K) float64 table; infinite where a pair is not connected.

    Raises
    ------
    TypeError
        If the entries are no real numbers.
    ValueError
        If it is not square or not symmetric, or an entry is NaN or minus infinity.
    """
    try:
        table = np.array(tops, np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"expected tops as a (K, K) table of real numbers, got {type(tops).__name__}"
        ) from None
    if table.ndim != 2 or table.shape[0] != table.shape[1] or len(table) == 0:
        raise ValueError(f"expected tops of shape (K, K) with K >= 1, got {table.shape}; one row a minimum")
    if np.isnan(table).any() or (table == -np.inf).any():
        raise ValueError("expected tops without NaN or -inf, got some; put inf where a pair has no path")
    if not np.array_equal(table, table.T):
        i, j = np.argwhere(table != table.T)[0]
        raise ValueError(
            f"expected symmetric tops, got {table[i, j]} at ({i}, {j}) and {table[j, i]} at ({j}, {i}); "
            "take np.minimum(tops, tops.T)"
        )
    return table


def minimum_spanning_tree(tops: Any) -> np.ndarray:
    r"""Edges of a spanning forest of least weight, by Kruskal: the best paths form it (NEB-MST).

    Equal weights are ordered by the numbers of their ends, so that the tree is definite.

    Parameters
    ----------
    tops : (K, K) array
        Symmetric; infinite where there is no edge. The diagonal is not looked at.

    Returns
    -------
    (E, 2) int64 array
        Pairs i < j in increasing order of weight; E = K - 1 where the edges connect everything.

    Raises
    ------
    TypeError
        If the entries are no real numbers.
    ValueError
        If the table is not square, symmetric and free of NaN.

    Examples
    --------
    >>> minimum_spanning_tree([[0, 3, 1], [3, 0, 2], [1, 2, 0]]).tolist()
    [[0, 2], [1, 2]]
    """
    table = as_tops(tops)
    first, second = np.triu_indices(len(table), 1)
    weight = table[first, second]
    label = np.arange(len(table))
    tree = []
    for edge in np.argsort(weight, kind="stable"):
        i, j = first[edge], second[edge]
        if weight[edge] == np.inf:
            break
        if label[i] != label[j]:
            tree.append((i, j))
            label[label == label[j]] = label[i]
    return np.array(tree, np.int64).reshape(-1, 2)


def minimax_closure(tops: Any) -> np.ndarray:
    r"""Lowest possible maximum over all concatenations of paths: :math:`c_{ij} = \min_\gamma \max_{e \in \gamma} w_e`.

    The largest ultrametric that is nowhere above the tops; the minimum is attained in the spanning tree.

    Parameters
    ----------
    tops : (K, K) array
        Symmetric; infinite where there is no edge. The diagonal is kept.

    Returns
    -------
    (K, K) float64 array
        Infinite between parts that no path joins.

    Raises
    ------
    TypeError
        If the entries are no real numbers.
    ValueError
        If the table is not square, symmetric and free of NaN.

    Examples
    --------
    >>> minimax_closure([[0, 3, 1], [3, 0, 2], [1, 2, 0]]).tolist()
    [[0.0, 2.0, 1.0], [2.0, 0.0, 2.0], [1.0, 2.0, 0.0]]
    """
    table = as_tops(tops)
    closed = np.full_like(table, np.inf)
    np.fill_diagonal(closed, table.diagonal())
    label = np.arange(len(table))
    for i, j in minimum_spanning_tree(table):
        one, other = label == label[i], label == label[j]
        closed[np.ix_(one, other)] = closed[np.ix_(other, one)] = table[i, j]
        label[other] = label[i]
    return closed


def ultrametric_violation(tops: Any) -> float:
    r"""How far a table is from an ultrametric: :math:`\max_{ijk}\, w_{ij} - \max(w_{ik}, w_{kj})` over different
    i, j, k, or 0.

    Returns
    -------
    float
        Infinite where two minima have no path and a third has one to both.

    Raises
    ------
    TypeError
        If the entries are no real numbers.
    ValueError
        If the table is not square, symmetric and free of NaN.

    Examples
    --------
    >>> ultrametric_violation([[0, 3, 1], [3, 0, 2], [1, 2, 0]])
    1.0
    """
    table = as_tops(tops)
    largest = 0.0
    for k in range(len(table)):
        through = np.maximum.outer(table[:, k], table[k])
        excess = np.subtract(table, through, out=np.zeros_like(table), where=table > through)
        excess[k] = excess[:, k] = 0
        np.fill_diagonal(excess, 0)
        largest = max(largest, float(excess.max()))
    return largest


def sides_of_edge(tree: np.ndarray, edge: int, count: int) -> np.ndarray:
    """Which of ``count`` vertices lie on the first end's side when an edge is taken out of a tree, (count,) bool.

    >>> sides_of_edge(np.array([[0, 2], [1, 2]]), 1, 3).tolist()
    [False, True, False]
    """
    label = np.arange(count)
    for i, j in np.delete(tree, edge, axis=0):
        label[label == label[j]] = label[i]
    return label == label[tree[edge, 0]]
