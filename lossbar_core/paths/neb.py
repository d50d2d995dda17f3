"""Elastic bands: plain, and nudged (NEB)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.paths.band import Band, Forces
from lossbar_core.paths.bands import BandMethod, Stage, neighbourhood
from lossbar_core.paths.springs import full_spring_force, redistributed, spring_force
from lossbar_core.paths.tangents import TANGENTS, bisector, row_dot, tangential_part


@dataclass(frozen=True)
class PlainBand(BandMethod):
    r"""Band without nudging: descends :math:`E(p) = \sum_i L(p_i) + \tfrac k2 \sum_i |p_{i+1} - p_i|^2`.

    SR section 3.1. What it shows is its failure: a small k lets pivots slide off the barrier, a large one
    straightens the path.

    Parameters
    ----------
    pivots : int
        Both ends among them; 19 as in TO section 2.6.
    spring : float
        k. There is no good default; 1 is a start.
    steps : int
        At most; 1000 as in a cycle of AutoNEB's code.
    **others
        Of :class:`BandMethod`.

    Examples
    --------
    >>> from lossbar_core.landscapes import EGG_CARTON
    >>> band = PlainBand(11, spring=1000.0).connect(EGG_CARTON.landscape(), [0.5, 0.5], [1.5, 0.5])
    >>> round(band.top, 3)
    0.0
    """

    pivots: int = 19
    spring: float = 1.0
    steps: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count(self.pivots, "pivots", low=3)
        as_count(self.steps, "steps")
        as_positive(self.spring, "spring")

    def _first_pivots(self) -> int:
        return self.pivots

    def stages(self) -> list[Stage]:
        return [Stage(self.steps, self._optimiser())]

    def forces(self, band: Band, where: slice, gradients: torch.Tensor) -> Forces:
        """Minus the gradients, and the whole force of the springs."""
        pivots, losses = neighbourhood(band, where)
        parallel = tangential_part(gradients, bisector(pivots, losses))
        force = full_spring_force(pivots, self.spring) - gradients
        return Forces(force, parallel.norm(dim=1), (gradients - parallel).norm(dim=1))


@dataclass(frozen=True)
class ElasticBand(BandMethod):
    r"""Nudged elastic band: :math:`F_i = -\nabla L(p_i)|_\perp + F_i^S|_\parallel`.

    Henkelman and Jonsson (2000); SR section 3.1. With infinitely stiff springs, the default, pivots are
    redistributed along the polygon before every gradient instead (AutoNEB's code).

    Parameters
    ----------
    pivots : int
        Both ends among them; 19 as in TO section 2.6.
    spring : float
        k > 0, ``inf`` for stiff springs.
    tangent : {"improved", "bisector", "autoneb_code"}
        See :mod:`lossbar_core.paths.tangents`.
    climb : int, optional
        From this step on the highest pivot, where it is higher than both neighbours, feels no spring and climbs:
        :math:`F = -\nabla L + 2 \nabla L|_\parallel` (Henkelman, Uberuaga and Jonsson, 2000, eq. 5), so that it
        ends on the saddle. None by default: its loss is then no bound from above on the way.
    steps : int
        At most; 1000 as in a cycle of AutoNEB's code.
    **others
        Of :class:`BandMethod`.

    Examples
    --------
    >>> from lossbar_core.landscapes import CURVY_VALLEY
    >>> path = ElasticBand().connect(CURVY_VALLEY.landscape(), *CURVY_VALLEY.minima)
    >>> round(path.top, 2), round(path.top_at, 2)
    (1.0, 0.5)
    """

    pivots: int = 19
    spring: float = math.inf
    tangent: str = "improved"
    climb: int | None = None
    steps: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count(self.pivots, "pivots", low=3)
        as_count(self.steps, "steps")
        check_band(self.spring, self.tangent)
        if self.climb is not None and as_count(self.climb, "climb", low=0) >= self.steps:
            raise ValueError(
                f"expected climb below the {self.steps} steps, got {self.climb}; no step would climb: take more steps"
            )

    def _first_pivots(self) -> int:
        return self.pivots

    def stages(self) -> list[Stage]:
        return [Stage(self.steps, self._optimiser())]

    def may_end(self, band: Band) -> bool:
        return self.climb is None or band.moves > self.climb

    def before_step(self, band: Band) -> None:
        if self.spring == math.inf:
            band.pivots = redistributed(band.pivots, band.weights, self._climber(band))

    def forces(self, band: Band, where: slice, gradients: torch.Tensor) -> Forces:
        return nudged_forces(band, where, gradients, self.tangent, self.spring, self._climber(band))

    def _climber(self, band: Band) -> int | None:
        """The pivot that climbs, if any."""
        if self.climb is None or band.moves < self.climb or bool(band.losses.isnan().any()):
            return None
        highest = int(band.losses.argmax())
        return highest if 0 < highest < len(band.losses) - 1 else None


def check_band(spring: Any, tangent: Any) -> None:
    """Refuse unknown springs and tangents.

    Raises
    ------
    TypeError
        If spring is no number.
    ValueError
        If it is not positive, or the tangent is unknown.
    """
    if spring != math.inf:
        as_positive(spring, "spring")
    if tangent not in TANGENTS:
        raise ValueError(f"expected tangent {', '.join(map(repr, TANGENTS))}, got {tangent!r}; choose one")


def nudged_forces(
    band: Band,
    where: slice,
    gradients: torch.Tensor,
    tangent: str = "improved",
    spring: float = math.inf,
    climber: int | None = None,
) -> Forces:
    """Forces on inner pivots: normal to the path from the loss, along it from the springs."""
    pivots, losses = neighbourhood(band, where)
    tangents = TANGENTS[tangent](pivots, losses)
    slopes = row_dot(gradients, tangents)[:, None]
    force = (slopes * tangents).sub_(gradients)  # minus the normal part
    normal = force.norm(dim=1)
    along = torch.zeros_like(slopes) if spring == math.inf else spring_force(pivots, spring, band.weights)
    if climber is not None:
        along[climber - 1] = slopes[climber - 1]
    sliding = spring < math.inf or climber is not None
    if sliding:
        force.addcmul_(along, tangents)
    return Forces(force, slopes[:, 0].abs(), normal, is_normal=not sliding)
