"""FB-Prop2.2 and SR-2.1: level sets of linear networks, joined by formulas, and parted by width or ridge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from scipy.optimize import minimize

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.fb.endpoints import train_to_level
from lossbar_core.papers.rectified.curve import Curve, Weights, flat
from lossbar_core.papers.rectified.linear import linear_path
from lossbar_core.papers.rectified.linear_limits import deep_ridge, narrow_pass, two_layer_bars
from lossbar_core.papers.rectified.linear_regression import (
    LinearRegression,
    at_level,
    random_regression,
    random_weights,
)
from lossbar_core.papers.rectified.ridge import balanced, nuclear_norm, ridge_path
from lossbar_core.paths import StraightLine, StringSampling

POINTS = 101  # on every piece of a path
SHARE = 0.1  # the level: so much of the way from the least risk to that of predicting 0
STOP = 1e-9  # above the optimum, a descent has arrived
LEVEL_STARTS, LEVEL_STEPS = 8, 3000  # that estimate the least risk with a ridge
DEEP_RIDGE = 0.2  # of the chain 1-1-1-1; 0 is no global minimum then


@dataclass(frozen=True)
class LinearNetworks:
    """Pairs of networks of ``widths`` at one risk; with a ridge, of ``shallow`` widths."""

    pairs: int = 20
    descents: int = 100
    identities: int = 100
    widths: tuple[int, ...] = (3, 4, 4, 2)
    shallow: tuple[int, ...] = (3, 4, 2)
    rows: int = 200
    ridge: float = 0.05
    steps: int = 20_000
    band_steps: int = 500
    seed: int = 0


SMOKE = LinearNetworks(4, 4, 5, steps=6000, band_steps=50)


@item("FB-Prop2.2", smoke=SMOKE, quick=LinearNetworks())
@item("SR-2.1", smoke=SMOKE, quick=LinearNetworks())
def linear_networks(config: LinearNetworks) -> Result:
    r"""Explicit paths at one risk, descents, balanced factors, and where they fail: FB Proposition 2.2, SR section 2.1.

    Parameters
    ----------
    config : LinearNetworks

    Returns
    -------
    Result
        ``excess``: over all pairs, the largest risk on the explicit path over the level, less 1; ``jump`` between its
        pieces; ``straight_excess``, smallest, of the segment; ``strings_share`` joined by string sampling. The same
        for two layers with a ridge as ``ridge_...``. ``descent_gap``: largest risk after a descent less the least one.
        ``identity_error`` of the nuclear norm against the least penalty that a search finds, relative, and
        ``identity_below``, by how much a factorisation is below it. ``printed_rank`` and ``printed_size`` of the matrix
        that the proof inverts, ``printed_offset``: how far its first point is from the given weights with the right
        inverse, relative and smallest. Where it must fail: ``narrow_refused``, whether the construction refuses
        as many units as outputs; ``narrow_end``, ``narrow_bound``, their difference ``narrow_rise``, ``narrow_band``,
        ``narrow_strings`` of `narrow_pass`;
        ``chain_bars``, ``chain_death`` of a chain of two; ``deep_zero``, ``deep_best``, ``deep_pass``,
        ``deep_lattice`` and ``deep_miss`` of `deep_ridge`.
        Arrays: ``along`` (pairs, T), risks of the explicit paths over the level, ``straight`` the same of segments.
    """
    return _measured(config)


@lru_cache(maxsize=4)  # two items ask for the same
def _measured(config: LinearNetworks) -> Result:
    torch.set_num_threads(1)  # the matrices are small
    generator = np.random.default_rng(config.seed)
    plain = random_regression(config.widths[0], config.widths[-1], config.rows, seed=config.seed)
    ridged = replace(plain, ridge=config.ridge)
    deep = _joined(plain, config.widths, linear_path, generator, config)
    shallow = _joined(ridged, config.shallow, ridge_path, generator, config)
    narrow = _narrow(plain, config)
    narrow["rise"] = narrow["bound"] - narrow["end"]
    bars = two_layer_bars(config.ridge)
    values = {
        "pairs": config.pairs,
        "descents": config.descents,
        **deep[0],
        **{f"ridge_{name}": value for name, value in shallow[0].items()},
        "descent_gap": _descents(plain, config),
        **_identity(config),
        **_as_printed(config),
        **{f"narrow_{name}": value for name, value in narrow.items()},
        "chain_bars": len(bars),
        "chain_death": float(bars[np.isfinite(bars[:, 1]), 1].max()),
        **{f"deep_{name}": value for name, value in deep_ridge(DEEP_RIDGE).items()},
    }
    arrays = {**deep[1], **{f"ridge_{name}": array for name, array in shallow[1].items()}}
    return Result(values, arrays)


def _joined(
    task: LinearRegression,
    widths: tuple[int, ...],
    method: Callable[[Weights, Weights], Curve],
    generator: np.random.Generator,
    config: LinearNetworks,
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Pairs of one risk: the explicit path, the segment and a string."""
    surface = task.landscape(widths)
    level = _level(task, widths, config)
    excess, jumps, along, segments, pairs = [], [], [], [], []
    ends = _ends(task, widths, level, 2 * config.pairs, generator)
    for start, end in zip(ends[::2], ends[1::2], strict=True):
        path = method(start, end)
        risks = surface.losses(torch.from_numpy(np.stack([flat(w) for w in path.sampled(POINTS)]))).numpy()
        pairs.append((torch.from_numpy(flat(start)), torch.from_numpy(flat(end))))
        segments.append(StraightLine().connect(surface, *pairs[-1]).profile(POINTS).losses)
        jumps.append(path.jumps())
        excess.append(risks.max() / level - 1)
        along.append(np.interp(np.linspace(0, 1, 2 * POINTS), np.linspace(0, 1, len(risks)), risks / level))
    strings = StringSampling(level, rate=0.01, steps=2000, first_bead=True).connect_many(surface, pairs)
    straight = np.stack(segments) / level
    return (
        {
            "excess": float(max(excess)),
            "jump": float(max(jumps)),
            "straight_excess": float(straight.max(axis=1).min() - 1),
            "strings_share": float(np.mean([string.failure is None for string in strings])),
            "strings_length": float(np.mean([string.normalised_length for string in strings])),
            "level": level,
        },
        {"along": np.stack(along), "straight": straight},
    )


