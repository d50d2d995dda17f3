r"""How few units do: the risk e(m) of free units, and :math:`\delta_W(n, \alpha; m)` of some given ones (FB 2.3.2)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor

from lossbar_core.checks import as_count
from lossbar_core.papers.rectified.regression import Regression, random_units

ITERATIONS = 500  # of L-BFGS, at most; chosen here


def best_units(regression: Regression, count: int, starts: int, seed: int) -> tuple[Tensor, np.ndarray]:
    r"""Units of least risk found from random starts, their outer weights being the best ones: FB equation 6.

    Units have norm 1. Without that, as equation 6 is printed, a ridge on the weights out of them costs nothing:
    :math:`(c W, \beta / c)` is the same function with a penalty that goes to 0.

    Parameters
    ----------
    regression : Regression
        With a ridge.
    count : int
        m.
    starts, seed : int

    Returns
    -------
    inner : (m, n) tensor
        Of the best start.
    risks : (starts,) array
        At the end of every start; the least is an upper bound of e(m).
    """
    ends = []
    for start in range(starts):
        units = random_units(count, regression.inputs, hash_of(seed, count, start))
        ends.append(_least(lambda free: regression.best_risk(_unit(free)), units))
    risks = np.array([risk for _, risk in ends])
    return _unit(ends[int(risks.argmin())][0]), risks


def hash_of(*numbers: int) -> int:
    """One seed of several numbers."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def chosen_units(regression: Regression, inner: Tensor, count: int) -> list[int]:
    """Units of low risk: chosen one after another, then exchanged while that helps. An upper bound of the best choice.

    Returns
    -------
    list of int
        Rows of ``inner``.
    """
    chosen: list[int] = []
    for _ in range(as_count(count, "count", high=len(inner))):
        chosen, risk = _best_of(
            regression, inner, [[*chosen, row] for row in range(len(inner)) if row not in chosen]
        )
    while len(chosen) < len(inner):
        others = [row for row in range(len(inner)) if row not in chosen]
        swaps = [[*chosen[:i], *chosen[i + 1 :], row] for i in range(count) for row in others]
        found, lower = _best_of(regression, inner, swaps)
        if lower >= risk:
            break
        chosen, risk = found, lower
    return chosen


def _best_of(regression: Regression, inner: Tensor, choices: list[list[int]]) -> tuple[list[int], float]:
    """The choice of least risk among some of one size."""
    risks = regression.best_risk(inner[torch.tensor(choices)])
    best = int(risks.argmin())
    return choices[best], float(risks[best])


def every_choice(regression: Regression, inner: Tensor, count: int) -> float:
    """The least risk of all choices of ``count`` units: the oracle for small networks."""
    choices = torch.tensor(list(combinations(range(len(inner)), count)))
    return float(regression.best_risk(inner[choices]).min())


def turned(inner: Tensor, tangents: Tensor, angle: float) -> Tensor:
    r"""Unit vectors turned by less than ``angle``: :math:`\cos|s| \, w + \sin|s| \, s / |s|`, s tangent at w.

    Parameters
    ----------
    inner : (m, n) tensor
        Unit vectors.
    tangents : (m, n) tensor
        Any vectors; what is normal to w counts, and its length is squashed.
    angle : float

    Examples
    --------
    >>> w = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    >>> float(turned(w, torch.tensor([[5.0, 1e9]]).double(), 0.5)[0, 0].acos().round(decimals=9))
    0.5
    """
    normal = tangents - (tangents * inner).sum(-1, keepdim=True) * inner
    size = (1 + normal.square().sum(-1, keepdim=True)).sqrt()
    arc = angle * normal / size
    length = arc.square().sum(-1, keepdim=True).clamp(min=1e-300).sqrt()
    return length.cos() * inner + torch.sinc(length / torch.pi) * arc


def compressed(
    regression: Regression, inner: Tensor, count: int, angles: tuple[float, ...]
) -> list[tuple[Tensor, Tensor, float]]:
    r"""Few of given units, each turned a little: upper bounds of :math:`\delta_W(n, \alpha; m)`, FB equation 8.

    Units are chosen by `chosen_units`, then turned by L-BFGS. A larger angle may use what a smaller one found.

    Parameters
    ----------
    regression : Regression
    inner : (m, n) tensor
        Unit vectors.
    count : int
        The number n of units kept, at least 1.
    angles : tuple of float
        Increasing.

    Returns
    -------
    list of (rows, units, risk), one an angle
        Rows of the units kept, (n,) int64, their turned directions, and the risk with the best outer weights.
    """
    rows = torch.tensor(chosen_units(regression, inner, count))
    kept = inner[rows]
    found, best = [], (kept, float(regression.best_risk(kept)))
    for angle in angles:
        if angle > 0:
            best = min(best, one_descent(regression, kept, angle), key=lambda end: end[1])
        found.append((rows, *best))
    return found


def one_descent(regression: Regression, kept: Tensor, angle: float) -> tuple[Tensor, float]:
    """Units turned by less than an angle, by one descent from where they are: it knows of no other angle's end.

    Parameters
    ----------
    regression : Regression
    kept : (n, inputs) tensor
        Unit vectors.
    angle : float
        More than 0.

    Returns
    -------
    units : (n, inputs) tensor
    risk : float
        With the best outer weights.

    Examples
    --------
    >>> from lossbar_core.papers.rectified.regression import smooth_regression
    >>> task, kept = smooth_regression(2, ridge=1e-3), random_units(2, 2, 0)
    >>> units, risk = one_descent(task, kept, 0.2)
    >>> risk < float(task.best_risk(kept)), bool(((units * kept).sum(1) > np.cos(0.2)).all())
    (True, True)
    """
    tangents, risk = _least(partial(_turned_risk, regression, kept, angle), torch.zeros_like(kept))
    return turned(kept, tangents, angle), risk


def _turned_risk(regression: Regression, inner: Tensor, angle: float, tangents: Tensor) -> Tensor:
    return regression.best_risk(turned(inner, tangents, angle))


def _least(risk: Callable[[Tensor], Tensor], start: Tensor) -> tuple[Tensor, float]:
    """L-BFGS from a start; a little noise leaves places where the gradient is 0 by symmetry alone."""

    def value_and_slope(flat: np.ndarray) -> tuple[float, np.ndarray]:
        free = torch.from_numpy(flat).reshape(start.shape).requires_grad_()
        value = risk(free)
        return float(value.detach()), torch.autograd.grad(value, free)[0].flatten().numpy()

    first = start.flatten().numpy() + 1e-3 * np.random.default_rng(0).normal(size=start.numel())
    end = minimize(value_and_slope, first, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS})
    return torch.from_numpy(end.x).reshape(start.shape), float(end.fun)


def _unit(rows: Tensor) -> Tensor:
    return rows / rows.norm(dim=-1, keepdim=True)
