"""FB-Thm2.4: the path of the theorem between random networks, with every sub-path and the bound evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.bounded_path import SUB_PATHS, Compression, bounded_path, compressions
from lossbar_core.papers.rectified.capacity import best_units, hash_of
from lossbar_core.papers.rectified.curve import Weights
from lossbar_core.papers.rectified.regression import Regression, random_units, smooth_regression

POINTS = 101  # on every piece
CONVEX = {SUB_PATHS[i] for i in (0, 2, 3, 5)}
BENT = {SUB_PATHS[i] for i in (1, 4)}
ABOVE = 0.1  # by how much the ends are above their best outer weights: sub-paths 1 and 6 have something to do


@dataclass(frozen=True)
class Theorem:
    """``pairs`` of networks for each number of units; several shares of them kept, turned by several angles."""

    units: tuple[int, ...] = (8, 16, 32)
    shares: tuple[float, ...] = (0.25, 0.5, 0.75)
    angles: tuple[float, ...] = (0.0125, 0.025, 0.05, 0.1)
    pairs: int = 4
    starts: int = 5
    ridge: float = 1e-3
    seed: int = 0


@dataclass(frozen=True)
class Case:
    """One path: its pieces' names and risks (POINTS,), the two compressions, and the bound for this n and alpha.

    ``level`` is the larger risk of the ends, ``largest`` the maximum of e(n) and the four deltas, ``term`` the printed
    E|Y|^2 alpha / kappa, ``proof_term`` that of the proof.
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
    def bound(self) -> float:
        """What the theorem allows for this n and alpha."""
        return max(self.level, self.largest + self.term)


def cases(task: Regression, config: Theorem) -> Iterator[Case]:
    """All paths between random networks whose outer weights are nearly the best."""
    for units in config.units:
        for pair in range(config.pairs):
            ends = [_end(task, units, hash_of(config.seed, units, pair, side)) for side in (0, 1)]
            level = max(float(risks_along(task, [end])[0]) for end in ends)
            for share in config.shares:
                yield from _paths(task, config, ends, level, (units, pair, share))


def _end(task: Regression, units: int, seed: int) -> Weights:
    """Random units, and outer weights off the best ones in a random direction."""
    inner = random_units(units, task.inputs, seed)
    best = task.best_outer(inner)
    off = torch.from_numpy(np.random.default_rng(seed).normal(size=units))
    low = task.risk(inner, best)
    far = (ABOVE * low / (task.risk(inner, best + off) - low)) ** 0.5  # the risk is quadratic
    return inner.numpy(), (best + far * off).numpy()[None]


def _paths(
    task: Regression, config: Theorem, ends: list[Weights], level: float, which: tuple[int, int, float]
) -> Iterator[Case]:
    """One path an angle, keeping a share of the units."""
    units, pair, share = which
    kept = round(share * units)
    oracle, risks = best_units(task, units - kept, config.starts, config.seed)
    placed = oracle.numpy(), task.best_outer(oracle).numpy()
    sides = [compressions(task, torch.from_numpy(inner), kept, config.angles) for inner, _ in ends]
    for angle, *both in zip(config.angles, *sides, strict=True):
        path = bounded_path(ends[0], ends[1], (both[0], both[1]), placed)
        along = [
            risks_along(task, [piece(float(t)) for t in np.linspace(0, 1, POINTS)]) for piece in path.pieces
        ]
        deltas = [risk for side in both for risk in (side.fitted_risk, side.sparse_risk)]
        constant = 4 * max(1.0, task.energy**0.5)  # the covariance has norm 1
        yield Case(
            units, pair, share, angle, path.names, tuple(along), path.jumps(), (both[0], both[1]), level,
            max(float(risks.min()), *deltas),
            task.energy * angle / task.ridge,
            constant * angle * (task.ridge**-0.5 + units / task.ridge),
        )  # fmt: skip


def risks_along(task: Regression, weights: list[Weights]) -> np.ndarray:
    """Oracle risks (T,) with ridge of networks W (M, n), beta (1, M)."""
    inner, outer = (torch.from_numpy(np.stack(parts)) for parts in zip(*weights, strict=True))
    return task.risk(inner, outer[:, 0]).numpy()


def bend(task: Regression, side: Compression) -> float:
    r"""Largest change of the risk, without ridge, where W and :math:`\beta` move and not the mixture of two networks.

    :math:`\max_t |E|Y - \eta_2 Z(\eta_1)|^2 - E|Y - (1-t) \beta_1 Z(W) - t \gamma Z(\tilde W)|^2|`: appendix B.2,
    equation 12.
    """
    bare, t = replace(task, ridge=0.0), torch.linspace(0, 1, POINTS, dtype=torch.float64)[:, None]
    parts = (side.units, side.fitted, side.turned, side.sparse)
    units, fitted, turned, sparse = (torch.from_numpy(part) for part in parts)
    together = bare.risk((1 - t[:, :, None]) * units + t[:, :, None] * turned, (1 - t) * fitted + t * sparse)
    both = torch.cat([units, turned]).expand(POINTS, -1, -1)
    mixed = bare.risk(both, torch.cat([(1 - t) * fitted, t * sparse], dim=1))
    return float((together - mixed).abs().max())