def _level(task: LinearRegression, widths: tuple[int, ...], config: LinearNetworks) -> float:
    """Between the least risk that descents find and that of weights 0."""
    zero = float((task.targets**2).sum() / len(task.targets))
    least = task.of_map(task.optimum)
    if task.ridge:
        least = float(_trained(task, widths, LEVEL_STARTS, replace(config, steps=LEVEL_STEPS)).min())
    return least + SHARE * (zero - least)


def _ends(
    task: LinearRegression, widths: tuple[int, ...], level: float, count: int, generator: np.random.Generator
) -> list[Weights]:
    """Random weights, each moved straight towards where a descent ends until the risk is the level."""
    starts = [tuple(3 * w for w in random_weights(widths, generator)) for _ in range(count)]
    thetas = torch.from_numpy(np.stack([flat(start) for start in starts]))
    low, _ = train_to_level(task.landscape(widths), thetas, 0.9 * level, rate=0.02, steps=20_000)
    return [
        at_level(task, start, _shaped(end.numpy(), widths), level)
        for start, end in zip(starts, low, strict=True)
    ]


def _shaped(theta: np.ndarray, widths: tuple[int, ...]) -> Weights:
    sizes = [a * b for a, b in zip(widths[1:], widths[:-1], strict=True)]
    parts = np.split(theta, np.cumsum(sizes)[:-1])
    return tuple(part.reshape(a, b) for part, a, b in zip(parts, widths[1:], widths[:-1], strict=True))


