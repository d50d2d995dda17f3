"""A study's minima: all networks trained at once; what diverges is reported and left out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path as File

import numpy as np
import torch

from lossbar_core.landscapes import Landscape
from lossbar_core.paths.checkpoint import read_arrays, write_arrays
from lossbar_core.study.config import Study
from lossbar_core.study.problem import Problem, landscape_of
from lossbar_core.training import SGD, Adam, Schedule, train_ensemble

BOUND = 1e3  # a batch loss so many times the first losses will not come back: tuned here
STATISTICS_PASSES = 100  # with torch's usual momentum 0.1 the old statistics are forgotten to 3e-5
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
        optimizer=Adam(l2=study.l2)
        if study.optimizer == "adam"
        else SGD(momentum=study.momentum, l2=study.l2),
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
            diverged[seed] = (
                f"ends at loss {float(ensemble.losses[k]):.4g}, above its start {float(first[k]):.4g}"
            )
    good = [k for k, seed in enumerate(problem.seeds) if seed not in diverged]
    minima = _on_surface(problem, surface, ensemble.thetas[good])
    if len(minima):
        fine = torch.isfinite(problem.landscape.losses(minima)).cpu()
        for k, is_fine in zip(list(good), fine.tolist(), strict=True):
            if not is_fine:
                diverged[problem.seeds[k]] = "its loss is not finite under the study's BatchNorm policy"
                good.remove(k)
        minima = minima[fine.to(minima.device)]
    history = np.concatenate([first.double().cpu().numpy()[None], ensemble.history["loss"]])
    return Trained(
        minima,
        np.array([problem.seeds[k] for k in good], np.int64),
        history,
        np.concatenate([[0.0], np.arange(len(history) - 1) + 0.5]),  # an epoch's mean belongs to its middle
        dict(sorted(diverged.items())),
        surface.evaluations.gradients - before,
    )


def _training_surface(study: Study, problem: Problem) -> Landscape:
    """The study's landscape, or the same with batch statistics where its policy is one for evaluation."""
    if problem.landscape.batchnorm in ("recompute", "coordinates"):
        return landscape_of(replace(study, batchnorm="batch"), problem.network, problem.data)
    return problem.landscape


def _on_surface(problem: Problem, trained_on: Landscape, thetas: torch.Tensor) -> torch.Tensor:
    """Trained vectors on the study's landscape; where statistics are coordinates, they are measured and appended."""
    surface = problem.landscape
    if surface.batchnorm != "coordinates" or len(thetas) == 0:
        return thetas.reshape(-1, surface.dimension)
    without = torch.cat([thetas, problem.starts[: len(thetas), trained_on.dimension :]], dim=1)
    passes = [surface.updated_statistics(without)]
    for _ in range(STATISTICS_PASSES - 1):
        passes.append(surface.updated_statistics(passes[-1]))
    return passes[-1]


def _save(trained: Trained, file: File) -> None:
    arrays = {
        "minima": trained.minima.cpu().numpy(),
        "seeds": trained.seeds,
        "history": trained.history,
        "epochs": trained.epochs,
    }
    diverged = {str(seed): why for seed, why in trained.diverged.items()}
    write_arrays(file, arrays, {"diverged": diverged, "gradients": trained.gradients})


def _restored(problem: Problem, file: File) -> Trained:
    arrays, facts = read_arrays(file, "file of trained minima")
    surface = problem.landscape
    return Trained(
        torch.from_numpy(arrays["minima"]).to(surface.device, surface.dtype),
        arrays["seeds"],
        arrays["history"],
        arrays["epochs"],
        {int(seed): why for seed, why in facts["diverged"].items()},
        facts["gradients"],
    )
