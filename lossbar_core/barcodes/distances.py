"""Exact bottleneck distance between barcodes, and the TO-score."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.barcodes.guesses import Line

LINE_PRECISION = 1e-9  # relative, of the bound from projections
ROUNDING = 1e-14  # relative, of Euclidean distances, which the k-d tree and numpy round differently
NORMS = {"sup": (np.inf, 0.5), "euclidean": (2.0, 1 / np.sqrt(2))}  # order, share of a bar to the diagonal


def bottleneck_distance(a: Any, b: Any, norm: str = "sup") -> float:
    r"""Bottleneck distance :math:`W_\infty(A, B) = \inf_\pi \sup_x |x - \pi(x)|`.

    BSL equation (2). Bijections may send a bar to the diagonal, at half its length in the sup norm; essential bars
    are matched among themselves in the order of their births.

    Exact up to the rounding of single differences: no approximation parameter. A threshold is enough if the bars
    that are too long for the diagonal can be matched, on each side alone (two such matchings can be combined,
    by Mendelsohn and Dulmage), so that short bars cost nothing. Thresholds are bisected between bounds that move
    to distances that occur. Own implementation (BSD-3, numpy and scipy's k-d tree; nothing of GUDHI or CGAL).

    Bars of length zero are ignored. Memory grows with the pairs of bars nearer than the distance, up to 2 GB.

    Parameters
    ----------
    a, b : Barcode, or (m, 2) arrays of (birth, death)
    norm : {"sup", "euclidean"}
        Of the plane of births and deaths. The papers' code uses the sup norm.

    Returns
    -------
    float
        In the units of the function; infinite if the numbers of essential bars differ.

    Raises
    ------
    ValueError
        If an array is not (m, 2), holds NaN, an infinite birth or a death below its birth, or the norm is unknown.
    TypeError
        If the entries of an array are no numbers.

    Examples
    --------
    >>> bottleneck_distance([(0, 1), (0, 4)], [(0, 4.5)])
    0.5
    """
    order, share = _norm(norm)
    first, second = as_diagram(a, "a"), as_diagram(b, "b")
    endless = [np.sort(diagram[np.isinf(diagram[:, 1]), 0]) for diagram in (first, second)]
    if len(endless[0]) != len(endless[1]):
        return float("inf")
    essential = float(np.abs(endless[0] - endless[1]).max(initial=0.0))
    finite = [
        diagram[np.isfinite(diagram[:, 1]) & (diagram[:, 1] > diagram[:, 0])] for diagram in (first, second)
    ]
    # Scaled by a power of two, which changes no digit, so that no square overflows or vanishes.
    largest = max((float(np.abs(diagram).max()) for diagram in finite if len(diagram)), default=1.0)
    scale = int(np.frexp(max(largest, essential))[1])
    near, far = (np.ldexp(diagram, -scale) for diagram in finite)
    distance = _finite_distance(near, far, order, share, float(np.ldexp(essential, -scale)))
    return max(essential, float(np.ldexp(distance, scale)))


def to_score(bars: Any, norm: str = "sup") -> float:
    r"""Distance to the barcode of a function with one minimum: :math:`\max_i (d_i - b_i) / 2` over the finite bars.

    TO section 1.3. In the Euclidean norm the divisor is :math:`\sqrt 2`; the paper does not say which it means.
    With one essential bar this is the bottleneck distance to that bar alone; further ones are not looked at.

    Parameters
    ----------
    bars : Barcode, or (m, 2) array of (birth, death)
    norm : {"sup", "euclidean"}

    Returns
    -------
    float
        In the units of the function; 0 if there is no finite bar.

    Raises
    ------
    ValueError
        As for :func:`bottleneck_distance`.
    TypeError
        As for :func:`bottleneck_distance`.

    Examples
    --------
    >>> to_score([(0.0, float("inf")), (1.0, 4.0)])
    1.5
    """
    _, share = _norm(norm)
    diagram = as_diagram(bars, "bars")
    lengths = diagram[np.isfinite(diagram[:, 1])] @ np.array([-1.0, 1.0])
    return float(share * lengths.max(initial=0.0))


def as_diagram(bars: Any, name: str) -> np.ndarray:
    """Bars as an (m, 2) float64 array of (birth, death).

    Raises
    ------
    TypeError
        If the entries are no numbers.
    ValueError
        If the shape is another one, or a pair is no bar.
    """
    if hasattr(bars, "birth") and hasattr(bars, "death"):
        bars = np.stack([np.asarray(bars.birth), np.asarray(bars.death)], axis=1)
    try:
        diagram = np.asarray(bars, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"expected {name} as a Barcode or of shape (m, 2), got {type(bars).__name__}; one row (birth, death) a bar"
        ) from None
    if diagram.size == 0:
        return np.empty((0, 2))
    if diagram.ndim != 2 or diagram.shape[1] != 2:
        raise ValueError(
            f"expected {name} as a Barcode or of shape (m, 2), got {diagram.shape}; one row a bar"
        )
    if not np.isfinite(diagram[:, 0]).all() or not (diagram[:, 0] <= diagram[:, 1]).all():
        bad = diagram[~(np.isfinite(diagram[:, 0]) & (diagram[:, 0] <= diagram[:, 1]))][0]
        raise ValueError(
            f"expected finite births <= deaths in {name}, got {bad.tolist()}; check the column order"
        )
    return diagram


def _norm(norm: str) -> tuple[float, float]:
    if not isinstance(norm, str) or norm not in NORMS:
        raise ValueError(f"expected norm 'sup' or 'euclidean', got {norm!r}; choose one of the two")
    return NORMS[norm]


def _finite_distance(a: np.ndarray, b: np.ndarray, order: float, share: float, known: float) -> float:
    """Distance of the finite bars, or ``known`` if it is not above that."""
    if a.shape == b.shape and np.array_equal(_sorted_rows(a), _sorted_rows(b)):
        return known
    alone = [share * (diagram[:, 1] - diagram[:, 0]) for diagram in (a, b)]
    low = max(known, _sorted_bound(*alone))
    low, matching = _one_sided(a, b, alone[0], order, low, None)
    return _one_sided(b, a, alone[1], order, low, matching)[0]


def _sorted_rows(diagram: np.ndarray) -> np.ndarray:
    return diagram[np.lexsort((diagram[:, 1], diagram[:, 0]))]


def _sorted_bound(a: np.ndarray, b: np.ndarray) -> float:
    """Lower bound: distances to the diagonal, sorted and compared one by one, move by no more than a matching."""
    n = max(len(a), len(b))
    padded = [np.pad(np.sort(lengths)[::-1], (0, n - len(lengths))) for lengths in (a, b)]
    return float(np.abs(padded[0] - padded[1]).max(initial=0.0))


def _one_sided(
    here: np.ndarray,
    there: np.ndarray,
    alone: np.ndarray,
    order: float,
    low: float,
    matching: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[float, tuple[np.ndarray, np.ndarray] | None]:
    """Smallest threshold >= low at which each bar of ``here`` goes to the diagonal or to a bar of its own.

    Also returns the matching, seen from the other side. Thresholds are bisected, but both ends of the interval
    move to values that occur (the cost of a matching, the next distance that may help), so that they meet.
    """
    from lossbar_core.barcodes.matching import OneSided  # here, since it takes long to import scipy.spatial

    high = float(alone.max(initial=0.0))
    if high <= low:
        return low, None
    if len(there) == 0:
        return high, None
    side = OneSided(here, there, alone, order, low)
    if matching is not None:
        side.adopt(*matching)
    low = max(low, side.nearest_bound())
    low, threshold = _bound_on_lines(side.lines, alone, low, high, 0.0 if np.isinf(order) else ROUNDING)
    side.low = low
    growth, bounded = 1.1, False
    while low < high:
        enough, value = side.decide(threshold)
        if enough:
            high, bounded = (low if threshold == low else max(low, min(high, value))), True
        else:
            low = max(low, value)
        if bounded:
            threshold = low + (high - low) / 2
        else:
            threshold, growth = min(growth * low, low + (high - low) / 2), growth * growth
        threshold = threshold if low < threshold < high else low
    return high, (side.taken_by, side.partner)


def _bound_on_lines(
    lines: list[Line], alone: np.ndarray, low: float, high: float, rounding: float
) -> tuple[float, float]:
    """Lower bound from projections, in which matchings are easy, and the threshold to try next.

    A threshold below the first return value does not suffice even on some line through the plane.
    """

    def suffices(threshold: float) -> bool:
        must = alone > threshold
        return all((line.match(must, threshold)[1] >= 0).all() for line in lines)

    if suffices(low):
        return low, min(low * (1 + rounding), high)
    bottom, top = low, high
    while top - bottom > LINE_PRECISION * top:
        middle = bottom + (top - bottom) / 2
        if not bottom < middle < top:
            break
        bottom, top = (bottom, middle) if suffices(middle) else (middle, top)
    return bottom, min(top * (1 + LINE_PRECISION), high)
