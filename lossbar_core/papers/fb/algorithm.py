"""FB-Alg1 and FB-3.2c: string sampling on the quadratic task, as mended, as printed, and where it gives up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.polynomial import QUADRATIC
from lossbar_core.papers.fb.strings import Strings, losses_along, measure

RULES = ("middle", "argmax")


@dataclass(frozen=True)
class Pairs:
    """Levels of the quadratic task, the same pairs at each; beads at the highest loss from ``argmax_from`` on."""

    levels: tuple[float, ...]
    pairs: int = 20
    argmax_from: float = 0.0
    inputs: int = 200
    rate: float = 1e-3
    seed: int = 0

    def strings(self, level: float, **changes: object) -> Strings:
        """One batch, with settings of its own."""
        given = {"inputs": self.inputs, "rate": self.rate, "seed": self.seed}
        return Strings(QUADRATIC, level, self.pairs, **(given | changes))  # type: ignore[arg-type]


SMOKE = Pairs((0.05, 0.1), pairs=4, inputs=50, rate=0.01)
QUICK = Pairs((0.01, 0.025, 0.05, 0.1), argmax_from=0.025)  # the lowest level takes longest
PAPER = Pairs((0.01, 0.025, 0.05, 0.075, 0.1, 0.125), inputs=1000)


def split_rules(config: Pairs) -> list[Strings]:
    """Every level with the bead in the middle, and at the highest loss where that is asked for."""
    return [
        config.strings(level, t_star=rule)
        for level in config.levels
        for rule in RULES
        if rule == "middle" or level >= config.argmax_from
    ]


@sweep_item("FB-Alg1", split=split_rules, task=measure, smoke=SMOKE, quick=QUICK, paper=PAPER)
def algorithm_1(config: Pairs, results: Sequence[Result]) -> Result:
    """Algorithm 1 with both halves examined, on pairs of the quadratic task: FB section 3.1.

    Parameters
    ----------
    config : Pairs
    results : sequence of Result
        Of the batches: every level with the bead in the middle, the higher ones with the other rule as well.

    Returns
    -------
    Result
        ``connected_share``: smallest share of connected pairs over levels and rules; ``violations``: connected
        strings with one of 100 points of a segment above the tolerance, ``fine_excess``: how far, relatively, the
        worst of four times as many points lies above it; ``printed_share``: share of pairs whose string as
        printed, which leaves one half of each segment unexamined, is below the tolerance all the same.
    """
    parts = split_rules(config)
    shares = np.array([result.arrays["connected"].mean() for result in results])
    excess = [
        result.arrays[name][result.arrays["connected"]] / result.values["limit"] - 1
        for result in results
        for name in ("top", "fine_top")
    ]
    printed = [_printed_share(part, result) for part, result in zip(parts, results, strict=True)]
    values = {
        "pairs": config.pairs,
        "lowest_level": min(config.levels),
        "highest_level": max(config.levels),
        "batches": len(parts),
        "connected_share": float(shares.min()),
        "mean_share": float(shares.mean()),
        "violations": int(sum((part > 0).sum() for part in excess[::2])),
        "fine_excess": float(max(part.max(initial=-np.inf) for part in excess[1::2])),
        "printed_share": float(np.mean(printed)),
    }
    arrays = {
        "level": np.array([part.level for part in parts]),
        "rule": np.array([RULES.index(part.t_star) for part in parts]),
        "share": shares,
        "printed": np.array(printed),
    }
    return Result(values, arrays)


def _printed_share(part: Strings, result: Result) -> float:
    """Share of the pairs whose string as printed lies below the tolerance."""
    chains = [
        result.arrays[f"string_{i}"][as_printed(result.arrays[f"depth_{i}"])] for i in range(part.pairs)
    ]
    tops = [losses_along(part.surface, chain, part.method.points - 2)[1].max() for chain in chains]
    return float(np.mean(np.array(tops) <= part.method.limit))


def as_printed(depth: np.ndarray) -> np.ndarray:
    """Beads of the printed algorithm, of a string with beads at these depths; indices from left to right.

    Its first ``return`` leaves before the second half is examined, so that it goes on in the first half that is too
    high, and never comes back (register 3.c.1).

    Examples
    --------
    >>> as_printed(np.array([0, 2, 1, 3, 2, 0]))  # both halves got beads; the right one does not as printed
    array([0, 1, 2, 5])
    """
    kept, low, high = [0, len(depth) - 1], 0, len(depth) - 1
    while high - low > 1:
        middle = low + 1 + int(np.argmin(depth[low + 1 : high]))
        kept.append(middle)
        low, high = (low, middle) if middle - low > 1 else (middle, high)
    return np.array(sorted(kept))


@dataclass(frozen=True)
class Caps:
    """Growing caps of the depth, for the same pairs of the quadratic task; 10 is the authors' cap."""

    level: float
    caps: tuple[int, ...] = (3, 10)
    pairs: int = 20
    inputs: int = 200
    rate: float = 1e-3
    seed: int = 0


def split_caps(config: Caps) -> list[Strings]:
    """The same pairs with every cap."""
    pairs = Pairs((config.level,), config.pairs, inputs=config.inputs, rate=config.rate, seed=config.seed)
    return [pairs.strings(config.level, depth=depth) for depth in config.caps]


@sweep_item(
    "FB-3.2c",
    split=split_caps,
    task=measure,
    smoke=Caps(0.05, (2, 10), pairs=6, inputs=50, rate=0.01),
    quick=Caps(0.025),
    paper=Caps(0.01, (5, 10, 20), inputs=1000),
)
def failures(config: Caps, results: Sequence[Result]) -> Result:
    """A pair that is not connected at one cap of the depth, and is at another: FB section 3.2.

    Parameters
    ----------
    config : Caps
    results : sequence of Result
        One a cap.

    Returns
    -------
    Result
        ``failures_<cap>``; ``connected_later``: failures at the lowest cap that are connected at the highest;
        ``wrong_words``: failures that say more than "not connected by string sampling", or do not name the depth.
    """
    connected = np.stack([result.arrays["connected"] for result in results])
    lowest, highest = int(np.argmin(config.caps)), int(np.argmax(config.caps))
    values = {
        "pairs": config.pairs,
        "level": config.level,
        "lowest_cap": config.caps[lowest],
        "highest_cap": config.caps[highest],
        "failures_lowest": int((~connected[lowest]).sum()),
        "failures_highest": int((~connected[highest]).sum()),
        "connected_later": int((~connected[lowest] & connected[highest]).sum()),
        "wrong_words": sum(int((~result.arrays["told"]).sum()) for result in results),
    }
    arrays = {
        "caps": np.array(config.caps),
        "connected": connected,
        "top": np.stack([result.arrays["top"] for result in results]),
    }
    return Result(values, arrays)
