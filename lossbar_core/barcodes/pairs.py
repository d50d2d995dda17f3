"""Pairs of minima and saddles, and the plain inputs that the oracles and the filtered complexes share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from lossbar_core.checks import as_values


@dataclass(frozen=True)
class Pairs:
    """Pairs (minimum, 1-saddle), one entry a minimum, sorted by (birth, minimum id).

    Essential minima have ``death = inf`` and ``saddle = -1``.
    """

    birth: np.ndarray
    death: np.ndarray
    minimum: np.ndarray
    saddle: np.ndarray

    def __len__(self) -> int:
        return len(self.birth)

    def to_diagram(self) -> np.ndarray:
        """The (b, 2) float64 array of (birth, death)."""
        return np.column_stack([self.birth, self.death]).astype(np.float64)

    def same_as(self, other: Any) -> bool:
        """Whether every field that both have is equal; ``other``: pairs or anything with these fields.

        All fields are compared exactly but the mean height, a sum whose rounding depends on its order.
        """
        exact = all(np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(Pairs))
        more = [f.name for f in fields(self) if f not in fields(Pairs) and hasattr(other, f.name)]
        return exact and all(_close(getattr(self, name), getattr(other, name)) for name in more)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    if a.dtype.kind == "i":
        return np.array_equal(a, b)
    return a.shape == b.shape and np.allclose(a, b, rtol=1e-6, atol=1e-12)


def graph_input(values: Any, edges: Any) -> tuple[np.ndarray, np.ndarray]:
    """Check a function on a graph: finite values on vertices 0..n-1 and edges between them.

    Parameters
    ----------
    values : (n,) array_like of float or int
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``

    Returns
    -------
    values : (n,) float array
    edges : (m', 2) int64 array of distinct edges ``a < b``; loops are dropped, they join nothing

    Raises
    ------
    ValueError
        If the shapes are wrong, a value is not finite or an id is out of range.
    TypeError
        If the values are not real numbers or the ids not integers.
    """
    if not hasattr(edges, "edges"):
        value = as_values(values)
        return value, _edge_array(edges, len(value))
    return as_values(values, edges.n_vertices), _edge_array(edges.edges(), edges.n_vertices)


def _edge_array(edges: Any, n: int) -> np.ndarray:
    array = np.asarray(edges)
    if array.size == 0:
        return np.empty((0, 2), dtype=np.int64)
    if array.dtype.kind not in "iu":
        raise TypeError(f"expected integer vertex ids in edges, got dtype {array.dtype}; cast them to int64")
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"expected edges of shape (m, 2), got {array.shape}; pass one pair of ids an edge")
    if array.min() < 0 or array.max() >= n:
        low, high = array.min(), array.max()
        raise ValueError(f"expected vertex ids in 0..{n - 1}, got {low}..{high}; give each vertex a value")
    pairs = np.sort(array.astype(np.int64), axis=1)
    return np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0)


def vertex_ranks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order by (value, id): ``order[rank[v]] == v``.

    Parameters
    ----------
    values : (n,) float array

    Returns
    -------
    order, rank : (n,) int64 arrays

    Examples
    --------
    >>> [a.tolist() for a in vertex_ranks(np.array([2.0, 1.0, 2.0]))]
    [[1, 0, 2], [1, 0, 2]]
    """
    order = np.argsort(values, kind="stable").astype(np.int64)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return order, rank


def pairs_of(values: np.ndarray, saddles: dict[int, int]) -> Pairs:
    """Sort a map from minima to saddles (-1: essential) into ``Pairs``."""
    minima = np.array(sorted(saddles, key=lambda p: (values[p], p)), dtype=np.int64)
    saddle = np.array([saddles[p] for p in minima.tolist()], dtype=np.int64)
    death = np.full(len(minima), np.inf, dtype=values.dtype)
    death[saddle >= 0] = values[saddle[saddle >= 0]]
    return Pairs(values[minima], death, minima, saddle)
