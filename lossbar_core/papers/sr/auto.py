"""AutoNEB against a band that is dense everywhere, on the curved valley and on a small network (NEB-Auto)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.functions.training_data import training_data
from lossbar_core.landscapes import CURVY_VALLEY, Landscape, Surface
from lossbar_core.networks import MLP
from lossbar_core.papers.base import Result, item
from lossbar_core.paths import AutoNEB, ElasticBand, Path
from lossbar_core.training import Adam, train_ensemble


@dataclass(frozen=True)
class Auto:
    """A network 1-``width``-``width``-1 trained for ``epochs``; dense bands relax for at most ``steps``."""

    seed: int = 0
    width: int = 5
    epochs: int = 3000
    steps: int = 1000


@item("NEB-Auto", smoke=Auto(width=3, epochs=200, steps=100), quick=Auto())
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
        For ``valley`` and ``network``: ``..._gap`` of the tops over the dense band's, ``..._fewer`` gradients,
        ``..._auto_gradients``, ``..._dense_gradients``, ``..._auto_pivots``, ``..._dense_pivots``; ``network_barrier``,
        ``network_line_top`` and ``network_minimum``, the higher of the two ends. Arrays: losses and shares of the
        arc length of both paths on the network.
    """
    network = small_network(config.width)
    ends = train_ensemble(
        network,
        [config.seed, config.seed + 1],
        schedule=0.01,
        epochs=config.epochs,
        optimizer=Adam(),
    ).thetas
    valley = CURVY_VALLEY.landscape()
    values, _ = _both(valley, valley.as_points(CURVY_VALLEY.minima), config.steps, "valley")
    found, (auto, dense, line) = _both(network, ends, config.steps, "network")
    profiles = {"auto": auto.profile(), "dense": dense.profile(), "line": line.profile()}
    arrays = {f"{name}_share": profile.share for name, profile in profiles.items()}
    arrays |= {f"{name}_losses": profile.losses for name, profile in profiles.items()}
    arrays |= {f"{name}_pivots": profile.share[profile.is_pivot] for name, profile in profiles.items()}
    values |= found | {
        "network_barrier": dense.barrier,
        "network_line_top": line.top,
        "network_minimum": float(network.losses(ends).max()),
        "network_parameters": network.dimension,
    }
    return Result(values, arrays)


def small_network(width: int) -> Landscape:
    """The BSL paper's regression task for a network with two hidden layers of tanh units."""
    x, y = (torch.from_numpy(part[:, None]) for part in training_data())
    return Landscape(MLP((1, width, width, 1), "tanh"), "mse", (x, y), dtype=torch.float64)


def _both(
    surface: Surface, ends: torch.Tensor, steps: int, name: str
) -> tuple[dict[str, float | bool], tuple[Path, Path, Path]]:
    """AutoNEB, a dense band, and the dense band's start."""
    auto = AutoNEB().connect(surface, *ends)
    gaps = np.diff(np.unique(auto.profile(0).position))
    pivots = int(np.ceil(auto.length / gaps.min())) + 1
    dense = ElasticBand(pivots, steps=steps).connect(surface, *ends)
    start = Path(
        torch.lerp(ends[:1], ends[1:], torch.linspace(0, 1, pivots, dtype=ends.dtype)[:, None]), surface
    )
    return {
        f"{name}_gap": abs(auto.top - dense.top) / abs(dense.top),
        f"{name}_fewer": auto.gradient_evaluations < dense.gradient_evaluations,
        f"{name}_auto_gradients": auto.gradient_evaluations,
        f"{name}_dense_gradients": dense.gradient_evaluations,
        f"{name}_auto_pivots": len(auto),
        f"{name}_dense_pivots": pivots,
    }, (auto, dense, start)
