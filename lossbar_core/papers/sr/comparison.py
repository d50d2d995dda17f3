"""All estimators on the same functions against the exact heights; the band against graph minimax (NEB-minimax)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.sr.estimators import Trace, estimators, height_of
from lossbar_core.papers.sr.tasks import grid_height, problems

BAND = "NEB, FIRE"  # the engine's default band, which the criterion is about
PROBLEMS = 6


@dataclass(frozen=True)
class Comparison:
    """``trials`` pairs of ends a problem, each off by ``jitter`` of the distance; bands of ``pivots`` and ``steps``.

    A height is reached when the error is at most ``tolerance`` persistences. The grid has ``resolution`` points a side.
    """

    seed: int = 0
    trials: int = 5
    steps: int = 240
    pivots: int = 19
    jitter: float = 0.02
    tolerance: float = 0.05
    resolution: int = 801


@dataclass(frozen=True)
class ProblemTask:
    """All estimators on one problem, by its number."""

    problem: int
    setting: Comparison
    seed: int = 0


def split(config: Comparison) -> list[ProblemTask]:
    """One task a problem."""
    return [ProblemTask(k, config, config.seed) for k in range(PROBLEMS)]


def measure(task: ProblemTask) -> Result:
    """Errors, costs and spent gradients (methods, trials) of all estimators on one problem, and the grid's error."""
    config, problem = task.setting, problems()[task.problem]
    trials = range(config.seed, config.seed + config.trials)
    surface = problem.function.landscape()
    ends = [problem.ends(trial, config.jitter) for trial in trials]
    limits = [problem.limit(trial, config.tolerance) for trial in trials]
    rows: dict[str, list[list[float]]] = {"error": [], "best": [], "cost": [], "spent": []}
    for estimator in estimators(1 / problem.lipschitz(), config.steps, config.pivots):
        traces = [Trace() for _ in trials]
        paths = estimator.find(surface, ends, traces)
        tops = [np.inf if path.failure else height_of(path) for path in paths]
        rows["error"].append([problem.error(top, trial) for top, trial in zip(tops, trials, strict=True)])
        rows["best"].append(
            [problem.error(min(trace.tops), trial) for trace, trial in zip(traces, trials, strict=True)]
        )
        rows["cost"].append([trace.cost(limit) for trace, limit in zip(traces, limits, strict=True)])
        rows["spent"].append([path.gradient_evaluations for path in paths])
    grid = [problem.error(grid_height(problem, trial, config.resolution), trial) for trial in trials]
    return Result(
        {}, {name: np.array(row, np.float64) for name, row in rows.items()} | {"grid": np.array(grid)}
    )


@sweep_item(
    "NEB-minimax",
    split=split,
    task=measure,
    smoke=Comparison(trials=1, steps=60, pivots=9, resolution=101),
    quick=Comparison(),
    paper=Comparison(trials=20, steps=3000, resolution=1601),
)
def comparison(config: Comparison, results: Sequence[Result]) -> Result:
    r"""Tops of bands against :math:`\min_\gamma \max_t L(\gamma(t))` on a fine grid, beside all other estimators.

    Parameters
    ----------
    config : Comparison
    results : one a problem

    Returns
    -------
    Result
        ``largest_gap`` between the band's top and the grid's, and ``band_error`` of the band, both in persistences;
        ``grid_error`` of the grid; ``solved`` number of problems that an estimator solves in all trials, for each
        as ``solved_<k>``. Arrays ``error``, ``best``, ``cost``, ``spent`` (problems, methods, trials), ``grid``
        (problems, trials); methods are those of `estimator_names`, problems those of `problem_titles`.
    """
    arrays = {name: np.stack([result.arrays[name] for result in results]) for name in results[0].arrays}
    band = arrays["error"][:, estimator_names().index(BAND)]
    solved = (np.abs(arrays["error"]) <= config.tolerance).all(axis=2).sum(axis=0)
    return Result(
        {
            "problems": len(results),
            "trials": config.trials,
            "largest_gap": float(np.abs(band - arrays["grid"]).max()),
            "band_error": float(np.abs(band).max()),
            "grid_error": float(np.abs(arrays["grid"]).max()),
            "below": float(-arrays["error"].min()),
            **{f"solved_{k}": int(count) for k, count in enumerate(solved)},
        },
        arrays,
    )


def estimator_names() -> list[str]:
    """Names of the estimators, in the order of the arrays."""
    return [estimator.name for estimator in estimators(1.0, 12, 5)]


def estimator_families() -> dict[str, str]:
    """The family of every estimator."""
    return {estimator.name: estimator.family for estimator in estimators(1.0, 12, 5)}


def problem_titles() -> list[str]:
    """Titles of the problems, in the order of the arrays."""
    return [problem.title for problem in problems()]
