"""Paths of FB Theorem 2.4 between random networks, with what the theorem allows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.papers.rectified.bounded_path import SUB_PATHS, Compression, bounded_path, compressions
from lossbar_core.papers.rectified.capacity import best_units, hash_of
from lossbar_core.papers.rectified.curve import Weights
from lossbar_core.papers.rectified.regression import Regression, random_units

POINTS = 101  # on every piece
CONVEX = {SUB_PATHS[i] for i in (0, 2, 3, 5)}
BENT = {SUB_PATHS[i] for i in (1, 4)}
ABOVE = 0.1  # by how much the ends are above their best outer weights: sub-paths 1 and 6 have something to do


@dataclass(frozen=True)
class Draw:
    """``pairs`` of random networks for each number of units; several shares of them kept, turned by several angles."""

    units: tuple[int, ...]
    shares: tuple[float, ...]
    angles: tuple[float, ...]
    pairs: int
    starts: int
    seed: int


@dataclass(frozen=True)
class Case:
    """One path: its pieces' names and risks (POINTS,), the two compressions, and the bound for this n and alpha.

    ``level`` is the larger risk of the ends, ``largest`` the maximum of e(n) and the four deltas, ``energy`` E|Y|^2,
    the risk of predicting 0, ``term`` the printed E|Y|^2 alpha / kappa, ``proof_term`` that of the proof.
    """

    units: int
    pair: int
    share: float
    angle: float
    names: tuple[str, ...]
    risks: tuple[np.ndarray, ...]
    jump: float
    sides: tuple[Compression, Compression]
    level: float
    largest: float
    energy: float
    term: float
    proof_term: float

    def excess(self, names: set[str]) -> float:
        """Largest risk on some sub-paths less the larger of the two ends of each."""
        chosen = [r for r, name in zip(self.risks, self.names, strict=True) if name in names]
        return max(float(r.max() - max(r[0], r[-1])) for r in chosen)

    @property
    def top(self) -> float:
        """Largest risk on the path."""
        return float(max(r.max() for r in self.risks))

    @property
    def eps(self) -> float:
        """What stands under the infimum of the theorem, for this n and alpha."""
        return self.largest + self.term

    @property
    def bound(self) -> float:
        """What the theorem allows for this n and alpha."""
        return max(self.level, self.eps)

    @property
    def tests(self) -> bool:
        r"""Whether the path could exceed the bound: :math:`\lambda < \epsilon < E|Y|^2`.

        An end reaches lambda, so a bound of lambda is met by all paths that rise; and through weights 0 there is always
        a path that E|Y|^2 bounds.
        """
        return self.level < self.eps < self.energy


def cases(task: Regression, draw: Draw) -> Iterator[Case]:
    """All paths between random networks whose outer weights are nearly the best."""
    for units in draw.units:
        kept = [round(share * units) for share in draw.shares]
        oracles = [best_units(task, units - count, draw.starts, draw.seed) for count in kept]
        for pair in range(draw.pairs):
            ends = [_end(task, units, hash_of(draw.seed, units, pair, side)) for side in (0, 1)]
            level = max(float(risks_along(task, [end])[0]) for end in ends)
            for share, oracle in zip(draw.shares, oracles, strict=True):
                yield from _paths(task, draw, ends, level, oracle, (units, pair, share))


def _end(task: Regression, units: int, seed: int) -> Weights:
    """Random units, and outer weights off the best ones in a random direction."""
    inner = random_units(units, task.inputs, seed)
    best = task.best_outer(inner)
    off = torch.from_numpy(np.random.default_rng(seed).normal(size=units))
    low = task.risk(inner, best)
    far = (ABOVE * low / (task.risk(inner, best + off) - low)) ** 0.5  # the risk is quadratic
    return inner.numpy(), (best + far * off).numpy()[None]


def _paths(
    task: Regression,
    draw: Draw,
    ends: list[Weights],
    level: float,
    found: tuple[torch.Tensor, np.ndarray],
    which: tuple[int, int, float],
) -> Iterator[Case]:
    """One path an angle, keeping a share of the units; ``found`` is what `best_units` gives for the others."""
    (units, pair, share), (oracle, risks) = which, found
    kept = round(share * units)
    placed = oracle.numpy(), task.best_outer(oracle).numpy()
    sides = [compressions(task, torch.from_numpy(inner), kept, draw.angles) for inner, _ in ends]
    for angle, *both in zip(draw.angles, *sides, strict=True):
        path = bounded_path(ends[0], ends[1], (both[0], both[1]), placed)
        along = [
            risks_along(task, [piece(float(t)) for t in np.linspace(0, 1, POINTS)]) for piece in path.pieces
        ]
        deltas = [risk for side in both for risk in (side.fitted_risk, side.sparse_risk)]
        constant = 4 * max(1.0, task.energy**0.5)  # the covariance has norm 1
        yield Case(
            units, pair, share, angle, path.names, tuple(along), path.jumps(), (both[0], both[1]), level,
            max(float(risks.min()), *deltas),
            task.energy,
            task.energy * angle / task.ridge,
            constant * angle * (task.ridge**-0.5 + units / task.ridge),
        )  # fmt: skip


def risks_along(task: Regression, weights: list[Weights]) -> np.ndarray:
    """Oracle risks (T,) with ridge of networks W (M, n), beta (1, M)."""
    inner, outer = (torch.from_numpy(np.stack(parts)) for parts in zip(*weights, strict=True))
    return task.risk(inner, outer[:, 0]).numpy()
