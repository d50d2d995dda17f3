"""The NEB iteration of SR section 3: redistribute the pivots, then one step along the normal force (NEB-Alg)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.sr.tasks import Problem, overlooked, problems
from lossbar_core.paths import SGD, ElasticBand, Path

FIRST_TENTH = 0.1
ROUNDING = 1e-9  # of the persistence: smaller rises are those of sums


@dataclass(frozen=True)
class Iteration:
    """T = ``steps`` rounds with a step of ``share`` over Lipschitz; ends are off by ``jitter`` of their distance."""

    steps: int = 400
    pivots: int = 19
    share: float = 0.5
    jitter: float = 0.02
    seed: int = 0


@item("NEB-Alg", smoke=Iteration(steps=60, pivots=9), quick=Iteration(), paper=Iteration(steps=4000))
def iteration(config: Iteration) -> Result:
    r"""Rounds of redistribution and :math:`p_i \leftarrow p_i + \gamma F_i|_\perp` on six problems.

    Parameters
    ----------
    config : Iteration

    Returns
    -------
    Result
        With the bisector as tangent: ``rising_share`` of the steps after the first tenth at which the highest pivot
        rises, ``rising_problems`` where any does, ``largest_rise`` of the highest pivot over all of them together, in
        persistences; ``below_saddle``, how far a top lies below the exact height at most, ``discretisation``, what the
        points between the pivots can have overlooked, and ``below_by_more`` problems where that does not explain it.
        The same with the improved tangent as ``improved_...``. Arrays ``..._tops`` (problems, steps) in persistences.
    """
    tried = problems()
    values: dict[str, float | int] = {"problems": len(tried)}
    arrays: dict[str, np.ndarray] = {}
    for tangent, prefix in (("bisector", ""), ("improved", "improved_")):
        tops = np.full((len(tried), config.steps), np.nan)
        below, finer = np.zeros(len(tried)), np.zeros(len(tried))
        for row, problem in enumerate(tried):
            path = _relaxed(problem, config, tangent)
            tops[row, : len(path.history["top"])] = [
                problem.error(top, config.seed) for top in path.history["top"]
            ]
            below[row] = -problem.error(path.top, config.seed)
            bound = overlooked(path, problem.lipschitz())
            finer[row] = bound / problem.function.persistence(*problem.pair(config.seed))
        late = np.diff(tops[:, round(FIRST_TENTH * config.steps) :], axis=1)
        rises = np.nan_to_num(late) > ROUNDING
        values |= {
            f"{prefix}rising_share": float(rises.sum() / np.isfinite(late).sum()),
            f"{prefix}rising_problems": int(rises.any(axis=1).sum()),
            f"{prefix}largest_rise": float(np.nan_to_num(late.clip(min=0)).sum(axis=1).max()),
            f"{prefix}below_saddle": float(below.max()),
            f"{prefix}discretisation": float(finer.max()),
            f"{prefix}below_by_more": int((below > finer + ROUNDING).sum()),
        }
        arrays[f"{tangent}_tops"] = tops
    return Result(values, arrays)


def _relaxed(problem: Problem, config: Iteration, tangent: str) -> Path:
    """One band; it takes all its steps unless its force is as good as zero."""
    surface = problem.function.landscape()
    step = SGD(config.share / problem.lipschitz())
    band = ElasticBand(config.pivots, tangent=tangent, steps=config.steps, optimiser=step, tolerance=1e-9)
    return band.connect(surface, *problem.ends(config.seed, config.jitter))
