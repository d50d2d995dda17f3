r"""Morse complex of a function on a 2-D grid: critical cells and their boundaries (BSL section 6.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import block_array, csc_array

from lossbar_core.barcodes.complexes import FilteredComplex, lower_star
from lossbar_core.barcodes.gradient import DiscreteGradient, discrete_gradient

__all__ = ["DiscreteGradient", "MorseComplex", "discrete_gradient", "morse_complex"]


@dataclass(frozen=True)
class MorseComplex:
    r"""Critical cells with the signed numbers of gradient paths between them.

    Parameters
    ----------
    gradient : DiscreteGradient
    cells : three int64 arrays
        Critical cells of index 0, 1, 2.
    boundary1, boundary2 : scipy.sparse.csc_array of int64
        Boundary from saddles to minima and from maxima to saddles, rows and columns as in ``cells``.
    """

    gradient: DiscreteGradient
    cells: tuple[np.ndarray, np.ndarray, np.ndarray]
    boundary1: csc_array
    boundary2: csc_array

    def euler_characteristic(self) -> int:
        """Minima - saddles + maxima."""
        return len(self.cells[0]) - len(self.cells[1]) + len(self.cells[2])

    def filtered_complex(self) -> FilteredComplex:
        """The complex filtered by the value of the critical cells: minima, then saddles, then maxima.

        Its canonical form has the bars of the cubical complex of the whole grid.

        Raises
        ------
        ValueError
            If boundary of boundary is not 0.
        """
        cells = np.concatenate(self.cells)
        n0, n1, n2 = (len(c) for c in self.cells)
        boundary = block_array(
            [
                [csc_array((n0, n0), dtype=np.int64), self.boundary1, None],
                [None, csc_array((n1, n1), dtype=np.int64), self.boundary2],
                [None, None, csc_array((n2, n2), dtype=np.int64)],
            ],
            format="csc",
        )
        gradient = self.gradient
        return lower_star(gradient.values.ravel(), gradient.dimension(cells), gradient.apex[cells], boundary)

    def separatrices(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """The two descending gradient paths from each saddle to minima, for plotting.

        Returns
        -------
        list of pairs of (k, 2) float64 arrays
            Polylines of (row, column) in pixels from the centre of the critical edge to a minimum, in
            the order of ``cells[1]``.
        """
        gradient = self.gradient
        lower, upper = gradient.edge_ends(self.cells[1])
        ends = zip(self.cells[1].tolist(), lower.tolist(), upper.tolist(), strict=True)
        return [(self._descend(edge, a), self._descend(edge, b)) for edge, a, b in ends]

    def _descend(self, edge: int, vertex: int) -> np.ndarray:
        path, target = [edge, vertex], self.gradient.descent
        while (below := int(target[path[-1]])) != path[-1]:
            path.append(below)
        return self.gradient.centre(path)


def morse_complex(array: Any) -> MorseComplex:
    r"""Boundary operators between critical cells: signed counts of gradient paths (BSL section 6.1).

    :math:`\partial p = \sum_q \#M(p, q)\, q`. In the plane no path needs to be followed twice: from a
    saddle two paths descend to minima and two ascend to maxima or leave through the border, and with
    all squares oriented alike a path keeps its sign.

    Parameters
    ----------
    array : (H, W) array_like of float, or DiscreteGradient

    Returns
    -------
    MorseComplex

    Raises
    ------
    ValueError, TypeError
        See `discrete_gradient`.

    Examples
    --------
    >>> complex = morse_complex([[0.0, 2.0, 1.0], [4.0, 5.0, 3.0]])
    >>> complex.boundary1.toarray().tolist(), complex.euler_characteristic()
    ([[-1], [1]], 1)
    """
    gradient = array if isinstance(array, DiscreteGradient) else discrete_gradient(array)
    cells = (gradient.critical(0), gradient.critical(1), gradient.critical(2))
    number = np.full(gradient.partner.size + 1, -1)
    for ids in cells:
        number[ids] = np.arange(len(ids))
    lower, upper = (number[gradient.ends(gradient.descent)[v]] for v in gradient.edge_ends(cells[1]))
    plus, minus = (number[gradient.ends(gradient.ascent)[s]] for s in gradient.edge_sides(cells[1]))
    saddles = np.arange(len(cells[1]))
    boundary1 = _signed(upper, saddles, lower, saddles, (len(cells[0]), len(saddles)))
    boundary2 = _signed(saddles, plus, saddles, minus, (len(saddles), len(cells[2])))
    return MorseComplex(gradient, cells, boundary1, boundary2)


def _signed(
    plus_row: np.ndarray,
    plus_column: np.ndarray,
    minus_row: np.ndarray,
    minus_column: np.ndarray,
    shape: tuple[int, int],
) -> csc_array:
    """Sum of +1 and -1 at the given places; a place with -1 does not exist, opposite signs cancel."""
    rows, columns = np.append(plus_row, minus_row), np.append(plus_column, minus_column)
    signs = np.repeat([1, -1], [len(plus_row), len(minus_row)])
    exists = (rows >= 0) & (columns >= 0)
    matrix = csc_array((signs[exists], (rows[exists], columns[exists])), shape=shape, dtype=np.int64)
    matrix.eliminate_zeros()
    return matrix
