"""How a band follows its force: one step of its inner pivots."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from lossbar_core.checks import as_positive

State = dict[str, torch.Tensor]
MOMENTS = (0.9, 0.999)  # Kingma and Ba (2015), Algorithm 1, as is the next
EPSILON = 1e-8


class Optimiser(ABC):
    """Frozen settings; what changes is in the state, tensors only, so that a checkpoint can hold it."""

    whole_band = False  # whether all inner pivots must move at once

    @abstractmethod
    def start(self, inner: torch.Tensor) -> State:
        """State before the first step, for inner pivots (n, M)."""

    @abstractmethod
    def move(
        self,
        pivots: torch.Tensor,
        state: State,
        force: torch.Tensor,
        where: slice,
        step: int,
        gap: torch.Tensor,
    ) -> None:
        """Step 0, 1, ... of some pivots (m, M), the inner pivots ``where``: they and the state change in place.

        ``gap`` is the mean distance of neighbouring pivots, NaN where ``whole_band`` is not set.
        """


def rate_at(rate: float | Callable[[int], float], step: int) -> float:
    """The rate of a step: a number, or what a schedule says.

    >>> rate_at(0.1, 5), rate_at(lambda step: 1 / (1 + step), 3)
    (0.1, 0.25)
    """
    return float(rate(step)) if callable(rate) else rate


def _check_rate(rate: Any) -> None:
    if not callable(rate):
        as_positive(rate, "rate")


@dataclass(frozen=True)
class SGD(Optimiser):
    r""":math:`v \leftarrow \mu v + F,\; p \leftarrow p + \eta v`.

    Parameters
    ----------
    rate : float or callable
        :math:`\eta`, or a schedule ``rate(step)``. 0.1 is the first rate of AutoNEB's code.
    momentum : float
        :math:`\mu` in [0, 1). AutoNEB's code takes 0.9, TO none.
    """

    rate: float | Callable[[int], float] = 0.1
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check_rate(self.rate)
        if not 0 <= self.momentum < 1:
            raise ValueError(f"expected a momentum in [0, 1), got {self.momentum}; AutoNEB's code takes 0.9")

    def start(self, inner: torch.Tensor) -> State:
        return {"velocity": torch.zeros_like(inner)} if self.momentum else {}

    def move(
        self,
        pivots: torch.Tensor,
        state: State,
        force: torch.Tensor,
        where: slice,
        step: int,
        gap: torch.Tensor,
    ) -> None:
        """Along the velocity, or the force where there is no momentum."""
        if self.momentum:
            force = state["velocity"][where].mul_(self.momentum).add_(force)
        pivots.add_(force, alpha=rate_at(self.rate, step))


@dataclass(frozen=True)
class Adam(Optimiser):
    r""":math:`p \leftarrow p + \eta\, \hat m / (\sqrt{\hat v} + \epsilon)`, coordinate by coordinate.

    The direction is no longer that of the force: a normal force moves pivots along the path too.

    Parameters
    ----------
    rate : float or callable
        :math:`\eta`, or a schedule ``rate(step)``; 1e-3 by default (Kingma and Ba).
    """

    rate: float | Callable[[int], float] = 1e-3

    def __post_init__(self) -> None:
        _check_rate(self.rate)

    def start(self, inner: torch.Tensor) -> State:
        return {"mean": torch.zeros_like(inner), "square": torch.zeros_like(inner)}

    def move(
        self,
        pivots: torch.Tensor,
        state: State,
        force: torch.Tensor,
        where: slice,
        step: int,
        gap: torch.Tensor,
    ) -> None:
        """Along the mean force over its root mean square."""
        mean = state["mean"][where].mul_(MOMENTS[0]).add_(force, alpha=1 - MOMENTS[0])
        square = state["square"][where].mul_(MOMENTS[1]).addcmul_(force, force, value=1 - MOMENTS[1])
        scale = (square / (1 - MOMENTS[1] ** (step + 1))).sqrt_().add_(EPSILON)
        pivots.addcdiv_(mean, scale, value=rate_at(self.rate, step) / (1 - MOMENTS[0] ** (step + 1)))


@dataclass(frozen=True)
class Fire(Optimiser):
    """Fast inertial relaxation (Bitzek et al., 2006): the default on full data, since it needs no rate.

    The band slides with a time step that grows while the force points along its velocity, and stops and starts
    with half the time step where it does not. It expects exact gradients.

    Parameters
    ----------
    first : float
        Length of the first step of the pivot with the largest force, as a share of the mean gap. It sets the
        first time step. Tuned here: a factor of 10 either way changes the steps needed by less than a half.
    longest : float
        Longest step of a pivot, as a share of the mean gap. Tuned here.
    """

    first: float = 0.01
    longest: float = 0.2

    whole_band = True

    def __post_init__(self) -> None:
        as_positive(self.first, "first")
        as_positive(self.longest, "longest")

    def start(self, inner: torch.Tensor) -> State:
        none = inner.new_zeros(())
        return {"velocity": torch.zeros_like(inner), "time": none, "mixing": none + MIXING, "good": none}

    def move(
        self,
        pivots: torch.Tensor,
        state: State,
        force: torch.Tensor,
        where: slice,
        step: int,
        gap: torch.Tensor,
    ) -> None:
        """Along the velocity, no farther than ``longest`` gaps."""
        largest = force.norm(dim=1).max()
        if largest == 0:
            return
        time, velocity = state["time"], state["velocity"]
        if time == 0:
            time = (self.first * gap / largest).sqrt()
        elif (force * velocity).sum() > 0:
            mixing = state["mixing"]
            velocity = (1 - mixing) * velocity + mixing * velocity.norm() / force.norm() * force
            if state["good"] >= PATIENCE:
                time, state["mixing"] = time * GROWTH, mixing * CALMING
            state["good"] = state["good"] + 1
        else:
            velocity, time = torch.zeros_like(velocity), time * SHRINKING
            state["mixing"], state["good"] = state["mixing"] * 0 + MIXING, state["good"] * 0
        velocity = velocity + time * force
        move = time * velocity
        # A step that is cut short slows the band down too, or it would shoot on when the force turns.
        cut = (self.longest * gap / move.norm(dim=1).max()).clamp(max=1)
        state["time"], state["velocity"] = time, velocity * cut
        pivots += move * cut


MIXING, GROWTH, SHRINKING, CALMING, PATIENCE = 0.1, 1.1, 0.5, 0.99, 5  # Bitzek et al. (2006), all five


def default_optimiser(full_data: bool) -> Optimiser:
    """FIRE on full data; on mini-batches the AutoNEB code's SGD (rate 0.1, momentum 0.9)."""
    return Fire() if full_data else SGD(0.1, 0.9)


def check_optimiser(optimiser: Any) -> None:
    """Refuse what is no optimiser of ours.

    Raises
    ------
    TypeError
        If it is another object.
    """
    if optimiser is not None and not isinstance(optimiser, Optimiser):
        raise TypeError(
            f"expected SGD, Adam, Fire or None as optimiser, got {optimiser!r}; pass e.g. SGD(0.1, momentum=0.9)"
        )
