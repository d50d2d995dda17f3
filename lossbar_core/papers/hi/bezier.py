"""HI-Bezier: a quadratic Bezier curve of low mean loss between two trained networks (HI section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.image_nets import Training, minima_of
from lossbar_core.paths import SGD, BezierCurve, ElasticBand, Path, StraightLine

POINTS = 9  # inside each segment of a profile


@dataclass(frozen=True)
class Bezier:
    """Dense networks with two hidden layers, curves between all pairs of them, and a band for comparison.

    A curve takes one t a step, as the code of Garipov et al. does, and the band as many gradients as a curve or more.
    """

    n_train: int | None
    epochs: int
    steps: int
    band_steps: int
    minima: int = 3
    batch: int = 100
    rate: float = 0.01
    side: int = 14
    variant: str = "small"
    dataset: str = "mnist"
    hidden: tuple[int, ...] = (32, 32)
    seed: int = 0


@item(
    "HI-Bezier",
    smoke=Bezier(n_train=100, epochs=4, steps=10, band_steps=3, batch=50),
    quick=Bezier(n_train=1000, epochs=60, steps=2000, band_steps=200),
    paper=Bezier(n_train=None, epochs=60, steps=20_000, band_steps=2000, minima=4, side=28, variant="any"),
)
def bezier(config: Bezier) -> Result:
    r"""Curve :math:`(1 - t)^2 w_1 + 2 t (1 - t) \Theta + t^2 w_2` with :math:`\Theta` trained: HI section 3.2.

    Parameters
    ----------
    config : Bezier

    Returns
    -------
    Result
        ``end_gap``: how far the curves end from the networks; ``ratio``: highest loss on the curve over that
        on the segment, the largest over pairs; ``median_ratio``; ``printed_factor``: the multiple of the second
        network at which the curve ends with the printed coefficient 2t. Arrays: profiles of the first pair on the
        segment, the band and the curve, and the printed curve's losses.
    """
    minima = minima_of(Training.part_of(config))
    ends = [(minima.thetas[a], minima.thetas[b]) for a, b in combinations(range(config.minima), 2)]
    kinds = {
        "straight": StraightLine(19),
        "band": ElasticBand(
            19,
            steps=config.band_steps,
            optimiser=SGD(config.rate, 0.9),
            batch=config.batch,
            independent=False,
        ),
        "curve": BezierCurve(steps=config.steps, batch=config.batch, rate=config.rate, seed=config.seed),
    }
    found = {name: method.connect_many(minima.landscape, ends) for name, method in kinds.items()}
    tops = {name: np.array([path.profile(POINTS).top for path in paths]) for name, paths in found.items()}
    ratio = tops["curve"] / tops["straight"]
    printed, factor = printed_curve(found["curve"][0])
    values: dict[str, Any] = {
        "n_pairs": len(ends),
        "end_gap": max(_end_gap(path, pair) for path, pair in zip(found["curve"], ends, strict=True)),
        "ratio": float(ratio.max()),
        "median_ratio": float(np.median(ratio)),
        "printed_factor": factor,
        "printed_loss_ratio": float(minima.landscape.losses(printed[-1:]) / minima.births[1]),
        "failures": sum(path.failure is not None for paths in found.values() for path in paths),
        "data": minima.data.variant,
        "n_train": minima.landscape.n_rows,
        "curve_gradients": found["curve"][0].gradient_evaluations,
        "band_gradients": found["band"][0].gradient_evaluations,
    }
    for name, top in tops.items():
        values[f"top_{name}"] = float(top.mean())
    arrays: dict[str, np.ndarray] = {"births": minima.births}
    for name, paths in found.items():
        profile = paths[0].profile(POINTS)
        assert profile.accuracies is not None
        arrays |= {
            f"share_{name}": profile.share,
            f"loss_{name}": profile.losses,
            f"accuracy_{name}": profile.accuracies,
        }
    arrays["loss_printed"] = minima.landscape.losses(printed).double().numpy()
    return Result(values, arrays)


def _end_gap(path: Path, ends: tuple[torch.Tensor, torch.Tensor]) -> float:
    """Largest coordinate by which a path misses one of its ends."""
    return max(float((path.pivots[0] - ends[0]).abs().max()), float((path.pivots[-1] - ends[1]).abs().max()))


def printed_curve(path: Path) -> tuple[torch.Tensor, float]:
    """The same control points with the printed coefficient 2t, at 61 places, and where it ends as a multiple of w2."""
    control = torch.as_tensor(path.history["control_points"])
    curve = BezierCurve(printed=True)
    points = curve.weights(torch.linspace(0, 1, 61, dtype=torch.float64)).to(control.dtype) @ control
    return points, float(points[-1] @ control[-1] / (control[-1] @ control[-1]))
