"""TO Algorithm 2: the orthogonal gradient step, and what its two projections leave where the path bends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.sr.estimators import height_of
from lossbar_core.papers.sr.tasks import Problem, problems
from lossbar_core.papers.to.insertion import folds
from lossbar_core.paths import SGD, GradientFlow, Path
from lossbar_core.paths.tangents import bisector, mean_of_projections, tangential_part

ROUNDING = 1e-12


@dataclass(frozen=True)
class Flow:
    """``steps`` with the rate ``share`` / Lipschitz on six problems; ends are off by ``jitter`` of their distance."""

    steps: int = 1500
    pivots: int = 19
    share: float = 1.0
    jitter: float = 0.02
    angles: int = 37
    seed: int = 0


@item("TO-Alg2", smoke=Flow(steps=100, pivots=9), quick=Flow(), paper=Flow(steps=30_000))
def orthogonal_flow(config: Flow) -> Result:
    r""":math:`p_i \leftarrow p_i - \eta\,(\nabla L - \tfrac12(\nabla^{left} + \nabla^{right}))`: TO Algorithm 2.

    Parameters
    ----------
    config : Flow

    Returns
    -------
    Result
        ``falling_share`` of the steps at which the highest point does not rise, on the worst problem;
        ``normal_gradient``, the largest part of a gradient normal to the bisector at the end, on the worst problem,
        and ``bisector_normal_gradient`` when the flow projects along the bisector; ``resting`` problems of
        ``problems`` where it is below 1e-3; ``own_normal_gradient``, what Algorithm 2 itself takes for normal, and
        ``own_resting`` problems by that measure; ``folds``, turns by more than a right angle;
        ``rate_times_lipschitz``; ``remainder_error``, the deviation of what the two projections leave of a tangential
        gradient from :math:`(1 - \cos\alpha) / 2`. Arrays ``angle``, ``remainder``; ``mean_top``, ``bisector_top``
        (problems, steps), and for both ``_spread``, ``_normal``, ``_own``, ``_folds``, ``_height_error`` (problems,),
        the last one that of the final path, between its points too, in persistences.
    """
    tried = problems()
    angle, remainder = tangential_remainder(config.angles)
    arrays = {"angle": angle, "remainder": remainder}
    worst: dict[str, np.ndarray] = {}
    for projection in ("mean", "bisector"):
        tops = np.full((len(tried), config.steps), np.nan)
        falling, normal, own, spread, folded, height = (np.zeros(len(tried)) for _ in range(6))
        for row, problem in enumerate(tried):
            path = _flowed(problem, config, projection)
            top = path.history["top"]
            tops[row, : len(top)] = [problem.error(value, config.seed) for value in top]
            falling[row] = float((np.diff(tops[row, : len(top)]) <= ROUNDING).mean())
            normal[row] = largest_normal(path)
            own[row] = path.history["force"][-1]
            folded[row] = folds(path.pivots)
            height[row] = problem.error(height_of(path), config.seed)
            gaps = (path.pivots[1:] - path.pivots[:-1]).norm(dim=1)
            spread[row] = float(gaps.max() / gaps.mean())
        arrays |= {
            f"{projection}_folds": folded,
            f"{projection}_own": own,
            f"{projection}_height_error": height,
        }
        arrays |= {f"{projection}_top": tops, f"{projection}_spread": spread, f"{projection}_normal": normal}
        worst |= {f"{projection}_own": own, f"{projection}_falling": falling, f"{projection}_normal": normal}
    return Result(
        {
            "problems": len(tried),
            "rate_times_lipschitz": config.share,
            "falling_share": float(worst["mean_falling"].min()),
            "normal_gradient": float(worst["mean_normal"].max()),
            "own_normal_gradient": float(worst["mean_own"].max()),
            "own_resting": int((worst["mean_own"] < 1e-3).sum()),
            "folds": int(arrays["mean_folds"].sum()),
            "resting": int((worst["mean_normal"] < 1e-3).sum()),
            "bisector_falling_share": float(worst["bisector_falling"].min()),
            "bisector_normal_gradient": float(worst["bisector_normal"].max()),
            "remainder_error": float(np.abs(remainder - (1 - np.cos(angle)) / 2).max()),
        },
        arrays,
    )


def tangential_remainder(angles: int) -> tuple[np.ndarray, np.ndarray]:
    r"""What Algorithm 2 leaves of a unit gradient along the bisector, over the angle by which the path turns.

    Returns
    -------
    angle : (angles,) array
        0 to :math:`\pi / 2`.
    remainder : (angles,) array
        The part along the bisector; for a projection it would be 0.

    Examples
    --------
    >>> angle, remainder = tangential_remainder(3)
    >>> remainder.round(3)
    array([0.   , 0.146, 0.5  ])
    """
    angle = np.linspace(0, np.pi / 2, angles)
    remainder = np.empty(angles)
    for k, turn in enumerate(angle / 2):
        before = torch.tensor([-np.cos(turn), -np.sin(turn)])
        after = torch.tensor([np.cos(turn), -np.sin(turn)])
        corner = torch.stack([before, torch.zeros(2, dtype=before.dtype), after])
        along = torch.tensor([[1.0, 0.0]], dtype=before.dtype)
        remainder[k] = float((along - mean_of_projections(corner, along))[0, 0])
    return angle, remainder


def largest_normal(path: Path) -> float:
    """Largest part of a gradient across the bisector, over the inner pivots.

    Raises
    ------
    ValueError
        If the path has no surface.
    """
    if path.surface is None:
        raise ValueError("expected a path with a surface, got one without; load it with its surface")
    losses, gradients = path.surface.losses_and_gradients(path.pivots)
    inner = gradients[1:-1]
    return float((inner - tangential_part(inner, bisector(path.pivots, losses))).norm(dim=1).max())


def _flowed(problem: Problem, config: Flow, projection: str) -> Path:
    surface = problem.function.landscape()
    step = SGD(config.share / problem.lipschitz())
    flow = GradientFlow(config.pivots, config.steps, projection=projection, optimiser=step, tolerance=1e-6)
    return flow.connect(surface, *problem.ends(config.seed, config.jitter))
