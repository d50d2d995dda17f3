"""FB-eq6 and FB-eq8: how the risk falls with the number of units, free ones and those of a given network."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.capacity import (
    best_units,
    chosen_units,
    compressed,
    every_choice,
    one_descent,
)
from lossbar_core.papers.rectified.regression import Regression, random_units, smooth_regression

SCALES = (1.0, 10.0, 1000.0)  # of the units, their outer weights divided by it
SEARCH = 1e-3  # relative: what a descent may miss without counting as a rise


@dataclass(frozen=True)
class FreeUnits:
    """Best of ``starts`` descents for every number of units, in R^``inputs`` with a ridge, and with nearly none."""

    counts: tuple[int, ...] = (1, 2, 4, 8, 16)
    starts: int = 20
    inputs: int = 2
    ridge: float = 1e-3
    least_ridge: float = 1e-7
    seed: int = 0


@item(
    "FB-eq6",
    smoke=FreeUnits((1, 2, 4), starts=4),
    quick=FreeUnits(),
    paper=FreeUnits((1, 2, 4, 8, 16, 32, 64), starts=100),
)
def free_units(config: FreeUnits) -> Result:
    """The risk e(m) of m units of norm 1: FB equation 6.

    Parameters
    ----------
    config : FreeUnits

    Returns
    -------
    Result
        ``risks``, upper bounds of e(m) over E Y^2; ``rises``: steps at which the risk grows by more than the error, the
        difference of the best of either half of the starts; ``slope`` of log e against log m over the larger half of
        the counts, and ``slope_without`` with nearly no ridge; ``starts``. ``printed_penalty``: with units of any
        norm, as printed, the ridge over E Y^2 at three scales of one network, whose predictions are the same.
    """
    torch.set_num_threads(1)
    task = smooth_regression(config.inputs, ridge=config.ridge, seed=config.seed)
    ends = [best_units(task, count, config.starts, config.seed) for count in config.counts]
    found = np.array([[risks.min(), *_halves(risks)] for _, risks in ends])
    free = replace(task, ridge=config.least_ridge)
    bare = np.array([best_units(free, count, config.starts, config.seed)[1].min() for count in config.counts])
    errors = np.abs(found[:, 1] - found[:, 2])
    outer = task.best_outer(ends[-1][0])
    return Result(
        {
            "risks": found[:, 0].tolist(),
            "largest_count": max(config.counts),
            "starts": config.starts,
            "rises": int((np.diff(found[:, 0]) > errors[1:]).sum()),
            "slope": _slope(config.counts, found[:, 0]),
            "slope_without": _slope(config.counts, bare),
            "printed_penalty": [config.ridge * float((outer / scale).square().sum()) for scale in SCALES],
        },
        {"counts": np.array(config.counts), "risk": found[:, 0], "error": errors, "without_ridge": bare},
    )


def _halves(risks: np.ndarray) -> tuple[float, float]:
    """Best of either half of the starts."""
    return float(risks[::2].min()), float(risks[1::2].min())


def _slope(counts: tuple[int, ...], risks: np.ndarray) -> float:
    """Power of m with which the risk goes, over the larger half of the counts."""
    late = len(counts) // 2
    return float(np.polyfit(np.log(counts[late:]), np.log(risks[late:]), 1)[0])


@dataclass(frozen=True)
class KeptUnits:
    """Networks of ``units`` random units; every number kept and angle; ``small`` units for the exhaustive search."""

    units: int = 16
    kept: tuple[int, ...] = (1, 2, 4, 8, 12, 16)
    angles: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.4)
    networks: int = 5
    small: int = 8
    ridge: float = 1e-3
    seed: int = 0


@item("FB-eq8", smoke=KeptUnits(8, (1, 4, 8), (0.0, 0.2), networks=2, small=5), quick=KeptUnits())
def kept_units(config: KeptUnits) -> Result:
    r"""Upper bounds of :math:`\delta_W(n, \alpha; m)` over a table: FB equation 8.

    Parameters
    ----------
    config : KeptUnits

    Returns
    -------
    Result
        ``rises_n``: neighbouring entries of all tables that rise with n; ``rises_angle``: neighbouring entries of the
        raw tables that rise with the angle by more than a thousandth, of ``steps`` in all. In a raw table every angle
        has one descent of its own; in ``table`` it may also use what a smaller angle found, and cannot rise.
        ``least_fall_n`` and ``least_fall_angle``: the smallest ratio of an entry to the next, of ``table`` and of
        ``raw``. ``choice_excess``: largest of our over the best choice, less 1, on networks of ``small`` units;
        ``largest_angle``: of a turned unit with its own, over the angle allowed. Arrays ``table`` and ``raw``
        (networks, n, angles).
    """
    torch.set_num_threads(1)
    task = smooth_regression(2, ridge=config.ridge, seed=config.seed)
    networks = [random_units(config.units, 2, config.seed + 1 + i) for i in range(config.networks)]
    tables, turns = zip(*(_table(task, inner, config) for inner in networks), strict=True)
    table, raw = np.stack(tables), np.stack([_raw_table(task, inner, config) for inner in networks])
    by_n, by_angle = table[:, :-1] / table[:, 1:], raw[:, :, :-1] / raw[:, :, 1:]
    small = [random_units(config.small, 2, config.seed + 1 + i) for i in range(config.networks)]
    return Result(
        {
            "steps": by_n.size + by_angle.size,
            "rises_n": int((by_n < 1).sum()),
            "rises_angle": int((by_angle < 1 - SEARCH).sum()),
            "least_fall_n": float(by_n.min()),
            "least_fall_angle": float(by_angle.min()),
            "choice_excess": max(_excess(task, inner) for inner in small),
            "largest_angle": max(turns),
        },
        {"table": table, "raw": raw, "kept": np.array(config.kept), "angles": np.array(config.angles)},
    )


def _table(task: Regression, inner: torch.Tensor, config: KeptUnits) -> tuple[np.ndarray, float]:
    """Risks (n, angles) of one network, and the largest turn over what is allowed."""
    table, turn = np.empty((len(config.kept), len(config.angles))), 0.0
    for row, count in enumerate(config.kept):
        for column, (rows, units, risk) in enumerate(compressed(task, inner, count, config.angles)):
            table[row, column] = risk
            if config.angles[column] > 0:
                cosines = (units * inner[rows]).sum(1).clamp(-1, 1)
                turn = max(turn, float(cosines.acos().max()) / config.angles[column])
    return table, turn


def _raw_table(task: Regression, inner: torch.Tensor, config: KeptUnits) -> np.ndarray:
    """Risks (n, angles) of one network, each angle by one descent that knows of no other."""
    rows = []
    for count in config.kept:
        kept = inner[chosen_units(task, inner, count)]
        still = float(task.best_risk(kept))
        rows.append([one_descent(task, kept, angle)[1] if angle > 0 else still for angle in config.angles])
    return np.array(rows)


def _excess(task: Regression, inner: torch.Tensor) -> float:
    """By how much choices miss the best ones, relative, over all numbers kept."""
    excess = [
        float(task.best_risk(inner[chosen_units(task, inner, count)])) / every_choice(task, inner, count) - 1
        for count in range(1, len(inner) + 1)
    ]
    return max(excess)
