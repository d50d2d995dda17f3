"""HI-linreg and HI-Ex1: linear regression, whose Hessian is the same everywhere (HI section 5.4 and Example 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch.func import grad, jacrev

from lossbar_core.papers.base import Result, item

NULL = 1e-12  # of the largest eigenvalue: below it an eigenvalue of these small matrices is rounding


FAR = 1e6  # a descent that is here has diverged


@dataclass(frozen=True)
class Regression:
    """Points of the unit square, split by a line, targets -1 and 1, weights and a constant: M = 3.

    ``steps`` are those of gradient descent with all points; ``batch_steps`` those of SGD with ``batch`` points a step,
    chosen here. ``rates`` are in units of one over the largest
    eigenvalue of the mean loss's Hessian. ``margin``: distance that the points keep from the line.
    """

    points: int = 100
    runs: int = 20
    places: int = 10
    margin: float = 0.05
    steps: int = 1000
    batch_steps: int = 20_000
    batch: int = 10
    rates: tuple[float, ...] = (0.001, 0.01, 0.1, 0.5, 1.0, 1.5, 1.9, 2.1)
    seed: int = 0


@item("HI-linreg", smoke=Regression(batch_steps=500), quick=Regression())
def linear_regression(config: Regression) -> Result:
    r"""Hessians at random points, and where (stochastic) gradient descent ends: HI section 5.4.

    The mean loss is :math:`|X w - y|^2 / n`; its rows x have a last entry 1.

    Parameters
    ----------
    config : Regression

    Returns
    -------
    Result
        ``hessian_spread``, largest difference of an entry between the random points; ``lowest`` eigenvalue, ``index``;
        ``full_gap``, largest distance of an end from the least-squares solution, all points a step at rate 1;
        ``constant_gap`` the mean distance with mini-batches at the constant rate 0.1, ``decaying_gap`` at
        0.1 / (1 + step / 100); ``misclassified`` points, on the wrong side of the line of least squares;
        ``largest_safe`` rate that ends there, ``slow_rates``, of those below 2, that did not come within 1e-6, and how
        many ``diverged``.
        Arrays: ``x``, ``y``, ``solution``, ``rates`` and ``gaps``; ``steps``, ``constant`` and ``decaying``, mean
        distances along the way.
    """
    rng = np.random.default_rng(config.seed)
    x, y = separable_points(rng, config.points, config.margin)
    rows = np.column_stack([x, np.ones(len(x))])
    solution = np.linalg.lstsq(rows, y)[0]
    hessians = np.stack([_hessian(rows, y, w) for w in rng.normal(size=(config.places, 3))])
    eigenvalues = np.linalg.eigvalsh(hessians)
    starts = rng.normal(size=(config.runs, 3))
    unit = 1 / eigenvalues.max()
    gaps = np.array([_descend(rows, y, starts, rate * unit, config.steps, solution) for rate in config.rates])
    full = _descend(rows, y, starts, unit, config.steps, solution)
    noted, constant = _stochastic(rows, y, starts, config, solution, lambda step: 0.1 * unit)
    _, decaying = _stochastic(rows, y, starts, config, solution, lambda step: 0.1 * unit / (1 + step / 100))
    arrived = gaps <= 1e-6
    return Result(
        {
            "n_points": len(x),
            "runs": config.runs,
            "places": config.places,
            "hessian_spread": float(np.ptp(hessians, axis=0).max()),
            "lowest": float(eigenvalues.min()),
            "index": int((eigenvalues < 0).sum(axis=1).max()),
            "full_gap": float(full),
            "constant_gap": float(constant[-1]),
            "decaying_gap": float(decaying[-1]),
            "misclassified": int((np.sign(rows @ solution) != y).sum()),
            "largest_safe": float(max(np.array(config.rates)[arrived], default=0.0)),
            "slow_rates": int((~arrived & (np.array(config.rates) < 2)).sum()),
            "diverged": int((gaps > FAR / 2).sum()),
        },
        {
            "x": x,
            "y": y,
            "solution": solution,
            "rates": np.array(config.rates),
            "gaps": gaps,
            "steps": noted,
            "constant": constant,
            "decaying": decaying,
        },
    )


def separable_points(rng: np.random.Generator, n: int, margin: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) of the square [-1, 1]^2 and targets -1 and 1 by the side of a random line through the origin.

    Examples
    --------
    >>> x, y = separable_points(np.random.default_rng(0), 5, 0.1)
    >>> x.shape, sorted(set(y.tolist()))
    ((5, 2), [-1.0, 1.0])
    """
    angle = rng.uniform(0, 2 * np.pi)
    normal = np.array([np.cos(angle), np.sin(angle)])
    x = rng.uniform(-1, 1, (20 * n, 2))
    x = x[np.abs(x @ normal) >= margin][:n]
    return x, np.sign(x @ normal)


