"""SR-g, SR-DSS and SR-DSS-tstar: the normalised length, the sketch of string sampling, and where a bead starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.algorithm import RULES
from lossbar_core.papers.fb.dss_sweep import power
from lossbar_core.papers.fb.polynomial import CUBIC, QUADRATIC
from lossbar_core.papers.fb.strings import Strings, joined, measure
from lossbar_core.paths.strings import StringSampling

ROUNDING = 1e-12  # below 1 by so much, a normalised length is rounding


@dataclass(frozen=True)
class Levels:
    """Levels of the two polynomial tasks, the same pairs at each."""

    quadratic: tuple[float, ...]
    cubic: tuple[float, ...] = ()
    pairs: int = 20
    cubic_pairs: int = 10
    inputs: int = 200
    rate: float = 1e-3
    convex_pairs: int = 20
    dimension: int = 10
    seed: int = 0


def split_levels(config: Levels) -> list[Strings]:
    """One batch a level, first the quadratic task's."""
    same: dict[str, Any] = {"inputs": config.inputs, "rate": config.rate, "seed": config.seed}
    return [
        *(Strings(QUADRATIC, level, config.pairs, **same) for level in config.quadratic),
        *(Strings(CUBIC, level, config.cubic_pairs, **same) for level in config.cubic),
    ]


@sweep_item(
    "SR-g",
    split=split_levels,
    task=measure,
    smoke=Levels((0.1,), (0.2,), pairs=4, cubic_pairs=3, inputs=50, rate=0.01, convex_pairs=3, dimension=4),
    quick=Levels((0.025, 0.1), (0.05, 0.158, 0.2)),
)
def normalised_length(config: Levels, results: Sequence[Result]) -> Result:
    r""":math:`g = |\gamma| / |w_A - w_B|` of strings on a convex and on other losses: SR section 2.3.

    Parameters
    ----------
    config : Levels
    results : sequence of Result
        Strings of the two polynomial tasks.

    Returns
    -------
    Result
        ``convex_excess``: largest :math:`|g - 1|` on random convex quadratics where the straight segment is
        examined first; ``forced_excess`` with the authors' first bead, and ``forced_straight_excess`` after
        straightening; ``smallest_g`` of all strings, by weights and by all parameters, ``below_one`` those
        smaller than 1 by more than rounding, ``strings`` their number.
    """
    names = ("length", "full_length")
    found = np.concatenate([joined(results, name)[joined(results, "connected")] for name in names])
    convex, forced, straight = _convex_lengths(config)
    values = {
        "convex_pairs": config.convex_pairs,
        "convex_excess": float(np.abs(convex - 1).max()),
        "forced_excess": float(np.abs(forced - 1).max()),
        "forced_straight_excess": float(np.abs(straight - 1).max()),
        "strings": len(found),
        "smallest_g": float(found.min()),
        "below_one": int((found < 1 - ROUNDING).sum() + (convex < 1 - ROUNDING).sum()),
    }
    return Result(values, {"g": found, "convex": convex, "forced": forced})


