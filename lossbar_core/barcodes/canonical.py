r"""Canonical form of R-filtered chain complexes over GF(p) and the rationals (BSL theorem 2.3, section 6.2).

A change of basis that preserves the filtration splits the complex into pieces of two kinds: one cell e
with :math:`\partial e = 0` that bounds nothing (a bar without end), and two cells with
:math:`\partial e_2 = e_1` (a bar from the value of e_1 to that of e_2).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.fields import Column, Field, as_field
from lossbar_core.barcodes.filtered import FilteredComplex, reorder
from lossbar_core.barcodes.pairs import Pairs

__all__ = ["CanonicalForm", "betti_numbers_by_rank", "canonical_form", "reorder"]

DENSE_LIMIT = 4_000_000  # entries of a matrix for which elimination by hand takes seconds, not minutes


@dataclass(frozen=True)
class CanonicalForm:
    r"""Pairing of the cells of a complex, with the basis that proves it if that was asked for.

    Parameters
    ----------
    complex : FilteredComplex
    field : Field
    creators, destroyers : (m,) int64 arrays
        Cell ids of the two-dimensional pieces, in filtration order of the destroyer; creator i bounds
        destroyer i.
    essential : (e,) int64 array
        Cell ids of the one-dimensional pieces, in filtration order.
    reduced, transformation : mappings from cell id to sparse column, or None
        The columns of R and V with :math:`\partial V = R`, by cell id.
    """

    complex: FilteredComplex
    field: Field
    creators: np.ndarray
    destroyers: np.ndarray
    essential: np.ndarray
    reduced: Mapping[int, Column] | None = None
    transformation: Mapping[int, Column] | None = None

    def cell_pairs(self, degree: int) -> tuple[np.ndarray, np.ndarray]:
        """Creators of one degree and their destroyers, -1 for those without (two int64 arrays)."""
        creators = np.concatenate([self.creators, self.essential])
        destroyers = np.concatenate([self.destroyers, np.full_like(self.essential, -1)])
        chosen = self.complex.dimension[creators] == degree
        return creators[chosen], destroyers[chosen]

    def barcode(self, degree: int, zero_length: bool = False) -> np.ndarray:
        """Bars of one degree: a (b, 2) float64 array of (birth, death), sorted.

        Parameters
        ----------
        degree : int
        zero_length : bool
            Keep pairs of equal value. They belong to the canonical form, but no sublevel set sees them.
        """
        creators, destroyers = self.cell_pairs(degree)
        value = np.append(self.complex.value.astype(np.float64), np.inf)  # destroyer -1: never
        bars = np.column_stack([value[creators], value[destroyers]])
        if not zero_length:
            bars = bars[bars[:, 0] < bars[:, 1]]
        return bars[np.lexsort((bars[:, 1], bars[:, 0]))]

    def betti(self, level: float, degree: int) -> int:
        """Number of bars of a degree that meet the level: the Betti number of the sublevel complex."""
        bars = self.barcode(degree)
        return int(((bars[:, 0] <= level) & (level < bars[:, 1])).sum())

    def minimum_saddle_pairs(self) -> Pairs:
        """Degree 0 in terms of points of the domain: each minimum with its 1-saddle (proposition 2.4).

        Returns
        -------
        Pairs
            Pairs inside one lower star, where the creating vertex is no minimum, are left out.

        Raises
        ------
        ValueError
            If the cells of the complex do not know where they enter.
        """
        apex, value = self.complex.apex, self.complex.value
        if len(apex) and apex.min() < 0:
            raise ValueError("expected a complex of a function, got cells without apex; use barcode(0)")
        creators, destroyers = self.cell_pairs(0)
        minimum, saddle = apex[creators], np.append(apex, -1)[destroyers]
        order = np.lexsort((minimum, value[creators]))
        order = order[minimum[order] != saddle[order]]
        death = np.append(value, np.inf).astype(value.dtype)[destroyers]
        return Pairs(value[creators][order], death[order], minimum[order], saddle[order])

    def _witness(self) -> tuple[Mapping[int, Column], Mapping[int, Column]]:
        if self.reduced is None or self.transformation is None:
            raise ValueError("expected a form with its basis; call canonical_form(..., transformation=True)")
        return self.reduced, self.transformation

    def basis(self) -> dict[int, Column]:
        """The canonical basis: cell id to chain; a creator's chain is the boundary of its destroyer's.

        Raises
        ------
        ValueError
            If the form was computed without its transformation.
        """
        reduced, transformation = self._witness()
        bounding = zip(self.creators.tolist(), self.destroyers.tolist(), strict=True)
        return {**transformation, **{i: reduced.get(j, {}) for i, j in bounding}}

    def violations(self) -> list[str]:
        r"""What is wrong with the form; empty if it is right.

        Checked are :math:`\partial V = R`; R is reduced and its pivots are the pairs; every cell is in one
        piece; the basis is triangular with respect to the filtration, and in it :math:`\partial` has
        the shape of theorem 2.3.

        Raises
        ------
        ValueError
            If the form was computed without its transformation.
        """
        reduced, transformation = self._witness()
        place = _positions(self.complex).__getitem__
        pairs = dict(zip(self.destroyers.tolist(), self.creators.tolist(), strict=True))
        pieces = np.concatenate([self.creators, self.destroyers, self.essential])
        if not np.array_equal(np.sort(pieces), np.arange(len(self.complex))):
            return ["a cell is in no piece, or in several"]
        found = [
            f"the boundary of V is not R at cell {cell}"
            for cell in range(len(self.complex))
            if self._boundary_of(transformation.get(cell, {})) != reduced.get(cell, {})
        ]
        if {j: max(column, key=place) for j, column in reduced.items() if column} != pairs:
            found.append("R is not reduced, or its pivots are not the pairs")
        basis = self.basis()
        for cell, chain in basis.items():
            if not chain or max(chain, key=place) != cell:
                found.append(f"the basis does not preserve the filtration at cell {cell}")
            if any(self.complex.dimension[i] != self.complex.dimension[cell] for i in chain):
                found.append(f"the basis mixes degrees at cell {cell}")
            if self._boundary_of(chain) != (basis[pairs[cell]] if cell in pairs else {}):
                found.append(f"the boundary is not canonical at cell {cell}")
        return found

    def verify(self) -> bool:
        """Whether `violations` finds nothing.

        Raises
        ------
        ValueError
            If the form was computed without its transformation.
        """
        return not self.violations()

    def _boundary_of(self, chain: Column) -> Column:
        total: Column = {}
        for cell, x in chain.items():
            self.field.subtract(total, -x, self.field.column(self.complex.column(cell)))
        return total


def _positions(complex: FilteredComplex) -> list[int]:
    position = np.empty_like(complex.order)
    position[complex.order] = np.arange(len(complex))
    return position.tolist()


def canonical_form(
    complex: FilteredComplex, field: int | str = 2, transformation: bool = False
) -> CanonicalForm:
    r"""Bring an R-filtered complex to canonical form: BSL theorem 2.3, by column reduction.

    Columns of :math:`\partial` are reduced from the highest degree down; the pivot of a reduced column
    is the creator that its cell destroys, so its own column is known to reduce to 0 and is skipped.

    Parameters
    ----------
    complex : FilteredComplex
    field : int or "Q"
        A prime p for GF(p), or "Q" for the rationals, both exact.
    transformation : bool
        Keep R and V, which `CanonicalForm.verify` needs.

    Returns
    -------
    CanonicalForm

    Raises
    ------
    ValueError
        If the field is neither a prime nor "Q".

    Examples
    --------
    >>> from lossbar_core.barcodes.complexes import graph_complex
    >>> form = canonical_form(graph_complex([0.0, 2.0, 1.0], [(0, 1), (1, 2)]), transformation=True)
    >>> form.barcode(0).tolist(), form.betti(1.5, degree=0), form.verify()
    ([[0.0, inf], [1.0, 2.0]], 2, True)
    """
    scalars = as_field(field)
    order = complex.order
    columns, changes, destroyer_of = _reduce(complex, scalars, transformation)
    pairs = order[np.array([(i, j) for i, j in destroyer_of.items()], dtype=np.int64).reshape(-1, 2)]
    position = np.array(_positions(complex), dtype=np.int64)
    pairs = pairs[np.argsort(position[pairs[:, 1]])]
    essential = order[~np.isin(order, pairs)]
    if not transformation:
        return CanonicalForm(complex, scalars, pairs[:, 0], pairs[:, 1], essential)
    ids = order.tolist()
    r, v = ({ids[j]: {ids[i]: x for i, x in c.items()} for j, c in m.items()} for m in (columns, changes))
    return CanonicalForm(complex, scalars, pairs[:, 0], pairs[:, 1], essential, r, v)


def _reduce(
    complex: FilteredComplex, scalars: Field, keep_changes: bool
) -> tuple[dict[int, Column], dict[int, Column], dict[int, int]]:
    """R without its empty columns, V (empty unless kept) and creator -> destroyer, all by position."""
    position = _positions(complex)
    columns: dict[int, Column] = {}
    changes: dict[int, Column] = {}
    destroyer_of: dict[int, int] = {}
    for degree in range(complex.top, -1, -1):
        for cell in complex.cells(degree).tolist():
            j = position[cell]
            if j in destroyer_of:
                # The boundary it pairs with has this cell on top and no boundary: a ready column of V.
                if keep_changes:
                    changes[j] = columns[destroyer_of[j]]
                continue
            column = scalars.column({position[i]: x for i, x in complex.column(cell).items()})
            change: Column = {j: 1}
            while column:
                low = max(column)
                if low not in destroyer_of:
                    destroyer_of[low] = j
                    columns[j] = column
                    break
                pivot = destroyer_of[low]
                factor = scalars.ratio(column[low], columns[pivot][low])
                scalars.subtract(column, factor, columns[pivot])
                if keep_changes:
                    scalars.subtract(change, factor, changes[pivot])
            if keep_changes:
                changes[j] = change
    return columns, changes, destroyer_of


def betti_numbers_by_rank(
    complex: FilteredComplex, level: float = np.inf, field: int | str = 2
) -> tuple[int, ...]:
    r"""Betti numbers of a sublevel complex from ranks alone, without the canonical form.

    :math:`b_j = n_j - \operatorname{rank} \partial_j - \operatorname{rank} \partial_{j+1}`
    (BSL section 2, homology of a chain complex).

    Parameters
    ----------
    complex : FilteredComplex
    level : float
    field : int or "Q"

    Returns
    -------
    tuple of int
        One number a degree, from 0 to the highest degree of the whole complex.

    Raises
    ------
    ValueError
        If the field is neither a prime nor "Q", or the complex is too large for dense elimination.

    Examples
    --------
    >>> from lossbar_core.barcodes.complexes import graph_complex
    >>> square = graph_complex([0.0, 1.0, 2.0, 3.0], [(0, 1), (1, 2), (2, 3), (0, 3)])
    >>> betti_numbers_by_rank(square), betti_numbers_by_rank(square, level=2.5, field="Q")
    ((1, 1), (1, 0))
    """
    scalars = as_field(field)
    matrices = [complex.boundary_matrix(degree, level) for degree in range(complex.top + 2)]
    for degree, matrix in enumerate(matrices):
        if math.prod(matrix.shape) > DENSE_LIMIT:
            raise ValueError(
                f"expected boundaries of at most {DENSE_LIMIT} entries for elimination by ranks, got "
                f"{matrix.shape} in degree {degree}; use canonical_form(complex).betti(level, degree)"
            )
    ranks = [scalars.rank(matrix.toarray()) for matrix in matrices]
    return tuple(matrices[j].shape[1] - ranks[j] - ranks[j + 1] for j in range(complex.top + 1))
