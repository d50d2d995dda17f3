"""Exact bottleneck distance between barcodes, and the TO-score."""

from __future__ import annotations

from typing import Any

import numpy as np

NORMS = {"sup": (np.inf, 0.5), "euclidean": (2.0, 1 / np.sqrt(2))}  # order, share of a bar to the diagonal


def bottleneck_distance(a: Any, b: Any, norm: str = "sup") -> float:
    r"""Bottleneck distance :math:`W_\infty(A, B) = \inf_\pi \sup_x |x - \pi(x)|`.

    BSL equation (2). Bijections may send a bar to the diagonal, at half its length in the sup norm; essential bars
    are matched among themselves in the order of their births.

    Exact: a threshold is enough if the bars that are too long for the diagonal can be matched, on each side alone (two
    such matchings can be combined, by Mendelsohn and Dulmage). Thresholds are bisected, and a matching found
    lowers the upper end to the largest distance that it uses. Own implementation (BSD-3) on scipy's k-d tree and
    Hopcroft-Karp matching; bars that any threshold in question sends to the diagonal are pruned.

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
    finite = [diagram[np.isfinite(diagram[:, 1]) & (diagram[:, 1] > diagram[:, 0])] for diagram in (first, second)]
    return max(essential, _finite_distance(finite[0], finite[1], order, share, essential))


def to_score(bars: Any, norm: str = "sup") -> float:
    r"""Distance to the barcode of a function with one minimum: :math:`\max_i (d_i - b_i) / 2` over the finite bars.

    TO section 1.3. In the Euclidean norm the divisor is :math:`\sqrt 2`; the paper does not say which it means.

    Returns
    -------
    float
        In the units of the function; 0 if there is no finite bar.

    Raises
    ------
    ValueError
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
    ValueError
        If the shape is another one, or a pair is no bar.
    """
    if hasattr(bars, "birth") and hasattr(bars, "death"):
        bars = np.stack([np.asarray(bars.birth), np.asarray(bars.death)], axis=1)
    diagram = np.asarray(bars, dtype=np.float64)
    if diagram.size == 0:
        return np.empty((0, 2))
    if diagram.ndim != 2 or diagram.shape[1] != 2:
        raise ValueError(f"expected {name} as a Barcode or of shape (m, 2), got {diagram.shape}; one row a bar")
    if not np.isfinite(diagram[:, 0]).all() or not (diagram[:, 0] <= diagram[:, 1]).all():
        bad = diagram[~(np.isfinite(diagram[:, 0]) & (diagram[:, 0] <= diagram[:, 1]))][0]
        raise ValueError(f"expected finite births <= deaths in {name}, got {bad.tolist()}; check the column order")
    return diagram


def _norm(norm: str) -> tuple[float, float]:
    if norm not in NORMS:
        raise ValueError(f"expected norm 'sup' or 'euclidean', got {norm!r}; choose one of the two")
    return NORMS[norm]


def _finite_distance(a: np.ndarray, b: np.ndarray, order: float, share: float, known: float) -> float:
    """Distance of the finite bars, or some value <= known if it is not above it."""
    to_diagonal = [share * (diagram[:, 1] - diagram[:, 0]) for diagram in (a, b)]
    high = max(float(lengths.max(initial=0.0)) for lengths in to_diagonal)
    low = max(known, _sorted_bound(to_diagonal[0], to_diagonal[1]))
    used = _matching_cost(a, b, to_diagonal, order, low)
    if used is not None or high <= low:
        return min(low, high) if used is None else low
    while True:
        middle = low + (high - low) / 2
        if not low < middle < high:
            return high
        used = _matching_cost(a, b, to_diagonal, order, middle)
        if used is None:
            low = middle
        else:
            high = max(used, np.nextafter(low, np.inf))


def _sorted_bound(a: np.ndarray, b: np.ndarray) -> float:
    """Lower bound: distances to the diagonal, sorted and compared one by one, move by no more than a matching."""
    n = max(len(a), len(b))
    padded = [np.pad(np.sort(lengths)[::-1], (0, n - len(lengths))) for lengths in (a, b)]
    return float(np.abs(padded[0] - padded[1]).max(initial=0.0))


def _matching_cost(
    a: np.ndarray, b: np.ndarray, to_diagonal: list[np.ndarray], order: float, threshold: float
) -> float | None:
    """Largest distance that a matching within a threshold uses; None where there is no such matching."""
    used = 0.0
    for here, there, lengths in ((a, b, to_diagonal[0]), (b, a, to_diagonal[1])):
        must = lengths > threshold
        used = max(used, float(lengths[~must].max(initial=0.0)))
        if must.any():
            cost = _one_sided(here[must], there, order, threshold)
            if cost is None:
                return None
            used = max(used, cost)
    return used


def _one_sided(here: np.ndarray, there: np.ndarray, order: float, threshold: float) -> float | None:
    """Largest distance of a matching of all of ``here`` into ``there`` within a threshold, or None."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching
    from scipy.spatial import cKDTree

    if len(there) < len(here):
        return None
    near = cKDTree(there).query_ball_point(here, threshold * (1 + 1e-12), p=order)
    counts = np.array([len(found) for found in near])
    if not counts.all():
        return None
    rows, columns = np.repeat(np.arange(len(here)), counts), np.concatenate(near).astype(np.int64)
    gaps = np.linalg.norm(here[rows] - there[columns], ord=order, axis=1)
    rows, columns, gaps = (part[gaps <= threshold] for part in (rows, columns, gaps))
    edges = csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(here), len(there)))
    partner = maximum_bipartite_matching(edges, perm_type="column")
    if (partner < 0).any():
        return None
    return float(np.linalg.norm(here - there[partner], ord=order, axis=1).max())
