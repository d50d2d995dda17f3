"""Networks of one shape and AutoNEB's bands between their minima: parts of the items of SR section 3."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.papers.image_nets import Falling, Training, connected, minima_of
from lossbar_core.paths import SGD, AutoNEB, Cycle, Equal, Highest


@dataclass(frozen=True)
class BandTask:
    """Networks as in `Training` and ``cycles`` of AutoNEB, ``steps`` each, between all pairs of them."""

    dataset: str
    hidden: tuple[Any, ...]
    minima: int
    n_train: int | None
    side: int
    variant: str
    epochs: int
    cycles: int
    steps: int
    batch: int
    rate: float = 0.02
    seed: int = 0

    def bands(self) -> AutoNEB:
        """Three equal pivots first, then up to two more a cycle by the authors' rule, and a last, longer cycle.

        Their rates 0.1, 0.01, 0.001 with momentum 0.9 are for networks with BatchNorm; ours have none.
        """
        inserting = [Cycle(Highest(), self.steps)] * (self.cycles - 1)
        last = Cycle(None, 2 * self.steps, SGD(Falling(self.rate, 2 * self.steps), 0.9))
        return AutoNEB(
            cycles=(Cycle(Equal(3), self.steps), *inserting, last),
            optimiser=SGD(self.rate, 0.9),
            l2=1e-4,
            batch=self.batch,
            independent=False,
            seed=self.seed,
        )


def measure(task: BandTask) -> Result:
    """What one shape gives. Items share parts, so a process computes each of them once."""
    return _measured(task)


@lru_cache(maxsize=32)
def _measured(task: BandTask) -> Result:
    minima = minima_of(Training.part_of(task))
    found = connected(minima, task.bands())
    return Result(
        {
            "parameters": minima.landscape.dimension,
            "n_train": minima.landscape.n_rows,
            "data": minima.data.variant,
            "fingerprint": minima.data.fingerprint,
            "failures": found.failures,
            "pivots": float(np.mean([len(path) for path in found.paths])),
            "gradients": float(np.mean([path.gradient_evaluations for path in found.paths])),
        },
        {
            "births": minima.births,
            "tops": found.tops,
            "straight_tops": found.straight_tops,
            "accuracies": minima.accuracies,
        },
    )
