"""From a grid's critical points to the function's: descent for minima, Newton's method or zooming for saddles."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]

STEP = 1e-5  # of the differences, in units of the box: between their truncation and rounding
LEAVE = 2.0  # cells: a saddle that is farther from the grid's belongs to another place
HALVINGS = 36  # of a cell: 1e-11
ROUNDS = 600  # of the descent: enough for valleys a thousand times as long as wide
WINDOW = {1: 33, 2: 17, 3: 9}  # points along an axis of the window in which a saddle is looked for


def settle(
    function: Function, starts: np.ndarray, cell: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Descend from grid minima by trying all neighbours at a step that doubles on success and halves on failure.

    Needs no derivatives, so that kinks and the boundary are no exception. However far it is: in a long valley the
    grid's lowest point may be many cells from the function's.

    Parameters
    ----------
    starts : (b, d) array, cell : (d,) array, box : (d, 2) array

    Returns
    -------
    places, values : (b, d) and (b,) arrays
    errors : (b,) array
        Largest step of the function at the last distance tried; infinite where the descent did not end.
    """
    stencil = np.array(list(product((-1.0, 0.0, 1.0), repeat=starts.shape[1])))
    places, values = starts.copy(), function(starts)
    size, errors = np.full(len(starts), 0.5), np.full(len(starts), np.inf)
    active = np.arange(len(starts))
    for _ in range(ROUNDS if len(starts) else 0):
        around = places[active, None] + size[active, None, None] * cell * stencil
        around = np.clip(around, box[:, 0], box[:, 1])
        found = function(around.reshape(-1, starts.shape[1])).reshape(len(active), -1)
        best = found.argmin(axis=1)
        lower = found[np.arange(len(active)), best] < values[active]
        moved = active[lower]
        places[moved], values[moved] = around[lower, best[lower]], found[lower, best[lower]]
        errors[active] = np.abs(found - values[active, None]).max(axis=1)
        size[active] = np.where(lower, np.minimum(2 * size[active], 0.5), size[active] / 2)
        active = active[size[active] > 2.0**-HALVINGS]
        if not len(active):
            break
    errors[active] = np.inf  # not settled
    return places, values, errors


def run_down(function: Function, starts: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Lower places (b, d) along smooth valleys that are too long and narrow for :func:`settle`, by L-BFGS-B."""
    from scipy.optimize import minimize

    width = box[:, 1] - box[:, 0]
    places = starts.copy()
    for i, start in enumerate(starts):
        found = minimize(
            lambda t: float(function((t * width)[None])[0]),
            start / width,
            method="L-BFGS-B",
            bounds=box / width[:, None],
        )
        places[i] = np.clip(found.x * width, box[:, 0], box[:, 1])
    return places


def newton(
    function: Function, start: np.ndarray, cell: np.ndarray, box: np.ndarray, index: int = 1
) -> tuple[np.ndarray, float, float] | None:
    """Critical point of an index near a start: place, value, error. None where Newton's method finds none."""
    h = STEP * (box[:, 1] - box[:, 0])
    x = start.copy()
    for _ in range(30):
        slope, doubt, hessian = derivatives(function, x, h)
        if np.linalg.cond(hessian) > 1e12:
            return None
        step = np.linalg.solve(hessian, slope)
        x = x - step
        if np.any(np.abs(x - start) > LEAVE * cell) or np.any(x < box[:, 0]) or np.any(x > box[:, 1]):
            return None
        if np.all(np.abs(step) < 1e-4 * h):
            found = np.count_nonzero(np.linalg.eigvalsh(hessian) < 0)
            if found != index or not _is_smooth(function, x, h):
                return None
            value = float(function(x[None])[0])
            error = 0.5 * abs(float(doubt @ np.linalg.solve(hessian, doubt)))
            return x, value, error + 1e-15 * max(1.0, abs(value))
    return None


def _is_smooth(function: Function, x: np.ndarray, h: np.ndarray) -> bool:
    """Whether differences vanish quadratically: at a kink they vanish in proportion to the step."""
    value = function(x[None])[0]
    near, far = (np.abs(function(x + share * np.diag(h)) - value).max() for share in (0.25, 1.0))
    return bool(near < 0.125 * far + 1e-14 * max(1.0, abs(value)))


def zoomed_saddle(
    function: Function, start: np.ndarray, cell: np.ndarray, box: np.ndarray
) -> tuple[np.ndarray, float, float] | None:
    """The lowest pass through ever smaller windows around a grid saddle: place, value, error.

    In each window the pass is where the longest finite bar dies. Finds saddles on kinks and on the boundary too.
    None if a window at the beginning has no pass.
    """
    from lossbar_core.barcodes.from_grid import grid_barcode

    x, found = start, None
    n = WINDOW[len(x)]
    for halvings in range(HALVINGS):
        reach = LEAVE * cell / 2**halvings
        low, high = np.maximum(x - reach, box[:, 0]), np.minimum(x + reach, box[:, 1])
        axes = [np.linspace(a, b, n) for a, b in zip(low, high, strict=True)]
        places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(x))
        values = function(places)
        bars = grid_barcode(values.reshape((n,) * len(x)), connectivity="full")
        finite = np.flatnonzero(~bars.essential)
        if not len(finite):
            break
        saddle = int(bars.saddle[finite[bars.persistence[finite].argmax()]])
        x = places[saddle]
        found = x, float(values[saddle]), largest_step(values.reshape((n,) * len(x)), saddle)
    return found


def derivatives(
    function: Function, x: np.ndarray, h: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient (d,), what its extrapolation corrected (d,), and Hessian (d, d), by central differences."""
    d = len(x)
    unit = np.diag(h)
    centre = function(x[None])[0]
    ahead, behind = function(x + unit), function(x - unit)
    coarse = (ahead - behind) / (2 * h)
    fine = (function(x + unit / 2) - function(x - unit / 2)) / h
    hessian = np.diag((ahead - 2 * centre + behind) / h**2)
    for i in range(d):
        for j in range(i):
            corners = np.stack(
                [x + unit[i] + unit[j], x + unit[i] - unit[j], x - unit[i] + unit[j], x - unit[i] - unit[j]]
            )
            a, b, c, e = function(corners)
            hessian[i, j] = hessian[j, i] = (a - b - c + e) / (4 * h[i] * h[j])
    correction = (fine - coarse) / 3
    return fine + correction, correction, hessian


def largest_step(grid: np.ndarray, flat: int) -> float:
    """Largest difference between a grid point and its neighbours, diagonal ones included."""
    index = np.unravel_index(flat, grid.shape)
    around = tuple(slice(max(0, int(i) - 1), int(i) + 2) for i in index)
    return float(np.abs(grid[around] - grid[index]).max())
