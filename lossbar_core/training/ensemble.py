"""Training many networks at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.checks import as_count, as_positive
from lossbar_core.datasets import fingerprint
from lossbar_core.landscapes import Surface
from lossbar_core.progress import progress_bar
from lossbar_core.training import checkpoint as checkpoints
from lossbar_core.training.loop import Plan, Run
from lossbar_core.training.optimizers import SGD, Optimizer
from lossbar_core.training.schedule import as_rates, batches_of
from lossbar_core.training.starts import as_seeds, initial_vectors


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Trained networks.

    Attributes
    ----------
    thetas : (P, M) tensor
        Parameters. Those of a network that failed are where it stood, of no use.
    losses : (P,) tensor
        Of all data, without the penalty; NaN for a network that failed.
    accuracies : (P,) tensor or None
    epochs : (P,) tensor
        How many epochs each was trained, int64.
    failures : tuple of str or None
        What went wrong, with the step, for each network.
    history : mapping
        "rate" (E,): the rate at the start of each epoch. "loss" (E, P): mean over the epoch's batches, each before its
        step; NaN where a network had stopped. "full_loss" (E, P): of all data at the end of the epoch, where it was
        measured for `stop_at`.
    settings : mapping
        All that the result depends on, as plain values.
    """

    thetas: Tensor
    losses: Tensor
    accuracies: Tensor | None
    epochs: Tensor
    failures: tuple[str | None, ...]
    history: Mapping[str, np.ndarray]
    settings: Mapping[str, Any] = field(repr=False)

    def __len__(self) -> int:
        return len(self.thetas)

    def __repr__(self) -> str:
        failed = sum(failure is not None for failure in self.failures)
        losses = self.losses[self.good]
        found = f"losses {losses.min():.4g} to {losses.max():.4g}" if len(losses) else "no losses"
        return (
            f"Ensemble({len(self)} networks of {self.thetas.shape[1]} parameters, {found}, {failed} failed)"
        )

    @property
    def good(self) -> Tensor:
        """Which networks did not fail: (P,) bool."""
        return torch.tensor([failure is None for failure in self.failures])


def train_ensemble(
    landscape: Surface,
    seeds: Any,
    *,
    schedule: Any,
    epochs: int,
    batch: int | None = None,
    optimizer: Optimizer | None = None,
    scheme: str = "torch",
    starts: Any = None,
    stop_at: float | None = None,
    check_every: int = 1,
    bound: float | None = None,
    batch_seed: int = 0,
    independent: bool = False,
    progress: bool = False,
    checkpoint: str | Path | None = None,
) -> Ensemble:
    r"""Train P networks at once, all on the same landscape, each from its own start.

    No network sees the others: they share the order of the mini-batches, as in the TO authors' code, or have one
    each.

    Parameters
    ----------
    landscape : Surface
    seeds : sequence of P different int
        Of the first parameters; with ``starts`` they only name the networks.
    schedule : Schedule, Cyclical, StepDecay or float
        A number is a constant rate. Steps are rated by the running batch index.
    epochs : int
        At most so many; with full batches an epoch is one step.
    batch : int, optional
        Rows a step; by default all. 256 in the TO paper's tables A.1 and A.2.
    optimizer : SGD or Adam
        By default SGD with momentum 0.9 and no penalty, as in these tables.
    scheme : str
        How `networks.initialise` draws the first parameters; "to" is the TO authors' way.
    starts : (P, M) tensor, optional
        First parameters instead; needed where the landscape is a formula.
    stop_at : float, optional
        A network stops at the end of the first epoch at which its loss of all data is at most this.
    check_every : int
        Epochs between the looks for ``stop_at``, each of which costs one loss of all data.
    bound : float, optional
        A loss above this counts as a failure, as NaN and infinity always do.
    batch_seed : int
        Of the order of the mini-batches.
    independent : bool
        Whether each network has its own order.
    progress : bool
        Show a bar.
    checkpoint : path, optional
        An .npz file from which the same call continues after a kill, bit for bit on the same machine; written every
        ten seconds, removed at the end.

    Returns
    -------
    Ensemble

    Raises
    ------
    TypeError
        If an argument has the wrong type, or the landscape's first parameters cannot be drawn.
    ValueError
        If a number is out of range, a shape is wrong, batches are asked of a formula, BatchNorm statistics are
        coordinates, or the checkpoint is of another run.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    >>> trained = train_ensemble(bowl, [0, 1], schedule=0.1, epochs=300, starts=[[1.0, 2.0], [-3.0, 0.0]])
    >>> bool((trained.losses < 1e-9).all()), trained.failures
    (True, (None, None))
    """
    _check_landscape(landscape)
    numbers = as_seeds(seeds)
    file = checkpoints.as_file(checkpoint)
    plan = _plan(
        landscape, schedule, epochs, batch, optimizer, stop_at, check_every, bound, batch_seed, independent
    )
    thetas = _starts(landscape, numbers, scheme, starts)
    settings = plan.settings() | {
        "seeds": list(numbers),
        "scheme": scheme if starts is None else None,
        "starts": fingerprint([thetas.cpu()]) if starts is not None else None,
        "landscape": landscape.settings(),
    }
    key = checkpoints.key_of(settings)
    saved = checkpoints.load(file, key) if file else None
    run = Run(plan, thetas) if saved is None else Run.resumed(plan, thetas, saved)
    with progress_bar(f"training {len(thetas)} networks", plan.steps, progress) as advance:
        advance(run.step)
        while run.step < plan.steps and run.active.any():
            run.advance()
            advance(1)
            if file and run.due():
                checkpoints.save(file, key, run.arrays())
    ensemble = _finished(run, settings)
    if file:
        file.unlink(missing_ok=True)
    return ensemble


