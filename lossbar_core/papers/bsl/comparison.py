"""Comparisons of a barcode with a reference, with itself under symmetries, and of saddles with each other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.functions import ReferenceBarcode

SAME = 1e-6  # values that differ by less are one critical value: references are a thousand times better
AGREE = 0.02  # a bar of a grid and one of a reference whose ends differ by less are the same
NEXT_LEVEL = 0.8  # a persistence below this share of the one before begins a new level


def level_errors(
    bars: Barcode, birth: np.ndarray, death: np.ndarray, multiplicity: Sequence[int] | np.ndarray
) -> dict[str, np.ndarray]:
    """Bars sorted to the level of a reference with the least sum of errors, infinite ones to infinite ones.

    Returns
    -------
    dict of (m,) arrays
        The levels and, for each, ``level_found`` bars, ``level_birth_error`` and ``level_death_error``: the
        largest errors among them, NaN where there is none, 0 for deaths that are rightly infinite.
    """
    exact = np.stack([birth, death], axis=1).astype(np.float64)
    own = bars.to_diagram()
    with np.errstate(invalid="ignore"):  # infinity - infinity, mended below
        gap = np.abs(own[:, None] - exact[None])
    both = np.isinf(own[:, None, 1]) & np.isinf(exact[None, :, 1])
    gap[:, :, 1][both] = 0.0
    nearest = gap.sum(axis=2).argmin(axis=1)
    found = np.bincount(nearest, minlength=len(exact))
    errors = np.full((len(exact), 2), np.nan)
    for level in np.flatnonzero(found):
        errors[level] = gap[nearest == level, level].max(axis=0)
    return {
        "level_birth": exact[:, 0],
        "level_death": exact[:, 1],
        "level_multiplicity": np.asarray(multiplicity, dtype=np.int64),
        "level_found": found,
        "level_birth_error": errors[:, 0],
        "level_death_error": errors[:, 1],
    }


def largest_error(levels: Mapping[str, np.ndarray]) -> float:
    """Largest error of a birth or death; infinite if a level has too many or too few bars."""
    if not np.array_equal(levels["level_found"], levels["level_multiplicity"]):
        return math.inf
    return float(np.max([levels["level_birth_error"], levels["level_death_error"]]))


def places(bars: Barcode, ids: Any) -> np.ndarray:
    """Coordinates (m, d) of vertices of a sample, of all of them for the ids ``...``.

    Raises
    ------
    ValueError
        If the barcode has no points.
    """
    if bars.points is None:
        raise ValueError("expected the barcode of a sample, got one without points; use sample_barcode")
    return bars.points[ids]


def symmetry_gap(bars: Barcode, symmetries: Sequence[np.ndarray]) -> float:
    """Largest difference of births, and of finite deaths, between each bar and its images.

    Parameters
    ----------
    bars : Barcode with points
    symmetries : (d, d) matrices
        The image of a bar is the bar whose minimum is nearest to the image of its minimum.
    """
    minima = places(bars, bars.minimum).astype(np.float64)
    tree = cKDTree(minima)
    gap = 0.0
    for matrix in symmetries:
        image = tree.query(minima @ np.asarray(matrix, dtype=np.float64).T)[1]
        both = ~bars.essential & ~bars.essential[image]
        births = np.abs(bars.birth - bars.birth[image])
        deaths = np.abs(bars.death[both] - bars.death[image][both])
        gap = max(gap, float(births.max()), float(deaths.max(initial=0.0)))
    return gap


def distinct_bars(birth: np.ndarray, death: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Births, deaths and multiplicities of bars that differ by more than `SAME`, sorted.

    Examples
    --------
    >>> distinct_bars(np.array([0.0, 1.0, 1e-9]), np.array([np.inf, 2.0, 3.0]))
    (array([5.e-10, 5.e-10, 1.e+00]), array([ 3., inf,  2.]), array([1, 1, 1]))
    """
    groups = np.stack([_groups(birth), _groups(death)], axis=1)
    _, inverse, count = np.unique(groups, axis=0, return_inverse=True, return_counts=True)
    births = np.array([birth[groups[:, 0] == groups[inverse == i][0, 0]].mean() for i in range(len(count))])
    deaths = np.array([death[inverse == i].mean() for i in range(len(count))])
    return births, deaths, count


def _groups(values: np.ndarray) -> np.ndarray:
    """Numbers of groups of equal values, from the lowest up; infinity is the last."""
    order = np.argsort(values, kind="stable")
    with np.errstate(invalid="ignore"):  # infinity - infinity is no step either
        steps = np.diff(values[order]) > SAME
    group = np.empty(len(values), dtype=np.int64)
    group[order] = np.concatenate([[0], np.cumsum(steps)])
    return group


def longest(persistence: np.ndarray, top: int) -> np.ndarray:
    """Positions of the longest finite bars, longest first."""
    finite = np.flatnonzero(np.isfinite(persistence))
    return finite[np.argsort(-persistence[finite], kind="stable")[:top]]


