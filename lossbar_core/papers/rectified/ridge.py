"""Two linear layers with a ridge: the penalty of the product is its nuclear norm, and balanced factors attain it."""

from __future__ import annotations

import numpy as np

from lossbar_core.papers.rectified.curve import Curve, Weights, straight
from lossbar_core.papers.rectified.linear import RANK, check_widths, transposed
from lossbar_core.papers.rectified.rotations import completed, root, rotation_path


def nuclear_norm(matrix: np.ndarray) -> float:
    r"""Sum of the singular values: :math:`\|M\|_* = \min_{UV=M} \frac12 (\|U\|^2 + \|V\|^2)`.

    Examples
    --------
    >>> nuclear_norm(np.diag([3.0, -4.0]))
    7.0
    """
    return float(np.linalg.svd(matrix, compute_uv=False).sum())


def balanced(matrix: np.ndarray, units: int) -> Weights:
    r"""Factors with :math:`W_2^T W_2 = W_1 W_1^T`, continuous in the matrix :math:`M = U S V^T`.

    :math:`W_2 = [U S^{1/2} U^T, 0]` and :math:`W_1 = [U S^{1/2} V^T; 0]`: neither depends on the choice of singular
    vectors, and both go to 0 with the singular values that they belong to.

    Parameters
    ----------
    matrix : (n, p) array
    units : int
        At least n; what is beyond n stays 0.

    Returns
    -------
    W_1 : (units, p) array
    W_2 : (n, units) array

    Examples
    --------
    >>> inner, outer = balanced(np.array([[4.0, 0.0]]), 2)
    >>> inner.tolist(), outer.tolist()
    ([[2.0, 0.0], [0.0, 0.0]], [[2.0, 0.0]])
    """
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    halves, spare = left * np.sqrt(values), units - len(matrix)
    outer = np.pad(halves @ left.T, ((0, 0), (0, spare)))
    return np.pad(halves @ right, ((0, spare), (0, 0))), outer


def ridge_path(start: Weights, end: Weights) -> Curve:
    r"""A path of :math:`W_2 W_1` along which risk + ridge is nowhere above the larger end: FB Proposition 2.2, K = 2.

    On the fibre of one product the ridge falls to the nuclear norm: layers forget what the other does not see, then
    :math:`(W_2 g^{-1}, g W_1)` with :math:`p = g^T g` on the segment from 1 to the minimum of
    :math:`\mathrm{tr}(A p^{-1}) + \mathrm{tr}(B p)`, which is convex. Rotations of the hidden units cost nothing.
    Between the products balanced factors follow the segment; risk + nuclear norm is convex there.

    Parameters
    ----------
    start, end : pair of arrays
        W_1 (h, p) and W_2 (n, h), float64.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If there are not two layers, shapes differ, or h is at most min(n, p).

    Examples
    --------
    >>> a = np.array([[1.0], [2.0]]), np.array([[3.0, 0.0]])
    >>> path = ridge_path(a, (a[0][::-1], -a[1]))
    >>> ridge = [sum((w**2).sum() for w in weights) for weights in path.sampled(20)]
    >>> bool(max(ridge) <= ridge[0] + 1e-12)
    True
    """
    for weights in (start, end):
        if len(weights) != 2:
            raise ValueError(
                f"expected two layers, got {len(weights)}; with a ridge and more of them the level sets can be parted"
            )
    check_widths(start, end)
    if start[0].shape[1] < start[1].shape[0]:
        return ridge_path(transposed(start), transposed(end)).mapped(transposed)
    units = len(start[0])
    first, last = start[1] @ start[0], end[1] @ end[0]
    between = Curve(
        (lambda t: balanced((1 - t) * first + t * last, units),), ("balanced factors follow the product",)
    )
    return _to_balanced(start) + between + _to_balanced(end).reversed()


def _to_balanced(weights: Weights) -> Curve:
    """From any factors to `balanced` ones of the same product."""
    inner, outer = weights
    seen = _row_space(outer)
    shed = straight(
        (inner, outer), (seen.T @ (seen @ inner), outer), "what the second layer forgets is emptied"
    )
    inner = seen.T @ (seen @ inner)
    fed = _row_space(inner.T)
    stop = straight(
        (inner, outer), (inner, (outer @ fed.T) @ fed), "what the first layer leaves empty is forgotten"
    )
    outer = (outer @ fed.T) @ fed
    evened, inner, outer = _evened(inner, outer, fed)
    return shed + stop + evened + _turned(inner, outer)


def _evened(inner: np.ndarray, outer: np.ndarray, basis: np.ndarray) -> tuple[Curve, np.ndarray, np.ndarray]:
    """Exchange scale between the layers until both weigh the same, within the span of ``basis`` (r, h)."""
    out, into = basis @ outer.T @ outer @ basis.T, basis @ inner @ inner.T @ basis.T
    half = root(into)
    less = np.linalg.inv(half)
    best, one = less @ root(half @ out @ half) @ less, np.eye(len(basis))

    def even(t: float) -> Weights:
        scale = root((1 - t) * one + t * best)
        return basis.T @ scale @ basis @ inner, outer @ basis.T @ np.linalg.inv(scale) @ basis

    inner_end, outer_end = even(1.0)
    return Curve((even,), ("the layers are balanced",)), inner_end, outer_end


def _turned(inner: np.ndarray, outer: np.ndarray) -> Curve:
    """Rotate the hidden units until the factors are the `balanced` ones."""
    left, values, _ = np.linalg.svd(outer @ inner, full_matrices=False)
    kept = values > RANK * max(values.max(), np.finfo(float).tiny)
    left, values = left[:, kept], values[kept]
    rows = (left / np.sqrt(values)).T @ outer
    wanted = np.pad(left.T, ((0, 0), (0, len(inner) - len(left))))
    turn = rotation_path(completed(wanted).T @ completed(rows))
    return Curve((lambda t: (turn(t) @ inner, outer @ turn(t).T),), ("the hidden units turn",))


def _row_space(matrix: np.ndarray) -> np.ndarray:
    """Orthonormal rows (r, h) that span the rows of a matrix."""
    _, values, right = np.linalg.svd(matrix, full_matrices=False)
    return right[values > RANK * max(values.max(), np.finfo(float).tiny)]
