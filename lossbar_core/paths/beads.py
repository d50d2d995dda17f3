"""Training of the beads of strings: all of them at once, each until its own loss is low enough."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import torch

from lossbar_core.landscapes import MiniBatches, Surface

CONSTRAINTS = (None, "hyperplane", "spring")
MOMENTS = (0.9, 0.999)  # Adam's usual ones, which the authors' code keeps
EPSILON = 1e-8

Owner = tuple[int, int]  # number of the string, and of the segment that the bead divides


class BeadRules(Protocol):
    """What the training needs to know of the method."""

    @property
    def rate(self) -> float: ...
    @property
    def steps(self) -> int: ...
    @property
    def constraint(self) -> str | None: ...
    @property
    def zeta(self) -> float: ...


@dataclass
class Training:
    """B beads in training.

    Attributes
    ----------
    thetas, left, right : (B, M) tensors
        The beads, and the ends of the segments that they divide.
    mean, square : (B, M) tensors
        Adam's moments.
    steps : (B,) int64 tensor
        Gradients that each has taken.
    open : (B,) bool tensor
        Whether it still trains.
    owners : list of (string, segment)
    failures : dict from bead to text
    step : int
        Steps of the whole batch.
    """

    thetas: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    steps: torch.Tensor
    open: torch.Tensor
    owners: list[Owner]
    failures: dict[int, str] = field(default_factory=dict)
    step: int = 0

    @classmethod
    def begin(
        cls, starts: torch.Tensor, left: torch.Tensor, right: torch.Tensor, owners: list[Owner]
    ) -> Training:
        """Training from these starts, nothing done yet."""
        count = len(starts)
        return cls(
            starts,
            left,
            right,
            torch.zeros_like(starts),
            torch.zeros_like(starts),
            torch.zeros(count, dtype=torch.int64),
            torch.ones(count, dtype=torch.bool),
            owners,
        )

    def spent_by(self, n_strings: int) -> list[int]:
        """Gradients that each string's beads have taken so far."""
        spent = [0] * n_strings
        for (index, _), steps in zip(self.owners, self.steps.tolist(), strict=True):
            spent[index] += steps
        return spent

    def fail(self, bead: int, reason: str) -> None:
        """Give a bead up, and with it the others of its string: the string cannot be completed."""
        self.failures[bead] = reason
        for other, (index, _) in enumerate(self.owners):
            if index == self.owners[bead][0] and self.open[other]:
                self.open[other] = False
                self.failures.setdefault(other, reason)


@dataclass(frozen=True)
class BeadTraining:
    r"""Adam on beads until :math:`L(\theta) \le` target; FB appendix A's constraints act on the gradient.

    Parameters
    ----------
    rules : the method, with rate, steps, constraint and zeta
    target : float
    surface : Surface
    batches : MiniBatches or None
        None for all rows.
    """

    rules: BeadRules
    target: float
    surface: Surface
    batches: MiniBatches | None

    def step(self, training: Training, allowed: list[bool]) -> None:
        """One gradient and one Adam step of every open bead whose string may still spend."""
        if not all(allowed):
            for bead in training.open.nonzero().flatten().tolist():
                if training.open[bead] and not allowed[training.owners[bead][0]]:
                    training.fail(bead, f"budget spent at step {training.step}")
        if self.batches is not None and training.step % self.batches.per_epoch == 0:
            self._close_low(training, self.surface.losses(training.thetas))
        active = training.open.nonzero().flatten()
        if len(active) == 0:
            return
        rows = None if self.batches is None else self.batches.rows(training.step)
        thetas = training.thetas[active]
        losses, gradients = self.surface.losses_and_gradients(thetas, rows)
        training.step += 1
        training.steps[active] += 1
        self._judge(training, active, losses, gradients)
        moving = training.open[active]
        self._move(training, active[moving], gradients[moving.to(gradients.device)])

    def _close_low(self, training: Training, losses: torch.Tensor) -> None:
        """Close the beads that are low enough on all rows."""
        training.open &= ~(losses.cpu() <= self.target)

    def _judge(
        self, training: Training, active: torch.Tensor, losses: torch.Tensor, gradients: torch.Tensor
    ) -> None:
        """Close beads that are low enough, are no numbers any more, or have had their steps."""
        good = torch.isfinite(losses) & torch.isfinite(gradients).all(1)
        ends = ~good | (losses <= self.target)
        if not (ends.any() or training.steps[active].max() >= self.rules.steps):
            return  # nearly every step: bead by bead would take longer than small gradients do
        for bead, loss, is_good in zip(active.tolist(), losses.tolist(), good.tolist(), strict=True):
            if not training.open[bead]:
                continue  # another bead of its string has just failed
            if not is_good:
                training.fail(
                    bead, f"a bead's loss or gradient is not finite at step {training.step} ({loss})"
                )
            elif self.batches is None and loss <= self.target:
                training.open[bead] = False
            elif training.steps[bead] >= self.rules.steps:
                self._close_or_fail(training, bead, loss)

    def _close_or_fail(self, training: Training, bead: int, loss: float) -> None:
        """A bead whose steps are spent: what counts is its loss on all rows."""
        if self.batches is not None:
            loss = float(self.surface.losses(training.thetas[bead][None]))
        if loss <= self.target:
            training.open[bead] = False
        else:
            training.fail(
                bead, f"a bead has loss {loss:.6g} above {self.target:g} after {training.step} steps"
            )

    def _move(self, training: Training, active: torch.Tensor, gradients: torch.Tensor) -> None:
        if len(active) == 0:
            return
        thetas, left, right = training.thetas[active], training.left[active], training.right[active]
        if self.rules.constraint == "spring":
            gradients = gradients + self.rules.zeta * (_unit(thetas - left) + _unit(thetas - right))
        elif self.rules.constraint == "hyperplane":
            axis = _unit(right - left)
            gradients = gradients - (gradients * axis).sum(1, keepdim=True) * axis
        mean = torch.lerp(training.mean[active], gradients, 1 - MOMENTS[0])
        square = torch.lerp(training.square[active], gradients * gradients, 1 - MOMENTS[1])
        scale = (square / (1 - MOMENTS[1] ** training.step)).sqrt() + EPSILON
        thetas = thetas - self.rules.rate / (1 - MOMENTS[0] ** training.step) * mean / scale
        if self.rules.constraint == "hyperplane":  # Adam scales coordinates, and so leaves the plane
            offset = thetas - (left + right) / 2
            thetas = thetas - (offset * axis).sum(1, keepdim=True) * axis
        training.thetas[active], training.mean[active], training.square[active] = thetas, mean, square


def _unit(vectors: torch.Tensor) -> torch.Tensor:
    """Rows of length 1; a row of zeros stays zero."""
    return torch.nn.functional.normalize(vectors, dim=1)
