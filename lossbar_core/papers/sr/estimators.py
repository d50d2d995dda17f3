"""Every way to estimate the heights between pairs of minima, and what it spends on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.paths import (
    SGD,
    AutoNEB,
    ElasticBand,
    Fire,
    GradientFlow,
    Insertion,
    Path,
    PathMethod,
    PlainBand,
    StraightLine,
)
from lossbar_core.paths.auto_neb import CYCLES
from lossbar_core.paths.curves import BezierCurve, PolygonalChain, TrainedCurve
from lossbar_core.paths.profile import POINTS, subdivided
from lossbar_core.paths.strings import StringSampling

WHOLE = 360  # points on a path, at least: tuned here
DENSE_UNTIL, SPARSE = 20, 10  # every step is looked at until the first, then each tenth

Ends = tuple[torch.Tensor, torch.Tensor]


@dataclass
class Trace:
    """Gradients spent on one path, and the heights seen, look by look."""

    spent: list[int] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)

    def add(self, spent: int, top: float) -> None:
        """One look."""
        self.spent.append(int(spent))
        self.tops.append(float(top))

    def cost(self, target: float) -> float:
        """Gradients spent until a height of at most ``target`` was seen; infinite if it never was.

        Every path is an upper bound, so that a path on the way counts as well as the last one.

        Examples
        --------
        >>> Trace([0, 17, 34], [3.0, 1.0, 2.0]).cost(1.5)
        17.0
        """
        for spent, top in zip(self.spent, self.tops, strict=True):
            if top <= target:
                return float(spent)
        return float("inf")


@dataclass
class Watch:
    """Observer of `PathMethod.connect_many`: a trace for each path. A gradient was spent on every pivot that moved."""

    surface: AnalyticLandscape
    traces: list[Trace]
    last: list[torch.Tensor] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)

    def __call__(self, step: int, chains: list[torch.Tensor]) -> bool:
        """Count, and look at the paths now and then; never ends the run."""
        self.spent = self.spent or [0] * len(chains)
        self.moved = self.moved or [len(chain) - 2 for chain in chains]
        for k, (chain, before) in enumerate(zip(chains, self.last or chains, strict=True)):
            if self.last and chain.shape == before.shape:
                self.moved[k] = int((chain != before).any(dim=1).sum())
            self.spent[k] += self.moved[k]
        self.last = [chain.clone() for chain in chains]
        if step <= DENSE_UNTIL or step % SPARSE == 0:
            dense = [finely(chain) for chain in chains]
            losses = self.surface.losses(torch.cat(dense)).split([len(part) for part in dense])
            for trace, spent, part in zip(self.traces, self.spent, losses, strict=True):
                trace.add(spent, float(part.max()))
        return False


def finely(pivots: torch.Tensor) -> torch.Tensor:
    """Points of a path, at least `WHOLE` of them and `POINTS` in every segment: few pivots must not hide a ridge."""
    return subdivided(pivots, max(POINTS, -(-WHOLE // (len(pivots) - 1))))


def height_of(path: Path) -> float:
    """Highest loss of a path on `finely` spaced points.

    Raises
    ------
    ValueError
        If the path has no surface.
    """
    if path.surface is None:
        raise ValueError("expected a path with a surface, got one without; load it with its surface")
    return float(path.surface.losses(finely(path.pivots)).max())


Find = Callable[[AnalyticLandscape, Sequence[Ends], list[Trace]], list[Path]]


@dataclass(frozen=True)
class Estimator:
    """A name, the family it is drawn with, and how paths between several pairs are found and traced."""

    name: str
    family: str
    find: Find


def estimators(rate: float, steps: int, pivots: int) -> list[Estimator]:
    """The methods of the comparison. Bands descend at one rate without momentum, so that methods and not optimisers
    are compared; one row shows what FIRE, the engine's default, changes.

    Parameters
    ----------
    rate : float
        Of all bands; 1/Lipschitz is right.
    steps, pivots : int
        Of all bands.
    """
    fall: dict[str, Any] = {"optimiser": SGD(rate), "pivots": pivots, "steps": steps}
    flow, every = GradientFlow(**fall), max(1, steps // 12)  # TO section 2.6: each 25 of 300 epochs
    cycles = tuple(replace(cycle, steps=max(1, steps // len(CYCLES))) for cycle in CYCLES)
    curve: dict[str, Any] = {"steps": steps, "samples": pivots - 2, "check": SPARSE, "rate": ADAM_RATE}
    return [
        Estimator("straight line", "line", _bands(StraightLine(pivots))),
        Estimator("TO flow", "TO", _bands(flow)),
        Estimator("TO flow, in place", "TO", _bands(replace(flow, variant="in_place"))),
        Estimator("TO flow, bisector", "TO", _bands(replace(flow, projection="bisector"))),
        Estimator("TO, insertion", "TO", _bands(replace(flow, insertion=Insertion(every=every)))),
        Estimator(
            "TO, as printed", "TO", _bands(replace(flow, insertion=Insertion(every=every, as_printed=True)))
        ),
        Estimator("plain band, k = 1", "band", _bands(PlainBand(spring=1.0, **fall))),
        Estimator("NEB, bisector", "band", _bands(ElasticBand(tangent="bisector", **fall))),
        Estimator("NEB, improved", "band", _bands(ElasticBand(tangent="improved", **fall))),
        Estimator("NEB, exchanged", "band", _bands(ElasticBand(tangent="autoneb_code", **fall))),
        Estimator("NEB, climbing", "band", _bands(ElasticBand(climb=steps // 4, **fall))),
        Estimator("NEB, FIRE", "band", _bands(ElasticBand(**fall | {"optimiser": Fire()}))),
        Estimator("AutoNEB", "band", _bands(AutoNEB(cycles=cycles, optimiser=SGD(rate)))),
        Estimator("Bezier curve", "curve", _curves(BezierCurve(**curve))),
        Estimator("polygon, 3 bends", "curve", _curves(PolygonalChain(bends=3, **curve))),
        Estimator("string sampling", "strings", _strings(steps)),
    ]


ADAM_RATE = 0.05  # Adam moves by about its rate a step; tuned here for functions of extent 1 to 10
LEVELS = 8  # halvings of the level: 0.4 percent of the first interval
FLOOR = 0.05  # of the straight line's climb: alpha = 0.95 of a level is then still above the ends
DEPTH = 10  # of the authors' code


def _bands(method: PathMethod) -> Find:
    def find(surface: AnalyticLandscape, pairs: Sequence[Ends], traces: list[Trace]) -> list[Path]:
        paths = method.connect_many(surface, list(pairs), stop=Watch(surface, traces))
        for path, trace in zip(paths, traces, strict=True):
            trace.add(path.gradient_evaluations, height_of(path))
        return paths

    return find


def _curves(method: TrainedCurve) -> Find:
    """Curves look at themselves at 61 regular t, and note it in their history."""

    def find(surface: AnalyticLandscape, pairs: Sequence[Ends], traces: list[Trace]) -> list[Path]:
        paths = method.connect_many(surface, list(pairs))
        for path, trace in zip(paths, traces, strict=True):
            for step, top in zip(path.history["step"], path.history["top"], strict=True):
                trace.add(step * method.samples, top)
        return paths

    return find


def _strings(steps: int) -> Find:
    def find(surface: AnalyticLandscape, pairs: Sequence[Ends], traces: list[Trace]) -> list[Path]:
        return [lowest_string(surface, ends, trace, steps) for ends, trace in zip(pairs, traces, strict=True)]

    return find


def lowest_string(surface: AnalyticLandscape, ends: Ends, trace: Trace, steps: int) -> Path:
    """String sampling tells whether a level connects; this finds the lowest level at which it does, by halving.

    Levels are counted from a little below the lower end, since string sampling scales them and wants them positive.
    """
    low, best = float(surface.losses(torch.stack(list(ends))).max()), StraightLine().connect(surface, *ends)
    floor = min(best.profile().losses) - FLOOR * best.barrier
    raised = AnalyticLandscape(lambda x: surface.function(x) - floor, surface.dimension, name="raised")
    spent, high = 0, best.top
    trace.add(spent, high)
    for _ in range(LEVELS):
        level = (low + high) / 2
        method = StringSampling(
            level - floor, tolerance=1.0, depth=DEPTH, points=30, rate=ADAM_RATE, steps=steps
        )
        path = method.connect(raised, *ends)
        spent += path.gradient_evaluations
        if path.failure is None:
            best = Path(path.pivots, surface, path.settings)
            high = min(high, height_of(best))
        else:
            low = level
        trace.add(spent, high)
    best.gradient_evaluations = spent
    return best
