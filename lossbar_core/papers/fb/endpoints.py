"""Ends of strings: networks trained from random starts until their loss is at the level (FB Algorithm 1, lines 2-3)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import Surface
from lossbar_core.papers.fb.polynomial import PolynomialLoss

ATTEMPTS = 20  # starts an end, at most: chosen here
OPTIMISERS = ("adam", "rmsprop")
MOMENTS = (0.9, 0.999)  # Adam's usual ones; RMSProp has its usual 0.99 and no first moment
RMSPROP = 0.99
EPSILON = 1e-8


class LevelError(RuntimeError):
    """No start of an end reached the level."""


def train_to_level(
    surface: Surface, thetas: Tensor, level: float, *, rate: float, steps: int, optimiser: str = "adam"
) -> tuple[Tensor, Tensor]:
    r"""Gradient steps until :math:`L(\theta_p) \le L_0`; each vector stops by itself.

    Parameters
    ----------
    surface : Surface
    thetas : (P, M) tensor
    level : float
    rate : float
    steps : int
        Of each vector, at most.
    optimiser : {"adam", "rmsprop"}

    Returns
    -------
    thetas : (P, M) tensor
    reached : (P,) bool tensor
        False where the loss is still above the level.

    Raises
    ------
    ValueError
        If the optimiser is another one.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> bowl = AnalyticLandscape(lambda x: (x * x).sum(1), 1)
    >>> ends, reached = train_to_level(bowl, torch.tensor([[2.0], [0.1]]).double(), 0.25, rate=0.1, steps=100)
    >>> bool(reached.all()), bool((bowl.losses(ends) <= 0.25).all())
    (True, True)
    """
    if optimiser not in OPTIMISERS:
        raise ValueError(f"expected optimiser among {OPTIMISERS}, got {optimiser!r}; choose one of them")
    step_of = _adam if optimiser == "adam" else _rmsprop
    ends, reached = surface.as_points(thetas), torch.zeros(len(thetas), dtype=torch.bool)
    left, moving = torch.arange(len(ends)), ends.clone()
    mean, square = torch.zeros_like(moving), torch.zeros_like(moving)
    for step in range(1, steps + 2):
        losses, gradients = surface.losses_and_gradients(moving)
        low = losses <= level
        if low.any() or step > steps:
            ends[left], reached[left] = moving, low
            left, moving, mean, square, gradients = (
                part[~low] for part in (left, moving, mean, square, gradients)
            )
        if not len(left) or step > steps:
            break
        moving = moving - rate * step_of(gradients, mean, square, step)
    return ends, reached


def _adam(gradients: Tensor, mean: Tensor, square: Tensor, step: int) -> Tensor:
    """Adam's direction; moments are changed in place."""
    mean.lerp_(gradients, 1 - MOMENTS[0])
    square.lerp_(gradients * gradients, 1 - MOMENTS[1])
    return mean / (1 - MOMENTS[0] ** step) / ((square / (1 - MOMENTS[1] ** step)).sqrt_() + EPSILON)


def _rmsprop(gradients: Tensor, mean: Tensor, square: Tensor, step: int) -> Tensor:
    """RMSProp's direction; the moment is changed in place."""
    square.lerp_(gradients * gradients, 1 - RMSPROP)
    return gradients / (square.sqrt() + EPSILON)


def train_ends(
    surface: PolynomialLoss,
    level: float,
    pairs: Sequence[int],
    *,
    rate: float,
    steps: int,
    optimiser: str = "adam",
    seed: int = 0,
) -> tuple[list[tuple[Tensor, Tensor]], np.ndarray]:
    """Both ends of every pair, trained to the level.

    A pair's starts depend on seed and number alone, so that levels can be compared and pairs computed elsewhere. A
    start that is stuck above the level is replaced by the next one of the same end.

    Returns
    -------
    list of pairs of (M,) tensors, and (pairs,) int64 array
        How many starts of each pair were stuck.

    Raises
    ------
    LevelError
        If `ATTEMPTS` starts of an end were stuck.
    """
    places = [(pair, side) for pair in pairs for side in (0, 1)]
    attempts = np.zeros(len(places), dtype=np.int64)
    ends = torch.empty(len(places), surface.dimension, dtype=surface.dtype)
    waiting = np.arange(len(places))
    while len(waiting):
        drawn = [surface.task.start(seed, *places[i], int(attempts[i])) for i in waiting]
        starts = torch.from_numpy(np.stack(drawn)).to(surface.dtype)
        trained, reached = train_to_level(surface, starts, level, rate=rate, steps=steps, optimiser=optimiser)
        ends[waiting[reached.numpy()]] = trained[reached]
        waiting = waiting[~reached.numpy()]
        attempts[waiting] += 1
        if attempts.max(initial=0) >= ATTEMPTS:
            raise LevelError(
                f"expected an end with a loss of at most {level:g}, got none from {ATTEMPTS} starts of {steps} steps; "
                "raise the level or take a wider network"
            )
    found = [(ends[i], ends[i + 1]) for i in range(0, len(places), 2)]
    return found, attempts.reshape(-1, 2).sum(axis=1)
