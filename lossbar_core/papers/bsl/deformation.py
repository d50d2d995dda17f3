"""Deaths by deforming a path: the strategy of BSL section 4.2.1 for functions too large to sample."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]

LONGEST_STEP = 0.2  # of the distance of two pivots: a pivot that moves farther overtakes its neighbours
LOOK = 25  # steps between two looks at the highest value: it costs ten evaluations a pivot
DENSE = (
    10  # places on each segment at which a path is looked at; its pivots alone would miss what lies between
)


def spread(paths: Any, pivots: int) -> np.ndarray:
    """Paths (m, p, d) as (m, pivots, d), the pivots at equal distances along each path.

    Raises
    ------
    ValueError
        If the paths are no such array of two or more points, or pivots < 2.

    Examples
    --------
    >>> spread([[[0.0], [3.0], [4.0]]], 5)[0, :, 0]
    array([0., 1., 2., 3., 4.])
    """
    paths = np.asarray(paths, dtype=np.float64)
    if paths.ndim != 3 or paths.shape[1] < 2 or pivots < 2:
        raise ValueError(
            f"expected paths (m, p, d) with p >= 2 and pivots >= 2, got shape {paths.shape} and {pivots}; "
            "write one path as path[None]"
        )
    lengths = np.linalg.norm(np.diff(paths, axis=1), axis=2)
    way = np.concatenate([np.zeros((len(paths), 1)), np.cumsum(lengths, axis=1)], axis=1)
    out = np.empty((len(paths), pivots, paths.shape[2]))
    for path, along, new in zip(paths, way, out, strict=True):
        places = np.linspace(0.0, along[-1], pivots)
        segment = np.clip(np.searchsorted(along, places, side="right") - 1, 0, len(along) - 2)
        length = along[segment + 1] - along[segment]
        share = np.divide(places - along[segment], length, out=np.zeros(pivots), where=length > 0)
        new[:] = path[segment] + share[:, None] * (path[segment + 1] - path[segment])
        new[-1] = path[-1]
    return out


def profile(function: Function, paths: np.ndarray, dense: int = DENSE) -> np.ndarray:
    """Values (m, (p - 1) * dense + 1) along the straight segments of paths (m, p, d), both ends included."""
    share = (np.arange(dense) / dense)[:, None]
    inner = paths[:, :-1, None] * (1 - share) + paths[:, 1:, None] * share
    points = np.concatenate([inner.reshape(len(paths), -1, paths.shape[2]), paths[:, -1:]], axis=1)
    return np.asarray(function(points.reshape(-1, paths.shape[2]))).reshape(len(paths), -1)


def deform(
    function: Function,
    gradient: Function,
    paths: Any,
    *,
    pivots: int = 25,
    steps: int = 500,
    rate: float = 0.05,
    box: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Move paths down by the part of the gradient normal to them: BSL section 4.2.1.

    .. math:: \dot\gamma = -\bigl(\nabla f - \langle \nabla f, \tau \rangle\, \tau\bigr), \qquad
        \tau = \gamma' / |\gamma'|

    The tangent part is a reparametrisation: after each step the pivots are spread evenly again. The longest step
    shrinks to nothing, so that the paths come to rest on a function with kinks too. The best of the paths on
    the way counts: every path between two minima gives an upper bound of the death, by BSL Proposition 2.1.

    Parameters
    ----------
    function, gradient : (n, d) -> (n,) and (n, d) -> (n, d)
    paths : (m, p, d) array
        Their ends stay.
    pivots, steps, rate
        Points of a path, steps, and the step for a gradient of length one.
    box : (d, 2) array, optional
        Pivots stay inside.

    Returns
    -------
    paths : (m, pivots, d) float64 array
        The lowest that each path was.
    highest : (m,) float64 array
        Its highest value, ends and `DENSE` places on every segment included.

    Raises
    ------
    ValueError
        If the paths have another shape.

    Examples
    --------
    >>> circle = lambda x: (x**2).sum(1) - 2 * np.abs(x[:, 0])
    >>> slope = lambda x: 2 * x - 2 * np.sign(x) * [1, 0]
    >>> bent = [[[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]]
    >>> deform(circle, slope, bent)[1].round(3) + 0.0
    array([0.])
    """
    current = spread(paths, pivots)
    best, highest = current.copy(), profile(function, current).max(axis=1)
    for step in range(1, steps + 1):
        current = spread(_moved(gradient, current, rate, 1 - (step - 1) / steps, box), pivots)
        if step % LOOK == 0 or step == steps:
            now = profile(function, current).max(axis=1)
            lower = now < highest
            best[lower], highest[lower] = current[lower], now[lower]
    return best, highest


def _moved(
    gradient: Function, paths: np.ndarray, rate: float, share: float, box: np.ndarray | None
) -> np.ndarray:
    """Inner pivots after one step along the normal part of the negative gradient."""
    m, pivots, d = paths.shape
    slope = np.asarray(gradient(paths[:, 1:-1].reshape(-1, d))).reshape(m, pivots - 2, d)
    tangent = paths[:, 2:] - paths[:, :-2]
    tangent /= np.linalg.norm(tangent, axis=2, keepdims=True) + 1e-300
    step = -rate * (slope - (slope * tangent).sum(axis=2, keepdims=True) * tangent)
    spacing = np.linalg.norm(np.diff(paths, axis=1), axis=2).mean(axis=1)[:, None, None]
    length = np.linalg.norm(step, axis=2, keepdims=True) + 1e-300
    moved = paths.copy()
    moved[:, 1:-1] += step * np.minimum(1.0, share * LONGEST_STEP * spacing / length)
    if box is not None:
        np.clip(moved[:, 1:-1], box[:, 0], box[:, 1], out=moved[:, 1:-1])
    return moved
