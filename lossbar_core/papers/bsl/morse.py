"""The gradient Morse complex of the six-hump camel on a grid, and beside it the smooth flow (BSL section 6.1)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.canonical import CanonicalForm, betti_numbers_by_rank, canonical_form
from lossbar_core.barcodes.complexes import grid_complex
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.barcodes.morse import MorseComplex, morse_complex
from lossbar_core.functions import HUMP_CAMEL_6
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.flow import (
    CriticalPoints,
    Trajectory,
    count_ends,
    critical_points_near,
    trajectories,
)

FIELDS = (2, 3)
INDICES = (0, 1, 2)
TOGETHER = 5e-5  # below the distance of two critical values of the function that are no mirror images


@dataclass(frozen=True)
class Grid:
    """Pixels along both axes of the box, its ends included, and those of a coarse grid; ``seed`` is unused."""

    rows: int = 401
    columns: int = 301
    coarse_rows: int = 161
    coarse_columns: int = 121
    seed: int = 0


@item("BSL-App6.1", smoke=Grid(rows=81, columns=61), quick=Grid())
def gradient_morse_complex(config: Grid) -> Result:
    r"""Critical cells, boundary operators and canonical form: BSL section 6.1.

    .. math:: \partial_j [p] = \sum_{\operatorname{index} q = j - 1} \#M(p, q)\, [q],
        \qquad \partial_j \circ \partial_{j+1} = 0

    Parameters
    ----------
    config : Grid

    Returns
    -------
    Result
        Numbers of critical cells, largest entry of the product of the boundary matrices, Euler characteristic
        of the cells and of the grid, Betti numbers by rank; ``barcode_mismatches`` of the canonical form with
        that of all cells of the grid and with `grid_barcode`; ``index_mismatches`` with the Hessians at the
        smooth critical points; ``flow_mismatches``, entries of the boundary matrices whose parity is not that
        of a count of smooth trajectories; ``coarse_grid_exchanges_saddles``: whether the shortest bar ends at
        another saddle there.
    """
    values = hump_camel_grid(config.rows, config.columns)
    complex_ = morse_complex(values)
    small = complex_.filtered_complex()
    form = canonical_form(small, FIELDS[0])
    places = _places(complex_)
    smooth = critical_points_near(HUMP_CAMEL_6, places, complex_.gradient.dimension(_cells(complex_)))
    paths = trajectories(HUMP_CAMEL_6, HUMP_CAMEL_6.bounds(), smooth)
    high = smooth.value[smooth.index == 1][-4:]  # two pairs of saddles, almost equally high
    coarse = morse_complex(hump_camel_grid(config.coarse_rows, config.coarse_columns))
    measured = _counts(complex_) | {
        "boundary_product": int(np.abs((complex_.boundary1 @ complex_.boundary2).toarray()).max(initial=0)),
        "betti_numbers": list(betti_numbers_by_rank(small, field="Q")),
        "barcode_mismatches": barcode_mismatches(values, complex_),
        "index_mismatches": int(np.sum(smooth.index != smooth.expected)),
        "flow_mismatches": flow_mismatches(complex_, paths),
        "largest_shift": float(np.linalg.norm(smooth.points - places, axis=1).max()),
        "gap_of_high_saddles": float(np.ptp(high)),
        "coarse_grid_exchanges_saddles": bool(
            np.linalg.norm(np.abs(last_paired_saddle(complex_)) - np.abs(last_paired_saddle(coarse))) > 0.2
        ),
    }
    return Result(measured, _arrays(complex_, smooth, form) | _polylines(paths))


def _counts(complex_: MorseComplex) -> dict[str, int]:
    cells = np.bincount(complex_.gradient.dimension(np.arange(complex_.gradient.partner.size)), minlength=3)
    boundary1, boundary2 = complex_.boundary1.toarray(), complex_.boundary2.toarray()
    return {
        "n_minima": len(complex_.cells[0]),
        "n_saddles": len(complex_.cells[1]),
        "n_maxima": len(complex_.cells[2]),
        "cells_of_grid": int(cells.sum()),
        "euler_characteristic": complex_.euler_characteristic(),
        "euler_characteristic_of_grid": int(cells[0] - cells[1] + cells[2]),
        "rank_boundary1": int(np.linalg.matrix_rank(boundary1)),
        "rank_boundary2": int(np.linalg.matrix_rank(boundary2)),
    }


def barcode_mismatches(values: np.ndarray, complex_: MorseComplex) -> int:
    """Bars that a Morse complex has and the cubical complex of the grid has not, or the other way round.

    Both are reduced over two fields, in all degrees; in degree 0 the pairs of `grid_barcode` must agree too.
    """
    small, whole = complex_.filtered_complex(), grid_complex(values)
    mismatches = 0
    for field in FIELDS:
        form, cubical = canonical_form(small, field), canonical_form(whole, field)
        mismatches += sum(differing_bars(form.barcode(j), cubical.barcode(j)) for j in INDICES)
        pairs, bars = form.minimum_saddle_pairs(), grid_barcode(values)
        mismatches += 0 if pairs.same_as(bars) else max(len(pairs), len(bars))
    return mismatches


def flow_mismatches(complex_: MorseComplex, paths: list[Trajectory]) -> int:
    """Entries of the boundary matrices with another parity than the number of smooth trajectories."""
    boundary1, boundary2 = complex_.boundary1.toarray(), complex_.boundary2.toarray()
    down = count_ends(paths, False, *boundary1.shape)
    up = count_ends(paths, True, *boundary2.T.shape)
    return int(((down - boundary1) % 2).sum() + ((up.T - boundary2) % 2).sum())


def hump_camel_grid(rows: int, columns: int) -> np.ndarray:
    """HumpCamel6 at the (rows, columns) points of a grid over its box, the first index along x."""
    axes = [
        np.linspace(low, high, n)
        for (low, high), n in zip(HUMP_CAMEL_6.bounds(), (rows, columns), strict=True)
    ]
    return HUMP_CAMEL_6(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(
        rows, columns
    )


def differing_bars(bars: np.ndarray, other: np.ndarray) -> int:
    """Number of rows (birth, death) that one of two barcodes has and the other has not, with multiplicity.

    Examples
    --------
    >>> differing_bars(np.array([[0.0, 1.0], [0.0, 1.0]]), np.array([[0.0, 1.0], [0.0, 2.0]]))
    2
    """
    a, b = Counter(map(tuple, bars.tolist())), Counter(map(tuple, other.tolist()))
    return (a - b).total() + (b - a).total()


def betti_table(complex_: MorseComplex) -> np.ndarray:
    """Critical values and the Betti numbers 0 and 1 of the sublevel complex there: an (m, 3) float64 array.

    Of critical values closer than `TOGETHER`, mirror images of each other, only the last is listed.
    """
    small = complex_.filtered_complex()
    levels = np.sort(small.value)
    levels = levels[np.append(np.diff(levels) > TOGETHER, True)]
    return np.array([[level, *betti_numbers_by_rank(small, float(level))[:2]] for level in levels])


def _cells(complex_: MorseComplex) -> np.ndarray:
    return np.concatenate(complex_.cells)


def _places(complex_: MorseComplex) -> np.ndarray:
    """Places (m, 2) of the critical cells in the box, by index."""
    box = np.array(HUMP_CAMEL_6.bounds())
    pixel = (box[:, 1] - box[:, 0]) / (np.array(complex_.gradient.values.shape) - 1)
    return box[:, 0] + complex_.gradient.centre(_cells(complex_)) * pixel


def last_paired_saddle(complex_: MorseComplex) -> np.ndarray:
    """Place of the saddle at which the highest minimum dies."""
    creators, destroyers = canonical_form(complex_.filtered_complex()).cell_pairs(0)
    return _places(complex_)[destroyers[np.argmax(creators)]]


def _arrays(complex_: MorseComplex, smooth: CriticalPoints, form: CanonicalForm) -> dict[str, np.ndarray]:
    """Critical cells, minima first, then saddles and maxima; pairs are positions among them, -1 for none."""
    return {
        "index": smooth.expected,
        "place": _places(complex_),
        "value": complex_.gradient.value(_cells(complex_)),
        "smooth_place": smooth.points,
        "smooth_value": smooth.value,
        "boundary1": complex_.boundary1.toarray().astype(np.int8),
        "boundary2": complex_.boundary2.toarray().astype(np.int8),
        "betti": betti_table(complex_),
        **{f"pairs{degree}": np.column_stack(form.cell_pairs(degree)) for degree in (0, 1)},
    }


def _polylines(paths: list[Trajectory]) -> dict[str, np.ndarray]:
    """The trajectories down and up, each kind as one (m, 2) array with a row of NaN after each path."""
    gap = np.full((1, 2), np.nan)
    kinds = {"down": [p.path for p in paths if not p.up], "up": [p.path for p in paths if p.up]}
    return {
        name: np.concatenate([part for path in group for part in (path, gap)]).astype(np.float32)
        for name, group in kinds.items()
    }
