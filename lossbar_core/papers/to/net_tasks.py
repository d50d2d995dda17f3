"""The independent parts of the sweep over depth and width: one network shape on one data set (TO section 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.papers.image_nets import Falling, Training, connected, minima_of
from lossbar_core.paths import Adam, GradientFlow, Insertion


@dataclass(frozen=True)
class NetTask:
    """Networks as in `Training`, and TO paths between all pairs of them.

    The paths: ``pivots`` points with both ends, straight start, ``path_steps`` steps of ``path_batch`` rows, the same
    for all points as in the authors' code, a check for insertion every ``insert_every`` steps. Which optimiser moves
    the points of dense networks is not said; for the ResNet it is SGD at 2e-3, 300 epochs. We take Adam, as for the
    minima: the largest rate at which SGD is stable here falls with depth, by ten from two layers to eight.
    """

    dataset: str
    hidden: tuple[int, ...]
    minima: int
    n_train: int | None
    side: int
    variant: str
    epochs: int
    pivots: int
    path_steps: int
    path_batch: int
    insert_every: int
    path_rate: float = 3e-3
    seed: int = 0

    def flow(self) -> GradientFlow:
        """TO's Algorithm 2 with the corrected Algorithm 3, loss criterion.

        The distance criterion, which the paper prefers, was tried here too: it puts points where the path is long and
        leaves narrow peaks between points of deep networks.
        """
        return GradientFlow(
            pivots=self.pivots,
            steps=self.path_steps,
            insertion=Insertion("loss", every=self.insert_every),
            optimiser=Adam(Falling(self.path_rate, self.path_steps)),
            l2=1e-5,  # table D.5
            batch=self.path_batch,
            independent=False,
            seed=self.seed,
        )


def measure_net(task: NetTask) -> Result:
    """Births, tops of paths and accuracies of one network shape."""
    minima = minima_of(Training.part_of(task))
    found = connected(minima, task.flow())
    values: dict[str, Any] = {
        "parameters": minima.landscape.dimension,
        "n_train": minima.landscape.n_rows,
        "data": minima.data.variant,
        "fingerprint": minima.data.fingerprint,
        "length": found.length,
        "failures": found.failures,
        "gradients": float(np.mean([path.gradient_evaluations for path in found.paths])),
    }
    arrays = {
        "births": minima.births,
        "tops": found.tops,
        "pivot_tops": found.pivot_tops,
        "straight_tops": found.straight_tops,
        "accuracies": minima.accuracies,
        "test_losses": minima.test_losses,
        "test_accuracies": minima.test_accuracies,
        "top_at": found.top_at,
    }
    return Result(values, arrays)
