"""Slow, obvious oracles for barcodes of minima: what the fast code is tested against.

Four independent routes to the same pairs: components that grow (definition 1), paths (proposition 2.1),
components that split (definition 2), and GUDHI's cubical complex. All are for small inputs.

Ties. Every oracle orders equal values by vertex id. Without that rule the printed algorithm compares the
minima of two merging components by value only, so two components with equal minima would merge without
leaving a bar, and symmetric functions would lose bars.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lossbar_core.barcodes.pairs import Pairs, graph_input, pairs_of, vertex_ranks


@dataclass(frozen=True)
class OracleBars(Pairs):
    """Bars with the fields of ``Barcode``: pairs, swallowing minimum, size and mean height at death."""

    swallower: np.ndarray
    size: np.ndarray
    mean_height: np.ndarray


def _neighbours(edges: np.ndarray, n: int) -> list[set[int]]:
    neighbours: list[set[int]] = [set() for _ in range(n)]
    for a, b in edges.tolist():
        neighbours[a].add(b)
        neighbours[b].add(a)
    return neighbours


def _ids(items: Iterable[int]) -> np.ndarray:
    return np.array(list(items), dtype=np.int64)


def algorithm1(values: Any, edges: Any) -> OracleBars:
    r"""Barcode of minima by growing components: BSL section 3, algorithm 1, as printed.

    At a vertex :math:`\theta` the components that touch it from below merge; the one with the lowest
    minimum swallows each other one, :math:`s`, which leaves the bar :math:`[\min_s f, f(\theta)]`.

    Parameters
    ----------
    values : (n,) array_like of float
        Values of f; equal values are ordered by vertex id.
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``

    Returns
    -------
    OracleBars
        Zero-length bars, which plateaus leave, included.

    Raises
    ------
    ValueError, TypeError
        See `graph_input`.

    Examples
    --------
    >>> bars = algorithm1([0.0, 3.0, 1.0, 2.0, 0.5], [(0, 1), (1, 2), (2, 3), (3, 4)])
    >>> bars.to_diagram().tolist(), bars.saddle.tolist(), bars.swallower.tolist()
    ([[0.0, inf], [0.5, 3.0], [1.0, 2.0]], [-1, 1, 3], [-1, 0, 4])
    """
    f, pairs = graph_input(values, edges)
    neighbours = _neighbours(pairs, len(f))
    order, rank = vertex_ranks(f)
    components: list[set[int]] = []
    finished: list[tuple[int, int, int, set[int]]] = []
    for vertex in order.tolist():
        below = {u for u in neighbours[vertex] if rank[u] < rank[vertex]}
        touched = [s for s in components if not below.isdisjoint(s)]
        if not touched:
            components.append({vertex})
            continue
        lowest = min((min(s, key=rank.__getitem__) for s in touched), key=rank.__getitem__)
        for s in touched:
            minimum = min(s, key=rank.__getitem__)
            if minimum != lowest:
                finished.append((minimum, vertex, lowest, s))
        components = [s for s in components if s not in touched] + [set().union({vertex}, *touched)]
    essential = [(min(s, key=rank.__getitem__), -1, -1, s) for s in components]
    return _bars(f, sorted(finished + essential, key=lambda bar: rank[bar[0]]))


def _bars(values: np.ndarray, records: Sequence[tuple[int, int, int, set[int]]]) -> OracleBars:
    pairs = pairs_of(values, {minimum: saddle for minimum, saddle, _, _ in records})
    heights = [float(np.mean([float(values[v]) - float(values[m]) for v in s])) for m, _, _, s in records]
    return OracleBars(
        pairs.birth,
        pairs.death,
        pairs.minimum,
        pairs.saddle,
        swallower=_ids(record[2] for record in records),
        size=_ids(len(record[3]) for record in records),
        mean_height=np.array(heights, dtype=np.float64),
    )


def minimax_deaths(values: Any, edges: Any) -> Pairs:
    r"""Saddles by brute force over paths: BSL section 2, proposition 2.1 (equation 1).

    :math:`f(q) = \min_\gamma \max_t f(\gamma(t))` over paths from the minimum p to a strictly lower
    point: a shortest-path search from each minimum, with the maximum in place of the sum.

    Parameters
    ----------
    values : (n,) array_like of float
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``

    Returns
    -------
    Pairs
        A minimum from which no lower vertex can be reached is essential.

    Raises
    ------
    ValueError, TypeError
        See `graph_input`.

    Examples
    --------
    >>> minimax_deaths([0.0, 3.0, 1.0, 2.0, 0.5], [(0, 1), (1, 2), (2, 3), (3, 4)]).death.tolist()
    [inf, 3.0, 2.0]
    """
    f, pairs = graph_input(values, edges)
    neighbours = _neighbours(pairs, len(f))
    order, ranks = vertex_ranks(f)
    rank = ranks.tolist()
    minima = [v for v in range(len(f)) if all(rank[u] > rank[v] for u in neighbours[v])]
    saddles = {}
    for p in minima:
        height = _height_to_lower(p, neighbours, rank)
        saddles[p] = -1 if height < 0 else int(order[height])
    return pairs_of(f, saddles)


def _height_to_lower(start: int, neighbours: list[set[int]], rank: list[int]) -> int:
    """Smallest possible highest rank on a path from ``start`` to a lower vertex; -1 without one."""
    best = {start: rank[start]}
    queue = [(rank[start], start)]
    while queue:
        height, vertex = heapq.heappop(queue)
        if rank[vertex] < rank[start]:
            return height
        for u in neighbours[vertex]:
            through = max(height, rank[u])
            if through < best.get(u, len(rank)):
                best[u] = through
                heapq.heappush(queue, (through, u))
    return -1


def descending_pairs(values: Any, edges: Any) -> Pairs:
    r"""Pairs seen from the saddle: BSL section 2, definition 2 and proposition 2.2.

    When the level sinks below :math:`f(q)` the component of q loses q and may split; each part but the
    one with the lowest minimum shows a minimum that is new, and that minimum is paired with q.

    Parameters
    ----------
    values : (n,) array_like of float
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``

    Returns
    -------
    Pairs

    Raises
    ------
    ValueError, TypeError
        See `graph_input`.

    Examples
    --------
    >>> descending_pairs([0.0, 3.0, 1.0, 2.0, 0.5], [(0, 1), (1, 2), (2, 3), (3, 4)]).saddle.tolist()
    [-1, 1, 3]
    """
    f, pairs = graph_input(values, edges)
    neighbours = _neighbours(pairs, len(f))
    order, ranks = vertex_ranks(f)
    rank = ranks.tolist()
    saddles = dict.fromkeys(_minima_of_parts(range(len(f)), set(range(len(f))), neighbours, rank), -1)
    remaining = set(range(len(f)))
    for q in order[::-1].tolist():
        remaining.remove(q)
        parts = _minima_of_parts(neighbours[q] & remaining, remaining, neighbours, rank)
        for minimum in sorted(parts, key=rank.__getitem__)[1:]:
            saddles[minimum] = q
    return pairs_of(f, saddles)


def _minima_of_parts(
    starts: Iterable[int], remaining: set[int], neighbours: list[set[int]], rank: list[int]
) -> list[int]:
    """The lowest vertex of each component of ``remaining`` that contains one of ``starts``."""
    minima, seen = [], set()
    for start in starts:
        if start in seen:
            continue
        part, stack = {start}, [start]
        while stack:
            fresh = (neighbours[stack.pop()] & remaining) - part
            part |= fresh
            stack.extend(fresh)
        seen |= part
        minima.append(min(part, key=rank.__getitem__))
    return minima


def sublevel_components(values: Any, edges: Any, level: float) -> int:
    r"""Number of components of the sublevel graph, :math:`b_0(\{f \le c\})` (BSL section 2, last paragraph).

    Parameters
    ----------
    values : (n,) array_like of float
    edges : (m, 2) array_like of int, or an object with ``edges()`` and ``n_vertices``
    level : float

    Returns
    -------
    int

    Raises
    ------
    ValueError, TypeError
        See `graph_input`; also if the level is NaN.

    Examples
    --------
    >>> [sublevel_components([0.0, 3.0, 1.0], [(0, 1), (1, 2)], c) for c in (-1, 0, 2, 3)]
    [0, 1, 2, 1]
    """
    f, pairs = graph_input(values, edges)
    if np.isnan(level):
        raise ValueError("expected a level, got nan; pass a number or inf")
    inside = f <= level
    if not inside.any():
        return 0
    kept = pairs[inside[pairs].all(axis=1)]
    label = np.cumsum(inside) - 1
    n = int(inside.sum())
    graph = coo_array((np.ones(len(kept)), (label[kept[:, 0]], label[kept[:, 1]])), shape=(n, n))
    return int(connected_components(graph.tocsr(), directed=False, return_labels=False))


def cubical_bars(array: Any, connectivity: str = "faces") -> np.ndarray:
    """Degree-0 bars of an n-D array by GUDHI's cubical complex, an independent implementation.

    Pixels as vertices see their 2n neighbours across faces; pixels as top cells also touch at corners,
    3^n - 1 neighbours.

    Parameters
    ----------
    array : n-D array_like of float
    connectivity : {"faces", "full"}

    Returns
    -------
    (b, 2) float64 array
        (birth, death), sorted; zero-length bars are left out, since GUDHI cannot tell those of a plateau
        from those of its own cells.

    Raises
    ------
    ValueError
        If the array is empty or not finite, or the connectivity has another name.
    ImportError
        If GUDHI is not installed.

    Examples
    --------
    >>> cubical_bars([[0.0, 5.0], [5.0, 1.0]], "faces").tolist()
    [[0.0, inf], [1.0, 5.0]]
    >>> cubical_bars([[0.0, 5.0], [5.0, 1.0]], "full").tolist()
    [[0.0, inf]]
    """
    pixels = np.asarray(array, dtype=np.float64)
    if connectivity not in ("faces", "full"):
        raise ValueError(f"expected connectivity 'faces' or 'full', got {connectivity!r}")
    if pixels.ndim == 0 or pixels.size == 0 or not np.isfinite(pixels).all():
        raise ValueError(f"expected a non-empty array of finite values, got shape {pixels.shape}; check it")
    try:
        import gudhi
    except ImportError as error:
        raise ImportError("cubical_bars checks against GUDHI; install it: pip install gudhi") from error
    role = "vertices" if connectivity == "faces" else "top_dimensional_cells"
    complex_ = gudhi.CubicalComplex(**{role: np.ascontiguousarray(pixels)})
    complex_.compute_persistence(min_persistence=0.0)
    bars = np.asarray(complex_.persistence_intervals_in_dimension(0), dtype=np.float64).reshape(-1, 2)
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]
