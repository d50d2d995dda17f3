"""One batch of strings: pairs of networks trained to a level, joined by dynamic string sampling, and measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from lossbar_core.papers.base import Result
from lossbar_core.papers.fb.endpoints import train_ends
from lossbar_core.papers.fb.polynomial import Polynomial, PolynomialLoss, weight_length
from lossbar_core.paths.path import Path
from lossbar_core.paths.strings import StringSampling

FINER = 4  # times as many points on a segment as the certificate has: what may hide between them


@dataclass(frozen=True)
class Strings:
    """Pairs of networks at one level, joined in one batch.

    Attributes
    ----------
    task : Polynomial
    level : float
        :math:`L_0`. The ends are trained to it, beads to ``alpha`` times, segments certified at ``tolerance`` times.
    pairs : int
        Number of pairs, counted from ``first_pair``: a pair has the same starts at every level.
    inputs : int
    sampled : bool
        Uniform random inputs, as in the authors' code; else the middles of equal parts.
    alpha, tolerance, t_star, order, constraint, zeta, first_bead, depth
        As in `StringSampling`; the defaults are those of the authors' code (register 3.b.3 to 3.b.5).
    rate : float
        Adam's, for ends and beads.
    bead_steps : int
        A bead may take so many (chosen here).
    end_steps : int
        A start may take so many, then the next one is tried (chosen here: nearly all that reach a level do sooner).
    optimiser : {"adam", "rmsprop"}
        Of the ends; the text says RMSProp.
    hub : bool
        All pairs share the first end, so that connected pairs make one component.
    seed : int
    """

    task: Polynomial
    level: float
    pairs: int = 20
    first_pair: int = 0
    inputs: int = 200
    sampled: bool = False
    alpha: float = 0.95
    tolerance: float = 1.1
    t_star: str = "middle"
    order: str = "breadth"
    constraint: str | None = None
    zeta: float = 0.01
    first_bead: bool = True
    depth: int = 10
    rate: float = 1e-3
    bead_steps: int = 20_000
    end_steps: int = 40_000
    optimiser: str = "adam"
    hub: bool = False
    seed: int = 0

    @property
    def method(self) -> StringSampling:
        """The path method with these settings."""
        return StringSampling(
            self.level,
            alpha=self.alpha,
            tolerance=self.tolerance,
            t_star=self.t_star,
            order=self.order,
            constraint=self.constraint,
            zeta=self.zeta,
            first_bead=self.first_bead,
            depth=self.depth,
            rate=self.rate,
            steps=self.bead_steps,
        )

    @property
    def surface(self) -> PolynomialLoss:
        """The loss of the task."""
        return PolynomialLoss(self.task, self.inputs, self.seed if self.sampled else None)


def sample(strings: Strings) -> tuple[list[Path], np.ndarray]:
    """The strings themselves, and how many starts did not reach the level.

    Parameters
    ----------
    strings : Strings

    Returns
    -------
    list of Path, one a pair, and (pairs,) int64 array
    """
    torch.set_num_threads(1)  # the layers are so small that two threads only wait for each other
    ends, restarts = train_ends(
        strings.surface,
        strings.level,
        range(strings.first_pair, strings.first_pair + strings.pairs),
        rate=strings.rate,
        optimiser=strings.optimiser,
        steps=strings.end_steps,
        seed=strings.seed,
    )
    if strings.hub:
        ends = [(ends[0][0], end) for _, end in ends]
    return strings.method.connect_many(strings.surface, ends), restarts


def measure(strings: Strings) -> Result:
    """Lengths, beads and certificates of a batch of strings; items that ask for the same batch share it.

    Parameters
    ----------
    strings : Strings

    Returns
    -------
    Result
        Arrays, one entry a pair: ``connected``; ``beads``, ends included; ``length`` normalised and ``chord``, by
        weights alone; ``full_length`` normalised, by all parameters; ``straight_length`` after straightening (NaN
        where not connected); ``top``, the highest loss on 100 points of every segment, and ``fine_top`` on four times
        as many; ``steps`` of all beads; ``told``, whether a failure says no more than "not connected by string
        sampling". ``added`` (pairs, depths) counts beads by depth. ``string_<i>`` (N, M) and ``depth_<i>`` are the
        strings. Values: ``restarts``, starts that were stuck above the level, and ``limit``.
    """
    return _measured(strings)


@lru_cache(maxsize=512)
def _measured(strings: Strings) -> Result:
    paths, restarts = sample(strings)
    lengths = [weight_length(path.pivots, strings.task) for path in paths]
    arrays = {
        "connected": np.array([path.failure is None for path in paths]),
        "beads": np.array([len(path) for path in paths]),
        "length": np.array([length / chord for length, chord in lengths]),
        "chord": np.array([chord for _, chord in lengths]),
        "full_length": np.array([path.normalised_length for path in paths]),
        "straight_length": np.array([_straight_length(strings, path) for path in paths]),
        "top": np.array([path.profile(strings.method.points - 2).top for path in paths]),
        "fine_top": np.array([path.profile(FINER * (strings.method.points - 1) - 1).top for path in paths]),
        "steps": np.array([path.gradient_evaluations for path in paths]),
        "added": np.stack([path.history["beads_added"] for path in paths])[:, 1:],
        "told": np.array([_told(path.failure) for path in paths]),
    }
    for i, path in enumerate(paths):
        arrays[f"string_{i}"] = path.pivots.numpy()
        arrays[f"depth_{i}"] = path.history["depth"]
    return Result({"restarts": int(restarts.sum()), "limit": strings.method.limit}, arrays)


def _straight_length(strings: Strings, path: Path) -> float:
    """Normalised length, by weights, with every bead removed that the certificate does not need."""
    if path.failure is not None:
        return float("nan")
    length, chord = weight_length(strings.method.straightened(path).pivots, strings.task)
    return length / chord


def _told(failure: str | None) -> bool:
    """Whether a failure says no more than it may (FB section 3.2), and at which depth it came."""
    return failure is None or (failure.startswith("not connected by string sampling") and "depth" in failure)


def joined(results: Sequence[Result], name: str) -> np.ndarray:
    """One array of several batches, end to end."""
    return np.concatenate([result.arrays[name] for result in results])


def losses_along(surface: PolynomialLoss, chain: Tensor | np.ndarray, points: int = 50) -> np.ndarray:
    """Places and losses along a chain of beads, (2, T); a place is a share of the arc length."""
    profile = Path(torch.as_tensor(chain), surface).profile(points)
    return np.stack([profile.share, profile.losses])
