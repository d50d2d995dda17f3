"""FB-3.2a, FB-3.2b and FB-AppA: beads by depth, training below the level, and beads held by constraints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.fb.polynomial import QUADRATIC
from lossbar_core.papers.fb.strings import Strings, measure

ALPHAS = (0.8, 0.9, 0.95, 1.0)
CONSTRAINTS = (None, "hyperplane", "spring")
FAST = 5e-3  # five times the authors' rate: comparisons of settings on a laptop; means move less than their errors


@dataclass(frozen=True)
class Batch:
    """Pairs of the quadratic task at one level."""

    level: float
    pairs: int = 20
    inputs: int = 200
    rate: float = 1e-3
    zeta: float = 1e-3
    seed: int = 0

    def strings(self, **changes: object) -> Strings:
        """The batch, with settings of its own."""
        return Strings(
            QUADRATIC,
            self.level,
            self.pairs,
            inputs=self.inputs,
            rate=self.rate,
            seed=self.seed,
            **changes,  # type: ignore[arg-type]
        )


def split_plain(config: Batch) -> list[Strings]:
    """One batch with the settings of the authors' code."""
    return [config.strings()]


@sweep_item(
    "FB-3.2a",
    split=split_plain,
    task=measure,
    smoke=Batch(0.025, pairs=6, inputs=50, rate=0.01),
    quick=Batch(0.01),
    paper=Batch(0.005, inputs=1000),
)
def beads_by_depth(config: Batch, results: Sequence[Result]) -> Result:
    """Beads added at each depth: FB section 3.2.

    Parameters
    ----------
    config : Batch
    results : sequence of Result
        One.

    Returns
    -------
    Result
        ``last_depth`` at which beads were added, ``peak_depth`` with most of them, ``beads_peak`` and
        ``beads_last`` there; ``share_decreasing``: whether the beads of a depth, over the most that there could be
        (one in each of 2 to the depth less 1 segments), fall from every depth to the next; they cannot grow.
        ``total_falls_from``: depth from which all beads so far over 2 to the depth fall.
    """
    added = results[0].arrays["added"].sum(axis=0)
    last, peak = int(np.flatnonzero(added).max()) + 1, int(added.argmax()) + 1
    powers = 2.0 ** np.arange(1, last + 1)
    share = added[:last] / (powers / 2) / config.pairs
    total = np.cumsum(added)[:last] / powers / config.pairs
    values = {
        "pairs": config.pairs,
        "level": config.level,
        "peak_depth": peak,
        "last_depth": last,
        "depths_after_peak": last - peak,
        "beads_peak": int(added[peak - 1]),
        "beads_last": int(added[last - 1]),
        "fall": float(added[last - 1] / added[peak - 1]),
        "share_decreasing": bool((np.diff(share) < 0).all() and last > 2),
        "total_falls_from": int(total.argmax()) + 1,
        "connected_share": float(results[0].arrays["connected"].mean()),
    }
    return Result(values, {"added": results[0].arrays["added"], "share": share, "total": total})


def split_alphas(config: Batch) -> list[Strings]:
    """The same pairs with every alpha."""
    return [config.strings(alpha=alpha) for alpha in ALPHAS]


@sweep_item(
    "FB-3.2b",
    split=split_alphas,
    task=measure,
    smoke=Batch(0.05, pairs=4, inputs=50, rate=0.01),
    quick=Batch(0.025),
    paper=Batch(0.01, inputs=1000),
)
def training_below(config: Batch, results: Sequence[Result]) -> Result:
    """Beads trained to alpha times the level: FB section 3.2.

    Parameters
    ----------
    config : Batch
    results : sequence of Result
        For `ALPHAS`, in their order.

    Returns
    -------
    Result
        Over the pairs that are connected with every alpha: ``beads_decrease``, whether each smaller alpha needs
        fewer beads on average; ``length_spread``, largest over smallest mean length less 1; ``beads_0.8`` and so
        on as arrays; ``share_gain``, share of all pairs connected with the smallest alpha less that with 1.
    """
    connected, table = _common(results)
    beads, length = table["beads"].mean(axis=1), table["length"].mean(axis=1)
    shares = connected.mean(axis=1)
    values = {
        "pairs": config.pairs,
        "common_pairs": table["beads"].shape[1],
        "level": config.level,
        "beads_decrease": bool((np.diff(beads) > 0).all()),
        "beads_smallest": float(beads[0]),
        "beads_largest": float(beads[-1]),
        "length_spread": float(length.max() / length.min() - 1),
        "share_smallest": float(shares[0]),
        "share_largest": float(shares[-1]),
    }
    return Result(values, {"alpha": np.array(ALPHAS), "shares": shares, **table})


def split_constraints(config: Batch) -> list[Strings]:
    """The same pairs without a constraint, on hyperplanes, and with springs."""
    return [config.strings(constraint=constraint, zeta=config.zeta) for constraint in CONSTRAINTS]


@sweep_item(
    "FB-AppA",
    split=split_constraints,
    task=measure,
    smoke=Batch(0.05, pairs=4, inputs=50, rate=0.01),
    quick=Batch(0.025),
    paper=Batch(0.01, inputs=1000),
)
def constrained(config: Batch, results: Sequence[Result]) -> Result:
    """Beads equidistant from their neighbours, or drawn to them: FB appendix A.

    Parameters
    ----------
    config : Batch
    results : sequence of Result
        Without a constraint, with the hyperplane, with the spring.

    Returns
    -------
    Result
        ``share_plain``, ``share_hyperplane``, ``share_spring`` of connected pairs and ``share_change``, the largest
        difference from the first; ``length_ratio_...`` and ``steps_ratio_...`` to plain strings, over the pairs
        that are connected in all three ways.
    """
    connected, table = _common(results)
    length, steps, beads = (table[name].mean(axis=1) for name in ("length", "steps", "beads"))
    shares = connected.mean(axis=1)
    values = {
        "pairs": config.pairs,
        "common_pairs": table["beads"].shape[1],
        "level": config.level,
        "share_plain": float(shares[0]),
        "share_change": float(np.abs(shares - shares[0]).max()),
    }
    for i, name in enumerate(CONSTRAINTS):
        if name is not None:
            values |= {
                f"share_{name}": float(shares[i]),
                f"length_ratio_{name}": float(length[i] / length[0]),
                f"steps_ratio_{name}": float(steps[i] / steps[0]),
                f"beads_ratio_{name}": float(beads[i] / beads[0]),
            }
    return Result(values, {"shares": shares, **table})


def _common(results: Sequence[Result]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Which pairs are connected (settings, pairs), and the measures of those that always are (settings, common)."""
    connected = np.stack([result.arrays["connected"] for result in results])
    always = connected.all(axis=0)
    names = ("beads", "length", "straight_length", "steps")
    return connected, {name: np.stack([r.arrays[name][always] for r in results]) for name in names}
