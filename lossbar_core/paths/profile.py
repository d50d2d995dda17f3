"""Loss along a path, between its pivots too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from lossbar_core.checks import as_count

if TYPE_CHECKING:
    from lossbar_core.landscapes import Surface

POINTS = 9  # inside every segment, for every method: AutoNEB's code (REGISTER 4.b.3); TO's code takes 3 to 5


@dataclass(frozen=True)
class Profile:
    """Losses on the pivots and on equally spaced points between them.

    Attributes
    ----------
    position : (T,) float64 array
        Arc length from the first pivot.
    share : (T,) float64 array
        The same as a share of the whole length, 0 to 1.
    losses : (T,) float64 array
    accuracies : (T,) float64 array or None
        None where the surface knows no accuracy.
    is_pivot : (T,) bool array
    """

    position: np.ndarray
    share: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray | None
    is_pivot: np.ndarray

    @property
    def top(self) -> float:
        """Highest loss."""
        return float(self.losses.max())

    @property
    def top_at(self) -> float:
        """Share of the arc length where the highest loss comes first."""
        return float(self.share[self.losses.argmax()])

    @property
    def barrier(self) -> float:
        """Highest loss less that of the higher end."""
        return self.top - max(float(self.losses[0]), float(self.losses[-1]))

    def __len__(self) -> int:
        return len(self.losses)


def subdivided(pivots: torch.Tensor, points: int) -> torch.Tensor:
    """The chain with ``points`` equally spaced points inside every segment: ((N - 1) (points + 1) + 1, M).

    >>> subdivided(torch.tensor([[0.0], [2.0]]), 1).tolist()
    [[0.0], [1.0], [2.0]]
    """
    alphas = torch.linspace(0, 1, points + 2, dtype=pivots.dtype, device=pivots.device)[:-1, None]
    inner = torch.lerp(pivots[:-1, None], pivots[1:, None], alphas)
    return torch.cat([inner.flatten(0, 1), pivots[-1:]])


def arc_lengths(pivots: torch.Tensor) -> torch.Tensor:
    """Length of the chain up to every pivot, (N,), beginning with 0.

    >>> arc_lengths(torch.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 5.0]])).tolist()
    [0.0, 5.0, 6.0]
    """
    gaps = (pivots[1:] - pivots[:-1]).norm(dim=1)
    return torch.cat([gaps.new_zeros(1), gaps.cumsum(0)])


def profile_of(surface: Surface, pivots: torch.Tensor, points: int = POINTS) -> Profile:
    """Dense profile of a chain of pivots on all data.

    Parameters
    ----------
    surface : Surface
    pivots : (N, M) tensor
    points : int
        Inside every segment.

    Returns
    -------
    Profile

    Raises
    ------
    TypeError
        If points is no integer.
    ValueError
        If points is negative.
    """
    points = as_count(points, "points", low=0)
    thetas = subdivided(pivots, points)
    with torch.no_grad():
        losses = surface.losses(thetas)
        accuracies = surface.accuracies(thetas)
    # By the pivots' lengths, not by summing rounded sub-steps: a pivot's position is the same for every grid.
    ends = arc_lengths(pivots).double().cpu().numpy()
    position = np.interp(np.arange(len(thetas)), np.arange(len(ends)) * (points + 1), ends)
    whole = position[-1] if position[-1] > 0 else 1.0
    return Profile(
        position=position,
        share=position / whole,
        losses=losses.double().cpu().numpy(),
        accuracies=None if accuracies is None else accuracies.double().cpu().numpy(),
        is_pivot=np.arange(len(thetas)) % (points + 1) == 0,
    )
