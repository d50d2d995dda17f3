"""Insertion and rejection of pivots: TO's Algorithm 3, corrected, as printed, and as in the authors' code."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import Surface
from lossbar_core.paths.band import Band
from lossbar_core.paths.profile import subdivided

CRITERIA = ("distance", "loss")
AT_MOST = 2  # segments that get a midpoint at a check (Algorithm 3)


@dataclass(frozen=True)
class Insertion:
    """When a segment gets a midpoint, and how many pivots freeze for it.

    At every check, at most two segments whose criterion exceeds the threshold get their midpoint. For each of
    them one end of the chain freezes, so that the number of free pivots stays. What is frozen is kept beside the
    chain (Algorithm 3's array B): borders and chain together are the path.

    Corrected against the printed Algorithm 3 (register 2.c.5): the loss criterion divides by the largest loss on
    the pivots, midpoints are inserted and do not overwrite, the second one where it belongs, only where the
    threshold is exceeded; the distance criterion divides by the mean of the segments as they are; and with a
    single midpoint a single end freezes, the one that is farther from it.

    Parameters
    ----------
    criterion : {"distance", "loss"}
        "distance": length of the segment over the mean length. "loss": highest loss inside it over the highest
        on the pivots; where losses are negative, both are measured from the lowest pivot.
    threshold : float
        T = 1.2 (Algorithm 3).
    every : int
        Steps between checks. TO takes 25 epochs (section 2.6), of full data that is the same.
    points : int
        Inside a segment, for the loss; 3 in most of the authors' code.
    as_printed : bool
        Algorithm 3 to the letter, as far as it can run: L_min is read as the lowest loss on the pivots, and
        "the last point" as the chain's last. It overwrites pivots and loses two at each check.
    code_bug : bool
        What the authors' code does (register 2.b.7, 2.c.7): the two segments with the highest loss inside,
        without a threshold, the second midpoint one place too far right if its segment lies left of the first.

    Examples
    --------
    >>> Insertion("loss", every=50)
    Insertion(criterion='loss', threshold=1.2, every=50, points=3, as_printed=False, code_bug=False)
    """

    criterion: str = "distance"
    threshold: float = 1.2
    every: int = 25
    points: int = 3
    as_printed: bool = False
    code_bug: bool = False

    def __post_init__(self) -> None:
        if self.criterion not in CRITERIA:
            raise ValueError(f"expected criterion 'distance' or 'loss', got {self.criterion!r}; choose one")
        as_positive(self.threshold, "threshold")
        as_count(self.every, "every")
        as_count(self.points, "points")
        if self.as_printed and self.code_bug:
            raise ValueError(
                "expected as_printed or code_bug, got both; they are faults of the paper and of the code"
            )

    def refine(self, surface: Surface, band: Band) -> None:
        """Check a band once, and insert and freeze what the rule says."""
        losses = surface.losses(band.pivots)
        if not bool((losses <= band.limit).all()):
            return  # it diverges: what looks at the last move will say so
        scores = self.scores(surface, band.pivots, losses)
        if self.as_printed:
            pivots, left, right = refined_as_printed(band.pivots, scores, self.threshold)
        elif self.code_bug:
            pivots, left, right = refined_as_coded(band.pivots, scores)
        else:
            pivots, left, right = refined(band.pivots, scores, self.threshold)
        if len(left) + len(right) == 0:
            return
        losses = surface.losses(pivots)
        if not bool((losses <= band.limit).all()):
            highest = float(losses[~(losses <= band.limit)][0])
            band.good = band.pivots
            band.failure = (
                f"diverged at step {band.steps}: loss {highest:g}, allowed up to {band.limit:g}, on an inserted pivot; "
                "a smaller rate may help"
            )
            return
        band.left, band.right = torch.cat([band.left, left]), torch.cat([right, band.right])
        band.replace_chain(pivots, losses, (pivots[1:] - pivots[:-1]).norm(dim=1))
        band.good = pivots

    def scores(self, surface: Surface, pivots: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
        """The criterion of every segment, (N - 1,)."""
        if self.criterion == "distance" and not self.code_bug:
            gaps = (pivots[1:] - pivots[:-1]).norm(dim=1)
            return gaps / ((pivots[-1] - pivots[0]).norm() / len(pivots) if self.as_printed else gaps.mean())
        inside = surface.losses(subdivided(pivots, self.points))[:-1]
        highest = inside.reshape(len(pivots) - 1, self.points + 1)[:, 1:].amax(dim=1)
        if self.code_bug:
            return highest
        if self.as_printed:
            return highest / losses.min()
        floor = losses.min().clamp(max=0)
        return (highest - floor) / (losses.max() - floor).clamp_min(torch.finfo(losses.dtype).tiny)


Refined = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def refined(pivots: torch.Tensor, scores: torch.Tensor, threshold: float) -> Refined:
    """Chain, and what freezes left and right of it: Algorithm 3 corrected.

    Every returned end is also the neighbour of what froze beside it, so that left, chain and right are one
    chain that visits every old pivot and every midpoint once.

    >>> chain, left, right = refined(torch.tensor([[0.0], [1.0], [2.0], [5.0]]), torch.tensor([0.6, 0.6, 1.8]), 1.2)
    >>> left.flatten().tolist(), chain.flatten().tolist(), right.flatten().tolist()
    ([0.0], [1.0, 2.0, 3.5, 5.0], [])
    """
    order = scores.argsort(descending=True, stable=True)[:AT_MOST].tolist()
    chosen = sorted(segment for segment in order if bool(scores[segment] > threshold))
    longer = pivots
    for shift, segment in enumerate(chosen):
        longer = _with_midpoint(longer, pivots, segment, segment + shift + 1)
    if len(chosen) == AT_MOST:
        from_left, from_right = 1, 1
    elif len(chosen) == 1:
        from_left = int(chosen[0] >= (len(pivots) - 1) / 2)
        from_right = 1 - from_left
    else:
        from_left = from_right = 0
    return _cut(longer, from_left, from_right)


def refined_as_printed(pivots: torch.Tensor, scores: torch.Tensor, threshold: float) -> Refined:
    """Algorithm 3 to the letter: midpoints replace pivots, the second index is that of the list without the first.

    >>> chain, left, right = refined_as_printed(
    ...     torch.tensor([[0.0], [1.0], [2.0], [5.0], [7.0]]), torch.tensor([1.0, 1.0, 3.0, 2.0]), 1.2)
    >>> left.flatten().tolist(), chain.flatten().tolist(), right.flatten().tolist()
    ([0.0], [1.0, 4.25, 5.0], [7.0])
    """
    if not bool(scores.max() > threshold) or len(pivots) < 4:
        return _cut(pivots, 0, 0)
    first = int(scores.argmax())
    second = int(torch.cat([scores[:first], scores[first + 1 :]]).argmax())  # index in the shortened list
    changed = pivots.clone()
    changed[first] = (changed[first] + changed[first + 1]) / 2
    changed[second] = (changed[second] + changed[second + 1]) / 2
    return _cut(changed, 1, 1)


def refined_as_coded(pivots: torch.Tensor, scores: torch.Tensor) -> Refined:
    """The authors' code: places count up in the order of decreasing score, whatever lies left of what.

    >>> chain, left, right = refined_as_coded(torch.arange(10.0)[:, None], torch.tensor([0., 0, 8, 0, 0, 0, 9, 0, 0]))
    >>> chain.flatten().tolist()
    [1.0, 2.0, 3.0, 2.5, 4.0, 5.0, 6.0, 6.5, 7.0, 8.0]
    """
    longer = pivots
    for count, segment in enumerate(scores.argsort(descending=True, stable=True)[:AT_MOST].tolist()):
        longer = _with_midpoint(longer, pivots, segment, segment + 1 + count)
    cut = (len(longer) - len(pivots)) // 2
    return _cut(longer, cut, cut)


def _with_midpoint(chain: torch.Tensor, pivots: torch.Tensor, segment: int, place: int) -> torch.Tensor:
    """The chain with the midpoint of a segment of ``pivots`` at a place."""
    middle = (pivots[segment] + pivots[segment + 1]) / 2
    return torch.cat([chain[:place], middle[None], chain[place:]])


def _cut(chain: torch.Tensor, left: int, right: int) -> Refined:
    end = len(chain) - right
    return chain[left:end], chain[:left], chain[end:]
