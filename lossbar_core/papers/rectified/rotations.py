"""Paths of rotations and of matrices with full row rank: both sets are connected, and the paths are explicit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm, null_space, schur, sqrtm

Matrix = np.ndarray
Motion = Callable[[float], Matrix]

SMALL = 1e-12  # entries below the diagonal of a Schur form that rounding has left


def rotation_path(target: Matrix) -> Motion:
    r"""The geodesic :math:`t \mapsto e^{tG}` of SO(h) from the identity to a rotation.

    Parameters
    ----------
    target : (h, h) array
        Orthogonal, of determinant 1.

    Returns
    -------
    callable
        t in [0, 1] -> (h, h) rotation.

    Raises
    ------
    ValueError
        If the target is not orthogonal, or of determinant -1: no path of rotations leads there.

    Examples
    --------
    >>> half_turn = rotation_path(-np.eye(2))
    >>> half_turn(0.5).round(12) @ half_turn(0.5).round(12)
    array([[-1.,  0.],
           [ 0., -1.]])
    """
    if not np.allclose(target @ target.T, np.eye(len(target)), atol=1e-9):
        raise ValueError(
            "expected an orthogonal matrix, got one whose rows are not orthonormal; orthonormalise it"
        )
    if np.linalg.det(target) < 0:
        raise ValueError(
            "expected a rotation, got an orthogonal matrix of determinant -1: every path to it passes a singular matrix"
        )
    blocks, basis = schur(target, output="real")
    generator = basis @ _generator(blocks) @ basis.T
    return lambda t: expm(t * generator)


def _generator(blocks: Matrix) -> Matrix:
    """Angles of the plane rotations on the diagonal; numbers -1 come in pairs, and a pair is a half turn."""
    turns, flipped, i = [], [], 0
    while i < len(blocks):
        if i + 1 < len(blocks) and abs(blocks[i + 1, i]) > SMALL:
            turns.append((i, i + 1, float(np.arctan2(blocks[i + 1, i], blocks[i, i]))))
            i += 2
            continue
        if blocks[i, i] < 0:
            flipped.append(i)
        i += 1
    turns += [(p, q, np.pi) for p, q in zip(flipped[::2], flipped[1::2], strict=True)]
    generator = np.zeros_like(blocks)
    for p, q, angle in turns:
        generator[q, p], generator[p, q] = angle, -angle
    return generator


def completed(rows: Matrix) -> Matrix:
    """Orthonormal rows (r, h) completed to a rotation (h, h), r < h.

    Raises
    ------
    ValueError
        If there are as many rows as columns: then nothing can mend the determinant's sign.
    """
    if rows.shape[0] >= rows.shape[1]:
        raise ValueError(
            f"expected fewer rows than columns, got {rows.shape}; with as many the determinant's sign is fixed"
        )
    rest = null_space(rows).T
    if np.linalg.det(np.concatenate([rows, rest])) < 0:
        rest[-1] *= -1
    return np.concatenate([rows, rest])


def full_rank_path(start: Matrix, end: Matrix) -> Motion:
    r"""A path of (n, h) matrices of rank n < h: of :math:`W = (W W^T)^{1/2} R` one factor goes straight, R turns.

    Raises
    ------
    ValueError
        If h = n, where determinants of different sign part the set in two.

    Examples
    --------
    >>> path = full_rank_path(np.array([[1.0, 0.0]]), np.array([[-1.0, 0.0]]))
    >>> [round(float(np.linalg.norm(path(t))), 6) for t in (0, 0.5, 1)]
    [1.0, 1.0, 1.0]
    """
    (positive, first), (other, last) = polar(start), polar(end)
    first, last = completed(first), completed(last)
    turn, n = rotation_path(first.T @ last), len(start)
    return lambda t: ((1 - t) * positive + t * other) @ first[:n] @ turn(t)


def polar(wide: Matrix) -> tuple[Matrix, Matrix]:
    """Factors P, positive semi-definite (n, n), and R with orthonormal rows (n, h), of W = P R."""
    left, values, right = np.linalg.svd(wide, full_matrices=False)
    return (left * values) @ left.T, left @ right


def root(positive: Matrix) -> Matrix:
    """The positive semi-definite square root."""
    return np.real(sqrtm(positive))
