"""Test functions of global optimisation, vectorised over points, with their boxes and global minima."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from lossbar_core.checks import as_count, as_real

CHUNK = 2**16  # points a piece, so that temporaries stay in the cache


@dataclass(frozen=True)
class BenchmarkFunction:
    r"""A function :math:`f: \mathbb R^d \to \mathbb R` on a box, evaluated on (n, d) points at once.

    Attributes
    ----------
    name : str
    dimension : int or None
        None where every dimension will do.
    interval : tuple of (low, high)
        One pair for all coordinates, or one a coordinate.
    source, note : str
        Where the formula stands, and what is corrected in it.
    summand : callable or None
        h of a separable function :math:`f(x) = \sum_i h(x_i)`, or of its mean where ``averaged``.
    """

    name: str
    dimension: int | None
    interval: tuple[tuple[float, float], ...]
    rows: Callable[[np.ndarray], np.ndarray]
    argmin: tuple[tuple[float, ...], ...]
    source: str
    note: str = ""
    summand: Callable[[np.ndarray], np.ndarray] | None = None
    averaged: bool = False

    def __call__(self, points: Any) -> np.ndarray:
        """Values (n,) at points (n, d), in the dtype of the points (float64 for other than float32).

        Raises
        ------
        TypeError
            If the points are no real numbers.
        ValueError
            If the points are not (n, d) with the function's dimension, or not finite.
        """
        points = as_real(points, "points")
        if points.ndim != 2:
            raise ValueError(
                f"expected points of shape (n, d), got {points.shape}; write a single point as [[x, y]]"
            )
        self._check_dimension(points.shape[1])
        values = np.empty(len(points), points.dtype)
        for begin in range(0, len(points), CHUNK):
            values[begin : begin + CHUNK] = self.rows(points[begin : begin + CHUNK])
        return values

    def bounds(self, d: int | None = None) -> list[tuple[float, float]]:
        """The d pairs (low, high) of the box that the papers use.

        Raises
        ------
        ValueError
            If the function does not have this dimension, or d is missing where any will do.
        """
        d = self.dimension if d is None else d
        if d is None:
            raise ValueError(f"expected a dimension for {self.name}, got none; call bounds(d)")
        d = as_count(d, "d")
        self._check_dimension(d)
        return list(self.interval) if len(self.interval) > 1 else [self.interval[0]] * d

    def minimum(self, d: int | None = None) -> tuple[np.ndarray, float]:
        """Global minimisers (m, d) inside the box, to eight digits, and the value there.

        Raises
        ------
        ValueError
            If the function does not have this dimension, or d is missing where any will do.
        """
        d = len(self.bounds(d))
        where = np.array([point if len(point) > 1 else point * d for point in self.argmin], np.float64)
        return where, float(self(where[:1])[0])

    def _check_dimension(self, d: int) -> None:
        if d < 1 or (self.dimension is not None and d != self.dimension):
            wanted = "at least 1" if self.dimension is None else str(self.dimension)
            raise ValueError(
                f"expected dimension {wanted} for {self.name}, got {d}; choose another function or bounds"
            )


def _hump_camel_3(x: np.ndarray) -> np.ndarray:
    a, b = x[:, 0], x[:, 1]
    square = a * a
    return ((square / 6 - 1.05) * square + 2) * square + a * b + b * b


def _hump_camel_6(x: np.ndarray) -> np.ndarray:
    a, b = x[:, 0], x[:, 1]
    square, other = a * a, b * b
    return (4 - 2.1 * square + square * square / 3) * square + a * b + (4 * other - 4) * other


def _langermann(x: np.ndarray) -> np.ndarray:
    a, b = x[:, 0], x[:, 1]
    value = np.zeros_like(a)
    for centre, other, weight in zip((3, 5, 2, 1, 7), (5, 2, 1, 4, 9), (1, 2, 5, 2, 3), strict=True):
        square = (a - centre) ** 2 + (b - other) ** 2
        value -= weight * np.exp(-square / np.pi) * np.cos(np.pi * square)
    return value


def _wavy_summand(t: np.ndarray) -> np.ndarray:
    return 1 - np.cos(10 * t) * np.exp(-t * t / 2)


def _holder_table(x: np.ndarray) -> np.ndarray:
    a, b = x[:, 0], x[:, 1]
    return -np.abs(np.sin(a) * np.cos(b) * np.exp(np.abs(1 - np.hypot(a, b) / np.pi)))


def _alpine_summand(t: np.ndarray) -> np.ndarray:
    return np.abs(t * np.sin(t) + 0.1 * t)


def _schwefel_summand(t: np.ndarray) -> np.ndarray:
    return 418.9829 - t * np.sin(np.sqrt(np.abs(t)))


def _xin_she_yang_4(x: np.ndarray) -> np.ndarray:
    waves = (np.sin(x) ** 2).sum(axis=1)
    fine = (np.sin(np.sqrt(np.abs(x))) ** 2).sum(axis=1)
    return (waves - np.exp(-(x * x).sum(axis=1))) * np.exp(-fine)


def _egg_crate_summand(t: np.ndarray) -> np.ndarray:
    return t * t + 25 * np.sin(t) ** 2


def _crowned_cross(x: np.ndarray) -> np.ndarray:
    # In float64 throughout: exp(100) is no float32.
    a, b = x[:, 0].astype(np.float64), x[:, 1].astype(np.float64)
    cross = np.abs(np.sin(a) * np.sin(b) * np.exp(np.abs(100 - np.hypot(a, b) / np.pi)))
    return 1e-4 * (cross + 1) ** 0.1


def _sum_of(summand: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: summand(x).sum(axis=1)


HUMP_CAMEL_3 = BenchmarkFunction(
    "HumpCamel3",
    2,
    ((-2, 2), (-2, 2)),
    _hump_camel_3,
    ((0.0, 0.0),),
    "three-hump camel; notebooks of the BSL authors",
)
HUMP_CAMEL_6 = BenchmarkFunction(
    "HumpCamel6",
    2,
    ((-2, 2), (-1.5, 1.5)),
    _hump_camel_6,
    ((0.08984201, -0.71265640), (-0.08984201, 0.71265640)),
    "BSL section 4.1.1, Figure 2",
)
LANGERMANN = BenchmarkFunction(
    "Langermann",
    2,
    ((0, 10), (0, 10)),
    _langermann,
    ((2.00299219, 1.00609594),),
    "BSL section 4.1.1, Figure 3",
    "The text does not give the coefficients; these are the customary ones (centres (3,5), (5,2), (2,1), (1,4), (7,9), "
    "weights 1, 2, 5, 2, 3).",
)
WAVY = BenchmarkFunction(
    "Wavy",
    None,
    ((-np.pi, np.pi),),
    lambda x: _wavy_summand(x).mean(axis=1),
    ((0.0,),),
    "BSL section 4.1.1, Figure 4",
    summand=_wavy_summand,
    averaged=True,
)
HOLDER_TABLE = BenchmarkFunction(
    "HolderTable",
    2,
    ((-10, 10), (-10, 10)),
    _holder_table,
    (
        (8.05502347, 9.66459002),
        (8.05502347, -9.66459002),
        (-8.05502347, 9.66459002),
        (-8.05502347, -9.66459002),
    ),
    "BSL section 4.1.1, Figure 5",
    "Printed without the outer absolute value: the function would be odd in the first coordinate, with 28 minima "
    "instead of 56.",
)
ALPINE_01 = BenchmarkFunction(
    "Alpine01",
    None,
    ((-10, 10),),
    _sum_of(_alpine_summand),
    ((0.0,),),
    "BSL section 4.1.2",
    "Printed with a stray symbol inside the sine.",
    _alpine_summand,
)
SCHWEFEL_26 = BenchmarkFunction(
    "Schwefel26",
    None,
    ((-500, 500),),
    _sum_of(_schwefel_summand),
    ((420.96874635,),),
    "BSL section 4.1.2",
    "With the constant that the paper prints, 418.9829; its code has 418.982887, a shift of 1.3e-5 a coordinate.",
    _schwefel_summand,
)
XIN_SHE_YANG_04 = BenchmarkFunction(
    "XinSheYang04", None, ((-10, 10),), _xin_she_yang_4, ((0.0,),), "BSL section 4.1.2"
)
EGG_CRATE = BenchmarkFunction(
    "EggCrate",
    None,
    ((-5, 5),),
    _sum_of(_egg_crate_summand),
    ((0.0,),),
    "notebooks of the BSL authors",
    summand=_egg_crate_summand,
)
CROWNED_CROSS = BenchmarkFunction(
    "CrownedCross",
    2,
    ((-10, 10), (-10, 10)),
    _crowned_cross,
    ((0.0, 0.0),),
    "notebooks of the BSL authors",
    "The minimum 1e-4 is attained wherever one of the sines vanishes: on a connected net of lines, not at a point. "
    "Between them the logarithm of what is raised to 0.1 is concave, so that there is no other minimum and the "
    "exact barcode is one bar; a sample or a grid that misses the lines sees a minimum in every cell.",
)

FUNCTIONS = {
    function.name: function
    for function in (
        HUMP_CAMEL_3,
        HUMP_CAMEL_6,
        LANGERMANN,
        WAVY,
        HOLDER_TABLE,
        ALPINE_01,
        SCHWEFEL_26,
        XIN_SHE_YANG_04,
        EGG_CRATE,
        CROWNED_CROSS,
    )
}
NAMES = tuple(FUNCTIONS)


def get(name: str) -> BenchmarkFunction:
    """The benchmark function of a name.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> float(get("HumpCamel6")([[0.0, 0.0]])[0])
    0.0
    """
    if name not in FUNCTIONS:
        near = get_close_matches(name, NAMES, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(NAMES)}"
        raise ValueError(f"expected the name of a benchmark function, got {name!r}; {hint}")
    return FUNCTIONS[name]