def _hessian(rows: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """By automatic differentiation, which knows nothing of the formula."""
    x, targets = torch.from_numpy(rows), torch.from_numpy(y)
    slope = grad(lambda v: (x @ v - targets).square().mean())
    return np.asarray(jacrev(slope)(torch.from_numpy(w)).numpy())


def _gradients(rows: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Of the mean loss of some rows, for the weights (runs, 3)."""
    return 2 * (w @ rows.T - y) @ rows / len(rows)


def _descend(
    rows: np.ndarray, y: np.ndarray, starts: np.ndarray, rate: float, steps: int, solution: np.ndarray
) -> float:
    """Largest distance from the solution after so many steps with all rows, or once it is beyond `FAR`."""
    w = starts
    for _ in range(steps):
        w = w - rate * _gradients(rows, y, w)
        if np.abs(w).max() > FAR:
            break
    return float(np.linalg.norm(w - solution, axis=1).max())


def _stochastic(
    rows: np.ndarray,
    y: np.ndarray,
    starts: np.ndarray,
    config: Regression,
    solution: np.ndarray,
    rate: Callable[[int], float],
) -> tuple[np.ndarray, np.ndarray]:
    """Steps, spaced evenly in the logarithm, and mean distances there; every run draws its own mini-batches."""
    rng = np.random.default_rng(config.seed + 1)
    noted = np.unique(np.geomspace(1, config.batch_steps, 60).astype(int))
    w, gaps = starts.copy(), []
    for step in range(config.batch_steps):
        chosen = rng.integers(len(rows), size=(len(w), config.batch))
        x, target = rows[chosen], y[chosen]
        residual = np.einsum("rbk,rk->rb", x, w) - target
        w -= rate(step) * 2 * np.einsum("rb,rbk->rk", residual, x) / config.batch
        if step + 1 in noted:
            gaps.append(np.linalg.norm(w - solution, axis=1).mean())
    return noted, np.array(gaps)


@dataclass(frozen=True)
class Matrices:
    """Random integer matrices X of given rank, sizes up to ``largest``, with and without the penalty."""

    trials: int = 200
    largest: int = 8
    penalty: float = 1e-3
    seed: int = 0


@item("HI-Ex1", smoke=Matrices(trials=10), quick=Matrices())
def hessian_of_regression(config: Matrices) -> Result:
    r""":math:`\nabla^2 (|X w - y|^2 + \lambda |w|^2) = 2 X^T X + 2 \lambda I`: HI Example 1, printed without both 2.

    Parameters
    ----------
    config : Matrices

    Returns
    -------
    Result
        ``largest_error`` and ``largest_ridge_error`` of the formulas, against automatic differentiation, relative;
        ``printed_ratio``, the Hessian's norm over that of the printed one, smallest and largest; ``index``, largest;
        ``nullity_mismatches`` between the Hessian's nullity and the dimension of the kernel of X at lambda = 0;
        ``singular``: how many matrices have a kernel, ``dependent_rows``: how many have none although their rows are
        dependent, for which the paper expects a degenerate Hessian; ``lowest_with_ridge`` eigenvalue over
        lambda.
    """
    rng = np.random.default_rng(config.seed)
    rows = [_measure_matrix(rng, config) for _ in range(config.trials)]
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return Result(
        {
            "trials": config.trials,
            "largest_error": float(table["error"].max()),
            "largest_ridge_error": float(table["ridge_error"].max()),
            "smallest_printed_ratio": float(table["ratio"].min()),
            "largest_printed_ratio": float(table["ratio"].max()),
            "index": int(table["index"].max()),
            "nullity_mismatches": int((table["nullity"] != table["kernel"]).sum()),
            "singular": int((table["kernel"] > 0).sum()),
            "dependent_rows": int((table["dependent_rows"] & (table["kernel"] == 0)).sum()),
            "lowest_with_ridge": float(table["lowest_with_ridge"].min()),
        }
    )


def _measure_matrix(rng: np.random.Generator, config: Matrices) -> dict[str, float]:
    n, d = rng.integers(1, config.largest + 1, 2)
    rank = int(rng.integers(1, min(n, d) + 1))
    x = (rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, d))).astype(np.float64)
    x[0, 0] += not x.any()  # a matrix of zeros has no norm to compare with
    y, w = rng.normal(size=n), torch.from_numpy(rng.normal(size=d))
    data, target, weight = torch.from_numpy(x), torch.from_numpy(y), config.penalty

    def loss(v: torch.Tensor, c: float) -> torch.Tensor:
        return (data @ v - target).square().sum() + c * v.square().sum()

    plain, ridged = (jacrev(grad(loss))(w, c).numpy() for c in (0.0, weight))
    gram, unit = x.T @ x, np.eye(d)
    size = np.linalg.norm(gram, 2)
    eigenvalues = np.linalg.eigvalsh(plain)
    null = NULL * eigenvalues.max()
    found = int(np.linalg.matrix_rank(x))
    return {
        "error": float(np.abs(plain - 2 * gram).max() / size),
        "ridge_error": float(np.abs(ridged - 2 * gram - 2 * weight * unit).max() / size),
        "ratio": float(np.linalg.norm(ridged, 2) / np.linalg.norm(gram + weight * unit, 2)),
        "index": int((eigenvalues < -null).sum()),
        "nullity": int((np.abs(eigenvalues) <= null).sum()),
        "kernel": int(d - found),
        "dependent_rows": found < n,
        "lowest_with_ridge": float(np.linalg.eigvalsh(ridged).min() / weight),
    }
