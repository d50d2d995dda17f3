"""Toy landscapes with exact minima and saddle heights, and the benchmark functions, as torch functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lossbar_core.checks import as_count
from lossbar_core.functions import get
from lossbar_core.landscapes.analytic import AnalyticLandscape

VALLEY_END = 2.5 * math.pi  # minima of the curvy valley: register NEB-Curvy, the AutoNEB code's configuration
BEND = 2.0  # how far the bent double well's valley leaves the chord, and
STIFFNESS = 2.0  # how steep its sides are: tuned here, so that the chord's top is 9, nine times the saddle's
TILT = 0.3  # makes the two wells unequal, so that a path's top is not at its middle: tuned here

Point = tuple[float, ...]


@dataclass(frozen=True)
class Toy:
    """A function of (n, d) tensors, and what is known of it exactly.

    Attributes
    ----------
    name : str
    function : callable
        (n, d) tensor -> (n,) tensor.
    dimension : int
    box : d pairs (low, high)
        Where it is looked at.
    minima : tuple of points
        All local minima in the box; for the benchmark functions the global ones only.
    minimum_values : tuple of float
        One a minimum.
    saddles : tuple of points
        The 1-saddles in the box that decide the barcode; empty where they are not listed.
    saddle_height : float or None
        Highest value of the best path between any two minima; None where pairs differ: there
        `lossbar_core.functions.exact_barcode` or a grid tells.

    Examples
    --------
    >>> EGG_CARTON.saddle_height, EGG_CARTON.minima[:2]
    (0.0, ((0.5, 0.5), (0.5, 1.5)))
    """

    name: str
    function: Callable[[Tensor], Tensor]
    dimension: int
    box: tuple[tuple[float, float], ...]
    minima: tuple[Point, ...]
    minimum_values: tuple[float, ...]
    saddles: tuple[Point, ...] = ()
    saddle_height: float | None = None

    def landscape(
        self, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu"
    ) -> AnalyticLandscape:
        """The toy as a surface."""
        return AnalyticLandscape(self.function, self.dimension, name=self.name, dtype=dtype, device=device)


def egg_carton(x: Tensor) -> Tensor:
    r""":math:`\sum_i \cos 2\pi x_i`: in the plane minima -2 at half-integers, saddles 0, hilltops 2 (NEB-Egg)."""
    return torch.cos(2 * math.pi * x).sum(dim=1)


def curvy_valley(x: Tensor) -> Tensor:
    r""":math:`(y - \sin x)^2 + ((x / a)^2 - 1)^2` with :math:`a = 5\pi/2`: a valley along a sine (NEB-Curvy)."""
    along, across = x[:, 0], x[:, 1]
    return (across - torch.sin(along)) ** 2 + ((along / VALLEY_END) ** 2 - 1) ** 2


def flat(x: Tensor) -> Tensor:
    """Zero everywhere, with gradient zero (NEB-Flat)."""
    return 0 * x.sum(dim=1)


def bent_double_well(x: Tensor) -> Tensor:
    r""":math:`(x^2 - 1)^2 + t x + s (y - b (1 - x^2))^2`: two unequal wells joined by a parabola, ours.

    The shear :math:`(x, y) \mapsto (x, y - b (1 - x^2))` splits it into a function of x and a square, so that its
    critical points are those of :math:`(x^2 - 1)^2 + t x`, with the same values and indices.
    """
    square = x[:, 0] ** 2
    return (square - 1) ** 2 + TILT * x[:, 0] + STIFFNESS * (x[:, 1] - BEND * (1 - square)) ** 2


def wavy(x: Tensor) -> Tensor:
    """BSL section 4.1.1, Figure 4; any dimension."""
    return (1 - torch.cos(10 * x) * torch.exp(-x * x / 2)).mean(dim=1)


def hump_camel_6(x: Tensor) -> Tensor:
    """BSL section 4.1.1, Figure 2."""
    a, b = x[:, 0], x[:, 1]
    square, other = a * a, b * b
    return (4 - 2.1 * square + square * square / 3) * square + a * b + (4 * other - 4) * other


def holder_table(x: Tensor) -> Tensor:
    """BSL section 4.1.1, Figure 5, with the outer absolute value; at the centre the gradient is taken as 0."""
    radius = torch.linalg.vector_norm(x, dim=1)  # its derivative at 0 is 0 in torch; that of hypot is NaN
    bump = torch.exp(torch.abs(1 - radius / math.pi))
    return -torch.abs(torch.sin(x[:, 0]) * torch.cos(x[:, 1]) * bump)


def alpine_01(x: Tensor) -> Tensor:
    """BSL section 4.1.2; any dimension. Where a summand is 0 its derivative is taken as 0."""
    return torch.abs(x * torch.sin(x) + 0.1 * x).sum(dim=1)


def schwefel_26(x: Tensor) -> Tensor:
    """BSL section 4.1.2; any dimension. The derivative at 0 is 0."""
    size = torch.abs(x)
    zero = size == 0
    # The root of 0 has an infinite derivative, which autograd would multiply by 0: hide it on both sides.
    root = torch.where(zero, 0.0, torch.sqrt(torch.where(zero, 1.0, size)))
    return (418.9829 - x * torch.sin(root)).sum(dim=1)


BENCHMARKS = {
    "Wavy": wavy,
    "HumpCamel6": hump_camel_6,
    "HolderTable": holder_table,
    "Alpine01": alpine_01,
    "Schwefel26": schwefel_26,
}


def benchmark_toy(name: str, dimension: int = 2) -> Toy:
    """A benchmark function of `lossbar_core.functions` in torch, equal to it up to rounding.

    Parameters
    ----------
    name : str
        Wavy, HumpCamel6, HolderTable, Alpine01 or Schwefel26.
    dimension : int

    Raises
    ------
    TypeError
        If the dimension is no integer.
    ValueError
        If the name is another one, or the function does not have this dimension.

    Examples
    --------
    >>> benchmark_toy("Wavy", 3).landscape().losses([[0.0, 0.0, 0.0]])
    tensor([0.], dtype=torch.float64)
    """
    if name not in BENCHMARKS:
        raise ValueError(f"expected one of {', '.join(BENCHMARKS)}, got {name!r}; choose one of them")
    original = get(name)
    box = original.bounds(as_count(dimension, "dimension"))
    where, value = original.minimum(dimension)
    minima = tuple(tuple(float(entry) for entry in point) for point in where)
    return Toy(name, BENCHMARKS[name], dimension, tuple(box), minima, (value,) * len(minima))


EGG_CARTON = Toy(
    "egg_carton",
    egg_carton,
    2,
    ((0.0, 2.0), (0.0, 2.0)),
    ((0.5, 0.5), (0.5, 1.5), (1.5, 0.5), (1.5, 1.5)),
    (-2.0,) * 4,
    ((0.5, 1.0), (1.0, 0.5), (1.0, 1.5), (1.5, 1.0)),
    0.0,
)
CURVY_VALLEY = Toy(
    "curvy_valley",
    curvy_valley,
    2,
    ((-10.0, 10.0), (-3.0, 3.0)),
    ((-VALLEY_END, -1.0), (VALLEY_END, 1.0)),
    (0.0, 0.0),
    ((0.0, 0.0),),
    1.0,
)
FLAT = Toy("flat", flat, 2, ((-1.0, 1.0), (-1.0, 1.0)), (), (), (), 0.0)
BENT_DOUBLE_WELL = Toy(
    "bent_double_well",
    bent_double_well,
    2,
    ((-2.0, 2.0), (-2.0, 3.0)),
    ((-1.0355787140888538, -0.144846546147847765), (0.9601495555191055, 0.15622566207292821)),
    (-0.30542848374397416, 0.29414648102826285),
    ((0.07542915856974822, 1.98862088407491956),),
    1.0112820027156531,
)
TOYS = {toy.name: toy for toy in (EGG_CARTON, CURVY_VALLEY, FLAT, BENT_DOUBLE_WELL)}
