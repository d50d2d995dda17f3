"""FB-Thm2.4: the path of the theorem between random networks, with every sub-path and the bound evaluated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.bounded_path import Compression
from lossbar_core.papers.rectified.random_paths import BENT, CONVEX, POINTS, Case, Draw, cases
from lossbar_core.papers.rectified.regression import Regression, smooth_regression


@dataclass(frozen=True)
class Theorem:
    """``pairs`` of networks for each number of units; several shares of them kept, turned by several angles.

    With the small ``ridge`` the printed bound is larger than the risk of predicting zero. So ``heavy_pairs`` are drawn
    again with each of the ``penalties``, and turned by ``heavy_angles``: there a path could exceed the bound.
    """

    units: tuple[int, ...] = (8, 16, 32)
    shares: tuple[float, ...] = (0.25, 0.5, 0.75)
    angles: tuple[float, ...] = (0.0125, 0.025, 0.05, 0.1)
    pairs: int = 4
    starts: int = 5
    ridge: float = 1e-3
    penalties: tuple[float, ...] = (0.05, 0.2, 1.0)
    heavy_angles: tuple[float, ...] = (0.0125, 0.05, 0.1, 0.4)
    heavy_pairs: int = 1
    seed: int = 0


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
    smoke=Theorem((8,), (0.5,), (0.05, 0.1), pairs=1, starts=2, penalties=(1.0,)),
    quick=Theorem(),
    paper=Theorem(pairs=20, starts=50, heavy_pairs=20),
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
        With the small ridge: ``bend``, `bend` over the proof's term, largest. ``slopes`` of its logarithm against log
        alpha, the units of a compression turning by shares of their angles: of means, one for each M; ``slopes_off``,
        their largest distance from 1; ``single_low`` and ``single_high`` of single compressions. ``term_share``: mean
        share of the term in alpha in the least bound of a pair. ``cross_term``: largest of `cross_term`. ``gap_<M>``:
        mean over the pairs of the lowest top less the larger end. Arrays: ``bends`` (units, angles), means, ``eps``,
        ``lowest`` and ``level`` (units, pairs); ``along`` (pieces, T) of the lowest path of the last pair.
        With the ``heavy`` penalties: what `margins` says.
    """
    torch.set_num_threads(1)
    task = smooth_regression(2, ridge=config.ridge, seed=config.seed)
    draw = Draw(config.units, config.shares, config.angles, config.pairs, config.starts, config.seed)
    paths = list(cases(task, draw))
    again = replace(draw, angles=config.heavy_angles, pairs=config.heavy_pairs)
    heavy_tasks = [replace(task, ridge=penalty) for penalty in config.penalties]
    heavy = [(heavy_task, list(cases(heavy_task, again))) for heavy_task in heavy_tasks]
    every = [*paths, *chain.from_iterable(found for _, found in heavy)]
    values, arrays = _light(task, config, paths)
    others = set(paths[0].names) - CONVEX - BENT
    return Result(
        {
            "paths": len(every),
            "convex_excess": max(case.excess(CONVEX) for case in every),
            "other_excess": max(case.excess(others) for case in every),
            "jump": max(case.jump for case in every),
            **values,
            **margins([(heavy_task, case) for heavy_task, found in heavy for case in found if case.tests]),
        },
        arrays,
    )


def margins(found: list[tuple[Regression, Case]]) -> dict[str, float]:
    r"""How near paths come to the printed bound, where they could exceed it.

    Parameters
    ----------
    found : list of (Regression, Case)
        Paths with :math:`\lambda < \epsilon < E|Y|^2`, and their risks.

    Returns
    -------
    dict
        ``tested``, their number, and ``least_term``, the smallest :math:`E|Y|^2 \alpha / \kappa` of them.
        ``top_over_bound``: largest top over what the theorem allows. In units of the printed term, largest:
        ``rise_over_printed``, the top less the larger of :math:`\lambda`, e(n) and the four deltas;
        ``bent_over_printed``, the excess on 2 and 5; ``bend_over_printed``, `bend`, which the proof says the term
        bounds. ``finer_units``: a change of the risk as in `bend` stays where inputs are measured in units c times
        smaller and the penalty is :math:`c^2` times larger, for weights may be c times smaller; the printed term
        falls by :math:`c^2`. From this c on it is less than the change, and cannot stand in the proof's estimate.

    Raises
    ------
    ValueError
        If there are none.
    """
    if not found:
        raise ValueError(
            "expected paths with lambda < eps < E|Y|^2, got none; take larger penalties or smaller angles"
        )
    alone = [case for _, case in found]
    bends = max(bend(task, side) / case.term for task, case in found for side in case.sides)
    return {
        "tested": len(alone),
        "least_term": min(case.term for case in alone),
        "top_over_bound": max(case.top / case.bound for case in alone),
        "rise_over_printed": max((case.top - max(case.level, case.largest)) / case.term for case in alone),
        "bent_over_printed": max(case.excess(BENT) / case.term for case in alone),
        "bend_over_printed": bends,
        "finer_units": bends**-0.5,
    }


def _light(
    task: Regression, config: Theorem, paths: list[Case]
) -> tuple[dict[str, object], dict[str, np.ndarray]]:
    """What is measured with the small ridge: how the risk changes with the angle, and the terms of the bound."""
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
    return (
        {
            "bend": max(bend(task, side) / case.proof_term for case in paths for side in case.sides),
            "slopes_off": float(np.abs(slopes - 1).max()),
            "slopes": slopes.tolist(),
            "single_low": float(single.min()),
            "single_high": float(single.max()),
            "term_share": float(np.mean([case.term / case.eps for case in least])),
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
