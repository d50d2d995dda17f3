"""TO's Algorithm 2: pivots follow the part of the gradient that is normal to the path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from lossbar_core.checks import as_count
from lossbar_core.landscapes import Surface
from lossbar_core.paths.band import Band, Forces
from lossbar_core.paths.bands import BandMethod, Stage, neighbourhood
from lossbar_core.paths.insertion import Insertion
from lossbar_core.paths.optimisers import SGD, Optimiser
from lossbar_core.paths.tangents import bisector, mean_of_projections, tangential_part

VARIANTS = ("jacobi", "in_place")
PROJECTIONS = ("mean", "bisector")


@dataclass(frozen=True)
class GradientFlow(BandMethod):
    r"""Flow of the normal gradient: :math:`p \leftarrow p - \eta\,(\nabla L - \tfrac12(\nabla^l L + \nabla^r L))`.

    TO, Algorithm 2 and section 2.6. Nothing holds the gaps: pivots drift apart where the loss is high, and
    insertion is what mends it.

    Parameters
    ----------
    pivots : int
        Both ends among them; 19 (section 2.6).
    steps : int
        TO table D.5 has 300 epochs; the steps are counted here. 1000: chosen here.
    variant : {"jacobi", "in_place"}
        All gradients first, then all pivots move (the authors' code), or pivot by pivot (Algorithm 2 as printed).
    projection : {"mean", "bisector"}
        The mean of two rank-one projections as printed, which leaves a tangential remainder where the path
        bends (register 2.c.3), or the projection along the bisector.
    insertion : Insertion, optional
        Algorithm 3; none by default.
    **others
        Of :class:`BandMethod`. The default optimiser here is SGD without momentum at 2e-3 (table D.5).

    Examples
    --------
    >>> from lossbar_core.landscapes import CURVY_VALLEY
    >>> flow = GradientFlow(optimiser=SGD(0.1), insertion=Insertion(every=100))
    >>> path = flow.connect(CURVY_VALLEY.landscape(), *CURVY_VALLEY.minima)
    >>> round(path.top, 2), path.settings["frozen"] != [0, 0]
    (1.0, True)
    """

    pivots: int = 19
    steps: int = 1000
    variant: str = "jacobi"
    projection: str = "mean"
    insertion: Insertion | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count(self.pivots, "pivots", low=3)
        as_count(self.steps, "steps")
        if self.variant not in VARIANTS:
            raise ValueError(f"expected variant 'jacobi' or 'in_place', got {self.variant!r}; choose one")
        if self.projection not in PROJECTIONS:
            raise ValueError(f"expected projection 'mean' or 'bisector', got {self.projection!r}; choose one")
        if self.insertion is not None and not isinstance(self.insertion, Insertion):
            raise TypeError(
                f"expected an Insertion or None, got {self.insertion!r}; pass Insertion('distance')"
            )
        if self.variant == "in_place" and self._optimiser().whole_band:
            raise ValueError(
                "expected SGD or Adam for the in-place variant, got Fire, which moves a band as a whole; "
                "pass optimiser=SGD(0.002)"
            )

    def _optimiser(self) -> Optimiser:
        return self.optimiser or SGD(2e-3)

    def _first_pivots(self) -> int:
        return self.pivots

    def stages(self) -> list[Stage]:
        return [Stage(self.steps, self._optimiser())]

    def sweeps(self, inner: int) -> Iterator[slice]:
        if self.variant == "jacobi":
            yield slice(0, inner)
        else:
            yield from (slice(i, i + 1) for i in range(inner))

    def forces(self, band: Band, where: slice, gradients: torch.Tensor) -> Forces:
        """Minus the gradients' part normal to the path."""
        pivots, losses = neighbourhood(band, where)
        if self.projection == "mean":
            along = mean_of_projections(pivots, gradients)
        else:
            along = tangential_part(gradients, bisector(pivots, losses))
        tangential = along.norm(dim=1)
        force = along.sub_(gradients)  # minus the normal part; a pass less than the normal part turned
        return Forces(force, tangential, force.norm(dim=1), is_normal=True)

    def after_step(self, surface: Surface, band: Band, step: int) -> None:
        due = self.insertion is not None and step % self.insertion.every == 0 and step < self.steps
        if due and band.running:
            self.insertion.refine(surface, band)  # type: ignore[union-attr]
