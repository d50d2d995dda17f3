"""The steps of an ensemble's training, with all that a checkpoint must keep."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import MiniBatches, Surface
from lossbar_core.training.optimizers import Optimizer
from lossbar_core.training.schedule import Rates

SAVE_SECONDS = 10.0  # between checkpoints: tuned here, writing takes well below a percent of that


@dataclass(frozen=True)
class Plan:
    """What is done at every step, checked."""

    landscape: Surface
    optimizer: Optimizer
    rates: Rates
    batches: MiniBatches | None
    steps: int
    stop_at: float | None
    check_every: int
    bound: float | None

    @property
    def per_epoch(self) -> int:
        """Steps an epoch."""
        return 1 if self.batches is None else self.batches.per_epoch

    def settings(self) -> dict[str, Any]:
        """All as plain values."""
        batches = self.batches
        return {
            "optimizer": self.optimizer.settings(),
            "schedule": self.rates.settings(),
            "batch": None if batches is None else batches.size,
            "batch_seed": None if batches is None else batches.seed,
            "independent": None if batches is None else batches.independent,
            "epochs": self.steps // self.per_epoch,
            "stop_at": self.stop_at,
            "check_every": None if self.stop_at is None else self.check_every,
            "bound": self.bound,
        }


class Run:
    """State of a training: everything that the next step depends on, and what was noted so far."""

    def __init__(self, plan: Plan, thetas: Tensor) -> None:
        count = len(thetas)
        self.plan, self.thetas = plan, thetas
        self.state = plan.optimizer.state(thetas)
        self.active = torch.ones(count, dtype=torch.bool, device=thetas.device)
        self.step = 0
        self.sums = torch.zeros(count, dtype=torch.float64, device=thetas.device)
        self.epochs = np.zeros(count, np.int64)
        self.failures: list[str | None] = [None] * count
        self._noted: dict[str, list[np.ndarray]] = {"rate": [], "loss": [], "full_loss": []}
        self._saved_at = time.monotonic()

    def advance(self) -> None:
        """One step of all networks that still train, and what the end of an epoch asks for."""
        plan, live = self.plan, self._live()
        rows = self._rows(live)
        losses, gradients = plan.landscape.losses_and_gradients(self.thetas[live], rows)
        rate = plan.rates.rate(self.step, plan.per_epoch)
        if self.step % plan.per_epoch == 0:
            self._noted["rate"].append(np.array(rate))
        size = 1 if rows is None else rows.shape[-1]
        self.sums[live] += losses.double() * size
        if self.note_failures(losses, live):
            fine = self.active[live]
            live, gradients = live[fine], gradients[fine]
        if len(live):
            self._move(live, gradients, rate)
        self.step += 1
        if self.step % plan.per_epoch == 0:
            self._end_epoch()

    def note_failures(self, losses: Tensor, which: Tensor) -> bool:
        """Stop the networks (their numbers are given) whose losses are not finite or above the bound, and say why."""
        bound = math.inf if self.plan.bound is None else self.plan.bound
        bad = ~torch.isfinite(losses) | (losses > bound)
        if not bool(bad.any()):
            return False
        epoch = self.step // self.plan.per_epoch
        for number, loss in zip(which[bad].tolist(), losses[bad].tolist(), strict=True):
            above = f" above the bound {bound:g}" if bound < loss < math.inf else ""
            self.failures[number] = f"loss {loss:g}{above} at step {self.step} (epoch {epoch})"
            self.active[number] = False
        return True

    def standing(self) -> Tensor:
        """Numbers of the networks that have not failed."""
        good = [p for p, failure in enumerate(self.failures) if failure is None]
        return torch.tensor(good, dtype=torch.int64, device=self.thetas.device)

    def history(self) -> dict[str, np.ndarray]:
        """What was noted: rate (E,), loss (E, P), and full_loss (E, P) where a loss level was looked for."""
        count = len(self.thetas)
        noted = {"rate": np.array(self._noted["rate"]), "loss": np.reshape(self._noted["loss"], (-1, count))}
        if self.plan.stop_at is not None:
            noted["full_loss"] = np.reshape(self._noted["full_loss"], (-1, count))
        return noted

    def due(self) -> bool:
        """Whether it is time for a checkpoint. When one is written changes nothing in the results."""
        if time.monotonic() - self._saved_at < SAVE_SECONDS:
            return False
        self._saved_at = time.monotonic()
        return True

    def arrays(self) -> dict[str, np.ndarray]:
        """All state, for a checkpoint."""
        kept = {f"state_{name}": value.cpu().numpy() for name, value in self.state.items()}
        noted = {f"noted_{name}": np.array(rows) for name, rows in self._noted.items()}
        return {
            **kept,
            **noted,
            "thetas": self.thetas.cpu().numpy(),
            "active": self.active.cpu().numpy(),
            "step": np.array(self.step),
            "sums": self.sums.cpu().numpy(),
            "epochs": self.epochs,
            "failures": np.array([failure or "" for failure in self.failures]),
        }

    @classmethod
    def resumed(cls, plan: Plan, thetas: Tensor, arrays: dict[str, np.ndarray]) -> Run:
        """The run that a checkpoint was taken of."""
        run = cls(plan, thetas)
        run.thetas.copy_(torch.from_numpy(arrays["thetas"]))
        for name, value in run.state.items():
            value.copy_(torch.from_numpy(arrays[f"state_{name}"]))
        run.active.copy_(torch.from_numpy(arrays["active"]))
        run.sums.copy_(torch.from_numpy(arrays["sums"]))
        run.step = int(arrays["step"])
        run.epochs = arrays["epochs"]
        run.failures = [str(failure) or None for failure in arrays["failures"]]
        run._noted = {name: list(arrays[f"noted_{name}"]) for name in run._noted}
        return run

    def _live(self) -> Tensor:
        return torch.nonzero(self.active)[:, 0]

    def _rows(self, live: Tensor) -> Tensor | None:
        batches = self.plan.batches
        if batches is None:
            return None
        rows = batches.rows(self.step, len(self.thetas))
        return rows[live.cpu()] if batches.independent else rows

    def _move(self, live: Tensor, gradients: Tensor, rate: float) -> None:
        optimizer = self.plan.optimizer
        if len(live) == len(self.thetas):
            optimizer.move(self.thetas, gradients, self.state, rate, self.step)
            return
        thetas, state = self.thetas[live], {name: value[live] for name, value in self.state.items()}
        optimizer.move(thetas, gradients, state, rate, self.step)
        self.thetas[live] = thetas
        for name, value in state.items():
            self.state[name][live] = value

    def _end_epoch(self) -> None:
        plan, live = self.plan, self._live()
        epoch = self.step // plan.per_epoch
        rows = 1 if plan.batches is None else plan.batches.n_rows
        means = torch.full_like(self.sums, math.nan)
        means[live] = self.sums[live] / rows
        self._noted["loss"].append(means.cpu().numpy())
        self.sums.zero_()
        self.epochs[live.cpu().numpy()] = epoch
        if plan.stop_at is None or not len(live):
            return
        full = torch.full_like(self.sums, math.nan)
        if epoch % plan.check_every == 0:
            losses = plan.landscape.losses(self.thetas[live])
            full[live] = losses.double()
            self.note_failures(losses, live)
            self.active[live[losses <= plan.stop_at]] = False
        self._noted["full_loss"].append(full.cpu().numpy())
