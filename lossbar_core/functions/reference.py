"""Reference barcodes of functions that have no closed form: a fine grid, then critical points in full precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lossbar_core.checks import as_bounds, as_count
from lossbar_core.functions.polishing import largest_step, newton, run_down, settle, zoomed_saddle

SAME_PLACE = 0.01  # cells
POLISHED = 1e-7  # of the range of the function: errors below it are those of polished critical points


@dataclass(frozen=True)
class ReferenceBarcode:
    """Bars with the positions of their critical points, sorted by birth.

    Attributes
    ----------
    birth, death : (b,) float64 arrays
    minimum, saddle : (b, d) float64 arrays of positions, NaN for the saddle of an essential bar
    birth_error, death_error : (b,) float64 arrays
        Estimated errors: what differences or the last window leave; the largest step of the grid if it stays as it is.
    pairing_error : (b,) float64 array
        Change of the function half a cell away from the saddle. The grid cannot tell which of two passes is the
        lower one if their heights differ by less; then the true death is that much lower at most.
    polished : (b,) bool array
        Whether the errors of birth and death are below 1e-7 of the function's range.
    size : (b,) int64 array of grid cells at death
    spurious : int
        Bars of the grid whose minimum descends to that of a longer bar (a grid cuts valleys that run across it).
    """

    birth: np.ndarray
    death: np.ndarray
    minimum: np.ndarray
    saddle: np.ndarray
    birth_error: np.ndarray
    death_error: np.ndarray
    pairing_error: np.ndarray
    polished: np.ndarray
    size: np.ndarray
    spurious: int = 0

    def __len__(self) -> int:
        return len(self.birth)

    @property
    def persistence(self) -> np.ndarray:
        """Death minus birth, infinite for essential bars."""
        return self.death - self.birth

    def to_diagram(self) -> np.ndarray:
        """(b, 2) float64 array of (birth, death)."""
        return np.stack([self.birth, self.death], axis=1)


def reference_barcode(
    function: Callable[[np.ndarray], np.ndarray],
    bounds: list[tuple[float, float]],
    resolution: int = 801,
    min_persistence: float = 1e-6,
) -> ReferenceBarcode:
    r"""Barcode of a function on a box to near machine precision where it is smooth.

    The grid tells which minimum is paired with which saddle. Each minimum is then followed downhill until no
    neighbour is lower, and each saddle found by Newton's method on :math:`\nabla f = 0` (accepted within two cells
    and with index 1) or, on kinks and on the boundary, by zooming in.

    Parameters
    ----------
    function : (n, d) array -> (n,) array
    bounds : d pairs (low, high), d <= 3
    resolution : int
        Grid points along each axis.
    min_persistence : float
        Shorter bars of the grid are dropped as rounding.

    Returns
    -------
    ReferenceBarcode

    Raises
    ------
    ValueError
        If a bound is not finite, d > 3, or the resolution is below 3.
    MemoryError
        If the grid would not fit.

    Examples
    --------
    >>> from lossbar_core.functions import HUMP_CAMEL_3
    >>> reference_barcode(HUMP_CAMEL_3, HUMP_CAMEL_3.bounds(), 201).death.round(6)
    array([     inf, 0.877362, 0.877362])
    """
    from lossbar_core.barcodes.from_grid import grid_barcode

    box = as_bounds(bounds)
    resolution = as_count(resolution, "resolution", 3)
    if len(box) > 3:
        raise ValueError(f"expected at most 3 dimensions, got {len(box)}; sample points instead of a grid")
    axes = [np.linspace(low, high, resolution) for low, high in box]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(box))
    grid = function(places).reshape((resolution,) * len(box))
    cell = (box[:, 1] - box[:, 0]) / (resolution - 1)
    found = grid_barcode(grid, connectivity="full").filter(min_persistence=min_persistence)
    minimum, birth, birth_error = _polish_minima(function, places[found.minimum], cell, box)
    kept = np.flatnonzero(_first_there(minimum / cell, found.persistence))
    saddle = np.full((len(found), len(box)), np.nan)
    death, death_error = found.death.copy(), np.zeros(len(found))
    for i in kept[~found.essential[kept]]:
        start = places[found.saddle[i]]
        step = largest_step(grid, int(found.saddle[i]))
        saddle[i], death[i], death_error[i] = _polish(function, start, float(found.death[i]), step, cell, box)
    kept = kept[(death - birth)[kept] >= min_persistence]
    kept = kept[np.lexsort((death[kept], birth[kept]))]
    return ReferenceBarcode(
        birth=birth[kept],
        death=death[kept],
        minimum=minimum[kept],
        saddle=saddle[kept],
        birth_error=birth_error[kept],
        death_error=death_error[kept],
        pairing_error=_half_a_cell_away(function, saddle[kept], death[kept], cell, box),
        polished=(np.maximum(birth_error, death_error) <= POLISHED * np.ptp(grid))[kept],
        size=found.size[kept],
        spurious=len(found) - len(kept),
    )


def _half_a_cell_away(
    function: Callable[[np.ndarray], np.ndarray],
    places: np.ndarray,
    values: np.ndarray,
    cell: np.ndarray,
    box: np.ndarray,
) -> np.ndarray:
    """Largest change of the function half a cell away along the axes; 0 where the value is infinite."""
    change = np.zeros(len(places))
    some = np.isfinite(values)
    for half in np.concatenate([np.diag(cell / 2), np.diag(-cell / 2)]):
        near = function(np.clip(places[some] + half, box[:, 0], box[:, 1]))
        change[some] = np.maximum(change[some], np.abs(near - values[some]))
    return change


def _polish_minima(
    function: Callable[[np.ndarray], np.ndarray], starts: np.ndarray, cell: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, values and errors of the minima below grid minima; where nothing settles, half a cell's change."""
    places, values, errors = settle(function, starts, cell, box)
    slow = np.flatnonzero(~np.isfinite(errors))
    lower = run_down(function, places[slow], box)
    places[slow], values[slow], errors[slow] = settle(function, lower, cell, box)
    for i in np.flatnonzero(~np.isfinite(errors)):
        better = newton(function, places[i], cell, box, index=0)
        if better is not None and better[1] <= values[i]:
            places[i], values[i], errors[i] = better
    left = ~np.isfinite(errors)
    errors[left] = _half_a_cell_away(function, places[left], values[left], cell, box)
    return places, values, errors


def _first_there(places: np.ndarray, persistence: np.ndarray) -> np.ndarray:
    """Of minima that settled at one place, the one with the longest bar."""
    from scipy.spatial import cKDTree

    rank = np.empty(len(places), np.int64)
    rank[np.argsort(-persistence, kind="stable")] = np.arange(len(places))
    pairs = cKDTree(places).query_pairs(SAME_PLACE, output_type="ndarray")
    first = np.ones(len(places), bool)
    first[np.where(rank[pairs[:, 0]] > rank[pairs[:, 1]], pairs[:, 0], pairs[:, 1])] = False
    return first


def _polish(
    function: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    value: float,
    step: float,
    cell: np.ndarray,
    box: np.ndarray,
) -> tuple[np.ndarray, float, float]:
    """Place, value and error of the saddle near a grid saddle; the grid's own where nothing better is near."""
    for method in (newton, zoomed_saddle):
        better = method(function, start, cell, box)
        if better is not None and abs(better[1] - value) <= step and better[2] < step:
            return better
    return start, value, step
