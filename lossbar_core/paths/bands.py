"""What all methods share that relax a chain of pivots: the loop over steps, one evaluation for all bands."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import MiniBatches, Surface
from lossbar_core.paths.band import Band, Forces
from lossbar_core.paths.checkpoint import Keeper
from lossbar_core.paths.method import PathMethod, Run, check_stop, check_surface, fingerprint
from lossbar_core.paths.optimisers import Optimiser, check_optimiser, default_optimiser
from lossbar_core.paths.path import Path
from lossbar_core.paths.relaxation import relax
from lossbar_core.paths.straight import straight_chain


class Stage(NamedTuple):
    """A number of steps with one optimiser."""

    steps: int
    optimiser: Optimiser


@dataclass(frozen=True, kw_only=True)
class BandMethod(PathMethod):
    """A method that moves the inner pivots of a chain step by step.

    Many bands are evaluated in one call; forces are made band by band. Results repeat bit for bit for the same
    list of pairs; for another list they agree to rounding, on full data.

    Parameters
    ----------
    optimiser : SGD, Adam or Fire, optional
        By default :class:`Fire` on full data and the AutoNEB code's SGD (rate 0.1, momentum 0.9) on batches.
    tolerance : float
        A band is finished once no pivot feels a larger force. Full data only: batches are noise. 0 never stops.
        1e-3 is the register's criterion for TO's Algorithm 2.
    budget : int, optional
        Gradients of single parameter vectors that one path may spend.
    l2 : float
        :math:`\\lambda`: adds :math:`\\lambda\\theta` to each gradient before the projection (TO table D.5: 1e-5,
        AutoNEB's code: 1e-4). Losses are given without it.
    batch : int, optional
        Rows a step; by default all.
    independent : bool
        Whether each pivot has its own rows, as in AutoNEB's code, or all have the same.
    jitter : float
        Normal noise added to the inner pivots of a straight start, as a share of the gap. 0 by default, as in the
        papers. A chord that lies exactly on a ridge needs a little, 0.01 say: no normal force leads off it.
    seed : int
        Of the rows and of the noise.
    bound : float
        A band has diverged if a loss is NaN, or exceeds the top of its start by more than ``bound`` times the
        start's range (or, if that is larger, a tenth of the top or of 1). 100: chosen here.
    """

    optimiser: Optimiser | None = None
    tolerance: float = 1e-3
    budget: int | None = None
    l2: float = 0.0
    batch: int | None = None
    independent: bool = True
    jitter: float = 0.0
    seed: int = 0
    bound: float = 100.0

    def __post_init__(self) -> None:
        check_optimiser(self.optimiser)
        _check_not_negative(self.tolerance, "tolerance")
        _check_not_negative(self.l2, "l2")
        _check_not_negative(self.jitter, "jitter")
        as_positive(self.bound, "bound")
        as_count(self.seed, "seed", low=0)
        if self.budget is not None:
            as_count(self.budget, "budget")
        if self.batch is not None:
            as_count(self.batch, "batch")
        if not isinstance(self.independent, bool):
            raise TypeError(f"expected True or False as independent, got {self.independent!r}; pass a bool")

    def relax(
        self,
        surface: Surface,
        chains: Sequence[Any],
        *,
        progress: bool = False,
        checkpoint: Any = None,
        stop: Any = None,
    ) -> list[Path]:
        """Relax chains of pivots that are there already; arguments as in :meth:`connect_many`.

        Parameters
        ----------
        surface : Surface
        chains : sequence of Path, or (N_i, M) tensors or arrays with N_i >= 2

        Returns
        -------
        list of Path

        Raises
        ------
        TypeError
            If the surface or stop is of another kind.
        ValueError
            If a chain has another shape, is not finite, or has no length.
        """
        check_surface(surface)
        check_stop(stop)
        checked = [surface.as_points(c.pivots if isinstance(c, Path) else c) for c in chains]
        for index, chain in enumerate(checked):
            if len(chain) < 2 or not bool((chain != chain[0]).any()):
                raise ValueError(
                    f"expected at least two different pivots in chain {index}, got {len(chain)} in one place; "
                    "give both ends"
                )
        return self._relax_checked(surface, checked, bool(progress), checkpoint, stop)

    def _relax_checked(
        self, surface: Surface, chains: list[torch.Tensor], progress: bool, checkpoint: Any, stop: Any
    ) -> list[Path]:
        request = {"method": self.settings(), "surface": surface.settings(), "chains": fingerprint(chains)}
        run = Run(progress, Keeper(checkpoint, request), stop)
        return self._relax_all(surface, chains, run) if chains else []

    def _connect_all(
        self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]], run: Run
    ) -> list[Path]:
        chains = [straight_chain(a, b, self._first_pivots()) for a, b in ends]
        return self._relax_all(surface, [self._jittered(chain) for chain in chains], run)

    def _jittered(self, chain: torch.Tensor) -> torch.Tensor:
        """A straight chain with noise, which depends on its ends and not on its place in a list."""
        if self.jitter == 0 or len(chain) < 3:
            return chain
        own = int(fingerprint([chain[[0, -1]]])[0][:16], 16)
        numbers = np.random.default_rng([self.seed, own]).standard_normal(chain[1:-1].shape)
        noise = torch.from_numpy(numbers).to(chain)
        # In many dimensions the length of the noise, not each coordinate, is a share of the gap.
        scale = self.jitter * (chain[1] - chain[0]).norm() / chain.shape[1] ** 0.5
        return torch.cat([chain[:1], chain[1:-1] + scale * noise, chain[-1:]])

    def _relax_all(self, surface: Surface, chains: list[torch.Tensor], run: Run) -> list[Path]:
        """Relax, and turn bands into paths."""
        batches = self._batches(surface)
        bands = relax(self, surface, chains, batches, run)
        return [
            self._path(
                surface,
                band.chain,
                history=band.history_arrays(),
                failure=band.failure,
                gradient_evaluations=band.evaluations,
                ended=band.failure or band.ended,
                frozen=[len(band.left), len(band.right)],
            )
            for band in bands
        ]

    def _path(self, surface: Surface, pivots: torch.Tensor, **facts: Any) -> Path:
        ended = {name: facts.pop(name) for name in ("ended", "frozen")}
        path = super()._path(surface, pivots, **facts)
        path.settings |= ended
        return path

    def _batches(self, surface: Surface) -> MiniBatches | None:
        """Rows of each step.

        Raises
        ------
        ValueError
            If the surface has fewer rows than a batch, or none, or the optimiser needs exact gradients.
        """
        if self.batch is None:
            return None
        if self.batch > surface.n_rows:
            raise ValueError(
                f"expected a batch of at most {surface.n_rows} rows, got {self.batch}; "
                "leave batch=None to use all data"
            )
        if any(stage.optimiser.whole_band for stage in self.stages()):
            raise ValueError(
                "expected SGD or Adam on mini-batches, got Fire, which needs exact gradients; "
                "pass optimiser=SGD(0.1, momentum=0.9)"
            )
        return surface.mini_batches(self.batch, self.seed, self.independent)

    def _optimiser(self) -> Optimiser:
        return self.optimiser or default_optimiser(self.batch is None)

    @abstractmethod
    def _first_pivots(self) -> int:
        """Pivots of the straight chain that it begins with."""

    @abstractmethod
    def stages(self) -> list[Stage]:
        """Steps and optimisers, one after another."""

    @abstractmethod
    def forces(self, band: Band, where: slice, gradients: torch.Tensor) -> Forces:
        """Forces on the inner pivots ``where``, from their gradients."""

    def sweeps(self, inner: int) -> Iterator[slice]:
        """Which inner pivots move together within a step: by default all."""
        yield slice(0, inner)

    def enter_stage(self, surface: Surface, band: Band, stage: int) -> None:
        """What happens to a band when a stage begins: by default nothing."""

    def may_end(self, band: Band) -> bool:
        """Whether small forces are the end: by default always."""
        return True

    def before_step(self, band: Band) -> None:
        """What happens to a band before its gradients: by default nothing."""

    def after_step(self, surface: Surface, band: Band, step: int) -> None:
        """What happens to a band after step 1, 2, ... of a stage: by default nothing."""


def neighbourhood(band: Band, where: slice) -> tuple[torch.Tensor, torch.Tensor]:
    """Pivots and losses of some inner pivots with one neighbour on each side."""
    span = slice(where.start, where.stop + 2)
    return band.pivots[span], band.losses[span]


def _check_not_negative(value: Any, name: str) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"expected a number as {name}, got {value!r}; pass a float")
    if not 0 <= value < math.inf:
        raise ValueError(f"expected a finite {name} >= 0, got {value}; choose another {name}")
