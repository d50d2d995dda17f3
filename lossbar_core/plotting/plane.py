"""Functions of two variables for plots: values on a grid, and where the vertices of a barcode lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.reading import Bars, read_bounds


@dataclass(frozen=True)
class Plane:
    """Values on a regular grid over a box, and the vertices' coordinates.

    ``values[i, j]`` is the value at ``(x[i], y[j])``: the first index belongs to the first variable.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    values: NDArray[np.float64]
    points: NDArray[np.float64]

    def at(self, ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the (n, 2) coordinates of vertex ids.

        Raises
        ------
        ValueError
            If there are fewer points than ids.
        """
        if len(ids) and (ids.max() >= len(self.points) or ids.min() < 0):
            raise ValueError(
                f"the barcode has vertex ids up to {ids.max()}, but there are {len(self.points)} points; "
                "pass the points, or the grid, that the barcode was computed from."
            )
        return self.points[ids]

    def thin(self, maximum: int) -> Plane:
        """Keep at most ``maximum`` rows and columns, evenly spread and with both ends."""
        i, j = (_every(n, maximum) for n in self.values.shape)
        return replace(self, x=self.x[i], y=self.y[j], values=self.values[np.ix_(i, j)])

    def clip(self, limits: tuple[float | None, float | None]) -> Plane:
        """Cut the values off at a pair of limits, where None means no limit."""
        low, high = check_limits(limits)
        return self if low is None and high is None else replace(self, values=np.clip(self.values, low, high))


def check_limits(limits: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    """Return the ends of a colour map, where None leaves an end to the data.

    Raises
    ------
    ValueError
        If low >= high.
    """
    low, high = limits
    if low is not None and high is not None and not low < high:
        raise ValueError(f"limits must be (low, high) with low < high, got {limits}; swap them.")
    return low, high


def _every(count: int, maximum: int) -> NDArray[np.int64]:
    """Return evenly spread indices from first to last: a regular grid stays nearly regular."""
    if count <= maximum:
        return np.arange(count)
    return np.round(np.linspace(0, count - 1, maximum)).astype(np.int64)


def read_plane(
    function: Callable[[Any], Any] | ArrayLike,
    bounds: ArrayLike,
    barcode: Any,
    points: ArrayLike | None,
    resolution: int,
) -> Plane:
    """Evaluate a function on a grid (or take the grid as it is) and find the vertices' coordinates.

    Parameters
    ----------
    function : callable (n, 2) -> (n,), or (m, n) array
        A function, or its values on a regular grid that includes both ends of the bounds.
    bounds : two pairs (low, high)
        The box.
    barcode : Barcode
        Its ``points`` are used when no points are given.
    points : (n, 2) array, optional
        Coordinates of the vertices; for a grid barcode they follow from the array.
    resolution : int
        Grid points in each direction when a function is evaluated.

    Returns
    -------
    Plane

    Raises
    ------
    TypeError, ValueError
        When shapes do not fit, values are not finite, or points are missing.
    """
    box = read_bounds(bounds)
    if callable(function):
        if resolution < 2:
            raise ValueError(f"resolution must be at least 2, got {resolution}.")
        x, y = (np.linspace(low, high, resolution) for low, high in box)
        where = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)
        values = np.asarray(function(where), dtype=np.float64)
        if values.size != len(where):
            raise ValueError(
                f"function must return one value a point: expected {len(where)}, got shape {values.shape}; "
                "it is called with an (n, 2) array."
            )
        values = values.reshape(resolution, resolution)
        grid_points = None
    else:
        values = np.asarray(function, dtype=np.float64)
        if values.ndim != 2 or min(values.shape) < 2:
            raise ValueError(
                f"a grid must be a 2-D array with at least 2 rows and columns, got {values.shape}."
            )
        x, y = (np.linspace(low, high, n) for (low, high), n in zip(box, values.shape, strict=True))
        grid_points = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)
    if not np.isfinite(values).all():
        raise ValueError(
            "the function's values must be finite on the box; choose bounds where it is defined."
        )
    return Plane(x, y, values, _read_points(points, barcode, grid_points))


def _read_points(points: Any, barcode: Any, grid_points: Any) -> NDArray[np.float64]:
    if points is None:
        points = getattr(barcode, "points", None)
    if points is None:
        points = grid_points
    if points is None:
        raise ValueError(
            "points must be given: the barcode carries none, so its vertex ids have no coordinates; "
            "pass the (n, 2) array that the barcode was computed from."
        )
    array = np.asarray(points, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"points must have shape (n, 2), got {array.shape}.")
    return array


def choose_bars(bars: Bars, top: int | None, by: str) -> NDArray[np.int64]:
    """Return the indices of the ``top`` bars to draw.

    BSL draws those with the largest component at death ("size"), which leaves out the small components that a
    sampled domain may fall into; "persistence" takes the longest, the essential ones first.

    Raises
    ------
    ValueError
        If there is no such order, ``top`` is below 1, or the bars carry no sizes.
    """
    if by not in ("persistence", "size"):
        raise ValueError(f"by must be 'persistence' or 'size', got {by!r}.")
    if top is not None and top < 1:
        raise ValueError(f"top must be at least 1 or None for all, got {top}.")
    if by == "size" and (bars.size < 0).any():
        raise ValueError("by='size' needs the sizes of a computed barcode; use by='persistence'.")
    if top is None or top >= len(bars):
        return np.arange(len(bars))
    key = bars.persistence if by == "persistence" else bars.size
    return np.sort(np.argsort(-key, kind="stable")[:top])
