"""R-filtered chain complexes with integer boundaries, checked on construction (BSL section 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csc_array


@dataclass(frozen=True)
class FilteredComplex:
    r"""An R-filtered chain complex :math:`\partial_j\colon C_j \to C_{j-1}` with a basis of cells.

    The boundary has integer coefficients with :math:`\partial\partial = 0`, so that it is a complex over
    every field. Cell c lies in :math:`F_s C` when ``value[c] <= s``.

    Parameters
    ----------
    dimension : (n,) int64 array
        Degree of each cell.
    value : (n,) float array
        Filtration value; no face has a higher one than its coface.
    boundary : (n, n) scipy.sparse.csc_array of int64
        Column c holds the boundary of cell c.
    order : (n,) int64 array
        A permutation of the cells that refines the filtration: values ascend and faces come first.
    apex : (n,) int64 array
        Id of the point of the domain where the cell enters (its highest vertex); -1 where there is none.

    Raises
    ------
    ValueError
        If one of these conditions fails; the message names the cell.

    Notes
    -----
    BSL section 2, definition 3.
    """

    dimension: np.ndarray
    value: np.ndarray
    boundary: csc_array
    order: np.ndarray
    apex: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.dimension)
        for name in ("value", "order", "apex"):
            if getattr(self, name).shape != (n,):
                raise ValueError(f"expected {n} entries in {name}, got shape {getattr(self, name).shape}")
        if self.boundary.shape != (n, n):
            raise ValueError(f"expected a boundary of shape ({n}, {n}), got {self.boundary.shape}")
        if n and self.dimension.min() < 0:
            raise ValueError(f"expected dimensions >= 0, got {self.dimension.min()}")
        if not np.isfinite(self.value).all():
            raise ValueError("expected finite filtration values, got nan or inf; drop those cells")
        self._check_order()
        self._check_boundary()

    def _check_order(self) -> None:
        if not np.array_equal(np.sort(self.order), np.arange(len(self.order))):
            raise ValueError(f"expected order to be a permutation of 0..{len(self.order) - 1}")
        if (np.diff(self.value[self.order]) < 0).any():
            raise ValueError("expected an order that refines the filtration; sort the cells by value first")

    def _check_boundary(self) -> None:
        faces, cofaces = self.boundary.tocoo().coords
        position = np.empty_like(self.order)
        position[self.order] = np.arange(len(self.order))
        for bad, complaint in (
            (self.dimension[faces] != self.dimension[cofaces] - 1, "whose dimension is not one lower"),
            (self.value[faces] > self.value[cofaces], "that enters the filtration after it"),
            (position[faces] >= position[cofaces], "that follows it in the order"),
        ):
            if bad.any():
                k = int(np.flatnonzero(bad)[0])
                raise ValueError(
                    f"cell {cofaces[k]} has face {faces[k]}, {complaint}; mend the values or the order"
                )
        twice = self.boundary @ self.boundary
        if twice.count_nonzero():
            cell = int(twice.tocoo().coords[1][np.flatnonzero(twice.tocoo().data)[0]])
            raise ValueError(f"expected boundary of boundary = 0, fails at cell {cell}; orient its faces")

    def __len__(self) -> int:
        return len(self.dimension)

    @property
    def top(self) -> int:
        """Highest degree with a cell (-1 without cells)."""
        return int(self.dimension.max(initial=-1))

    def cells(self, degree: int) -> np.ndarray:
        """Ids of the cells of one degree, in filtration order (an int64 array)."""
        return self.order[self.dimension[self.order] == degree]

    def column(self, cell: int) -> dict[int, int]:
        """Boundary of one cell: face id to integer coefficient."""
        start, stop = self.boundary.indptr[cell], self.boundary.indptr[cell + 1]
        faces, numbers = self.boundary.indices[start:stop], self.boundary.data[start:stop]
        return dict(zip(faces.tolist(), numbers.tolist(), strict=True))

    def boundary_matrix(self, degree: int, level: float = np.inf) -> csc_array:
        r"""Matrix of :math:`\partial_j` on the sublevel complex; rows and columns in filtration order."""
        rows, columns = self.cells(degree - 1), self.cells(degree)
        rows, columns = rows[self.value[rows] <= level], columns[self.value[columns] <= level]
        return self.boundary[:, columns].tocsr()[rows].tocsc()

    def euler_characteristic(self, level: float = np.inf) -> int:
        r""":math:`\chi = \sum_j (-1)^j n_j` of the sublevel complex."""
        return int(np.where(self.dimension[self.value <= level] % 2, -1, 1).sum())


def from_boundaries(
    dimension: Sequence[int],
    value: Sequence[float],
    boundaries: Sequence[Mapping[int, int]],
    order: Sequence[int] | None = None,
) -> FilteredComplex:
    """Build a complex from one boundary a cell.

    Parameters
    ----------
    dimension : (n,) sequence of int
    value : (n,) sequence of float
        Filtration values.
    boundaries : n mappings
        Face id to non-zero integer coefficient; empty for a cell without boundary.
    order : (n,) sequence of int, optional
        Default: by value, then dimension, then id.

    Returns
    -------
    FilteredComplex

    Raises
    ------
    ValueError
        If the lengths differ, a face does not exist, or it is no filtered complex (see there).
    TypeError
        If a coefficient is no integer.

    Examples
    --------
    >>> circle = from_boundaries([0, 0, 1, 1], [0, 1, 2, 3], [{}, {}, {0: -1, 1: 1}, {0: -1, 1: 1}])
    >>> circle.euler_characteristic(), circle.euler_characteristic(level=2)
    (0, 1)
    """
    n = len(dimension)
    if len(value) != n or len(boundaries) != n:
        raise ValueError(f"expected {n} values and boundaries, got {len(value)} and {len(boundaries)}")
    entries = [(face, cell, x) for cell, column in enumerate(boundaries) for face, x in column.items()]
    for face, cell, x in entries:
        if not 0 <= face < n:
            raise ValueError(f"expected faces in 0..{n - 1}, got {face} in the boundary of cell {cell}")
        if not isinstance(x, (int, np.integer)):
            raise TypeError(f"expected integer coefficients, got {x!r} in the boundary of cell {cell}")
    degrees = np.asarray(dimension, dtype=np.int64).reshape(n)
    values = np.asarray(value, dtype=np.float64).reshape(n)
    cells = np.lexsort((degrees, values)) if order is None else np.asarray(order, dtype=np.int64)
    table = np.array(entries, dtype=np.int64).reshape(-1, 3)
    return FilteredComplex(degrees, values, sparse_boundary(n, table), cells, np.full(n, -1, dtype=np.int64))


def sparse_boundary(n: int, table: np.ndarray) -> csc_array:
    """Sparse boundary from rows (face, coface, coefficient); zero coefficients vanish."""
    matrix = csc_array((table[:, 2], (table[:, 0], table[:, 1])), shape=(n, n), dtype=np.int64)
    matrix.eliminate_zeros()
    return matrix


def reorder(complex: FilteredComplex, rng: np.random.Generator) -> FilteredComplex:
    """The same complex in another random order that respects the filtration (uniqueness, theorem 2.3).

    Cells of equal value change places as far as faces stay before cofaces; every such order can occur.

    Parameters
    ----------
    complex : FilteredComplex
    rng : numpy.random.Generator

    Returns
    -------
    FilteredComplex

    Examples
    --------
    >>> points = from_boundaries([0, 0, 0], [1.0, 0.0, 1.0], [{}, {}, {}])
    >>> sorted({tuple(reorder(points, np.random.default_rng(seed)).order.tolist()) for seed in range(9)})
    [(1, 0, 2), (1, 2, 0)]
    """
    key = rng.random(len(complex))
    faces, cofaces = complex.boundary.tocoo().coords
    tied = complex.value[faces] == complex.value[cofaces]
    for degree in range(1, complex.top + 1):  # a cell waits for the faces that enter at its value
        wait = tied & (complex.dimension[cofaces] == degree)
        np.maximum.at(key, cofaces[wait], key[faces[wait]])
    return replace(complex, order=np.lexsort((complex.dimension, key, complex.value)))
