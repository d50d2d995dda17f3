"""AutoNEB against a band that is dense everywhere, on the curved valley and on a small network (NEB-Auto)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.functions.training_data import training_data
from lossbar_core.landscapes import CURVY_VALLEY, Landscape, Surface
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.paths import AutoNEB, ElasticBand, StraightLine
from lossbar_core.training import Adam, train_ensemble


@dataclass(frozen=True)
class Auto:
    """``pairs`` of networks 1-``width``-``width``-1 trained for ``epochs``; dense bands relax for at most ``steps``.

    These are as many as all cycles of AutoNEB have.

    Three units a layer are few enough for a pass well above both minima: of a network that can go on falling everywhere
    "the same height" says nothing.
    """

    seed: int = 0
    width: int = 3
    pairs: int = 3
    epochs: int = 1500
    steps: int = 890


@item("NEB-Auto", smoke=Auto(width=2, pairs=1, epochs=200, steps=50), quick=Auto())
def automated(config: Auto) -> Result:
    r"""Equal tops with fewer gradients? Both methods with the same optimiser and the same stopping rule.

    The dense band has so many equal gaps that none is longer than AutoNEB's shortest: what AutoNEB resolves where it
    matters, the dense band resolves everywhere.

    Parameters
    ----------
    config : Auto

    Returns
    -------
    Result
        For ``valley`` and ``network``, the worst of ``network_pairs``: ``..._gap`` of the tops over the dense band's
        and ``..._fewer`` gradients; ``..._auto_gradients``, ``..._dense_gradients``, ``..._auto_pivots``,
        ``..._dense_pivots`` summed over the pairs; ``network_median_gap``. Arrays ``network_auto``, ``network_dense``,
        ``network_line`` tops and ``network_minimum``, the loss of the higher end, (pairs,).
    """
    valley = CURVY_VALLEY.landscape()
    values = _both(valley, valley.as_points(CURVY_VALLEY.minima), config.steps)
    network = small_network(config.width)
    seeds = range(config.seed, config.seed + 2 * config.pairs)
    thetas = train_ensemble(
        network, list(seeds), schedule=0.01, epochs=config.epochs, optimizer=Adam()
    ).thetas
    rows = [_both(network, thetas[2 * k : 2 * k + 2], config.steps) for k in range(config.pairs)]
    counts = ("auto_gradients", "dense_gradients", "auto_pivots", "dense_pivots")
    return Result(
        {
            **{f"valley_{name}": values[name] for name in ("gap", "fewer", *counts)},
            **{f"network_{name}": int(sum(row[name] for row in rows)) for name in counts},
            "network_pairs": config.pairs,
            "network_gap": max(row["gap"] for row in rows),
            "network_median_gap": float(np.median([row["gap"] for row in rows])),
            "network_fewer": all(row["fewer"] for row in rows),
            "network_parameters": network.dimension,
        },
        {
            f"network_{name}": np.array([row[name] for row in rows])
            for name in ("auto", "dense", "line", "minimum")
        },
    )


def small_network(width: int) -> Landscape:
    """The BSL paper's regression task for a network with two hidden layers of tanh units."""
    x, y = (torch.from_numpy(part[:, None]) for part in training_data())
    return Landscape(MLP((1, width, width, 1), "tanh"), "mse", (x, y), dtype=torch.float64)


def _both(surface: Surface, ends: torch.Tensor, steps: int) -> dict[str, Any]:
    """AutoNEB and a band as fine everywhere as its shortest gap."""
    auto = AutoNEB().connect(surface, *ends)
    gaps = np.diff(auto.profile(0).position)
    pivots = int(np.ceil(auto.length / gaps.min())) + 1
    dense = ElasticBand(pivots, steps=steps).connect(surface, *ends)
    return {
        "gap": abs(auto.top - dense.top) / abs(dense.top),
        "fewer": auto.gradient_evaluations < dense.gradient_evaluations,
        "auto_gradients": auto.gradient_evaluations,
        "dense_gradients": dense.gradient_evaluations,
        "auto_pivots": len(auto),
        "dense_pivots": pivots,
        "auto": auto.top,
        "dense": dense.top,
        "line": StraightLine(pivots).connect(surface, *ends).top,
        "minimum": float(surface.losses(ends).max()),
    }
