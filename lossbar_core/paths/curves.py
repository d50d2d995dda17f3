r"""Curves of low mean loss between two points: quadratic Bezier curves (HI, equation of the curve) and polygons.

Both are linear in their control points, :math:`\theta(t) = \sum_j w_j(t) c_j`, so the gradient of the mean loss
:math:`\int_0^1 L(\theta(t))\,dt` with respect to a control point is the mean of :math:`w_j(t) \nabla L(\theta(t))`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import MiniBatches, Surface
from lossbar_core.paths.curve_state import CurveState
from lossbar_core.paths.method import PathMethod, Run, check_no_statistics
from lossbar_core.paths.path import Path
from lossbar_core.paths.straight import straight_chain
from lossbar_core.paths.strings import check_choice
from lossbar_core.progress import progress_bar

REGULAR = 61  # points at which a curve is looked at: the curve-finding code of Garipov et al., register 4.b.9
OPTIMISERS = ("adam", "sgd")


@dataclass(frozen=True, kw_only=True)
class TrainedCurve(PathMethod):
    r"""Curve with fixed ends whose inner control points minimise the mean loss over t.

    Every step draws ``samples`` values of t, the same for all paths, and moves the inner control points against
    the mean gradient. ``history`` holds what is looked at first, every ``check`` steps and at the end: ``mean`` and
    ``top`` over 61 regular t, ``step``; and ``control_points``, ``curve_t`` and ``curve_losses`` of the end.

    Parameters
    ----------
    steps : int
        Chosen here.
    samples : int
        Values of t a step: 1 in the code of Garipov et al.
    stratified : bool
        One t in each of ``samples`` equal parts of [0, 1], for less noise; independent ones by default.
    optimiser : {"adam", "sgd"}
        SGD with momentum in the code of Garipov et al.; Adam needs no tuning for small losses.
    rate, momentum : float
        0.01 chosen here; 0.9 from that code. The rate is constant for half of the steps, then falls linearly to
        1 percent at 90 percent (register 4.b.9).
    tolerance : float
        Stop where the mean has changed by less than this share since the last look; 0 takes all steps.
    check : int
        Steps between looks.
    bound : float
        A curve has diverged if a loss is NaN, or exceeds the top of the straight start by more than ``bound`` times
        the start's range: the bands' rule.
    budget : int or None
        Gradient evaluations a path, at most.
    batch : int or None
        Rows a step; all by default.
    seed : int
        Of t and of the mini-batches.
    """

    steps: int = 2000
    samples: int = 1
    stratified: bool = False
    optimiser: str = "adam"
    rate: float = 0.01
    momentum: float = 0.9
    tolerance: float = 0.0
    check: int = 100
    bound: float = 100.0
    budget: int | None = None
    batch: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, low in (("steps", 1), ("samples", 1), ("check", 1), ("seed", 0)):
            as_count(getattr(self, name), name, low=low)
        for name in ("budget", "batch"):
            if getattr(self, name) is not None:
                as_count(getattr(self, name), name)
        for name in ("rate", "bound"):
            as_positive(getattr(self, name), name)
        check_choice(self.optimiser, OPTIMISERS, "optimiser")
        if not isinstance(self.stratified, bool):
            raise TypeError(f"expected stratified True or False, got {self.stratified!r}; pass a bool")
        for name in ("momentum", "tolerance"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError(f"expected a number as {name}, got {value!r}; pass a float")
            if not 0 <= value < 1:
                raise ValueError(f"expected {name} in [0, 1), got {value}; choose another {name}")

    @property
    @abstractmethod
    def control_points(self) -> int:
        """Number of control points, both ends among them."""

    @abstractmethod
    def weights(self, t: torch.Tensor) -> torch.Tensor:
        """Weights of the control points at t (s,): (s, control points)."""

    @abstractmethod
    def _pivots(self, control: torch.Tensor) -> torch.Tensor:
        """The polygon (N, M) by which the path shows the curve."""

    def _connect_all(
        self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]], run: Run
    ) -> list[Path]:
        check_no_statistics(surface, type(self).__name__)
        batches = self._batches(surface)
        stored = run.keeper.load()
        if stored is None:
            state = CurveState.begin(
                torch.stack([straight_chain(a, b, self.control_points) for a, b in ends])
            )
            self._look(surface, state)
        else:
            state = CurveState.from_arrays(*stored, surface)
        with progress_bar("steps of curves", self.steps, run.progress) as advance:
            advance(state.step)
            while state.step < self.steps and state.open.any():
                self._step(surface, state, batches)
                advance(1)
                if state.step % self.check == 0:
                    self._look(surface, state)
                if run.keeper.due(state.step):
                    run.keeper.save(*state.to_arrays())
                if run.stops(state.step, lambda: list(state.control)):
                    break
        run.keeper.remove()
        return [self._finished(surface, state, index) for index in range(len(ends))]

    def _batches(self, surface: Surface) -> MiniBatches | None:
        if self.batch is None:
            return None
        if surface.n_rows == 0:
            raise ValueError(
                f"expected batch=None on a surface without data, got {self.batch}; leave batch out"
            )
        return surface.mini_batches(self.batch, self.seed)

    def draw(self, step: int) -> torch.Tensor:
        """Values of t of a step, (samples,) float64: a pure function of seed and step."""
        drawn = np.random.default_rng([self.seed, step]).random(self.samples)
        if self.stratified:
            drawn = (np.arange(self.samples) + drawn) / self.samples
        return torch.from_numpy(drawn)

    def rate_at(self, step: int) -> float:
        """Rate of a step: constant for half of the steps, linear to 1 percent at 90 percent, then constant."""
        share = step / self.steps
        return self.rate * (1.0 if share <= 0.5 else max(0.01, 1 - (share - 0.5) / 0.4 * 0.99))

    def _step(self, surface: Surface, state: CurveState, batches: MiniBatches | None) -> None:
        if self.budget is not None:
            state.open &= state.spent + self.samples <= self.budget
        open_ones = state.open.nonzero().flatten()
        if len(open_ones) == 0:
            return
        weights = self.weights(self.draw(state.step)).to(surface.device, surface.dtype)
        thetas = weights @ state.control[open_ones]
        rows = None if batches is None else batches.rows(state.step)
        losses, gradients = surface.losses_and_gradients(thetas.flatten(0, 1), rows)
        gradients = gradients.reshape(thetas.shape)
        state.step += 1
        state.spent[open_ones] += self.samples
        tops = losses.reshape(thetas.shape[:2]).max(dim=1).values
        bad = ~((tops <= state.limits[open_ones]) & torch.isfinite(gradients).all(2).all(1))
        for index, top in zip(open_ones[bad.cpu()].tolist(), tops[bad].tolist(), strict=True):
            limit = float(state.limits[index])
            state.fail(index, f"loss {top:.6g} above {limit:.6g}, or not finite, at step {state.step}")
        self._move(state, open_ones[~bad.cpu()], weights.T @ gradients[~bad] / self.samples)

    def _move(self, state: CurveState, chosen: torch.Tensor, force: torch.Tensor) -> None:
        """Move the inner control points of the chosen paths; the ends stay as they are, bit for bit."""
        force, rate = force[:, 1:-1], self.rate_at(state.step - 1)
        if self.optimiser == "sgd":
            state.mean[chosen] = self.momentum * state.mean[chosen] + force
            change = state.mean[chosen]
        else:
            state.mean[chosen] = torch.lerp(state.mean[chosen], force, 1 - self.momentum)
            state.square[chosen] = torch.lerp(state.square[chosen], force * force, 1e-3)
            scale = (state.square[chosen] / (1 - 0.999**state.step)).sqrt() + 1e-8
            change = state.mean[chosen] / (1 - self.momentum**state.step) / scale
        state.control[chosen, 1:-1] -= rate * change

    def _look(self, surface: Surface, state: CurveState) -> None:
        """Losses at regular t; close the paths whose mean has settled, and those that left the numbers."""
        for index in state.open.nonzero().flatten().tolist():
            losses = self._regular(surface, state.control[index])
            mean, top = float(losses.mean()), float(losses.max())
            limit = float(state.limits[index])
            if not (np.isfinite(top) and top <= limit):
                state.fail(index, f"loss {top:.6g} above {limit:.6g}, or not finite, at step {state.step}")
                continue
            if state.step == 0:
                spread = max(top - float(losses.min()), 0.1 * max(1.0, abs(top)))
                state.limits[index] = top + self.bound * spread
            seen = state.looks[index]
            state.open[index] = not seen or abs(seen[-1][1] - mean) > self.tolerance * abs(mean)
            seen.append((state.step, mean, top))
            state.good[index] = state.control[index]

    def _regular(self, surface: Surface, control: torch.Tensor) -> torch.Tensor:
        t = torch.linspace(0, 1, REGULAR, dtype=torch.float64)
        return surface.losses(self.weights(t).to(control.device, control.dtype) @ control)

    def _finished(self, surface: Surface, state: CurveState, index: int) -> Path:
        failure = state.failures.get(index)
        control = state.control[index] if failure is None else state.good[index]
        losses = self._regular(surface, control).double().cpu().numpy()
        limit = float(state.limits[index])
        if failure is None and not (losses <= limit).all():
            failure = f"loss {losses.max():.6g} above {limit:.6g}, or not finite, at step {state.step}"
            control = state.good[index]
            losses = self._regular(surface, control).double().cpu().numpy()
        seen = [*state.looks[index]]
        if failure is None and (not seen or seen[-1][0] != state.step):
            seen.append((state.step, float(losses.mean()), float(losses.max())))
        looks = np.array(seen, np.float64).reshape(-1, 3)
        history: dict[str, Any] = {
            "step": looks[:, 0].astype(np.int64),
            "mean": looks[:, 1],
            "top": looks[:, 2],
            "control_points": control.cpu().numpy(),
            "curve_t": np.linspace(0, 1, REGULAR),
            "curve_losses": losses,
        }
        return self._path(
            surface,
            self._pivots(control),
            history=history,
            failure=failure,
            gradient_evaluations=int(state.spent[index]),
        )


@dataclass(frozen=True)
class BezierCurve(TrainedCurve):
    r"""Quadratic Bezier curve :math:`\theta(t) = (1-t)^2 a + 2t(1-t) c + t^2 b`, c trained (register HI-Bezier).

    The path's pivots are the curve at 61 regular t.

    Parameters
    ----------
    printed : bool
        The last coefficient as HI prints it, 2t instead of t^2: the curve then ends in 2 b. For the chapter only.

    Raises
    ------
    TypeError
        If a parameter is of another kind.
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> from lossbar_core.landscapes import BENT_DOUBLE_WELL
    >>> surface, ends = BENT_DOUBLE_WELL.landscape(), BENT_DOUBLE_WELL.minima
    >>> curve = BezierCurve(steps=500, rate=0.05).connect(surface, *ends)
    >>> curve.top < 1.5, len(curve)
    (True, 61)
    """

    printed: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.printed, bool):
            raise TypeError(f"expected printed True or False, got {self.printed!r}; pass a bool")

    @property
    def control_points(self) -> int:
        return 3

    def weights(self, t: torch.Tensor) -> torch.Tensor:
        last = 2 * t if self.printed else t * t
        return torch.stack([(1 - t) ** 2, 2 * t * (1 - t), last], dim=1)

    def _pivots(self, control: torch.Tensor) -> torch.Tensor:
        t = torch.linspace(0, 1, REGULAR, dtype=torch.float64)
        return self.weights(t).to(control.device, control.dtype) @ control


@dataclass(frozen=True)
class PolygonalChain(TrainedCurve):
    r"""Polygon through ``bends`` trained points between the ends; t runs through all segments in equal shares.

    The path's pivots are the ends and the bends.

    Parameters
    ----------
    bends : int
        1 by default; the code of Garipov et al. takes 3 control points in all.

    Raises
    ------
    TypeError
        If a parameter is of another kind.
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> PolygonalChain(bends=2).weights(torch.tensor([0.0, 0.5, 1.0])).tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.0, 0.5, 0.5, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    bends: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        as_count(self.bends, "bends")

    @property
    def control_points(self) -> int:
        return self.bends + 2

    def weights(self, t: torch.Tensor) -> torch.Tensor:
        place = t * (self.bends + 1)
        corners = torch.arange(self.control_points, dtype=t.dtype, device=t.device)
        return (1 - (place[:, None] - corners).abs()).clamp_min(0)  # hat functions

    def _pivots(self, control: torch.Tensor) -> torch.Tensor:
        return control
