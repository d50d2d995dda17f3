"""Six problems with exact answers: two minima of a known function, and the height of the pass between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import label
from torch.func import jacrev, vmap

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.heights import Known, jittered, known
from lossbar_core.paths import Path, StraightLine
from lossbar_core.paths.pair_choice import all_pairs

INNER = 0.7  # the nine minima of Wavy around its centre
HALVINGS = 40  # of an interval of levels: 1e-12 of it
WHOLE = np.ones((3, 3))  # a grid point and its eight neighbours


@dataclass(frozen=True)
class Problem:
    """Pairs of minima of one function; trial s takes pair s, modulo their number.

    ``pairs`` is (n, 2) numbers of minima of ``function``.
    """

    title: str
    function: Known
    pairs: tuple[tuple[int, int], ...]

    def pair(self, trial: int) -> tuple[int, int]:
        """The minima of a trial."""
        return self.pairs[trial % len(self.pairs)]

    def ends(self, trial: int, jitter: float) -> tuple[torch.Tensor, torch.Tensor]:
        """The two minima, each found with a small error of its own."""
        moved = jittered(self.function.minima, jitter, trial)
        i, j = self.pair(trial)
        return moved[i], moved[j]

    def error(self, top: float, trial: int) -> float:
        """Distance of a height from the exact one, in persistences."""
        i, j = self.pair(trial)
        return (top - self.function.heights[i, j]) / self.function.persistence(i, j)

    def limit(self, trial: int, tolerance: float) -> float:
        """The height whose error is ``tolerance`` persistences."""
        i, j = self.pair(trial)
        return float(self.function.heights[i, j] + tolerance * self.function.persistence(i, j))

    def lipschitz(self) -> float:
        """Largest curvature around the minima."""
        return curvature_around(self.function)


def curvature_around(function: Known) -> float:
    """Largest curvature on a grid over the rectangle of a function's minima, 1 higher at both sides of y.

    Paths between minima stay there. Outside, the steep walls of some functions say nothing about them.
    """
    low, high = function.minima.min(axis=0), function.minima.max(axis=0)
    x, y = torch.linspace(low[0], high[0], 41), torch.linspace(low[1] - ROOM, high[1] + ROOM, 41)
    return largest_curvature(function.landscape(), torch.cartesian_prod(x, y).double())


ROOM = 1.0


def largest_curvature(surface: AnalyticLandscape, points: torch.Tensor) -> float:
    """Largest absolute eigenvalue of the Hessian over points (n, d).

    Examples
    --------
    >>> largest_curvature(AnalyticLandscape(lambda x: (x * x).sum(1), 2), torch.zeros(3, 2).double())
    2.0
    """
    curvature = vmap(jacrev(jacrev(lambda x: surface.function(x[None])[0])))(points)
    return float(torch.linalg.eigvalsh(curvature).abs().max())


def overlooked(path: Path, curvature: float) -> float:
    r"""Bound of what lies between the points of a path's profile: :math:`C h^2 / 8` for their largest distance h."""
    return curvature * float(np.diff(path.profile().position).max()) ** 2 / 8


def problems() -> list[Problem]:
    """Egg carton between neighbours and across a hill, curved valley, bent double well, camel, Wavy across a hill."""
    carton, camel, wavy = known("egg_carton"), known("HumpCamel6"), known("Wavy").within(INNER)
    return [
        Problem("egg, neighbours", carton, ((0, 1), (0, 2), (3, 1), (3, 2))),
        Problem("egg, diagonal", carton, ((0, 3), (1, 2))),
        Problem("curved valley", known("curvy_valley"), ((0, 1),)),
        Problem("bent double well", known("bent_double_well"), ((0, 1),)),
        Problem("HumpCamel6", camel, tuple(not_straight(camel))),
        Problem("Wavy, diagonal", wavy, tuple(diagonals(wavy))),
    ]


def not_straight(function: Known) -> list[tuple[int, int]]:
    """Pairs of minima whose straight line climbs by at least a tenth of the persistence too high."""
    surface, line = function.landscape(), StraightLine()
    found = []
    for i, j in all_pairs(len(function.minima)):
        top = line.connect(surface, function.minima[i], function.minima[j]).top
        if top > function.heights[i, j] + 0.1 * function.persistence(i, j):
            found.append((i, j))
    return found


def diagonals(function: Known) -> list[tuple[int, int]]:
    """Pairs of minima that face each other across a hill: the square root of two times the least distance apart."""
    apart = np.linalg.norm(function.minima[:, None] - function.minima[None], axis=2)
    nearest = apart[apart > 0].min()
    i, j = np.nonzero(np.triu(np.abs(apart / nearest - np.sqrt(2)) < 0.1))
    return list(zip(i.tolist(), j.tolist(), strict=True))


def grid_height(problem: Problem, trial: int, resolution: int) -> float:
    """Lowest level at which two minima are in one component of a fine grid: graph minimax, by halving.

    Components are found anew at every level, by image labelling, so that nothing is shared with the barcodes that
    the exact heights come from.
    """
    axes = [np.linspace(low, high, resolution) for low, high in problem.function.box]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = problem.function.landscape().losses(places).numpy().reshape(resolution, resolution)
    steps = [(high - low) / (resolution - 1) for low, high in problem.function.box]
    corner = [low for low, _ in problem.function.box]
    a, b = (
        tuple(np.rint((problem.function.minima[k] - corner) / steps).astype(int)) for k in problem.pair(trial)
    )
    low, high = max(grid[a], grid[b]), grid.max()
    for _ in range(HALVINGS):
        level = (low + high) / 2
        parts, _ = label(grid <= level, WHOLE)
        low, high = (low, level) if parts[a] and parts[a] == parts[b] else (level, high)
    return float(high)
