"""Counting negative eigenvalues without computing any: Sylvester's law and the factorisation L D L^T."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import ldl

from lossbar_core.hessians.balls import growth
from lossbar_core.hessians.exact import Hessian


@dataclass(frozen=True)
class Inertia:
    r"""Signs of the eigenvalues of :math:`A + E`, for some symmetric E with :math:`\|E\|_2 \le` ``residual``.

    Attributes
    ----------
    negative, zero, positive : int
    residual : float
        Measured: :math:`\|A - L D L^T\|_F`, with the rounding of the measurement.
    """

    negative: int
    zero: int
    positive: int
    residual: float


def inertia(matrix: np.ndarray) -> Inertia:
    r"""Signs of the eigenvalues by Bunch and Kaufman's factorisation :math:`A = L D L^T`, and what it is worth.

    L is invertible, so A has the signs of D, whose blocks are 1 x 1 and 2 x 2 (Sylvester's law of inertia).

    Parameters
    ----------
    matrix : (M, M) float32 or float64 array
        Symmetric.

    Returns
    -------
    Inertia

    Raises
    ------
    ValueError
        If the matrix is not square or not finite.

    Examples
    --------
    >>> found = inertia(np.diag([-1.0, 2.0, 3.0]))
    >>> found.negative, found.positive
    (1, 2)
    """
    lower, middle, _ = ldl(matrix, lower=True)
    signs = np.sign(_eigenvalues_of_blocks(middle))
    residual = float(np.linalg.norm(matrix - lower @ middle @ lower.T))
    # What the rounding of the two products, and of the difference, may hide from the residual.
    hidden = _growth(matrix) * float(
        np.linalg.norm(np.abs(lower) @ np.abs(middle) @ np.abs(lower.T)) + np.linalg.norm(matrix)
    )
    return Inertia(int((signs < 0).sum()), int((signs == 0).sum()), int((signs > 0).sum()), residual + hidden)


def _growth(matrix: np.ndarray) -> float:
    import torch

    return growth(len(matrix) + 4, torch.from_numpy(matrix[:0]).dtype)


def _eigenvalues_of_blocks(middle: np.ndarray) -> np.ndarray:
    """Eigenvalues of a block diagonal matrix with blocks 1 x 1 and 2 x 2; only their signs are needed."""
    found, i, size = [], 0, len(middle)
    while i < size:
        if i + 1 < size and middle[i + 1, i] != 0:
            # Bunch and Kaufman take a 2 x 2 block only where its determinant is clearly negative.
            found += list(np.linalg.eigvalsh(middle[i : i + 2, i : i + 2]))
            i += 2
        else:
            found.append(middle[i, i])
            i += 1
    return np.array(found)


def certified_index(hessian: Hessian) -> tuple[int, int]:
    r"""An interval that holds the index, without trust in an eigensolver.

    Where a shift s is at least the error of the matrix and the residual of the factorisation, each negative
    eigenvalue of :math:`H + s` counts for one of the true Hessian, and :math:`H - s` has at least as many as the
    truth.

    Parameters
    ----------
    hessian : Hessian

    Returns
    -------
    (smallest, largest)

    Raises
    ------
    ValueError
        If the matrix is not finite.

    Examples
    --------
    >>> from lossbar_core.hessians.exact import exact_hessian
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> saddle = AnalyticLandscape(lambda x: x[:, 0] ** 2 - x[:, 1] ** 2, 2)
    >>> certified_index(exact_hessian(saddle, [0.0, 0.0]))
    (1, 1)
    """
    matrix = np.array(hessian.matrix.double().cpu().numpy())
    above, below = (_shifted(matrix, hessian.error, sign) for sign in (1.0, -1.0))
    return above.negative, below.negative + below.zero


def _shifted(matrix: np.ndarray, error: float, sign: float) -> Inertia:
    """The inertia of a matrix after a shift of its eigenvalues that outweighs error and residual."""
    diagonal = np.diag_indices_from(matrix)
    kept = matrix[diagonal].copy()
    shift = 2 * error + _growth(matrix) * float(np.linalg.norm(matrix))
    while True:
        matrix[diagonal] = kept + sign * shift
        found = inertia(matrix)
        matrix[diagonal] = kept
        if error + found.residual <= shift:
            return found
        shift = 2 * (error + found.residual)
