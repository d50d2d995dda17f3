"""HI-Morse-ineq: enough 1-saddles to join the minima, counted exactly for HumpCamel6 (HI sections 4 and 6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.polynomial import Polynomial

from lossbar_core.functions import HUMP_CAMEL_6
from lossbar_core.papers.base import Result, item

# The function's gradient is (h(x) + y, x - 8 y + 16 y^3).
SLOPE = tuple(
    map(Fraction, ("0", "8", "0", "-42/5", "0", "2"))
)  # coefficients of h(x) = 8 x - 8.4 x^3 + 2 x^5
DENOMINATOR = 10**6  # of the rational points between two roots


@dataclass(frozen=True)
class HumpCamel:
    """Nothing to choose; ``seed`` is unused."""

    seed: int = 0


@item("HI-Morse-ineq", smoke=HumpCamel(), quick=HumpCamel())
def enough_saddles(config: HumpCamel) -> Result:
    r"""Critical points of HumpCamel6 by index: :math:`c_1 \ge c_0 - 1` and :math:`c_0 - c_1 + c_2 = 1`.

    Where the gradient vanishes, y = -h(x), and x is a root of a polynomial of degree 15. It changes its sign 15 times
    at rational points, in exact arithmetic, so that no critical point is missing or double.

    Parameters
    ----------
    config : HumpCamel

    Returns
    -------
    Result
        ``minima``, ``saddles``, ``maxima``, ``euler``, ``spare_saddles`` beyond minima - 1; ``sign_changes`` and
        ``degree`` of the polynomial; ``outside``, critical points outside the box; ``least_outward`` derivative across
        the sides of the box; ``least_curvature``, the eigenvalue nearest to 0 at a critical point. Arrays: ``point``
        (15, 2), ``value`` and ``index``, by value.
    """
    roots, changes = _certified_roots()
    x, h = roots, Polynomial([float(c) for c in SLOPE])
    points = np.column_stack([x, -h(x)])
    hessians = np.zeros((len(x), 2, 2))
    hessians[:, 0, 0], hessians[:, 1, 1] = h.deriv()(x), -8 + 48 * points[:, 1] ** 2
    hessians[:, 0, 1] = hessians[:, 1, 0] = 1.0
    eigenvalues = np.linalg.eigvalsh(hessians)
    index, value = (eigenvalues < 0).sum(axis=1), HUMP_CAMEL_6(points)
    order = np.lexsort((points[:, 0], np.round(value, 9)))
    minima, saddles, maxima = (int((index == k).sum()) for k in range(3))
    box = np.array(HUMP_CAMEL_6.bounds())
    inside = ((points > box[:, 0]) & (points < box[:, 1])).all(axis=1)
    return Result(
        {
            "minima": minima,
            "saddles": saddles,
            "maxima": maxima,
            "euler": minima - saddles + maxima,
            "spare_saddles": saddles - (minima - 1),
            "sign_changes": changes,
            "degree": _polynomial_degree(),
            "outside": int((~inside).sum()),
            "least_outward": float(least_outward(box)),
            "least_curvature": float(np.abs(eigenvalues).min()),
        },
        {"point": points[order], "value": value[order], "index": index[order]},
    )


def polynomial(x: Fraction) -> Fraction:
    r"""The exact value of :math:`x + 8 h(x) - 16 h(x)^3`, whose roots are the first coordinates of critical points.

    Examples
    --------
    >>> polynomial(Fraction(0)), polynomial(Fraction(1, 2)) == polynomial(Fraction(-1, 2)) * -1
    (Fraction(0, 1), True)
    """
    h = sum((c * x**k for k, c in enumerate(SLOPE)), Fraction(0))
    return x + 8 * h - 16 * h**3


def _polynomial_degree() -> int:
    return 3 * (len(SLOPE) - 1)


def _certified_roots() -> tuple[np.ndarray, int]:
    """Real roots, and how often the polynomial changes its sign at rational points between and around them."""
    h = Polynomial([float(c) for c in SLOPE])
    whole = Polynomial([0.0, 1.0]) + 8 * h - 16 * h**3
    found = whole.roots()
    roots = np.sort(found[np.abs(found.imag) < 1e-9].real)
    for _ in range(3):
        roots = roots - whole(roots) / whole.deriv()(roots)
    between = np.concatenate([[roots[0] - 1], (roots[1:] + roots[:-1]) / 2, [roots[-1] + 1]])
    signs = [polynomial(Fraction(round(t * DENOMINATOR), DENOMINATOR)) > 0 for t in between]
    return roots, int(np.count_nonzero(np.diff(signs)))


def least_outward(box: np.ndarray) -> float:
    """Least derivative outwards on the sides of a box that is symmetric about the origin: linear along each side.

    Examples
    --------
    >>> round(least_outward(np.array([[-2.0, 2.0], [-1.5, 1.5]])), 9)
    11.3
    """
    x, y = box[:, 1]
    across_x = sum(float(c) * x**k for k, c in enumerate(SLOPE)) - y
    across_y = -8 * y + 16 * y**3 - x
    return float(min(across_x, across_y))
