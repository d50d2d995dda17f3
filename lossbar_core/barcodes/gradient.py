r"""Discrete gradient of a function on a 2-D grid (BSL section 6.1).

Cells of the grid live on a doubled grid: pixel (r, c) is cell (2r, 2c), an edge has one odd coordinate and
a square has two, so that a cell's neighbours are its faces and cofaces. An array of H x W pixels has
(2H - 1)(2W - 1) cells, numbered in C order.

A boundary needs no rule of its own. The remark of section 6.1 counts a critical point of the restriction to
the boundary where the gradient points inwards; here a border pixel simply has fewer neighbours, and it is a
minimum if those it has are higher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lossbar_core.barcodes.pairs import graph_input, vertex_ranks

STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))  # the four edges of a pixel, in cyclic order
CORNERS = ((-1, 1), (1, 1), (1, -1), (-1, -1))  # square k lies between edges k and k + 1


@dataclass(frozen=True)
class DiscreteGradient:
    """An acyclic matching of cells with cofaces inside each lower star; unmatched cells are critical.

    Parameters
    ----------
    values : (H, W) float array
        The function.
    partner : (cells,) int64 array
        Cell that each cell is matched with; itself for a critical cell.
    apex : (cells,) int64 array
        Flat pixel id of the highest vertex of each cell, ties by id.

    Raises
    ------
    ValueError
        If it is no gradient: not an involution, partners that are no face and coface or lie in different
        lower stars, or a closed path.
    """

    values: np.ndarray
    partner: np.ndarray
    apex: np.ndarray

    def __post_init__(self) -> None:
        cells = np.arange(self.partner.size)
        if not np.array_equal(self.partner[self.partner], cells):
            raise ValueError("expected a matching, got a cell that is not its partner's partner")
        tails, heads = self.pairs().T
        distance = np.abs(self.centre(tails) - self.centre(heads)).sum(axis=1)
        if (distance != 0.5).any():
            raise ValueError(
                "expected each cell to be matched with a face or coface, got cells farther apart"
            )
        if (self.apex[tails] != self.apex[heads]).any():
            raise ValueError("expected partners in one lower star, got cells with different highest vertices")
        self.ends(self.descent)
        self.ends(self.ascent)

    @property
    def width(self) -> int:
        """Cells in a row of the doubled grid."""
        return 2 * self.values.shape[1] - 1

    def dimension(self, cells: Any) -> np.ndarray:
        """Degree 0, 1 or 2 of cells: how many of their two coordinates are odd (an int64 array)."""
        row, column = np.divmod(np.asarray(cells, dtype=np.int64), self.width)
        return row % 2 + column % 2

    def centre(self, cells: Any) -> np.ndarray:
        """Centres of k cells: a (k, 2) float64 array of (row, column), in pixels."""
        return np.stack(np.divmod(np.asarray(cells, dtype=np.int64), self.width), axis=-1) / 2.0

    def value(self, cells: Any) -> np.ndarray:
        """The function at the highest vertex of cells, the level at which they enter."""
        return self.values.ravel()[self.apex[cells]]

    def pairs(self) -> np.ndarray:
        """The gradient arrows: an (m, 2) int64 array of (cell, coface)."""
        tails = np.flatnonzero(self.dimension(self.partner) > self.dimension(np.arange(self.partner.size)))
        return np.column_stack([tails, self.partner[tails]])

    def critical(self, index: int) -> np.ndarray:
        """Critical cells of index 0 (minima), 1 (saddles) or 2 (maxima), by (value, pixel id, cell id)."""
        cells = np.flatnonzero(self.partner == np.arange(self.partner.size))
        cells = cells[self.dimension(cells) == index]
        return cells[np.lexsort((cells, self.apex[cells], self.value(cells)))]

    def euler_characteristic(self) -> int:
        """Minima - saddles + maxima; 1 for every function on a rectangle."""
        return len(self.critical(0)) - len(self.critical(1)) + len(self.critical(2))

    def edge_ends(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper end of edges along their axis, as cells (two int64 arrays)."""
        step = np.where(edges % self.width % 2 == 1, 1, self.width)
        return edges - step, edges + step

    def edge_sides(self, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Squares in whose boundary edges count +1 and -1; the number of cells where there is none."""
        row, column = np.divmod(edges, self.width)
        size = self.partner.size
        across = column % 2 == 1
        step = np.where(across, -self.width, 1)
        last_row, last_column = size // self.width - 1, self.width - 1
        at_plus = np.where(across, row == 0, column == last_column)
        at_minus = np.where(across, row == last_row, column == 0)
        return np.where(at_plus, size, edges + step), np.where(at_minus, size, edges - step)

    @cached_property
    def descent(self) -> np.ndarray:
        """For each pixel the pixel across its arrow; other cells and critical ones point to themselves."""
        target = np.arange(self.partner.size + 1)
        tails, heads = self.pairs()[self.dimension(self.pairs()[:, 0]) == 0].T
        target[tails] = 2 * heads - tails
        return target

    @cached_property
    def ascent(self) -> np.ndarray:
        """For each square the square across the edge matched with it, against the arrows.

        Past the border there is none; the last entry stands for it and points to itself.
        """
        target = np.arange(self.partner.size + 1)
        tails, heads = self.pairs()[self.dimension(self.pairs()[:, 0]) == 1].T
        plus, minus = self.edge_sides(tails)
        target[heads] = np.where(plus == heads, minus, plus)
        return target

    def ends(self, target: np.ndarray) -> np.ndarray:
        """Where each pointer leads in the end, by doubling the length of the walk.

        Raises
        ------
        ValueError
            If a path closes on itself.
        """
        walk = target
        for _ in range(target.size.bit_length()):
            walk = walk[walk]
        if (target[walk] != walk).any():
            raise ValueError("expected gradient paths that end, got a closed path; the matching is cyclic")
        return walk


def discrete_gradient(array: Any) -> DiscreteGradient:
    """Match cells inside each lower star, so that few stay critical: a discrete gradient field.

    In the lower star of a pixel the edge to its lowest neighbour is matched with the pixel; then a square
    takes the last free edge of its two as long as there is one, and otherwise the lowest free edge becomes
    critical (the ProcessLowerStars algorithm of Robins, Wood and Sheppard, 2011).

    Parameters
    ----------
    array : (H, W) array_like of float
        Equal values are ordered by flat pixel id.

    Returns
    -------
    DiscreteGradient

    Raises
    ------
    ValueError
        If the array is not 2-D, is empty, or holds a value that is not finite.
    TypeError
        If it does not hold real numbers.

    Notes
    -----
    BSL section 6.1, with cells in place of smooth critical points.

    Examples
    --------
    >>> gradient = discrete_gradient([[0.0, 2.0, 1.0], [4.0, 5.0, 3.0]])
    >>> [gradient.value(gradient.critical(index)).tolist() for index in (0, 1, 2)]
    [[0.0, 1.0], [2.0], []]
    """
    pixels = np.asarray(array)
    if pixels.ndim != 2 or pixels.size == 0:
        raise ValueError(f"expected a non-empty array of shape (H, W), got {pixels.shape}; reshape it")
    f, _ = graph_input(pixels.ravel(), ())
    order, rank = vertex_ranks(f)
    height, width = pixels.shape
    cells = np.full((2 * height + 1, 2 * width + 1), f.size)  # a frame of higher ranks around the cells
    cells[1:-1:2, 1:-1:2] = rank.reshape(pixels.shape)
    cells[1:-1:2, 2:-2:2] = np.maximum(cells[1:-1:2, 1:-3:2], cells[1:-1:2, 3:-1:2])
    cells[2:-2:2, 1:-1] = np.maximum(cells[1:-3:2, 1:-1], cells[3:-1:2, 1:-1])
    partner = np.arange((2 * height - 1) * (2 * width - 1))
    for pixels_alike, arrows in _stars(cells, rank):
        row, column = np.divmod(pixels_alike, width)
        own = 2 * row * (2 * width - 1) + 2 * column
        for tail, head in arrows:
            tails, heads = (own + i * (2 * width - 1) + j for i, j in (tail, head))
            partner[tails], partner[heads] = heads, tails
    return DiscreteGradient(f.reshape(pixels.shape), partner, order[cells[1:-1, 1:-1].ravel()])


Offset = tuple[int, int]  # of a cell of the star from its pixel, on the doubled grid


def _stars(cells: np.ndarray, rank: np.ndarray) -> Iterator[tuple[np.ndarray, list[tuple[Offset, Offset]]]]:
    """Pixels whose lower stars look alike, with the arrows of such a star: some thousand kinds at most."""
    rows, columns = cells.shape[0] - 2, cells.shape[1] - 2

    def neighbours(steps: tuple[Offset, ...], reach: int) -> np.ndarray:
        framed = np.pad(cells, 1, constant_values=rank.size)  # two steps away from a border pixel
        start = [(2 + reach * i, 2 + reach * j) for i, j in steps]
        return np.stack([framed[i : i + rows : 2, j : j + columns : 2].ravel() for i, j in start])

    edges = neighbours(STEPS, 1) == rank
    squares = neighbours(CORNERS, 1) == rank
    ascending = np.argsort(neighbours(STEPS, 2), axis=0, kind="stable")
    digits = np.concatenate([ascending, edges, squares]).astype(np.int64)
    code = np.ravel_multi_index(tuple(digits), (4,) * 4 + (2,) * 8)
    by_code = np.argsort(code, kind="stable")
    _, first = np.unique(code[by_code], return_index=True)
    for group in np.split(by_code, first[1:]):
        kind = digits[:, group[0]].tolist()
        lower = [k for k in kind[:4] if kind[4 + k]]
        yield group, _match_star(lower, [k for k in range(4) if kind[8 + k]])


def _match_star(edges: list[int], squares: list[int]) -> list[tuple[Offset, Offset]]:
    """Arrows in one lower star, from its edges by ascending far end and its squares (see STEPS, CORNERS)."""
    if not edges:
        return []
    place = {edge: k for k, edge in enumerate(edges)}
    arrows: list[tuple[Offset, Offset]] = [((0, 0), STEPS[edges[0]])]
    free, unused = set(edges[1:]), set(squares)
    while free:
        ready = [(place[e], k) for k in unused for e, o in _sides(k) if e in free and o not in free]
        if ready:
            far, square = min(ready)
            arrows.append((STEPS[edges[far]], CORNERS[square]))
            unused.remove(square)
            free.remove(edges[far])
        else:
            free.remove(min(free, key=place.__getitem__))
    return arrows


def _sides(square: int) -> tuple[tuple[int, int], tuple[int, int]]:
    a, b = square, (square + 1) % 4
    return (a, b), (b, a)
