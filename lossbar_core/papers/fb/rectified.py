"""FB-4.1: the polynomial tasks as the draft describes them, with ReLU and RMSProp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.dss_sweep import mean_of, power
from lossbar_core.papers.fb.polynomial import CUBIC, QUADRATIC, with_relu
from lossbar_core.papers.fb.strings import Strings, measure


@dataclass(frozen=True)
class Rectified:
    """Levels of the two tasks, as in `dss_sweep`."""

    quadratic: tuple[float, ...]
    cubic: tuple[float, ...]
    pairs: int = 10
    inputs: int = 200
    rate: float = 1e-3
    # A ReLU network that is not low by then has dead units, and stays where it is (tried here): so for beads.
    end_steps: int = 2000
    bead_steps: int = 2500
    seed: int = 0


def split(config: Rectified) -> list[Strings]:
    """One batch a level, first the quadratic task's."""
    return [
        Strings(
            with_relu(task),
            level,
            config.pairs,
            inputs=config.inputs,
            rate=config.rate,
            optimiser="rmsprop",
            end_steps=config.end_steps,
            bead_steps=config.bead_steps,
            seed=config.seed,
        )
        for task, levels in ((QUADRATIC, config.quadratic), (CUBIC, config.cubic))
        for level in levels
    ]


@sweep_item(
    "FB-4.1",
    split=split,
    task=measure,
    smoke=Rectified(
        (0.05, 0.1), (0.158, 0.2), pairs=3, inputs=50, rate=0.01, end_steps=1500, bead_steps=1000
    ),
    quick=Rectified((0.025, 0.05, 0.1), (0.1, 0.158, 0.17, 0.2), pairs=6),
    paper=Rectified(
        (0.005, 0.0075, 0.01, 0.025, 0.05, 0.075, 0.1, 0.125),
        (0.05, 0.07, 0.1, 0.12, 0.14, 0.15, 0.154, 0.156, 0.158, 0.16, 0.162, 0.164, 0.168, 0.17, 0.2, 0.25),
        pairs=20,
        inputs=1000,
        end_steps=10_000,
        bead_steps=10_000,
    ),
)
def rectified(config: Rectified, results: Sequence[Result]) -> Result:
    """Strings of ReLU networks on both tasks: FB section 4.1. The beads are trained by Adam.

    Parameters
    ----------
    config : Rectified
    results : sequence of Result
        One a level.

    Returns
    -------
    Result
        ``quad_beads_monotone``, ``quad_bead_slope``, ``quad_length_drop`` (lowest against highest level);
        ``cubic_peak_level``, ``cubic_peak_height``, ``cubic_length_above`` from 0.17 on; ``connected_share``,
        ``stuck_starts``.
    """
    split_at = len(config.quadratic)
    values: dict[str, Any] = {
        "pairs": config.pairs,
        "connected_share": float(np.mean([r.arrays["connected"].mean() for r in results])),
        "stuck_starts": sum(int(r.values["restarts"]) for r in results),
    }
    quad, quad_beads = _means(results[:split_at])
    cubic, cubic_beads = _means(results[split_at:])
    quad_levels, cubic_levels = np.array(config.quadratic), np.array(config.cubic)
    values |= {
        "quad_beads_monotone": bool((np.diff(quad_beads[np.argsort(quad_levels)]) < 0).all()),
        "quad_bead_slope": power(quad_levels, quad_beads),
        "quad_length_drop": float(quad[quad_levels.argmin()] - quad[quad_levels.argmax()]),
        "cubic_peak_level": float(cubic_levels[np.nanargmax(cubic)]),
        "cubic_peak_height": float(np.nanmax(cubic)),
        "cubic_length_above": float(cubic[cubic_levels >= 0.17].max(initial=-np.inf)),
    }
    arrays = {
        "quad_levels": quad_levels,
        "quad_length": quad,
        "quad_beads": quad_beads,
        "cubic_levels": cubic_levels,
        "cubic_length": cubic,
        "cubic_beads": cubic_beads,
    }
    return Result(values, arrays)


def _means(results: Sequence[Result]) -> tuple[np.ndarray, np.ndarray]:
    """Mean lengths and beads of the connected pairs, one a batch."""
    known = [np.where(r.arrays["connected"], 1.0, np.nan) for r in results]
    length, beads = (
        mean_of(np.stack([r.arrays[name] * k for r, k in zip(results, known, strict=True)]))
        for name in ("length", "beads")
    )
    return length, beads
