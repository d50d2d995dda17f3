"""Minima on the boundary of the domain give births too (BSL section 6.1, remark)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from lossbar_core import functions
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.papers.base import Result, item

HOLDER_BIRTHS = (-16.268, -8.715, -5.654, -4.828)  # distinct births on the edges of [-10, 10]^2
SCHWEFEL_BIRTH = 238.39  # at -500, one coordinate
STEP = 1e-6  # of one-sided differences, relative to the width of the box

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Boxes:
    """Grid points a side for HolderTable in the plane and for Schwefel26 on a line; ``seed`` is unused."""

    seed: int = 0
    side: int = 1001
    line: int = 20_001


@item("BSL-Remark-boundary", smoke=Boxes(side=401, line=2001), quick=Boxes())
def births_on_the_boundary(config: Boxes) -> Result:
    r"""Bars that begin on the boundary, and which way the gradient points there: BSL section 6.1, remark.

    A minimum p of :math:`f|_{\partial\Theta}` is a birth when :math:`\operatorname{grad} f(p)` points
    into the domain.

    Parameters
    ----------
    config : Boxes

    Returns
    -------
    Result
        Errors of the births against known values, and ``gradient_points_inwards`` at each of the minima.
        ``holder_restricted_minima`` are those of HolderTable on the four edges, found without a barcode, and
        ``holder_inward_minima`` of them have an inward gradient; ``birth_gap`` is from these to the bars.
        Arrays ``holder_points`` (m, 2) and ``holder_births``, ``schwefel_x`` and ``schwefel_f``.
    """
    holder = functions.get("HolderTable")
    births, points = _edge_bars(holder, config.side)
    restricted = restricted_minima(holder)
    inward = restricted[[points_inwards(holder, p, -10.0, 10.0) for p in restricted]]
    schwefel = functions.get("Schwefel26")
    x = np.linspace(-500.0, 500.0, config.line)
    f = schwefel(x[:, None])
    line = grid_barcode(f)
    ends = (line.minimum == 0) | (line.minimum == config.line - 1)
    inwards = [points_inwards(holder, p, -10.0, 10.0) for p in points]
    inwards += [points_inwards(schwefel, p, -500.0, 500.0) for p in x[line.minimum[ends], None]]
    return Result(
        {
            "holder_birth_error": distance(births, HOLDER_BIRTHS),
            "holder_boundary_minima": len(births),
            "holder_restricted_minima": len(restricted),
            "holder_inward_minima": len(inward),
            "birth_gap": distance(births, holder(inward)),
            "schwefel_boundary_minima": int(ends.sum()),
            "schwefel_birth_error": distance(line.birth[ends], (SCHWEFEL_BIRTH,)),
            "schwefel_minima": len(line),
            "gradient_points_inwards": bool(inwards) and all(inwards),
        },
        {"holder_points": points, "holder_births": births, "schwefel_x": x, "schwefel_f": f},
    )


def _edge_bars(function: Function, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Births and places (m, 2) of the bars of a function on [-10, 10]^2 whose minimum lies on an edge."""
    x = np.linspace(-10.0, 10.0, side)
    where = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    bars = grid_barcode(function(where).reshape(side, side))
    at = where[bars.minimum]
    edge = (np.abs(at) == 10.0).any(axis=1)
    return bars.birth[edge], at[edge]


def restricted_minima(function: Function, n: int = 8000) -> np.ndarray:
    """Local minima (m, 2) of a function restricted to the boundary of [-10, 10]^2, walked round once.

    Found by a scan of ``n`` points and a one-dimensional minimisation in each valley: no barcode is involved.
    """
    s = np.arange(n) * (80.0 / n)
    f = function(_walk(s))
    valleys = np.flatnonzero((f < np.roll(f, 1)) & (f <= np.roll(f, -1)))
    found = [
        minimize_scalar(
            lambda t: float(function(_walk(np.array([t])))[0]),
            bounds=(s[i] - 80.0 / n, s[i] + 80.0 / n),
            method="bounded",
            options={"xatol": 1e-9},
        ).x
        for i in valleys
    ]
    return _walk(np.array(found))


def _walk(s: np.ndarray) -> np.ndarray:
    """The point after a length s along the boundary of [-10, 10]^2, from (-10, -10) through (10, -10)."""
    side, along = np.divmod(np.mod(s, 80.0), 20.0)
    corners = np.array([[-10.0, -10.0], [10.0, -10.0], [10.0, 10.0], [-10.0, 10.0]])
    direction = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    k = side.astype(np.int64)
    return corners[k] + along[:, None] * direction[k]


def points_inwards(function: Function, point: np.ndarray, low: float, high: float) -> bool:
    """Whether the gradient at a point of the boundary of a cube points into it: f rises on the way in."""
    step = STEP * (high - low)
    rises = []
    for axis, t in enumerate(point):
        if t in (low, high):
            inside = point.copy()
            inside[axis] += step if t == low else -step
            rises.append(function(inside[None])[0] > function(point[None])[0])
    return bool(rises) and all(rises)


def distance(found: Sequence[float] | np.ndarray, expected: Sequence[float] | np.ndarray) -> float:
    """Hausdorff distance of two sets of numbers: none too many, none too few; infinite if one is empty."""
    a, b = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    if not len(a) or not len(b):
        return float("inf")
    gaps = np.abs(a[:, None] - b)
    return float(max(gaps.min(axis=0).max(), gaps.min(axis=1).max()))
