"""The straight segment: what every other method begins with and is compared to."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lossbar_core.checks import as_count
from lossbar_core.landscapes import Surface
from lossbar_core.paths.method import PathMethod, Run
from lossbar_core.paths.path import Path


def straight_chain(a: torch.Tensor, b: torch.Tensor, pivots: int) -> torch.Tensor:
    """Equally spaced points from a to b, both ends bit for bit, (pivots, M).

    >>> straight_chain(torch.zeros(1), torch.ones(1), 3).tolist()
    [[0.0], [0.5], [1.0]]
    """
    shares = torch.linspace(0, 1, pivots, dtype=a.dtype, device=a.device)[:, None]
    return torch.lerp(a[None], b[None], shares)


@dataclass(frozen=True)
class StraightLine(PathMethod):
    r"""Segment :math:`\theta(t) = (1 - t) a + t b`. No gradient is evaluated.

    Parameters
    ----------
    pivots : int
        Equally spaced, both ends among them. 2 by default: the segment needs no more.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> double_well = AnalyticLandscape(lambda x: (x[:, 0] ** 2 - 1) ** 2, 1)
    >>> StraightLine().connect(double_well, [-1.0], [1.0]).barrier
    1.0
    """

    pivots: int = 2

    def __post_init__(self) -> None:
        as_count(self.pivots, "pivots", low=2)

    def _connect_all(
        self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]], run: Run
    ) -> list[Path]:
        return [self._path(surface, straight_chain(a, b, self.pivots)) for a, b in ends]
