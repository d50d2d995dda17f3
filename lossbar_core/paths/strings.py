r"""Dynamic string sampling (FB section 3.1, Algorithm 1; appendix A): beads are added and trained until every
segment lies below a level.

A bead depends on the two ends of its segment alone. So the recursion of Algorithm 1, with both halves examined
(as printed the first return skips the second half: register 3.c.1), and the breadth-first order of the authors'
code build the same string. What the order decides is how much is trained at once, and what a failure costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import MiniBatches, Surface
from lossbar_core.paths.beads import CONSTRAINTS, BeadTraining, Training
from lossbar_core.paths.method import PathMethod, Run, check_no_statistics
from lossbar_core.paths.path import Path
from lossbar_core.paths.profile import subdivided
from lossbar_core.paths.string_state import String, from_state, to_state
from lossbar_core.progress import progress_bar

T_STARS = ("middle", "argmax")
ORDERS = ("breadth", "greedy")
NOT_CONNECTED = "not connected by string sampling (this does not show that the level set is disconnected)"


@dataclass(frozen=True)
class StringSampling(PathMethod):
    r"""A string with :math:`L \le \tau L_0` on every segment: where :math:`L((1-t) a + t b)` exceeds
    :math:`\tau L_0`, a bead starts at :math:`t^*`, is trained to :math:`\alpha L_0`, and both halves are examined.

    A path that is not found has ``failure`` set: "not connected by string sampling". Failing says nothing about
    the level set (FB section 3.2). ``history`` holds ``beads_added`` (beads at each depth), ``depth`` (of every
    pivot, 0 at the ends), ``certificate`` (highest loss on every segment, NaN where it was not examined) and
    ``training_steps`` (of every pivot).

    Parameters
    ----------
    level : float
        :math:`L_0`.
    alpha : float
        Beads are trained to alpha times the level; 0.95 in the authors' code for polynomials, 0.98 for images.
    tolerance : float
        :math:`\tau`: the certified level is tolerance times the level; 1.1 in the authors' code, 1.02 for MNIST.
    t_star : {"middle", "argmax"}
        Where a bead starts: 0.5, or at the highest interpolated loss (FB Algorithm 1; register SR-DSS-t*).
    order : {"breadth", "greedy"}
        All beads of a depth in one batch, or one at a time from the left, which gives up at the first failure.
    constraint : None, "hyperplane" or "spring"
        FB appendix A: beads stay equidistant from their neighbours, or are drawn to them by
        :math:`\zeta (\|\theta - a\| + \|\theta - b\|)`.
    zeta : float
        Of the spring. The paper gives none; 0.01 was chosen here for losses below 1.
    first_bead : bool
        Begin with one bead whatever the segment's loss, as the authors' code does: 3 pivots at least.
    depth : int
        Halvings of the first segment, at most; 10 in the authors' code.
    points : int
        Points of a segment, both ends among them, at which the loss is compared with the level: 100 in the
        authors' code.
    rate, steps : float, int
        Adam's rate, 1e-3 in the authors' code, and the steps that a bead may take (chosen here).
    budget : int or None
        Gradient evaluations a path, at most.
    batch : int or None
        Rows a step. All by default; with fewer the bead's loss on all rows is looked at once an epoch.
    seed : int
        Of the mini-batches. Nothing else is random.

    Raises
    ------
    TypeError
        If a parameter is of another kind.
    ValueError
        If a parameter is out of range, or a hyperplane is asked for with t_star "argmax".

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> ring = AnalyticLandscape(lambda x: ((x * x).sum(1) - 1) ** 2, 2)
    >>> string = StringSampling(level=0.1, rate=0.05).connect(ring, [-1.0, 0.1], [1.0, 0.1])
    >>> string.failure, string.history["beads_added"][:4].tolist()
    (None, [0, 1, 2, 2])
    """

    level: float
    alpha: float = 0.95
    tolerance: float = 1.1
    t_star: str = "middle"
    order: str = "breadth"
    constraint: str | None = None
    zeta: float = 0.01
    first_bead: bool = False
    depth: int = 10
    points: int = 100
    rate: float = 1e-3
    steps: int = 10_000
    budget: int | None = None
    batch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("level", "alpha", "tolerance", "zeta", "rate"):
            as_positive(getattr(self, name), name)
        for name, low in (("depth", 1), ("points", 3), ("steps", 1), ("seed", 0)):
            as_count(getattr(self, name), name, low=low)
        for name in ("budget", "batch"):
            if getattr(self, name) is not None:
                as_count(getattr(self, name), name)
        check_choice(self.t_star, T_STARS, "t_star")
        check_choice(self.order, ORDERS, "order")
        check_choice(self.constraint, CONSTRAINTS, "constraint")
        if not isinstance(self.first_bead, bool):
            raise TypeError(f"expected first_bead True or False, got {self.first_bead!r}; pass a bool")
        if self.alpha > self.tolerance:
            raise ValueError(
                f"expected alpha <= tolerance, got {self.alpha} > {self.tolerance}: beads would lie above the "
                "certified level; lower alpha"
            )
        if self.constraint == "hyperplane" and self.t_star != "middle":
            raise ValueError(
                "expected t_star='middle' with constraint='hyperplane', got 'argmax': that point is not equidistant "
                "from its neighbours; change one of the two"
            )

    @property
    def limit(self) -> float:
        """The certified level, tolerance times L0."""
        return self.tolerance * self.level

    def straightened(self, path: Path) -> Path:
        """The string with every bead removed that the certificate does not need (register 3.c.9).

        Raises
        ------
        ValueError
            If the path is above the certified level itself.
        """
        spare = self.limit - path.profile(self.points - 2).top
        if spare < 0:
            raise ValueError(
                f"expected a path with losses up to {self.limit:g}, got {self.limit - spare:g}; straighten only paths "
                "whose failure is None, with the method that made them"
            )
        return path.straightened(spare, self.points - 2)

    def _connect_all(
        self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]], run: Run
    ) -> list[Path]:
        check_no_statistics(surface, type(self).__name__)
        self._check_ends(surface, ends)
        rows = None if self.batch is None else self._batches(surface)
        trainer = BeadTraining(self, self.alpha * self.level, surface, rows)
        strings = [String.between(a, b, depths=self.depth) for a, b in ends]
        training: Training | None = None
        stored = run.keeper.load()
        if stored is not None:
            strings, training = from_state(*stored, surface)
        with progress_bar("training steps of beads", self.steps * self.depth, run.progress) as advance:
            while True:
                if training is None:
                    training = self._next_training(surface, strings)
                if training is None:
                    break
                finished = self._train(trainer, training, strings, run, advance)
                self._collect(training, strings, finished)
                training = None
                if not finished:
                    break
        run.keeper.remove()
        return [
            self._path(
                surface,
                string.pivots,
                history=string.history(),
                failure=string.failure,
                gradient_evaluations=string.evaluations,
            )
            for string in strings
        ]

    def _batches(self, surface: Surface) -> MiniBatches:
        if surface.n_rows == 0:
            raise ValueError(
                f"expected batch=None on a surface without data, got {self.batch}; leave batch out"
            )
        return surface.mini_batches(self.batch or surface.n_rows, self.seed)

    def _check_ends(self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
        losses = surface.losses(torch.stack([end for pair in ends for end in pair])).reshape(-1, 2)
        too_high = ~(losses <= self.limit)  # so that NaN counts as too high
        if too_high.any():
            pair = int(too_high.any(1).nonzero()[0])
            raise ValueError(
                f"expected ends with losses up to {self.limit:g} (tolerance x level), got {losses[pair].tolist()} in "
                f"pair {pair}; train the minima further or raise the level"
            )

    def _next_training(self, surface: Surface, strings: list[String]) -> Training | None:
        """Examine new segments, and put a bead into those of this turn that are too high."""
        starts, left, right, owners = [], [], [], []
        for index, string in enumerate(strings):
            if string.failure is not None:
                continue
            for segment, share in self._violations(surface, string):
                a, b = string.pivots[segment], string.pivots[segment + 1]
                starts.append(torch.lerp(a, b, share))
                left.append(a)
                right.append(b)
                owners.append((index, segment))
        if not starts:
            return None
        return Training.begin(torch.stack(starts), torch.stack(left), torch.stack(right), owners)

    def _violations(self, surface: Surface, string: String) -> list[tuple[int, float]]:
        """Segments that get a bead now, and where in them; fails the string where the depth is used up."""
        found = []
        for segment in range(len(string.pivots) - 1):
            forced = self.first_bead and len(string.pivots) == 2
            if not forced and string.certificate[segment] <= self.limit:
                continue
            losses = surface.losses(subdivided(string.pivots[segment : segment + 2], self.points - 2))
            top = float(losses.max())
            string.certificate[segment] = top
            if top <= self.limit and not forced:
                continue
            depth = int(max(string.depth[segment], string.depth[segment + 1])) + 1
            if not top < float("inf") or depth > self.depth:
                string.failure = f"{NOT_CONNECTED}: loss {top:.6g} above {self.limit:g} at depth {depth - 1}"
                return []
            found.append((segment, self._share(losses, forced)))
            if self.order == "greedy":
                break
        return found

    def _share(self, losses: torch.Tensor, forced: bool) -> float:
        if self.t_star == "middle":
            return 0.5
        # Where the first bead is forced the top may be an end, which would be the end itself over again.
        inner = int(losses[1:-1].argmax()) + 1
        return inner / (self.points - 1)

    def _train(
        self,
        trainer: BeadTraining,
        training: Training,
        strings: list[String],
        run: Run,
        advance: Callable[[int], object],
    ) -> bool:
        """Train this turn's beads; False where the caller ended the run."""
        while training.open.any():
            trainer.step(training, self._may_spend(training, strings))
            advance(1)
            if run.keeper.due(training.step):
                run.keeper.save(*to_state(strings, training))
            if run.stops(training.step, lambda: [string.pivots for string in strings]):
                return False
        return True

    def _may_spend(self, training: Training, strings: list[String]) -> list[bool]:
        """Which strings have gradients left for one more step of all their open beads."""
        if self.budget is None:
            return [True] * len(strings)
        needed = training.spent_by(len(strings))
        for bead in training.open.nonzero().flatten().tolist():
            needed[training.owners[bead][0]] += 1
        return [
            string.evaluations + more <= self.budget for string, more in zip(strings, needed, strict=True)
        ]

    def _collect(self, training: Training, strings: list[String], finished: bool) -> None:
        """Put trained beads into their strings, from the right so that segment numbers stay true."""
        for bead in reversed(range(len(training.owners))):
            index, segment = training.owners[bead]
            string = strings[index]
            string.evaluations += int(training.steps[bead])
            reason = training.failures.get(bead)
            if reason is None and not finished and training.open[bead]:
                reason = f"stopped by the caller at step {training.step}"
            if reason is None:
                string.insert(segment, training.thetas[bead], int(training.steps[bead]))
            else:
                string.failure = f"{NOT_CONNECTED}: {reason}"
        if not finished:
            for string in strings:
                string.failure = (
                    string.failure or f"{NOT_CONNECTED}: stopped by the caller at step {training.step}"
                )


def check_choice(value: object, choices: tuple[object, ...], name: str) -> None:
    """Refuse a name that is none of the choices.

    Raises
    ------
    ValueError
        If it is none.
    """
    if value not in choices:
        raise ValueError(f"expected {name} among {list(choices)}, got {value!r}; choose one of them")
