"""NEB-Claim1: minima lie in one connected set of low loss (SR section 3, first conjecture)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.sr.band_tasks import BandTask, measure


@dataclass(frozen=True)
class Architectures:
    """Networks of several shapes: hidden widths, or ("cnn", n, C) for CNN-n-C."""

    shapes: tuple[tuple[Any, ...], ...]
    task: BandTask
    seed: int = 0


SMALL = BandTask("mnist", (8,), 2, 100, 14, "small", epochs=2, cycles=2, steps=4, batch=30)
QUICK = BandTask("mnist", (32, 32), 3, 1000, 14, "small", epochs=60, cycles=4, steps=60, batch=100)
PAPER = BandTask("mnist", (32, 32), 6, None, 28, "any", epochs=60, cycles=8, steps=500, batch=128)


def split(config: Architectures) -> list[BandTask]:
    """One part a shape."""
    return [replace(config.task, hidden=shape, seed=config.seed) for shape in config.shapes]


@sweep_item(
    "NEB-Claim1",
    split=split,
    task=measure,
    smoke=Architectures(((8,),), SMALL),
    quick=Architectures(((32, 32), ("cnn", 2, 4)), QUICK),
    paper=Architectures(((32, 32), ("cnn", 2, 8)), PAPER),
)
def low_bands(config: Architectures, results: Sequence[Result]) -> Result:
    """Highest loss on a relaxed band over that on the straight segment: SR section 3, first conjecture.

    Parameters
    ----------
    config : Architectures
    results : sequence of Result

    Returns
    -------
    Result
        ``largest_ratio`` over all pairs and shapes, ``median_ratio``; for each shape ``ratio_...``, mean ``birth_...``,
        ``top_...`` and ``straight_...``. Arrays: ratios, one row a shape.
    """
    ratios = [ratios_of(result) for result in results]
    every = np.concatenate(ratios)
    values: dict[str, Any] = {
        "largest_ratio": float(every.max()),
        "median_ratio": float(np.median(every)),
        "n_pairs": len(every),
        "failures": sum(int(result.values["failures"]) for result in results),
        "deep": False,  # none is a ResNet or DenseNet on CIFAR
        "data": results[0].values["data"],
        "n_train": results[0].values["n_train"],
    }
    for shape, result, ratio in zip(config.shapes, results, ratios, strict=True):
        name = "cnn" if shape[0] == "cnn" else "dense"
        above = np.triu_indices(len(result.arrays["births"]), 1)
        values |= {
            f"ratio_{name}": float(ratio.max()),
            f"birth_{name}": float(result.arrays["births"].mean()),
            f"top_{name}": float(result.arrays["tops"][above].mean()),
            f"straight_{name}": float(result.arrays["straight_tops"][above].mean()),
        }
    return Result(values, {"ratios": np.stack(ratios)})


def ratios_of(result: Result) -> np.ndarray:
    """Top of the band over top of the segment, one a pair; infinite where the band failed."""
    above = np.triu_indices(len(result.arrays["births"]), 1)
    return np.asarray(result.arrays["tops"][above] / result.arrays["straight_tops"][above])
