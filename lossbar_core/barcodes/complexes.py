"""Filtered complexes of functions: graphs, cliques of graphs and cubical grids (BSL sections 2 and 3)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
from scipy.sparse import csc_array

from lossbar_core.barcodes.filtered import FilteredComplex, from_boundaries, sparse_boundary
from lossbar_core.barcodes.pairs import graph_input, vertex_ranks

__all__ = [
    "FilteredComplex",
    "clique_complex",
    "from_boundaries",
    "graph_complex",
    "grid_complex",
    "lower_star",
]

Axes = tuple[int, ...]
_Cubes = tuple[np.ndarray, np.ndarray]  # highest rank and id of each cube that spans the same axes


def lower_star(
    values: np.ndarray, dimension: np.ndarray, apex: np.ndarray, boundary: csc_array
) -> FilteredComplex:
    """Order cells by their highest vertex, ties by vertex id: the filtration of a function on vertices.

    Parameters
    ----------
    values : (n,) float array
        Values on the vertices.
    dimension, apex : (c,) int64 arrays
        Degree of each cell, and its highest vertex.
    boundary : (c, c) scipy.sparse.csc_array

    Returns
    -------
    FilteredComplex

    Raises
    ------
    ValueError
        If it is no filtered complex.
    """
    _, rank = vertex_ranks(values)
    order = np.lexsort((dimension, rank[apex]))
    return FilteredComplex(dimension, values[apex], boundary, order, apex)


def graph_complex(values: Any, edges: Any) -> FilteredComplex:
    """Vertices and edges of a graph, an edge with its higher end (BSL section 3, footnote 1).

    Parameters
    ----------
    values : (n,) array_like of float
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``

    Returns
    -------
    FilteredComplex
        Cell ids: the vertices, then the distinct edges.

    Raises
    ------
    ValueError, TypeError
        See `lossbar_core.barcodes.pairs.graph_input`.

    Examples
    --------
    >>> graph_complex([0.0, 2.0, 1.0], [(0, 1), (1, 2)]).value.tolist()
    [0.0, 2.0, 1.0, 2.0, 2.0]
    """
    return clique_complex(values, edges, max_degree=1)


def clique_complex(values: Any, edges: Any, max_degree: int = 2) -> FilteredComplex:
    r"""Cliques of a graph up to a degree, each with its highest vertex.

    :math:`\partial[v_0 \dots v_j] = \sum_i (-1)^i [v_0 \dots \hat v_i \dots v_j]`, vertices by id.

    Parameters
    ----------
    values : (n,) array_like of float
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``
    max_degree : int
        2 for triangles. Homology is that of the clique complex below this degree only.

    Returns
    -------
    FilteredComplex
        Cell ids: vertices, edges, triangles ..., each in lexicographic order.

    Raises
    ------
    ValueError, TypeError
        See `lossbar_core.barcodes.pairs.graph_input`; also if the degree is below 0.

    Examples
    --------
    >>> len(clique_complex([0.0, 1.0, 2.0], [(0, 1), (1, 2), (0, 2)]))
    7
    """
    f, pairs = graph_input(values, edges)
    _check_degree(max_degree)
    upper: list[set[int]] = [set() for _ in f]
    for a, b in pairs.tolist():
        upper[a].add(b)
    simplices: list[tuple[int, ...]] = [(v,) for v in range(len(f))]
    layer = simplices
    for _ in range(max_degree):
        layer = [(*s, v) for s in layer for v in sorted(set.intersection(*(upper[u] for u in s)))]
        simplices = simplices + layer
    index = {simplex: i for i, simplex in enumerate(simplices)}
    table = [
        (index[simplex[:i] + simplex[i + 1 :]], cell, (-1) ** i)
        for simplex, cell in index.items()
        for i in range(len(simplex))
        if len(simplex) > 1
    ]
    _, rank = vertex_ranks(f)
    apex = np.array([max(s, key=rank.__getitem__) for s in simplices], dtype=np.int64)
    dimension = np.array([len(s) - 1 for s in simplices], dtype=np.int64)
    return lower_star(
        f, dimension, apex, sparse_boundary(len(simplices), np.array(table, np.int64).reshape(-1, 3))
    )


def _check_degree(max_degree: int) -> None:
    if max_degree < 0:
        raise ValueError(f"expected max_degree >= 0, got {max_degree}; 2 gives triangles or squares")


def grid_complex(array: Any, max_degree: int = 2) -> FilteredComplex:
    r"""Cubical complex of an n-D array: pixels are vertices, a cube enters with its highest pixel.

    :math:`\partial Q = \sum_i (-1)^i (Q_i^+ - Q_i^-)` over the axes of the cube Q in increasing order.

    Parameters
    ----------
    array : n-D array_like of float
    max_degree : int
        2 for squares. Homology is that of the box below this degree, and at it if it is the dimension.

    Returns
    -------
    FilteredComplex
        Cell ids: pixels in C order, then edges by axis, then squares by pair of axes.

    Raises
    ------
    ValueError
        If the array is empty, 0-D or not finite, or the degree is below 0.
    TypeError
        If it does not hold real numbers.

    Examples
    --------
    >>> grid_complex([[0.0, 1.0], [2.0, 3.0]]).dimension.tolist()
    [0, 0, 0, 0, 1, 1, 1, 1, 2]
    """
    pixels = np.asarray(array)
    f, _ = graph_input(pixels.ravel(), ())
    _check_degree(max_degree)
    if pixels.ndim == 0 or pixels.size == 0:
        raise ValueError(f"expected a non-empty n-D array, got shape {pixels.shape}; pass one with pixels")
    order, rank = vertex_ranks(f)
    cubes: dict[Axes, _Cubes] = {}
    table = [np.empty((0, 3), dtype=np.int64)]
    total = 0
    for axes, shape in _directions(pixels.shape, max_degree):
        ids = total + np.arange(math.prod(shape)).reshape(shape)
        total += ids.size
        faces = list(_faces(axes, shape, cubes))
        height = np.maximum.reduce([height for height, _, _ in faces]) if axes else rank.reshape(shape)
        table += [np.column_stack([f.ravel(), ids.ravel(), np.full(f.size, sign)]) for _, f, sign in faces]
        cubes[axes] = height, ids
    apex = order[np.concatenate([height.ravel() for height, _ in cubes.values()])]
    degrees = [np.full(ids.size, len(axes), dtype=np.int64) for axes, (_, ids) in cubes.items()]
    return lower_star(f, np.concatenate(degrees), apex, sparse_boundary(total, np.concatenate(table)))


def _directions(shape: tuple[int, ...], max_degree: int) -> Iterator[tuple[Axes, tuple[int, ...]]]:
    """The sets of axes that a cube can span, by degree, each with the shape of the array of its cubes."""
    for degree in range(min(max_degree, len(shape)) + 1):
        for axes in combinations(range(len(shape)), degree):
            yield axes, tuple(n - (a in axes) for a, n in enumerate(shape))


def _faces(
    axes: Axes, shape: tuple[int, ...], cubes: dict[Axes, _Cubes]
) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
    """Highest rank, id and sign of each of the 2 j faces of all cubes that span ``axes``."""
    for i, axis in enumerate(axes):
        height, ids = cubes[axes[:i] + axes[i + 1 :]]
        for shift in (1, 0):
            pick = tuple(slice(shift * (a == axis), shift * (a == axis) + n) for a, n in enumerate(shape))
            yield height[pick], ids[pick], (-1) ** (i + 1 - shift)
