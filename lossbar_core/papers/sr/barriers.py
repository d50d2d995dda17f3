"""NEB-Claim2: the barrier falls with width and depth (SR section 3, second conjecture)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.sr.band_tasks import BandTask, measure
from lossbar_core.papers.sr.connected import PAPER, QUICK, SMALL
from lossbar_core.papers.to.net_bars import rank_correlation

DEPTH = 2  # of the networks of growing width


@dataclass(frozen=True)
class Shapes:
    """Dense networks of growing width with two hidden layers, and of growing depth with one width."""

    widths: tuple[int, ...]
    depths: tuple[int, ...]
    task: BandTask
    width: int = 16
    seed: int = 0


def split(config: Shapes) -> list[BandTask]:
    """Widths, then depths."""
    shapes = [(width,) * DEPTH for width in config.widths]
    shapes += [(config.width,) * depth for depth in config.depths]
    return [replace(config.task, hidden=shape, seed=config.seed) for shape in shapes]


@sweep_item(
    "NEB-Claim2",
    split=split,
    task=measure,
    smoke=Shapes((2, 8), (1, 2), SMALL, width=4),
    quick=Shapes((4, 8, 16, 32, 64), (1, 2, 4), QUICK),
    paper=Shapes((4, 8, 16, 32, 64), (1, 2, 3, 4), PAPER),
)
def barriers(config: Shapes, results: Sequence[Result]) -> Result:
    """Barrier, the top of a band less the higher of its ends, against width and depth: SR section 3.

    Parameters
    ----------
    config : Shapes
    results : sequence of Result

    Returns
    -------
    Result
        ``spearman_width`` and ``spearman_depth`` of the mean barrier, ``spearman_top_...`` of the mean top;
        ``depth_sign``, that of the trend with depth. Arrays for widths and depths: barriers and tops (shapes, pairs),
        births and accuracies (shapes, minima).
    """
    count = len(config.widths)
    values: dict[str, Any] = {
        "n_widths": count,
        "n_depths": len(config.depths),
        "failures": sum(int(result.values["failures"]) for result in results),
        "data": results[0].values["data"],
        "n_train": results[0].values["n_train"],
    }
    arrays: dict[str, np.ndarray] = {}
    for name, sizes, part in (
        ("width", config.widths, results[:count]),
        ("depth", config.depths, results[count:]),
    ):
        table = np.stack([barriers_of(result) for result in part])
        tops = np.stack([tops_of(result) for result in part])
        values[f"spearman_{name}"] = rank_correlation(np.array(sizes), table.mean(axis=1))
        values[f"spearman_top_{name}"] = rank_correlation(np.array(sizes), tops.mean(axis=1))
        for size, mean in zip(sizes, table.mean(axis=1), strict=True):
            values[f"barrier_{name}_{size}"] = float(mean)
        arrays |= {
            f"{name}s": np.array(sizes),
            f"barriers_{name}": table,
            f"tops_{name}": tops,
            f"births_{name}": np.stack([result.arrays["births"] for result in part]),
            f"accuracies_{name}": np.stack([result.arrays["accuracies"] for result in part]),
        }
    values["depth_sign"] = float(np.sign(values["spearman_depth"]))
    return Result(values, arrays)


def tops_of(result: Result) -> np.ndarray:
    """Highest loss on each band, one a pair; infinite where it failed."""
    return np.asarray(result.arrays["tops"][np.triu_indices(len(result.arrays["births"]), 1)])


def barriers_of(result: Result) -> np.ndarray:
    """One barrier a pair; infinite where the band failed."""
    births = result.arrays["births"]
    higher = np.maximum.outer(births, births)[np.triu_indices(len(births), 1)]
    return np.asarray(tops_of(result) - higher)
