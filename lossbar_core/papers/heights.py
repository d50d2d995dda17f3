"""Functions of two variables with known heights between their minima: what path methods are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import torch

from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.functions import reference_barcode
from lossbar_core.landscapes import TOYS, AnalyticLandscape, benchmark_toy

RESOLUTION = 401  # of the grid that finds minima and passes; both are polished afterwards
BENCHMARKS = ("HumpCamel6", "Wavy")


@dataclass(frozen=True)
class Known:
    """A function with its minima and the exact lowest maximum over all paths between any two of them.

    Attributes
    ----------
    name : str
    minima : (K, 2) float64 array
    values : (K,) float64 array
    heights : (K, K) float64 array
        ``heights[i, j]`` is the height of the pass between minima i and j; the diagonal holds the values.
    function : callable
        (n, 2) tensor -> (n,) tensor.
    box : two pairs (low, high)
        Where it is looked at.
    """

    name: str
    minima: np.ndarray
    values: np.ndarray
    heights: np.ndarray
    function: Callable[[torch.Tensor], torch.Tensor]
    box: tuple[tuple[float, float], ...]

    def landscape(self) -> AnalyticLandscape:
        """The function as a surface, with its evaluations counted from 0."""
        return AnalyticLandscape(self.function, 2, name=self.name)

    def within(self, box: float) -> Known:
        """Those minima whose coordinates are at most ``box``; heights stay those of the whole function.

        Raises
        ------
        ValueError
            If fewer than two minima are left.
        """
        kept = (np.abs(self.minima) <= box).all(axis=1)
        if kept.sum() < 2:
            raise ValueError(
                f"expected at least two minima of {self.name} within {box}, got {kept.sum()}; widen it"
            )
        return replace(
            self,
            minima=self.minima[kept],
            values=self.values[kept],
            heights=self.heights[np.ix_(kept, kept)],
        )

    def persistence(self, i: int, j: int) -> float:
        """Height between two minima above the higher one: what errors are measured in."""
        return float(self.heights[i, j] - max(self.values[i], self.values[j]))

    def deaths(self) -> np.ndarray:
        r"""Exact :math:`h_p` of TO equation 1, infinite where no minimum is lower, (K,).

        Examples
        --------
        >>> known("HumpCamel6").deaths().round(4)
        array([   inf,    inf, 0.5437, 0.5437, 2.2294, 2.2294])
        """
        lower = self.values[None, :] < self.values[:, None] - EQUAL
        return np.where(lower, self.heights, np.inf).min(axis=1)


EQUAL = 1e-9  # minima that differ by less are a symmetric pair, whose values differ by rounding alone


@cache
def known(name: str) -> Known:
    """A function by its name: ``egg_carton``, ``curvy_valley``, ``bent_double_well``, ``HumpCamel6`` or ``Wavy``.

    Toys have their facts from a formula. The minima of the benchmark functions are those of a grid, polished;
    the height between any two of them is the highest bar's end on the way from swallower to swallower.

    Returns
    -------
    Known
        Minima in increasing order of their values.

    Raises
    ------
    ValueError
        If the name is another one.

    Examples
    --------
    >>> known("egg_carton").heights[0, 3]
    np.float64(0.0)
    """
    if name in BENCHMARKS:
        return _benchmark(name)
    toy = TOYS.get(name)
    if toy is None or toy.saddle_height is None or not toy.minima:
        raise ValueError(f"expected a function with known heights, got {name!r}; take one of {NAMES}")
    values = np.array(toy.minimum_values)
    heights = np.full((len(values), len(values)), toy.saddle_height)
    np.fill_diagonal(heights, values)
    return Known(name, np.array(toy.minima), values, heights, toy.function, toy.box)


NAMES = ("egg_carton", "curvy_valley", "bent_double_well", *BENCHMARKS)


def _benchmark(name: str) -> Known:
    """A function of the benchmark."""
    toy = benchmark_toy(name, 2)
    return measured_heights(name, toy.function, toy.box)


WAVES, REACH = 12, 3.0  # plane waves of a random function, and half the width of its box


@cache
def random_waves(seed: int) -> Known:
    r"""A random function of two variables: :math:`\sum_k a_k \cos(w_k \cdot x + \varphi_k) + |x|^4 / 20`.

    Amplitudes and waves are normal, phases uniform; the last term keeps the minima inside the box.

    Examples
    --------
    >>> random_waves(0).heights.shape[0] > 3
    True
    """
    rng = np.random.default_rng(seed)
    amplitude, phase = rng.normal(size=WAVES), rng.uniform(0, 2 * np.pi, WAVES)
    waves = torch.from_numpy(2 * rng.normal(size=(2, WAVES)))
    parts = torch.from_numpy(amplitude), torch.from_numpy(phase)

    def function(x: torch.Tensor) -> torch.Tensor:
        return (parts[0] * torch.cos(x @ waves + parts[1])).sum(dim=1) + (x * x).sum(dim=1) ** 2 / 20

    return measured_heights(f"random waves {seed}", function, ((-REACH, REACH),) * 2)


def measured_heights(
    name: str, function: Callable[[torch.Tensor], torch.Tensor], box: tuple[tuple[float, float], ...]
) -> Known:
    """Minima and heights of a smooth function: who swallows whom from a grid, where and how high polished."""

    def of_arrays(x: np.ndarray) -> np.ndarray:
        return function(torch.from_numpy(np.ascontiguousarray(x))).numpy()

    exact = reference_barcode(of_arrays, list(box), RESOLUTION)
    axes = [np.linspace(low, high, RESOLUTION) for low, high in box]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    bars = grid_barcode(of_arrays(places).reshape(RESOLUTION, RESOLUTION), connectivity="full")
    bars = bars.filter(min_persistence=1e-6)

    def place(ids: np.ndarray) -> np.ndarray:
        """Which polished minimum a vertex of the grid belongs to."""
        apart = np.linalg.norm(places[ids][:, None] - exact.minimum[None], axis=2)
        return apart.argmin(axis=1)

    finite = ~bars.essential
    mine, swallower = place(bars.minimum[finite]), place(bars.swallower[finite])
    heights = np.full((len(exact), len(exact)), np.inf)
    heights[mine, swallower] = heights[swallower, mine] = exact.death[mine]
    np.fill_diagonal(heights, exact.birth)
    return Known(name, exact.minimum, exact.birth, minimax(heights), function, tuple(box))


def minimax(heights: np.ndarray) -> np.ndarray:
    """Lowest maximum over all routes through a (K, K) matrix of direct heights.

    Examples
    --------
    >>> minimax(np.array([[0.0, 5.0, 2.0], [5.0, 0.0, 3.0], [2.0, 3.0, 1.0]]))[0, 1]
    np.float64(3.0)
    """
    found = heights.copy()
    for k in range(len(found)):
        found = np.minimum(found, np.maximum(found[:, k, None], found[None, k, :]))
    return found


def jittered(minima: np.ndarray, share: float, seed: int) -> torch.Tensor:
    """Minima moved by a normal step of standard deviation ``share`` times the smallest distance of two, (K, 2).

    A minimum is never found exactly. And where a function is symmetric, a path that starts on its mirror line
    would stay there for ever, on the top of a hill.
    """
    apart = np.linalg.norm(minima[:, None] - minima[None], axis=2)
    nearest = apart[apart > 0].min()
    rng = np.random.default_rng([seed, len(minima)])
    return torch.tensor(minima + share * nearest * rng.normal(size=minima.shape))


def neighbours(function: Known, reach: float = 1.1) -> Iterator[tuple[int, int]]:
    """Pairs of minima that lie at most ``reach`` times the smallest distance apart."""
    apart = np.linalg.norm(function.minima[:, None] - function.minima[None], axis=2)
    nearest = apart[apart > 0].min()
    for i in range(len(apart)):
        for j in range(i):
            if apart[i, j] <= reach * nearest:
                yield i, j
