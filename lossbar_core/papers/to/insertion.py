"""TO Algorithm 3, insertion and rejection of points, in three readings; and the picture of its appendix B."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch

from lossbar_core.landscapes import CURVY_VALLEY, AnalyticLandscape
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.sr.tasks import Problem, problems
from lossbar_core.paths import SGD, GradientFlow, Insertion, StraightLine
from lossbar_core.paths.insertion import refined, refined_as_coded, refined_as_printed

READINGS = ("corrected", "as printed", "as coded")
BENT = (2, 3)  # the curved valley and the bent double well: where the flow pulls points apart


@dataclass(frozen=True)
class Checks:
    """``checks`` of the criterion, ``every`` so many steps of the flow (TO section 2.6: 25), with threshold T."""

    checks: int = 12
    every: int = 25
    pivots: int = 19
    threshold: float = 1.2
    jitter: float = 0.02
    seed: int = 0


@dataclass
class History:
    """A path under insertion: the free chain, what froze, and what each check did.

    ``free`` counts its points after every check, ``broken`` checks after which an old point or its neighbour was not
    where it should be, ``over`` the longest gap over its bound, ``folds`` turns by more than a right angle.
    """

    chain: torch.Tensor
    left: list[torch.Tensor] = field(default_factory=list)
    right: list[torch.Tensor] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    broken: int = 0
    over: float = 0.0
    folds: int = 0

    def whole(self) -> torch.Tensor:
        """Frozen points and free chain."""
        return torch.cat([*self.left, self.chain, *self.right])


@item("TO-Alg3", smoke=Checks(checks=3, every=10, pivots=9), quick=Checks())
def insertion(config: Checks) -> Result:
    r"""Midpoints into the two worst segments, one end frozen for each, every 25 steps: TO Algorithm 3.

    Both criteria, on the curved valley and the bent double well; corrected, as printed, and as in the authors' code.

    Parameters
    ----------
    config : Checks

    Returns
    -------
    Result
        Of the corrected reading: ``free_points_change``, the largest over all checks,
        ``chain_breaks`` (checks after which frozen ends and path are no longer the old chain with midpoints in it),
        ``gap_over_bound`` (longest gap over max(T mu, longest before), at most), ``error`` of the final top, in
        persistences, at most, and ``folds``. The same as ``printed_...`` and ``coded_...``. Arrays: errors (2, 2, 3)
        by function, criterion and reading; ``code_example``, the chain 0..9 after the code's insertion with
        segments 6 and 2 the worst; ``<reading>_path`` on the curved valley by the loss criterion.
    """
    errors = np.empty((len(BENT), 2, len(READINGS)))
    totals: dict[str, list[History]] = {reading: [] for reading in READINGS}
    arrays: dict[str, np.ndarray] = {}
    tried = problems()
    for i, number in enumerate(BENT):
        for j, criterion in enumerate(("distance", "loss")):
            for k, reading in enumerate(READINGS):
                history = refined_flow(tried[number], config, criterion, reading)
                surface = tried[number].function.landscape()
                top = float(surface.losses(_dense(history.whole())).max())
                errors[i, j, k] = tried[number].error(top, config.seed)
                totals[reading].append(history)
                if i == 0 and criterion == "loss":
                    arrays[f"{reading.replace(' ', '_')}_path"] = history.whole().numpy()
    values: dict[str, float | int] = {"threshold": config.threshold, "pivots": config.pivots}
    for k, (reading, prefix) in enumerate(zip(READINGS, ("", "printed_", "coded_"), strict=True)):
        runs = totals[reading]
        values |= {
            f"{prefix}free_points_change": max(abs(n - config.pivots) for run in runs for n in run.free),
            f"{prefix}chain_breaks": sum(run.broken for run in runs),
            f"{prefix}gap_over_bound": max(run.over for run in runs),
            f"{prefix}folds": sum(run.folds for run in runs),
            f"{prefix}error": float(np.abs(errors[:, :, k]).max()),
            f"{prefix}insertions": sum(len(run.left) + len(run.right) for run in runs),
        }
    scores = torch.zeros(9)
    scores[6], scores[2] = 2.0, 1.0
    example = refined_as_coded(torch.arange(10.0)[:, None], scores)
    return Result(
        values,
        arrays
        | {"errors": errors, "code_example": torch.cat([example[1], example[0], example[2]]).numpy()[:, 0]},
    )


def refined_flow(problem: Problem, config: Checks, criterion: str, reading: str) -> History:
    """Flow and check in turn; after every check the chain is compared with what it was.

    Raises
    ------
    ValueError
        If there is no such reading.
    """
    if reading not in READINGS:
        raise ValueError(f"expected a reading among {READINGS}, got {reading!r}; choose one")
    surface = problem.function.landscape()
    rule = Insertion(
        criterion,
        config.threshold,
        as_printed=reading == "as printed",
        code_bug=reading == "as coded",
    )
    flow = GradientFlow(config.pivots, config.every, optimiser=SGD(1 / problem.lipschitz()), tolerance=0.0)
    path = flow.connect(surface, *problem.ends(config.seed, config.jitter))
    history = History(path.pivots)
    for _ in range(config.checks):
        _check(surface, rule, reading, config.threshold, history)
        if len(history.chain) < 3:
            break
        history.chain = flow.relax(surface, [history.chain])[0].pivots
    return history


def _check(
    surface: AnalyticLandscape, rule: Insertion, reading: str, threshold: float, history: History
) -> None:
    """One check: insert, freeze, and compare with the chain before."""
    before = history.chain
    scores = rule.scores(surface, before, surface.losses(before))
    if reading == "corrected":
        after, left, right = refined(before, scores, threshold)
    elif reading == "as printed":
        after, left, right = refined_as_printed(before, scores, threshold)
    else:
        after, left, right = refined_as_coded(before, scores)
    whole = torch.cat([left, after, right])
    history.chain = after
    history.left += [left] if len(left) else []
    history.right = ([right] if len(right) else []) + history.right
    history.free.append(len(after))
    history.broken += not is_refinement(before, whole)
    gaps = (before[1:] - before[:-1]).norm(dim=1)
    bound = max(threshold * float(gaps.mean()), float(gaps.max()))
    history.over = max(history.over, float((whole[1:] - whole[:-1]).norm(dim=1).max()) / bound)
    history.folds += folds(whole) - folds(before)


def is_refinement(before: torch.Tensor, after: torch.Tensor) -> bool:
    """Whether a chain is another one with midpoints of some segments put where they belong.

    Examples
    --------
    >>> line = torch.arange(4.0)[:, None]
    >>> is_refinement(line, torch.tensor([[0.0], [1.0], [1.5], [2.0], [3.0]]))
    True
    >>> is_refinement(line, torch.tensor([[0.0], [1.0], [2.0], [1.5], [3.0]]))
    False
    """
    place = 0
    for k, point in enumerate(before):
        if place < len(after) and torch.equal(after[place], point):
            place += 1
        elif k and place + 1 < len(after) and torch.equal(after[place + 1], point):
            if not torch.allclose(after[place], (before[k - 1] + point) / 2):
                return False
            place += 2
        else:
            return False
    return place == len(after)


def folds(chain: torch.Tensor) -> int:
    """How often a chain turns by more than a right angle: a zigzag does twice.

    Examples
    --------
    >>> folds(torch.tensor([[2.0], [3.0], [2.5], [4.0]]))
    2
    """
    steps = chain[1:] - chain[:-1]
    return int(((steps[1:] * steps[:-1]).sum(dim=1) < 0).sum())


def _dense(chain: torch.Tensor) -> torch.Tensor:
    """Thirty points on every segment."""
    shares = torch.arange(30, dtype=chain.dtype)[:, None] / 30
    return torch.cat([torch.lerp(chain[:-1, None], chain[1:, None], shares).flatten(0, 1), chain[-1:]])


@dataclass(frozen=True)
class Chord:
    """``steps`` of the flow for the inserted point; ``seed`` is unused."""

    steps: int = 500
    rate: float = 0.1
    seed: int = 0


@item("TO-FigB.6", smoke=Chord(steps=50), quick=Chord())
def back_into_the_valley(config: Chord) -> Result:
    r"""A chord between two low points of the curved valley, and the same after one insertion: TO Figure B.6.

    The points lie half a period of the sine apart, at :math:`x = 2\pi` and :math:`3\pi`, on both sides of the
    minimum at :math:`5\pi/2`; between them the valley bends by its whole height.

    Parameters
    ----------
    config : Chord

    Returns
    -------
    Result
        ``chord_top``, ``inserted_top`` after one midpoint that has flowed down, and their ``ratio``. Arrays
        ``chord`` (2, 2) and ``inserted`` (3, 2).
    """
    surface = CURVY_VALLEY.landscape()
    ends = surface.as_points([[2 * np.pi, 0.0], [3 * np.pi, 0.0]])
    chord = StraightLine(3).connect(surface, *ends)
    inserted = GradientFlow(3, config.steps, optimiser=SGD(config.rate)).connect(surface, *ends)
    return Result(
        {
            "chord_top": chord.top,
            "inserted_top": inserted.top,
            "end_loss": float(surface.losses(ends).max()),
            "ratio": chord.top / inserted.top,
        },
        {"chord": chord.pivots.numpy(), "inserted": inserted.pivots.numpy()},
    )
