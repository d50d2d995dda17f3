"""FBF-components: whether all networks of one width and level make one component."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.polynomial import QUADRATIC
from lossbar_core.papers.fb.strings import Strings, measure

# The authors' table names 4x4, 12, 24, 48, 96: read here as hidden layers, a single number as a single layer.
WIDTHS = ((4, 4), (12,), (24,), (48,), (96,))


@dataclass(frozen=True)
class Widths:
    """Networks of the quadratic task; each of ``models - 1`` is joined to the first one."""

    levels: tuple[float, ...]
    widths: tuple[tuple[int, ...], ...] = WIDTHS
    models: int = 7
    inputs: int = 100
    rate: float = 1e-3
    seed: int = 0


def split(config: Widths) -> list[Strings]:
    """One batch a width and level."""
    return [
        Strings(
            replace(QUADRATIC, widths=widths),
            level,
            config.models - 1,
            inputs=config.inputs,
            rate=config.rate,
            hub=True,
            seed=config.seed,
        )
        for widths in config.widths
        for level in config.levels
    ]


@sweep_item(
    "FBF-components",
    split=split,
    task=measure,
    smoke=Widths((0.1,), ((4, 4), (12,)), models=3, inputs=50, rate=0.01),
    quick=Widths((0.03, 0.1)),
    paper=Widths((0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.09, 0.1), models=21, inputs=1000),
)
def components(config: Widths, results: Sequence[Result]) -> Result:
    """Components that strings leave, by width and level: final text, connected components.

    Parameters
    ----------
    config : Widths
    results : sequence of Result
        Of all widths and levels.

    Returns
    -------
    Result
        ``most_components`` over widths and levels, an upper bound because a missing string proves nothing;
        ``connected_share`` of all pairs; ``n_widths``, ``lowest_level``.
    """
    shape = (len(config.widths), len(config.levels), config.models - 1)
    connected = np.stack([result.arrays["connected"] for result in results]).reshape(shape)
    count = 1 + (~connected).sum(axis=2)
    length = np.stack([result.arrays["length"] for result in results]).reshape(shape)
    values = {
        "n_widths": len(config.widths),
        "models": config.models,
        "lowest_level": min(config.levels),
        "highest_level": max(config.levels),
        "most_components": int(count.max()),
        "connected_share": float(connected.mean()),
        "not_one": int((count > 1).sum()),
        "batches": int(count.size),
    }
    arrays = {
        "components": count,
        "mean_length": length.mean(axis=2),
        "beads": np.stack([r.arrays["beads"] for r in results]).reshape(shape).mean(axis=2),
        "levels": np.array(config.levels),
    }
    return Result(values, arrays)