def _check_landscape(landscape: Any) -> None:
    if not isinstance(landscape, Surface):
        raise TypeError(
            f"expected a landscape, got {type(landscape).__name__}; wrap a module as Landscape(module, loss, data)"
        )
    if getattr(landscape, "batchnorm", None) == "coordinates":
        raise ValueError(
            "expected BatchNorm statistics that are no coordinates, got batchnorm='coordinates': they have no "
            "gradient; train with 'batch', measure with recompute.module(theta), and take coordinates.vector(module)"
        )


def _plan(
    landscape: Surface,
    schedule: Any,
    epochs: int,
    batch: int | None,
    optimizer: Optimizer | None,
    stop_at: float | None,
    check_every: int,
    bound: float | None,
    batch_seed: int,
    independent: bool,
) -> Plan:
    optimizer = SGD() if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(
            f"expected SGD(...) or Adam(...), got {optimizer!r}; torch's own cannot move P vectors"
        )
    if stop_at is not None and (
        isinstance(stop_at, bool) or not isinstance(stop_at, (int, float, np.floating))
    ):
        raise TypeError(f"expected stop_at as a loss, got {stop_at!r}; pass a number")
    if stop_at is not None and not math.isfinite(stop_at):
        raise ValueError(f"expected a finite stop_at, got {stop_at}; leave it out to train all epochs")
    if batch is not None and landscape.n_rows == 0:
        raise ValueError(
            f"expected batch=None for {type(landscape).__name__}, which has no data, got {batch}; leave it out"
        )
    batches = None
    if batch is not None:
        batches = landscape.mini_batches(batch, batch_seed, independent)
    return Plan(
        landscape,
        optimizer,
        as_rates(schedule),
        batches,
        batches_of(epochs, batches.per_epoch if batches else 1),
        None if stop_at is None else float(stop_at),
        as_count(check_every, "check_every"),
        None if bound is None else as_positive(bound, "bound"),
    )


def _starts(landscape: Surface, seeds: tuple[int, ...], scheme: str, starts: Any) -> Tensor:
    if starts is None:
        return landscape.as_points(initial_vectors(landscape, seeds, scheme))
    thetas = landscape.as_points(starts)
    if len(thetas) != len(seeds):
        raise ValueError(
            f"expected one start a seed ({len(seeds)}), got {len(thetas)}; give as many of one as of the other"
        )
    return thetas


def _finished(run: Run, settings: dict[str, Any]) -> Ensemble:
    """The ensemble, its losses measured on all data; a loss that is not finite there is a failure too."""
    landscape = run.plan.landscape
    losses = landscape.losses(run.thetas)
    standing = run.standing()
    run.note_failures(losses[standing], standing)
    failed = torch.tensor([failure is not None for failure in run.failures], device=losses.device)
    accuracies = landscape.accuracies(run.thetas)
    return Ensemble(
        run.thetas,
        losses.masked_fill(failed, math.nan),
        None if accuracies is None else accuracies.masked_fill(failed, math.nan),
        torch.from_numpy(run.epochs.copy()),
        tuple(run.failures),
        run.history(),
        settings,
    )
