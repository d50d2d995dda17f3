"""FBF-disc: a network and its copy with two units exchanged, which strings and bands cannot join."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.algorithm import RULES
from lossbar_core.papers.fb.cyclic import POINTS, cyclic_loss, exchange_by_hand, exchanged
from lossbar_core.papers.fb.endpoints import train_to_level
from lossbar_core.paths.neb import ElasticBand
from lossbar_core.paths.path import Path
from lossbar_core.paths.strings import StringSampling

METHODS = ("string, middle", "string, highest", "band", "band, jittered")
FACTOR = 10.0  # of the end's loss: the register's
PLACES = 201  # along a path that is drawn


@dataclass(frozen=True)
class Disconnection:
    """Hidden widths, random starts for each, and how paths are sought."""

    widths: tuple[int, ...] = (3, 4, 5, 6)
    starts: int = 32
    level: float = 1e-3
    rate: float = 0.01
    steps: int = 4000
    bead_steps: int = 2000
    depth: int = 10
    pivots: int = 31
    band_steps: int = 1000
    seed: int = 0


@dataclass(frozen=True)
class WidthTask:
    """One width of it; with two units only their best loss is of interest."""

    width: int
    config: Disconnection
    seed: int = 0


def split(config: Disconnection) -> list[WidthTask]:
    """Two units, for comparison, and every width."""
    return [WidthTask(width, config, config.seed) for width in (2, *config.widths)]


def measure_width(task: WidthTask) -> Result:
    """Train, exchange the first two units, and seek a path by every method.

    Parameters
    ----------
    task : WidthTask

    Returns
    -------
    Result
        Value ``best``: lowest loss of all starts. Arrays, one row a start that reached the level: ``end``, the loss
        there, ``by_hand``: top of the path of `exchange_by_hand`, NaN for three units, and ``top`` (starts,
        methods), the highest loss of the paths; ``along`` (2, T), the lowest path of the
        start whose best top is the median one.
    """
    torch.set_num_threads(1)
    config, loss = task.config, cyclic_loss(task.width)
    ends, reached = _trained(task, loss)
    best = float(loss.losses(ends).min())
    if task.width < 3 or not reached.any():
        none = np.zeros(0)
        empty = {"end": none, "by_hand": none, "top": np.zeros((0, len(METHODS)))}
        return Result({"best": best}, empty)
    ends = ends[reached]
    pairs = list(zip(ends, exchanged(ends, task.width), strict=True))
    paths = [_paths(name, loss, pairs, config) for name in METHODS]
    tops = np.array([[path.top for path in found] for found in paths]).T
    lowest = tops.min(axis=1)
    typical = int(np.argsort(lowest)[len(lowest) // 2])
    profile = paths[int(tops[typical].argmin())][typical].resampled(PLACES).profile(0)
    return Result(
        {"best": best},
        {
            "end": loss.losses(ends).numpy(),
            "by_hand": np.array([_by_hand(loss, end, task.width) for end in ends]),
            "top": tops,
            "along": np.stack([profile.share, profile.losses]),
        },
    )


def _by_hand(loss: AnalyticLandscape, end: Tensor, width: int) -> float:
    """Top of the explicit path; NaN where there is no unit to spare."""
    return Path(exchange_by_hand(end, width), loss).top if width > POINTS else float("nan")


def _trained(task: WidthTask, loss: AnalyticLandscape) -> tuple[Tensor, Tensor]:
    generator = np.random.default_rng((task.seed, task.width))
    starts = torch.from_numpy(generator.uniform(-1, 1, (task.config.starts, loss.dimension)))
    return train_to_level(loss, starts, task.config.level, rate=task.config.rate, steps=task.config.steps)


def _paths(
    name: str, loss: AnalyticLandscape, pairs: list[tuple[Tensor, Tensor]], config: Disconnection
) -> list[Path]:
    """Paths of one method between all pairs."""
    if name.startswith("string"):
        method = StringSampling(
            config.level,
            t_star="middle" if name.endswith("middle") else "argmax",
            first_bead=True,
            depth=config.depth,
            rate=config.rate,
            steps=config.bead_steps,
        )
        return method.connect_many(loss, pairs)
    # The segment's middle has two equal units, and no force of the loss parts them: hence the jitter.
    jitter = 0.1 if name.endswith("jittered") else 0.0
    band = ElasticBand(config.pivots, steps=config.band_steps, jitter=jitter, seed=config.seed)
    return band.connect_many(loss, pairs)


@sweep_item(
    "FBF-disc",
    split=split,
    task=measure_width,
    smoke=Disconnection((3, 6), starts=6, steps=1500, bead_steps=200, depth=3, pivots=21, band_steps=100),
    quick=Disconnection(),
    paper=Disconnection(starts=100, steps=20_000, bead_steps=10_000, band_steps=5000),
)
def disconnection(config: Disconnection, results: Sequence[Result]) -> Result:
    """A cyclic map of three points by a 2-3-2 network, and by wider ones: final text, disconnection example.

    Parameters
    ----------
    config : Disconnection
    results : sequence of Result
        Of two units and of every width.

    Returns
    -------
    Result
        ``trained``: starts of width 3 that reach the level, ``smallest_ratio``: over them and all methods, the
        smallest of top over end loss; ``share_<w>``: share of the trained starts of a width that some method
        joins below 10 times the end loss, ``strings_<w>``: that a string joins; ``rescued_share``: the smallest
        share beyond width 3; ``not_joined``: how many wider starts no method joins; ``by_hand_ratio``: over all
        wider starts, the largest top of `exchange_by_hand` over end loss; ``barrier``: median of the lowest tops
        of width 3; ``two_units``: lowest loss that two units reach.
    """
    two, three = results[0], results[1]
    lowest = three.arrays["top"].min(axis=1, initial=np.inf)
    values: dict[str, Any] = {
        "trained": len(lowest),
        "starts": config.starts,
        "depth": config.depth,
        "smallest_ratio": float((lowest / three.arrays["end"]).min(initial=np.inf)),
        "barrier": float(np.median(lowest)) if len(lowest) else float("nan"),
        "two_units": two.values["best"],
    }
    arrays: dict[str, np.ndarray] = {"widths": np.array(config.widths)}
    wider, ratios = [], []
    for width, result in zip(config.widths, results[1:], strict=True):
        a = result.arrays
        joined = a["top"] < FACTOR * a["end"][:, None]
        values[f"share_{width}"] = _share(joined.max(axis=1))
        values[f"strings_{width}"] = _share(joined[:, : len(RULES)].max(axis=1))
        values[f"trained_{width}"] = len(joined)
        if width > POINTS:
            wider.append(joined.max(axis=1))
            ratios.append(a["by_hand"] / a["end"])
        arrays[f"shares_{width}"] = joined.mean(axis=0) if len(joined) else np.full(len(METHODS), np.nan)
        arrays |= {f"{name}_{width}": a[name] for name in ("end", "by_hand", "top", "along") if name in a}
    values |= {
        "rescued_share": min(_share(some) for some in wider),
        "not_joined": int((~np.concatenate(wider)).sum()),
        "by_hand_ratio": float(np.concatenate(ratios).max()),
    }
    return Result(values, arrays)


def _share(which: np.ndarray) -> float:
    return float(which.mean()) if len(which) else float("nan")