def partly(task: Regression, side: Compression, share: float) -> Compression:
    """The same compression with every unit turned by a share of its angle, and the best outer weights then."""
    units, turned = side.units, side.turned
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(turned - units, axis=1, keepdims=True) / 2, 0, 1))
    away = turned - np.cos(angle) * units
    away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), np.finfo(float).tiny)
    less = np.cos(share * angle) * units + np.sin(share * angle) * away
    sparse, kept = np.zeros_like(side.sparse), side.sparse != 0
    sparse[kept] = task.best_outer(torch.from_numpy(less[kept])).numpy()
    return replace(side, turned=less, sparse=sparse)


def cross_term(side: Compression) -> float:
    r"""Largest :math:`|\eta_2|^2` over the :math:`(1-t)^2 |\beta_1|^2 + t^2 |\gamma|^2` of :math:`\bar L`, less 1.

    The proof bounds the first by :math:`(1-t) |\beta_1|^2 + t |\gamma|^2` and goes on with the second.
    """
    t = np.linspace(0, 1, POINTS)[:, None]
    ahead, behind = (1 - t) * side.fitted, t * side.sparse
    return float((((ahead + behind) ** 2).sum(1) / ((ahead**2).sum(1) + (behind**2).sum(1))).max() - 1)


@item(
    "FB-Thm2.4",
    smoke=Theorem((8,), (0.5,), (0.05, 0.1), pairs=1, starts=2),
    quick=Theorem(),
    paper=Theorem(pairs=20, starts=50),
)
def theorem(config: Theorem) -> Result:
    r"""Sub-paths 1 to 6 of FB Theorem 2.4 and appendix B.2, in R^2 with exact oracle risks.

    Parameters
    ----------
    config : Theorem

    Returns
    -------
    Result
        ``convex_excess``: over all ``paths``, the largest risk on sub-paths 1, 3, 4, 6 less the larger of both ends;
        ``other_excess``, the same where units move that are not in use; ``jump`` between pieces.
        ``bent_over_printed``: largest excess on 2 and 5 over the printed :math:`E|Y|^2 \alpha / \kappa`; ``bend``,
        `bend` over the proof's term, largest. ``slopes`` of its logarithm against log alpha, the units of a compression
        turning by shares of their angles: of means, one for each M; ``slopes_off``, their largest distance from 1;
        ``single_low`` and ``single_high`` of single compressions.
        ``top_over_bound``: largest top over what the theorem allows. ``term_share``: mean share of the
        term in alpha in the least bound of a pair. ``cross_term``: largest of `cross_term`. ``gap_<M>``: mean over the
        pairs of the lowest top less the larger end. Arrays: ``bends`` (units, angles), means, ``eps``, ``lowest`` and
        ``level`` (units, pairs); ``along`` (pieces, T) of the lowest path of the last pair.
    """
    torch.set_num_threads(1)
    task = smooth_regression(2, ridge=config.ridge, seed=config.seed)
    paths = list(cases(task, config))
    shape = (len(config.units), config.pairs, len(config.shares), len(config.angles))
    turns = np.array(config.angles) / max(config.angles)
    bends = np.array([
        [bend(task, partly(task, side, share)) for share in turns]
        for case in paths if case.angle == max(config.angles) for side in case.sides
    ])  # fmt: skip
    mean_bends = bends.reshape(shape[0], -1, shape[3]).mean(axis=1)
    slopes, single = (np.polyfit(np.log(turns), np.log(b.T), 1)[0] for b in (mean_bends, bends))
    tops, bounds, levels = (
        np.array([getattr(case, name) for case in paths]).reshape(*shape[:2], -1)
        for name in ("top", "bound", "level")
    )
    each = shape[2] * shape[3]
    least = [min(paths[i : i + each], key=lambda c: c.bound) for i in range(0, len(paths), each)]
    lowest = min(paths[-each:], key=lambda c: c.top)
    gaps = np.maximum(tops.min(axis=2) - levels[:, :, 0], 0).mean(axis=1)
    others = set(paths[0].names) - CONVEX - BENT
    return Result(
        {
            "paths": len(paths),
            "convex_excess": max(case.excess(CONVEX) for case in paths),
            "other_excess": max(case.excess(others) for case in paths),
            "jump": max(case.jump for case in paths),
            "bent_over_printed": max(case.excess(BENT) / case.term for case in paths),
            "bend": max(bend(task, side) / case.proof_term for case in paths for side in case.sides),
            "slopes_off": float(np.abs(slopes - 1).max()),
            "slopes": slopes.tolist(),
            "single_low": float(single.min()),
            "single_high": float(single.max()),
            "top_over_bound": float((tops / bounds).max()),
            "term_share": float(np.mean([case.term / (case.term + case.largest) for case in least])),
            "cross_term": max(cross_term(side) for case in paths for side in case.sides),
            **{f"gap_{units}": float(gap) for units, gap in zip(config.units, gaps, strict=True)},
        },
        {
            "units": np.array(config.units),
            "angles": np.array(config.angles),
            "bends": mean_bends,
            "eps": bounds.min(axis=2),
            "lowest": tops.min(axis=2),
            "level": levels[:, :, 0],
            "along": np.stack(lowest.risks),
        },
    )
