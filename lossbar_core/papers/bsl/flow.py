"""Critical points of a smooth function and the trajectories of its gradient between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

Function = Callable[[np.ndarray], np.ndarray]

REACH = 0.5  # distance from a place at which no critical point is near any more
START = 1e-4  # distance from the saddle at which a trajectory begins
REST = 1e-5  # length of the gradient at which a trajectory has arrived; it is longer at the start
LONGEST = 60.0  # time that a trajectory may take
DIFFERENCE = 1e-5  # step of the central differences
WIDE = 1e-4  # the same for second derivatives, which magnify rounding more


@dataclass(frozen=True)
class CriticalPoints:
    """Points (m, 2) with values, indices (negative eigenvalues of the Hessian), and the indices ``expected``."""

    points: np.ndarray
    value: np.ndarray
    index: np.ndarray
    expected: np.ndarray


def critical_points_near(
    function: Function, places: np.ndarray, expected: Sequence[int] | np.ndarray
) -> CriticalPoints:
    r"""Newton's method on :math:`\nabla f = 0` from each place.

    Parameters
    ----------
    function : (n, 2) array -> (n,) array
    places : (m, 2) array
    expected : (m,) ints
        Indices that the points should have; they are only passed on.

    Returns
    -------
    CriticalPoints

    Raises
    ------
    ValueError
        If Newton's method does not end within `REACH` of the place.
    """
    points = np.array([_newton(function, place) for place in np.asarray(places, dtype=np.float64)])
    index = np.array([np.count_nonzero(np.linalg.eigvalsh(hessian(function, x)) < 0) for x in points])
    return CriticalPoints(points, function(points), index, np.asarray(expected, dtype=np.int64))


def _newton(function: Function, start: np.ndarray) -> np.ndarray:
    x = start.copy()
    for _ in range(50):
        step = np.linalg.lstsq(hessian(function, x), gradient(function, x))[0]
        x -= step
        if np.linalg.norm(x - start) > REACH:
            break
        if np.linalg.norm(step) < 1e-8:
            return x
    raise ValueError(f"expected a critical point near {start}, found none; start nearer to one")


@dataclass(frozen=True)
class Trajectory:
    """A path (m, 2) from beside saddle number ``saddle``, up or down, to extremum number ``end`` of its kind.

    ``end`` is -1 for a trajectory that leaves the box.
    """

    path: np.ndarray
    saddle: int
    up: bool
    end: int


def trajectories(
    function: Function, bounds: Sequence[Sequence[float]], points: CriticalPoints
) -> list[Trajectory]:
    r"""The two trajectories of :math:`\dot\gamma = -\nabla f` down from each saddle, and the two up.

    Parameters
    ----------
    function : (n, 2) array -> (n,) array
    bounds : two pairs (low, high)
    points : CriticalPoints

    Returns
    -------
    list of Trajectory
    """
    box = np.asarray(bounds, dtype=np.float64)
    found = []
    for j, saddle in enumerate(points.points[points.index == 1]):
        eigenvalues, vectors = np.linalg.eigh(hessian(function, saddle))
        for up in (False, True):
            along = vectors[:, np.argmax(eigenvalues if up else -eigenvalues)]
            ends = points.points[points.index == (2 if up else 0)]
            for start in (saddle + START * along, saddle - START * along):
                path = _follow(function, box, start, 1.0 if up else -1.0)
                rests = len(ends) > 0 and bool(((path[-1] > box[:, 0]) & (path[-1] < box[:, 1])).all())
                end = int(np.argmin(np.linalg.norm(ends - path[-1], axis=1))) if rests else -1
                found.append(Trajectory(path, j, up, end))
    return found


def count_ends(paths: Sequence[Trajectory], up: bool, extrema: int, saddles: int) -> np.ndarray:
    """Numbers of trajectories between extrema of one kind (rows) and saddles (columns): an int64 matrix."""
    counts = np.zeros((extrema, saddles), np.int64)
    for path in paths:
        if path.up == up and path.end >= 0:
            counts[path.end, path.saddle] += 1
    return counts


def _follow(function: Function, box: np.ndarray, start: np.ndarray, sign: float) -> np.ndarray:
    r"""Points (m, 2) of :math:`\dot\gamma = \pm\nabla f(\gamma)`, from a start until it rests or leaves the box."""

    def velocity(_: float, x: np.ndarray) -> np.ndarray:
        return sign * gradient(function, x)

    def margin(_: float, x: np.ndarray) -> float:
        return float(min((x - box[:, 0]).min(), (box[:, 1] - x).min())) + 1e-9

    def speed(_: float, x: np.ndarray) -> float:
        return float(np.linalg.norm(gradient(function, x))) - REST

    margin.terminal = speed.terminal = True  # type: ignore[attr-defined]
    options = {"rtol": 1e-6, "atol": 1e-9, "max_step": 0.5}
    return solve_ivp(velocity, (0.0, LONGEST), start, events=(margin, speed), **options).y.T


def gradient(function: Function, x: np.ndarray) -> np.ndarray:
    """First derivatives (d,) of a function at a point, by central differences."""
    unit = DIFFERENCE * np.eye(len(x))
    both = function(np.concatenate([x + unit, x - unit]))
    return (both[: len(x)] - both[len(x) :]) / (2 * DIFFERENCE)


def hessian(function: Function, x: np.ndarray) -> np.ndarray:
    """Second derivatives (d, d), by central differences of the gradient."""
    rows = [gradient(function, x + e) - gradient(function, x - e) for e in WIDE * np.eye(len(x))]
    return (np.array(rows) + np.array(rows).T) / (4 * WIDE)
