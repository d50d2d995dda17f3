"""Reference barcodes of functions that have no closed form: a fine grid, then critical points in full precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lossbar_core.checks import as_bounds, as_count

STEP = 1e-4  # of the central differences, in units of the coordinates


@dataclass(frozen=True)
class ReferenceBarcode:
    """Bars with the positions of their critical points, sorted by birth.

    Attributes
    ----------
    birth, death : (b,) float64 arrays
    minimum, saddle : (b, d) float64 arrays of positions, NaN for the saddle of an essential bar
    birth_error, death_error : (b,) float64 arrays
        Estimated errors: at a polished point what rounding leaves, else the largest step of the grid function there.
    polished : (b,) bool array
        Whether both ends are critical points in full precision (a saddle on a kink or on the boundary is not).
    size : (b,) int64 array of grid cells at death
    """

    birth: np.ndarray
    death: np.ndarray
    minimum: np.ndarray
    saddle: np.ndarray
    birth_error: np.ndarray
    death_error: np.ndarray
    polished: np.ndarray
    size: np.ndarray

    def __len__(self) -> int:
        return len(self.birth)

    @property
    def persistence(self) -> np.ndarray:
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

    The grid tells which minimum is paired with which saddle; then each minimum is refined by Newton's method on
    :math:`\nabla f = 0` (or a simplex, on the boundary and at kinks) and each saddle by Newton's method,
    accepted only if it stays within two cells and has index 0 or 1.

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
    bars = grid_barcode(grid, connectivity="full").filter(min_persistence=min_persistence)
    cell = (box[:, 1] - box[:, 0]) / (resolution - 1)
    b, d = len(bars), len(box)
    birth, death = bars.birth.copy(), bars.death.copy()
    minimum, saddle = places[bars.minimum], np.full((b, d), np.nan)
    birth_error, death_error = np.empty(b), np.zeros(b)
    polished = np.ones(b, bool)
    for i in range(b):
        minimum[i], birth[i], smooth = _polish_minimum(function, minimum[i], cell, box)
        birth_error[i] = _rounding(birth[i]) if smooth else _largest_step(grid, int(bars.minimum[i]))
        polished[i] = smooth
        if not bars.essential[i]:
            saddle[i], death[i], smooth = _polish_saddle(function, places[bars.saddle[i]], cell, box)
            death_error[i] = _rounding(death[i]) if smooth else _largest_step(grid, int(bars.saddle[i]))
            polished[i] &= smooth
    order = np.lexsort((death, birth))
    fields = (birth, death, minimum, saddle, birth_error, death_error, polished, bars.size)
    return ReferenceBarcode(*(field[order] for field in fields))


def _polish_minimum(
    function: Callable[[np.ndarray], np.ndarray], start: np.ndarray, cell: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, float, bool]:
    """Minimum within two cells of a grid minimum: by Newton inside, by a simplex at a kink or on the boundary."""
    from scipy.optimize import minimize

    here = float(function(start[None])[0])
    inside = _newton(function, start, cell, box, index=0)
    if inside is not None:
        value = float(function(inside[None])[0])
        return (inside, value, True) if value <= here else (start, here, False)
    low, high = np.maximum(start - 2 * cell, box[:, 0]), np.minimum(start + 2 * cell, box[:, 1])
    inwards = np.where(start + 0.5 * cell <= high, 0.5, -0.5) * cell
    found = minimize(
        lambda x: float(function(x[None])[0]),
        start,
        bounds=list(zip(low, high, strict=True)),
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([start, start + np.diag(inwards)]),
            "xatol": 1e-9,
            "fatol": 1e-12 * max(1.0, abs(here)),
            "maxiter": 2000,
        },
    )
    better = found.success and found.fun <= here
    return (found.x, float(found.fun), True) if better else (start, here, False)


def _polish_saddle(
    function: Callable[[np.ndarray], np.ndarray], start: np.ndarray, cell: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, float, bool]:
    """Critical point of index 1 within two cells of a grid saddle; the grid point where Newton finds none."""
    found = _newton(function, start, cell, box, index=1)
    place = start if found is None else found
    return place, float(function(place[None])[0]), found is not None


def _newton(
    function: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    cell: np.ndarray,
    box: np.ndarray,
    index: int,
) -> np.ndarray | None:
    """Critical point with a number of negative directions within two cells of the start, or None."""
    x = start.copy()
    for _ in range(30):
        gradient, hessian = derivatives(function, x)
        if not np.isfinite(hessian).all() or np.linalg.cond(hessian) > 1e12:
            return None
        step = np.linalg.solve(hessian, gradient)
        x = x - step
        if np.any(np.abs(x - start) > 2 * cell) or np.any(x < box[:, 0]) or np.any(x > box[:, 1]):
            return None
        if np.linalg.norm(step) < 1e-9:
            _, hessian = derivatives(function, x)
            return x if np.count_nonzero(np.linalg.eigvalsh(hessian) < 0) == index else None
    return None


def derivatives(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (d,) and Hessian (d, d) by central differences."""
    d = len(x)
    unit = STEP * np.eye(d)
    centre = function(x[None])[0]
    ahead, behind = function(x + unit), function(x - unit)
    hessian = np.diag((ahead - 2 * centre + behind) / STEP**2)
    for i in range(d):
        for j in range(i):
            corners = np.stack(
                [x + unit[i] + unit[j], x + unit[i] - unit[j], x - unit[i] + unit[j], x - unit[i] - unit[j]]
            )
            a, b, c, e = function(corners)
            hessian[i, j] = hessian[j, i] = (a - b - c + e) / (4 * STEP**2)
    return (ahead - behind) / (2 * STEP), hessian


def _rounding(value: float) -> float:
    return 1e-10 * max(1.0, abs(value))


def _largest_step(grid: np.ndarray, flat: int) -> float:
    """Largest difference between a cell and its neighbours along the axes."""
    index = np.unravel_index(flat, grid.shape)
    steps = []
    for axis, position in enumerate(index):
        for shift in (-1, 1):
            if 0 <= position + shift < grid.shape[axis]:
                other = list(index)
                other[axis] = position + shift
                steps.append(abs(float(grid[tuple(other)] - grid[index])))
    return max(steps)
