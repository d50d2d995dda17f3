"""The path of FB Theorem 2.4 built, sub-path by sub-path, between any two networks with one hidden layer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lossbar_core.papers.rectified.capacity import compressed
from lossbar_core.papers.rectified.curve import Curve, Weights, straight
from lossbar_core.papers.rectified.regression import Regression

SUB_PATHS = (
    "1: to the best outer weights",
    "2: to few units, turned",
    "3: to the oracle's units",
    "4: from the oracle's units",
    "5: from few units, turned",
    "6: from the best outer weights",
)
UNUSED = "units without outer weight move"
EXCHANGE = "the oracle's units change rows"
SAME = 1e-9  # what rounding may do to a norm, or to units that are passed twice


@dataclass(frozen=True)
class Compression:
    r"""What replaces a network on the way: all its units with the best outer weights, and few of them, turned.

    Attributes
    ----------
    units : (M, n) array
        The network's own, each of norm 1.
    fitted : (M,) array
        :math:`\beta_1`, the best outer weights.
    turned : (M, n) array
        The same units, those that are kept turned by at most alpha.
    sparse : (M,) array
        :math:`\gamma`, the best outer weights of the units that are kept; 0 for the others.
    fitted_risk, sparse_risk : float
        :math:`\delta_W(M, 0; M)` and (an upper bound of) :math:`\delta_W(M - n, \alpha; M)`.
    """

    units: np.ndarray
    fitted: np.ndarray
    turned: np.ndarray
    sparse: np.ndarray
    fitted_risk: float
    sparse_risk: float

    @property
    def free(self) -> np.ndarray:
        """Rows that are not in use after the compression."""
        return np.flatnonzero(self.sparse == 0)


def compressions(
    regression: Regression, units: Tensor, kept: int, angles: tuple[float, ...]
) -> list[Compression]:
    """One compression an angle, keeping ``kept`` units of norm 1."""
    fitted = regression.best_outer(units)
    fitted_risk, found = float(regression.risk(units, fitted)), []
    for rows, directions, risk in compressed(regression, units, kept, angles):
        turned, sparse = units.clone(), torch.zeros_like(fitted)
        turned[rows], sparse[rows] = directions, regression.best_outer(directions)
        found.append(
            Compression(units.numpy(), fitted.numpy(), turned.numpy(), sparse.numpy(), fitted_risk, risk)
        )
    return found


def bounded_path(
    start: Weights, end: Weights, few: tuple[Compression, Compression], oracle: tuple[np.ndarray, np.ndarray]
) -> Curve:
    r"""From one network to another: FB Theorem 2.4 with the six sub-paths of appendix B.2, and what they leave out.

    The oracle's n units stand in the rows that the compression of the first network frees, and again in those that
    the second one frees. Between the two the units that are not in use move: no prediction changes. The proof skips
    this, and the moves of free rows before 3 and after 4.

    Parameters
    ----------
    start, end : pair of arrays
        W (M, n) with rows of norm 1 and :math:`\beta` (1, M).
    few : pair of Compression
        Of both networks, each with at least as many free rows as the oracle has units.
    oracle : (n, inputs) and (n,) arrays
        Units of least risk and their outer weights.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If a unit has not norm 1, a compression is of other units than its end has, or it frees too few rows.

    Examples
    --------
    >>> from lossbar_core.papers.rectified.regression import random_units, smooth_regression
    >>> task, units = smooth_regression(2, ridge=1e-3), random_units(3, 2, 0)
    >>> side, end = compressions(task, units, 2, (0.1,))[0], (units.numpy(), np.ones((1, 3)))
    >>> path = bounded_path(end, end, (side, side), (np.array([[1.0, 0.0]]), np.ones(1)))
    >>> len(path.pieces), path.jumps()
    (11, 0.0)
    """
    for name, units in (
        ("the start", start[0]),
        ("the end", end[0]),
        ("the oracle", oracle[0]),
        ("a compression", few[0].turned),
        ("a compression", few[1].turned),
    ):
        _check_norms(units, name)
    for name, weights, side in (("start", start, few[0]), ("end", end, few[1])):
        _check_own(weights[0], side.units, name)
    for side in few:
        if len(side.free) < len(oracle[0]):
            raise ValueError(
                f"expected {len(oracle[0])} free rows for the oracle's units, got {len(side.free)}; keep fewer units"
            )
    rows = [side.free[: len(oracle[0])] for side in few]
    rows[1] = _same_where_possible(rows[0], few[1].free)
    there = _half(start, few[0], rows[0], oracle, SUB_PATHS[:3])
    back = _half(end, few[1], rows[1], oracle, SUB_PATHS[:2:-1])
    return there + _between(there.at(1.0), back.at(1.0), rows) + back.reversed()


def _check_norms(units: np.ndarray, name: str) -> None:
    """The penalty on the outer weights means nothing if units may be longer: see `capacity.best_units`."""
    norms = np.linalg.norm(units, axis=1)
    if not (np.abs(norms - 1) <= SAME).all():
        worst = norms[np.abs(norms - 1).argmax()]
        raise ValueError(
            f"expected units of norm 1, got one of norm {worst:.6g} in {name}; divide rows by their norms and multiply "
            "their outer weights"
        )


def _check_own(units: np.ndarray, compressed_units: np.ndarray, name: str) -> None:
    """Sub-path 1 keeps the units, so a compression of others would make the path jump."""
    if units.shape != compressed_units.shape:
        raise ValueError(
            f"expected a compression of the {name}'s {units.shape} units, got one of {compressed_units.shape}; "
            f"make it with `compressions` from the {name}"
        )
    off = np.abs(units - compressed_units).max()
    if not off <= SAME:
        raise ValueError(
            f"expected a compression of the {name}'s own units, got one whose units differ by up to {off:.1g}; make it "
            f"with `compressions` from the {name}"
        )


def _half(
    start: Weights,
    few: Compression,
    rows: np.ndarray,
    oracle: tuple[np.ndarray, np.ndarray],
    names: tuple[str, ...],
) -> Curve:
    """From a network to the oracle's units in the given rows."""
    fitted = (few.units, few.fitted[None])
    compressed = (few.turned, few.sparse[None])
    placed, weights = few.turned.copy(), np.zeros_like(few.sparse)
    placed[rows], weights[rows] = oracle
    return (
        straight(start, fitted, names[0])
        + straight(fitted, compressed, names[1])
        + straight(compressed, (placed, compressed[1]), UNUSED)
        + straight((placed, compressed[1]), (placed, weights[None]), names[2])
    )


def _same_where_possible(taken: np.ndarray, free: np.ndarray) -> np.ndarray:
    """As many of the free rows, a unit keeping its row where that is free."""
    others = iter(row for row in free if row not in taken)
    return np.array([row if row in free else next(others) for row in taken])


def _between(first: Weights, last: Weights, rows: list[np.ndarray]) -> Curve:
    """Copy the oracle's units to their new rows, hand the outer weights over, and let the old rows go."""
    copied = last[0].copy()
    copied[rows[0]] = first[0][rows[0]]
    return (
        straight(first, (copied, first[1]), UNUSED)
        + straight((copied, first[1]), (copied, last[1]), EXCHANGE)
        + straight((copied, last[1]), last, UNUSED)
    )
