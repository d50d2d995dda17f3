"""Pairs of networks trained to one level after the other, and the strings that join them at each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.papers.base import Result
from lossbar_core.papers.curvature.problems import Images, Text
from lossbar_core.paths import Path, StringSampling
from lossbar_core.training import Adam, train_ensemble

POINTS = 20  # points of a segment that are looked at, as in the authors' code for MNIST
FINER = 2  # times as many for what may hide between them
TABLE = (
    "connected",
    "beads",
    "length",
    "straight_length",
    "chord",
    "top",
    "fine_top",
    "straight_top",
    "steps",
)


@dataclass(frozen=True)
class Ends:
    """Two networks a pair, trained until their measure is at a level, then on to the next lower one.

    ``rate`` is Adam's, ``epochs`` are allowed from each level to the next; a network that does not get there leaves
    its pair out of this level and of the lower ones.
    """

    problem: Images | Text
    levels: tuple[float, ...]
    pairs: int
    rate: float
    batch: int
    epochs: int
    seed: int = 0


@dataclass(frozen=True)
class LevelStrings:
    """Strings of one level. Defaults are those of the authors' code for images (register 3.b.3 to 3.b.5): beads to
    0.98 times the level, at the highest of 20 points; Adam's rate 1e-4 for beads.
    """

    ends: Ends
    level: float
    alpha: float = 0.98
    tolerance: float = 1.1
    t_star: str = "argmax"
    rate: float = 1e-4
    bead_steps: int = 6000
    depth: int = 8
    seed: int = 0

    @property
    def method(self) -> StringSampling:
        """The path method with these settings; beads see mini-batches, and their measure is looked at every epoch."""
        return StringSampling(
            self.level,
            alpha=self.alpha,
            tolerance=self.tolerance,
            t_star=self.t_star,
            first_bead=True,
            depth=self.depth,
            points=POINTS,
            rate=self.rate,
            steps=self.bead_steps,
            batch=self.ends.batch,
            seed=self.seed,
        )


@lru_cache(maxsize=8)
def trained_ends(config: Ends) -> tuple[Tensor, Tensor]:
    """Networks at every level, the highest first.

    Returns
    -------
    thetas : (levels, 2 pairs, M) tensor
    reached : (levels, 2 pairs) bool tensor
    """
    torch.set_num_threads(1)  # so that the bits do not depend on how many cores a machine has
    surface = config.problem.surface()
    count = 2 * config.pairs
    thetas, good = config.problem.starts(range(count)), torch.ones(count, dtype=torch.bool)
    found, reached = [], []
    for turn, level in enumerate(sorted(config.levels, reverse=True)):
        high = good & (surface.losses(thetas) > level)
        if high.any():
            trained = train_ensemble(
                surface,
                high.nonzero().flatten().tolist(),
                schedule=config.rate,
                epochs=config.epochs,
                batch=config.batch,
                optimizer=Adam(),
                starts=thetas[high],
                stop_at=level,
                batch_seed=1000 * config.seed + turn,
            )
            thetas = thetas.clone()
            thetas[high] = trained.thetas
            good = good & (surface.losses(thetas) <= level)
        found.append(thetas)
        reached.append(good)
    return torch.stack(found), torch.stack(reached)


def sample(config: LevelStrings) -> list[Path | None]:
    """A string a pair; None where an end is above the level."""
    levels = sorted(config.ends.levels, reverse=True)
    thetas, reached = (part[levels.index(config.level)] for part in trained_ends(config.ends))
    pairs = [(2 * i, 2 * i + 1) for i in range(config.ends.pairs)]
    there = [i for i, (a, b) in enumerate(pairs) if reached[a] and reached[b]]
    if not there:
        return [None] * len(pairs)
    chosen = [(thetas[pairs[i][0]], thetas[pairs[i][1]]) for i in there]
    found = config.method.connect_many(config.ends.problem.surface(), chosen)
    by_pair = dict(zip(there, found, strict=True))
    return [by_pair.get(i) for i in range(len(pairs))]


def measure(config: LevelStrings) -> Result:
    """Lengths, beads and certificates of one level; items that ask for the same strings share them.

    Parameters
    ----------
    config : LevelStrings

    Returns
    -------
    Result
        Arrays `TABLE`, one entry a pair, NaN (False) where an end is above the level or the string failed:
        ``connected``; ``beads``, ends included; normalised ``length``, and ``straight_length`` without the beads that
        the certificate does not need; ``chord``; ``top`` of 20 points of every segment, ``fine_top`` of twice as
        many, ``straight_top`` of the straight segment between the ends; ``steps`` of all beads. ``reached``: both ends
        are at the level. Values: ``level``, ``limit``, ``parameters``.
    """
    return _measured(config)


@lru_cache(maxsize=128)
def _measured(config: LevelStrings) -> Result:
    torch.set_num_threads(1)
    strings = sample(config)
    rows = [_row(config, string) for string in strings]
    arrays = {name: np.array([row[name] for row in rows]) for name in TABLE}
    arrays["reached"] = np.array([string is not None for string in strings])
    values = {
        "level": config.level,
        "limit": config.method.limit,
        "parameters": config.ends.problem.surface().dimension,
    }
    return Result(values, arrays)


def _row(config: LevelStrings, string: Path | None) -> dict[str, Any]:
    if string is None:
        return dict.fromkeys(TABLE, float("nan")) | {"connected": False}
    ends = Path(string.pivots[[0, -1]], string.surface)
    row = {
        "connected": string.failure is None,
        "beads": float(len(string)),
        "chord": string.chord,
        "straight_top": ends.profile(POINTS - 2).top,
        "steps": float(string.gradient_evaluations),
    }
    if string.failure is not None:
        return dict.fromkeys(TABLE, float("nan")) | row
    return row | {
        "length": string.normalised_length,
        "straight_length": config.method.straightened(string).normalised_length,
        "top": string.profile(POINTS - 2).top,
        "fine_top": string.profile(FINER * (POINTS - 1) - 1).top,
    }