def _convex_lengths(config: Levels) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lengths on random convex quadratics: straight first, with a forced bead, and that one straightened."""
    generator = np.random.default_rng((config.seed, config.dimension))
    found = []
    for _ in range(config.convex_pairs):
        factor = torch.from_numpy(generator.standard_normal((config.dimension, config.dimension)))
        bowl = _bowl(factor)
        pair = torch.from_numpy(generator.standard_normal((2, config.dimension)))
        pair = pair / bowl.losses(pair).sqrt()[:, None]  # both at level 1
        free = StringSampling(1.0, rate=0.01)
        bound = StringSampling(1.0, rate=0.01, first_bead=True)
        string = bound.connect(bowl, *pair)
        paths = (free.connect(bowl, *pair), string, bound.straightened(string))
        found.append([path.normalised_length for path in paths])
    convex, forced, straight = np.array(found).T
    return convex, forced, straight


def _bowl(factor: torch.Tensor) -> AnalyticLandscape:
    """The convex quadratic :math:`|x^T F|^2`."""
    return AnalyticLandscape(lambda x: (x @ factor).square().sum(1), len(factor), name="bowl")


@sweep_item(
    "SR-DSS",
    split=split_levels,
    task=measure,
    smoke=Levels((0.05, 0.1), pairs=4, inputs=50, rate=0.01),
    quick=Levels((0.005, 0.01, 0.025, 0.05, 0.1)),
    paper=Levels((0.005, 0.01, 0.025, 0.05, 0.1, 0.125), inputs=1000),
)
def sketch(config: Levels, results: Sequence[Result]) -> Result:
    """Strings of the quadratic task, and how their length grows as the level falls: SR sections 2.3 and 5.2.

    Parameters
    ----------
    config : Levels
    results : sequence of Result
        One a level.

    Returns
    -------
    Result
        ``connected_share`` at levels of 0.01 and more; ``growth``: mean length at the lowest less that at the
        highest level; ``rank_correlation`` of level and mean length, ``growing_steps``: in how many of the
        ``steps`` from level to level the mean length grows.
    """
    levels = np.array(config.quadratic)
    lengths = np.array([r.arrays["length"][r.arrays["connected"]].mean() for r in results])
    shares = np.array([r.arrays["connected"].mean() for r in results])
    order = np.argsort(levels)
    values = {
        "pairs": config.pairs,
        "lowest_level": float(levels.min()),
        "connected_share": float(shares[levels >= 0.01].min()),
        "growth": float(lengths[order[0]] - lengths[order[-1]]),
        "rank_correlation": _rank_correlation(levels, lengths),
        "steps": len(levels) - 1,
        "growing_steps": int((np.diff(lengths[order]) < 0).sum()),
        "slope": power(levels, lengths),
    }
    return Result(values, {"levels": levels, "length": lengths, "shares": shares})


def _rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's; there are no ties."""
    return float(np.corrcoef(np.argsort(np.argsort(x)), np.argsort(np.argsort(y)))[0, 1])


@dataclass(frozen=True)
class Rules:
    """Both places of a new bead, for the same pairs of the quadratic task."""

    level: float
    pairs: int = 20
    inputs: int = 200
    rate: float = 1e-3
    seed: int = 0


def split_rules(config: Rules) -> list[Strings]:
    """The same pairs with both rules."""
    return [
        Strings(
            QUADRATIC,
            config.level,
            config.pairs,
            inputs=config.inputs,
            rate=config.rate,
            t_star=rule,
            seed=config.seed,
        )
        for rule in RULES
    ]


@sweep_item(
    "SR-DSS-tstar",
    split=split_rules,
    task=measure,
    smoke=Rules(0.05, pairs=4, inputs=50, rate=0.01),
    quick=Rules(0.025),
    paper=Rules(0.01, inputs=1000),
)
def place_of_the_bead(config: Rules, results: Sequence[Result]) -> Result:
    """Beads in the middle of a segment or at its highest loss: SR section 5.2, footnote 3.

    Parameters
    ----------
    config : Rules
    results : sequence of Result
        In the middle, and at the highest loss.

    Returns
    -------
    Result
        ``beads_...`` and ``variance_...`` (of beads over pairs), ``steps_...`` (mean gradient evaluations a
        pair) and ``share_...`` (connected) for ``middle`` and ``argmax``, all pairs; ``beads_ratio`` and
        ``variance_ratio``, argmax over middle.
    """
    values: dict[str, Any] = {"pairs": config.pairs, "level": config.level}
    for rule, result in zip(RULES, results, strict=True):
        a = result.arrays
        values |= {
            f"beads_{rule}": float(a["beads"].mean()),
            f"variance_{rule}": float(a["beads"].var(ddof=1)),
            f"steps_{rule}": float(a["steps"].mean()),
            f"share_{rule}": float(a["connected"].mean()),
        }
    values["beads_ratio"] = values["beads_argmax"] / values["beads_middle"]
    values["variance_ratio"] = values["variance_argmax"] / values["variance_middle"]
    return Result(values, {"beads": np.stack([r.arrays["beads"] for r in results])})