def _trained(
    task: LinearRegression,
    widths: tuple[int, ...],
    starts: int,
    config: LinearNetworks,
    stop: float = -np.inf,
) -> np.ndarray:
    """Risks after descents from random starts."""
    surface, generator = task.landscape(widths), np.random.default_rng((config.seed, 1))
    thetas = np.stack([flat(random_weights(widths, generator)) for _ in range(starts)])
    ends, _ = train_to_level(surface, torch.from_numpy(thetas), stop, rate=0.01, steps=config.steps)
    return surface.losses(ends).numpy()


def _descents(task: LinearRegression, config: LinearNetworks) -> float:
    """By how much the worst of many descents misses the least-squares optimum."""
    least = task.of_map(task.optimum)
    return float(_trained(task, config.widths, config.descents, config, least + STOP).max() - least)


def _identity(config: LinearNetworks) -> dict[str, float]:
    """The nuclear norm against the smallest mean of squared norms over factorisations of random matrices."""
    generator = np.random.default_rng((config.seed, 2))
    errors, below = [], []
    for _ in range(config.identities):
        rows, columns = generator.integers(1, 5, size=2)
        matrix = generator.normal(size=(rows, columns))
        units = int(rows + generator.integers(0, 3))
        norm, (inner, outer) = nuclear_norm(matrix), balanced(matrix, units)
        errors.append(abs((np.sum(inner**2) + np.sum(outer**2)) / 2 - norm) / norm)
        found = _least_penalty(matrix, units, generator)
        errors.append(abs(found - norm) / norm)
        below.append((norm - found) / norm)
    return {"identity_error": float(max(errors)), "identity_below": float(max(below))}


def _least_penalty(matrix: np.ndarray, units: int, generator: np.random.Generator) -> float:
    r"""Least :math:`\frac12 (|W_1|^2 + |W_2|^2)` over factors of a matrix through some units, found by BFGS.

    For :math:`W_2` of full rank the least :math:`W_1` is :math:`W_2^T (W_2 W_2^T)^{-1} M`, so only :math:`W_2` is
    searched, from a random start. A matrix with more rows than columns is transposed: then the rank is full where the
    penalty is least, too.
    """
    wide = torch.from_numpy(matrix if len(matrix) <= matrix.shape[1] else np.ascontiguousarray(matrix.T))
    start = generator.normal(size=(len(wide), units))

    def penalty(flat_outer: np.ndarray) -> tuple[float, np.ndarray]:
        """The penalty and its gradient."""
        outer = torch.from_numpy(flat_outer).reshape(start.shape).requires_grad_()
        inner = outer.T @ torch.linalg.solve(outer @ outer.T, wide)
        value = (inner.square().sum() + outer.square().sum()) / 2
        return float(value.detach()), torch.autograd.grad(value, outer)[0].flatten().numpy()

    return float(minimize(penalty, start.ravel(), jac=True, method="BFGS", options={"gtol": 1e-9}).fun)


def _as_printed(config: LinearNetworks) -> dict[str, float]:
    """The proof's path: what it inverts, and where the right inverse would start."""
    generator = np.random.default_rng((config.seed, 3))
    offsets = []
    for _ in range(config.pairs):
        *_, inner, outer = random_weights(config.widths, generator)
        first = np.linalg.pinv(outer) @ (outer @ inner)
        offsets.append(np.linalg.norm(first - inner) / np.linalg.norm(inner))
    return {
        "printed_rank": int(np.linalg.matrix_rank(outer.T @ outer)),
        "printed_size": outer.shape[1],
        "printed_offset": float(min(offsets)),
    }


def _narrow(task: LinearRegression, config: LinearNetworks) -> dict[str, float | bool]:
    """As many hidden units as outputs, at the least-squares optimum."""
    low = balanced(task.optimum, len(task.optimum))
    found = narrow_pass(task, low, band_steps=config.band_steps, seed=config.seed)
    try:
        linear_path(low, low)
    except ValueError:
        return {"refused": True, "end": task.risk(low), **found}
    return {"refused": False, "end": task.risk(low), **found}
