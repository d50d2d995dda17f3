"""How long a study will take, from its counts of gradients and one timed evaluation of each kind."""

from __future__ import annotations

import time
from dataclasses import dataclass

import torch

from lossbar_core.study.config import Study
from lossbar_core.study.problem import Problem

TIMED_VECTORS = 64  # enough that a vector's share of the overhead is what it is in a long run: tuned here
REPEATS = 3


@dataclass(frozen=True)
class Estimate:
    """Work of a study, at most: a path that comes to rest earlier stops.

    Attributes
    ----------
    training_gradients : int
        Gradients of single networks on ``training_rows`` rows each.
    path_gradients : int or None
        Gradients of single networks on ``path_rows`` rows each; None where the method has no budget.
    n_pairs : int
        With suggested pairs at most so many.
    seconds_a_training_gradient, seconds_a_path_gradient : float
        Timed on this machine.

    Examples
    --------
    >>> estimate = Estimate(1000, 128, 75_000, 500, 15, 1e-4, 8e-4)
    >>> round(estimate.minutes, 2), estimate.work
    (1.0, '1,000 gradients of training on 128 rows, at most 75,000 of 15 paths on 500 rows')
    """

    training_gradients: int
    training_rows: int
    path_gradients: int | None
    path_rows: int
    n_pairs: int
    seconds_a_training_gradient: float
    seconds_a_path_gradient: float

    @property
    def minutes(self) -> float:
        """Training and paths; without a budget training alone."""
        seconds = self.training_gradients * self.seconds_a_training_gradient
        return (seconds + (self.path_gradients or 0) * self.seconds_a_path_gradient) / 60

    @property
    def work(self) -> str:
        """The counts in words: the same on every machine."""
        training = f"{self.training_gradients:,} gradients of training on {self.training_rows:,} rows"
        if self.path_gradients is None:
            return f"{training}, and {self.n_pairs} paths without a budget on {self.path_rows:,} rows"
        return (
            f"{training}, at most {self.path_gradients:,} of {self.n_pairs} paths on {self.path_rows:,} rows"
        )

    @property
    def duration(self) -> str:
        """The time in words: another one on every machine."""
        minutes = self.minutes
        if self.path_gradients is None:
            return f"{in_words(minutes)} of training, and the paths' time is not known: set path_budget"
        return f"at most {in_words(minutes)} on this machine"


def estimate(study: Study, problem: Problem) -> Estimate:
    """Count a study's gradients and time one evaluation of each kind.

    Parameters
    ----------
    study : Study
    problem : Problem

    Returns
    -------
    Estimate
    """
    surface, method = problem.landscape, study.path_method()
    n_rows = surface.n_rows
    batch = min(study.batch, n_rows)
    path_batch = min(getattr(method, "batch", None) or n_rows, n_rows)
    n_pairs = study.n_minima * (study.n_minima - 1) // 2
    budget: int | None = getattr(method, "budget", 0)  # a straight line has none and spends nothing
    moves = budget != 0
    count = surface.evaluations.losses, surface.evaluations.gradients
    found = Estimate(
        training_gradients=study.n_minima * study.epochs * -(-n_rows // batch),
        training_rows=batch,
        path_gradients=None if budget is None else n_pairs * budget,
        path_rows=path_batch,
        n_pairs=n_pairs,
        seconds_a_training_gradient=_timed(problem, study.n_minima, batch),
        seconds_a_path_gradient=_timed(problem, min(TIMED_VECTORS, 3 * n_pairs), path_batch)
        if moves
        else 0.0,
    )
    surface.evaluations.losses, surface.evaluations.gradients = (
        count  # what was timed is no part of the study
    )
    return found


def check_duration(study: Study, found: Estimate) -> None:
    """Refuse a study that would take longer than it may.

    Raises
    ------
    ValueError
        If the estimate exceeds ``max_minutes``, or there is no budget to estimate from.
    """
    if study.max_minutes is None:
        return
    if found.path_gradients is None:
        raise ValueError(
            "expected a budget beside max_minutes, got path_budget=None; say how many gradients a path may spend"
        )
    if found.minutes > study.max_minutes:
        raise ValueError(
            f"expected at most {study.max_minutes:g} minutes, got an estimate of {found.minutes:.3g} ({found.work}); "
            "lower n_minima, epochs or path_budget, give method_settings={'batch': ...}, or raise max_minutes"
        )


def in_words(minutes: float) -> str:
    """A duration to about ten percent.

    >>> in_words(0.05), in_words(3), in_words(600)
    ('3 seconds', '3 minutes', '10 hours')
    """
    if minutes < 2:
        seconds = max(1, round(60 * minutes))
        return f"{seconds} second{'s' if seconds > 1 else ''}"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def _timed(problem: Problem, n_vectors: int, n_rows: int) -> float:
    """Seconds a gradient: the best of a few calls, on as many vectors as are evaluated together."""
    surface = problem.landscape
    thetas = problem.starts[torch.arange(n_vectors) % len(problem.starts)]
    rows = None if n_rows == surface.n_rows else torch.arange(n_rows)
    best = float("inf")
    for _ in range(REPEATS):
        start = time.perf_counter()
        surface.losses_and_gradients(thetas, rows)
        if surface.device.type == "cuda":
            torch.cuda.synchronize(surface.device)
        best = min(best, time.perf_counter() - start)
    return best / n_vectors
