"""Barycentric lattices: the points of a simplex whose coordinates are multiples of 1/n."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations, permutations
from math import comb

import numpy as np
import torch


@dataclass(frozen=True)
class Lattice:
    r"""Integer points :math:`\alpha \ge 0` with :math:`\alpha_0 + \dots + \alpha_r = n` in the r-simplex.

    Attributes
    ----------
    degree : int
        r.
    divisions : int
        n.

    Examples
    --------
    >>> lattice = Lattice(2, 3)
    >>> len(lattice.points), lattice.points[lattice.interior].tolist()
    (10, [[1, 1, 1]])
    """

    degree: int
    divisions: int

    @cached_property
    def points(self) -> np.ndarray:
        """(Q, r + 1) int64 array, in lexicographic order."""
        places = self.divisions + self.degree
        bars = np.array(list(combinations(range(places), self.degree)), np.int64)
        bars = bars.reshape(comb(places, self.degree), self.degree)
        ends = np.full((len(bars), 1), -1), np.full((len(bars), 1), places)
        return np.diff(np.concatenate([ends[0], bars, ends[1]], axis=1), axis=1) - 1

    @cached_property
    def number(self) -> dict[tuple[int, ...], int]:
        """Number of each point."""
        return {tuple(point): index for index, point in enumerate(self.points.tolist())}

    @cached_property
    def interior(self) -> np.ndarray:
        """Numbers of the points on no face."""
        return np.flatnonzero((self.points > 0).all(axis=1))

    def face(self, without: int) -> np.ndarray:
        """Numbers of the points on the face opposite to a vertex, in the order of the face's own lattice."""
        return np.flatnonzero(self.points[:, without] == 0)

    @cached_property
    def neighbours(self) -> np.ndarray:
        """Numbers of the r (r + 1) points one step away from each interior point."""
        steps = [_step(self.degree, i, j) for i, j in permutations(range(self.degree + 1), 2)]
        return self._moved(steps)

    @cached_property
    def along(self) -> tuple[np.ndarray, np.ndarray]:
        """Two (I, r) arrays: points one step on and one step back in r independent directions."""
        steps = [_step(self.degree, i, self.degree) for i in range(self.degree)]
        return self._moved(steps), self._moved([-step for step in steps])

    def _moved(self, steps: list[np.ndarray]) -> np.ndarray:
        inner = self.points[self.interior]
        moved = [[self.number[tuple(point)] for point in (inner + step).tolist()] for step in steps]
        return np.array(moved, np.int64).reshape(len(steps), len(inner)).T

    @cached_property
    def harmonic(self) -> torch.Tensor:
        """(Q, Q) matrix that keeps points on faces and makes each interior one the mean of its neighbours."""
        count, inner = len(self.points), self.interior
        system = np.eye(count)
        for row, around in zip(inner, self.neighbours, strict=True):
            system[row, around] -= 1 / self.neighbours.shape[1]
        fixed = np.eye(count)
        fixed[inner] = 0
        return torch.from_numpy(np.linalg.solve(system, fixed))

    @cached_property
    def halves(self) -> tuple[np.ndarray, np.ndarray]:
        """Points of the lattice twice as fine, each the middle of two points of this one (equal where it is one).

        The odd coordinates are an even number: every second one is rounded up in one point, down in the other.
        """
        fine = lattice(self.degree, 2 * self.divisions).points
        odd = fine % 2
        sign = odd * np.where(np.cumsum(odd, axis=1) % 2 == 1, 1, -1)
        ends = ((fine + sign) // 2).tolist(), ((fine - sign) // 2).tolist()
        first, second = (np.array([self.number[tuple(point)] for point in end]) for end in ends)
        return first, second


@lru_cache(maxsize=32)
def lattice(degree: int, divisions: int) -> Lattice:
    """The lattice, made once."""
    return Lattice(degree, divisions)


def refined(points: torch.Tensor, degree: int, divisions: int, times: int) -> torch.Tensor:
    """Points (..., Q, M) of a lattice, interpolated linearly on lattices 2, 4, ... times as fine."""
    for _ in range(times):
        first, second = lattice(degree, divisions).halves
        points = (points[..., first, :] + points[..., second, :]) / 2
        divisions *= 2
    return points


def _step(degree: int, up: int, down: int) -> np.ndarray:
    step = np.zeros(degree + 1, np.int64)
    step[up], step[down] = 1, -1
    return step