def longest_of_both(grid: Barcode, reference: ReferenceBarcode, top: int) -> dict[str, np.ndarray]:
    """The longest finite bars of a grid, each in the precision of the reference if that has it too.

    The grid is coarse but misses no long bar; the reference is precise but may lose one while it polishes.

    Returns
    -------
    dict of (top,) arrays, from the longest bar down
        ``reference_birth`` and ``_death``, ``_minimum`` and ``_saddle`` (top, d), and ``_error``: for a bar that
        only the grid has, the largest difference between both at the others.
    """
    own = longest(grid.persistence, top)
    bars = np.stack([grid.birth, grid.death], axis=1)[own].astype(np.float64)
    ends = np.stack([places(grid, grid.minimum[own]), places(grid, grid.saddle[own])], axis=1)
    finite = np.flatnonzero(np.isfinite(reference.death))
    precise = reference.to_diagram()[finite]
    gap = np.abs(bars[:, None] - precise[None]).max(axis=2)
    both = gap.min(axis=1) < AGREE
    match = finite[gap.argmin(axis=1)]
    error = np.where(
        both,
        np.maximum(reference.birth_error, reference.death_error)[match],
        gap.min(axis=1)[both].max(initial=0.0),
    )
    bars[both] = reference.to_diagram()[match[both]]
    ends[both] = np.stack([reference.minimum, reference.saddle], axis=1)[match[both]]
    columns = {"birth": bars[:, 0], "death": bars[:, 1], "minimum": ends[:, 0], "saddle": ends[:, 1]}
    return {f"reference_{name}": column for name, column in {**columns, "error": error}.items()}


def relative_error(persistence: np.ndarray, exact: np.ndarray) -> float:
    """Largest |own / exact - 1| over the longest bars; infinite where there are fewer than exact ones."""
    own = persistence[longest(persistence, len(exact))]
    return float(np.max(np.abs(own / exact - 1))) if len(own) == len(exact) else float("inf")


def absolute_error(persistence: np.ndarray, exact: np.ndarray) -> float:
    """Largest |own - exact| over the longest bars; infinite where there are fewer than exact ones."""
    own = persistence[longest(persistence, len(exact))]
    return float(np.max(np.abs(own - exact))) if len(own) == len(exact) > 0 else float("inf")


def relative_births(births: np.ndarray, exact: np.ndarray) -> float:
    """Largest |own / exact - 1| of births in ascending order; infinite where their numbers differ."""
    if len(births) != len(exact):
        return float("inf")
    return float(np.max(np.abs(np.sort(births) / np.sort(exact) - 1)))


def largest_death(bars: Barcode) -> float:
    """Largest |death| of the finite bars, 0 without any."""
    return float(np.max(np.abs(bars.death[~bars.essential]), initial=0.0))


def saddle_ranks(bars: Barcode, top: int) -> tuple[np.ndarray, np.ndarray]:
    """How many paired saddles are nearer to a minimum than its own, and how far its own is.

    Parameters
    ----------
    bars : Barcode with points
    top : int
        Look at so many finite bars, those with the largest components.

    Returns
    -------
    (top,) int64 array and (top,) float64 array
        Ranks (0: the paired saddle is the nearest one) and distances, from the largest component down.
    """
    finite = np.flatnonzero(~bars.essential)
    saddles = np.unique(bars.saddle[finite])
    chosen = finite[np.argsort(-bars.size[finite], kind="stable")[:top]]
    minima, own = places(bars, bars.minimum[chosen]), places(bars, bars.saddle[chosen])
    distance = np.linalg.norm(minima - own, axis=1)
    order = cKDTree(places(bars, saddles)).query(minima, k=len(saddles))[1].reshape(len(chosen), -1)
    rank = np.argmax(saddles[order] == bars.saddle[chosen][:, None], axis=1)
    return rank, distance


def persistence_levels(persistence: np.ndarray) -> list[np.ndarray]:
    """Finite persistences in groups, longest first; a group ends where the next value is much smaller.

    Examples
    --------
    >>> [group.tolist() for group in persistence_levels(np.array([1.0, np.inf, 0.4, 0.99, 0.41]))]
    [[1.0, 0.99], [0.41, 0.4]]
    """
    values = np.sort(persistence[np.isfinite(persistence)])[::-1]
    breaks = np.flatnonzero(values[1:] < NEXT_LEVEL * values[:-1]) + 1
    return np.split(values, breaks)


def tied_bars(bars: Barcode) -> int:
    """Bars whose birth equals that of the minimum that swallows them: printed without ties, they would be lost."""
    lowest = dict(zip(bars.minimum.tolist(), bars.birth.tolist(), strict=True))
    finite = ~bars.essential
    swallowers = [lowest.get(v, -np.inf) for v in bars.swallower[finite].tolist()]
    return int(np.sum(bars.birth[finite] == np.array(swallowers)))
