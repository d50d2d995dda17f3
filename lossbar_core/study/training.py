"""A study's minima: all networks trained at once; what diverges is reported and left out."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path as File

import numpy as np
import torch

from lossbar_core.paths.checkpoint import read_arrays, write_arrays
from lossbar_core.study.config import Study
from lossbar_core.study.problem import Problem, landscape_of
from lossbar_core.training import SGD, Adam, Schedule, train_ensemble

BOUND = 1e3  # a batch loss so many times the first losses will not come back: tuned here
LAST_RATE = 0.01  # share of the rate at the end, so that the networks come to rest: tuned here


@dataclass(frozen=True)
class Trained:
    """Minima of a study and how they came about; the fields are those of `StudyResult`."""

    minima: torch.Tensor
    seeds: np.ndarray
    history: np.ndarray
    epochs: np.ndarray
    diverged: dict[int, str]
    gradients: int


def train(study: Study, problem: Problem, state: File | None, progress: bool) -> Trained:
    """Train a study's networks, or take up what an interrupted run left in its folder.

    The rate is constant for half of the epochs and then falls linearly to a hundredth. BatchNorm uses the statistics
    of each batch, as in ordinary training, unless the study freezes it.

    Parameters
    ----------
    study : Study
    problem : Problem
    state : path or None
        Folder of the unfinished run.
    progress : bool

    Returns
    -------
    Trained

    Raises
    ------
    RuntimeError
        If fewer than two networks are left.
    """
    kept = None if state is None else state / "minima.npz"
    if kept is not None and kept.is_file():
        return _restored(problem, kept)
    trained = _trained(study, problem, state, progress)
    if len(trained.minima) < 2:
        reasons = "; ".join(f"seed {seed}: {why}" for seed, why in trained.diverged.items())
        raise RuntimeError(
            f"expected at least two trained networks, got {len(trained.minima)} ({reasons}); lower the rate, "
            "train longer, or raise n_minima"
        )
    if kept is not None:
        _save(trained, kept)
    return trained


def _trained(study: Study, problem: Problem, state: File | None, progress: bool) -> Trained:
    surface = _training_surface(study, problem)
    starts = problem.starts[:, : surface.dimension]  # without the statistics that may be coordinates
    first = surface.losses(starts)
    before = surface.evaluations.gradients
    ensemble = train_ensemble(
        surface,
        list(problem.seeds),
        starts=starts,
        schedule=Schedule(study.epochs / 2, study.epochs, study.rate, LAST_RATE * study.rate),
        epochs=study.epochs,
        batch=min(study.batch, surface.n_rows),
        optimizer=Adam(l2=study.l2) if study.optimizer == "adam" else SGD(study.momentum, l2=study.l2),
        bound=BOUND * max(1.0, float(first.abs().max())),
        batch_seed=study.seed,
        progress=progress,
        checkpoint=None if state is None else state / "training.npz",
    )
    diverged = {
        seed: failure
        for seed, failure in zip(problem.seeds, ensemble.failures, strict=True)
        if failure is not None
    }
    for k, seed in enumerate(problem.seeds):
        if seed not in diverged and not float(ensemble.losses[k]) < float(first[k]):
            diverged[seed] = f"ends at loss {float(ensemble.losses[k]):.4g}, above its start {float(first[k]):.4g}"
    good = [k for k, seed in enumerate(problem.seeds) if seed not in diverged]
    minima = _on_surface(problem, surface, ensemble.thetas[good])
    lost = ~torch.isfinite(problem.landscape.losses(minima)) if len(minima) else torch.empty(0, dtype=torch.bool)
    for k in np.flatnonzero(lost.cpu().numpy()):
        diverged[problem.seeds[good[k]]] = "its loss is not finite under the study's BatchNorm policy"
    good = [k for k, bad in zip(good, lost.tolist(), strict=True) if not bad]
    history = np.concatenate([first.double().cpu().numpy()[None], ensemble.history["loss"]])
    return Trained(
        minima[~lost],
        np.array([problem.seeds[k] for k in good], np.int64),
        history,
        np.concatenate([[0.0], np.arange(len(history) - 1) + 0.5]),  # an epoch's mean belongs to its middle
        dict(sorted(diverged.items())),
        surface.evaluations.gradients - before,
    )


def _training_surface(study: Study, problem: Problem):
    """The study's landscape, or the same with batch statistics where its policy is one for evaluation."""
    if problem.landscape.batchnorm in ("recompute", "coordinates"):
        return landscape_of(replace(study, batchnorm="batch"), problem.network, problem.data)
    return problem.landscape
