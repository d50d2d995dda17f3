"""The barcode of sampled minima: paths between them, TO Algorithm 1 as printed, and its minimax closure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import to_score
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.checks import as_count, as_values
from lossbar_core.landscapes import Surface
from lossbar_core.paths.method import PathMethod, check_surface
from lossbar_core.paths.pair_choice import Pair, all_pairs, relax_all, relax_suggested
from lossbar_core.paths.path import Path
from lossbar_core.paths.spanning import as_tops, minimax_closure, minimum_spanning_tree, ultrametric_violation


@dataclass(frozen=True)
class MinimaBarcode:
    r"""Heights of paths between K minima, and the barcodes that follow from them.

    Attributes
    ----------
    births : (K,) float64 array
        Losses of the minima.
    tops : (K, K) float64 array
        Symmetric: highest loss of the path between two minima, infinite where there is none; the births on the
        diagonal.
    paths : dict from (i, j), i < j, to Path
    failures : dict from (i, j) to text
        Paths that a method gave up. Their tops count as infinite.

    Examples
    --------
    >>> found = MinimaBarcode.from_tops([0.0, 1.0, 2.0], [[0, 9, 4], [9, 1, 5], [4, 5, 2]])
    >>> found.direct_deaths.tolist(), found.closed_deaths.tolist(), found.lowered.tolist()
    ([inf, 9.0, 4.0], [inf, 5.0, 4.0], [False, True, False])
    >>> found.barcode.to_diagram().tolist()
    [[0.0, inf], [1.0, 5.0], [2.0, 4.0]]
    """

    births: np.ndarray
    tops: np.ndarray
    paths: Mapping[Pair, Path] = field(default_factory=dict, repr=False)
    failures: Mapping[Pair, str] = field(default_factory=dict)

    @classmethod
    def from_tops(cls, births: Any, tops: Any, **parts: Any) -> MinimaBarcode:
        """Barcode of heights that are known already.

        Raises
        ------
        TypeError
            If births or tops are no real numbers.
        ValueError
            If a shape is wrong, tops are not symmetric, or a top lies below a birth of its pair.
        """
        births = as_values(births).astype(np.float64)
        tops = as_tops(tops)
        if len(tops) != len(births):
            raise ValueError(
                f"expected tops of shape ({len(births)}, {len(births)}), one row a birth, got {tops.shape}; pass both "
                "of the same minima"
            )
        np.fill_diagonal(tops, births)
        least = np.maximum.outer(births, births)
        if (tops < least).any():
            i, j = np.argwhere(tops < least)[0]
            raise ValueError(
                f"expected tops of at least the births of their ends, got {tops[i, j]} below {least[i, j]} for pair "
                f"({i}, {j}); a path's top is the highest of all its losses, the ends' too"
            )
        return cls(births, tops, **parts)

    @property
    def gradient_evaluations(self) -> int:
        """Gradients of single parameter vectors that all paths cost."""
        return sum(path.gradient_evaluations for path in self.paths.values())

    @property
    def connected(self) -> np.ndarray:
        """Pairs with a path, (E, 2) int64, i < j, in lexicographic order."""
        return np.argwhere(np.triu(np.isfinite(self.tops), 1))

    @cached_property
    def direct_deaths(self) -> np.ndarray:
        r""":math:`h_p = \min \{w_{pq} : L(q) < L(p)\}`: TO Algorithm 1 as printed, (K,); infinite without such a q.

        Equal births see each other as no lower, so that both may never die (register 2.c.2).
        """
        lower = self.births[None, :] < self.births[:, None]
        return np.where(lower, self.tops, np.inf).min(axis=1)

    @cached_property
    def closure(self) -> np.ndarray:
        """Lowest tops over all concatenations of paths, (K, K): see `minimax_closure`."""
        return minimax_closure(self.tops)

    @cached_property
    def closed_deaths(self) -> np.ndarray:
        """The deaths of `barcode` by minimum, (K,): never above the direct ones."""
        deaths = np.empty(len(self.births))
        deaths[self.barcode.minimum] = self.barcode.death
        return deaths

    @property
    def lowered(self) -> np.ndarray:
        """Minima whose direct estimate the closure lowers, (K,) bool. Ties in birth count: see `direct_deaths`."""
        return self.closed_deaths < self.direct_deaths

    @cached_property
    def tree(self) -> np.ndarray:
        """The pairs that matter: a minimum spanning tree of the tops, (E, 2), in increasing order of height."""
        return minimum_spanning_tree(self.tops)

    @property
    def ultrametric_violation(self) -> float:
        """Of the closure: 0 by construction; that of the tops says how far the single paths are from optimal."""
        return ultrametric_violation(self.closure)

    @cached_property
    def barcode(self) -> Barcode:
        """Barcode of the subdivided graph of paths: vertices are the K minima, then the pairs of `connected`.

        So ``minimum`` holds numbers of minima, and ``saddle - K`` rows of `connected`. Minima that no path joins
        keep bars without end.
        """
        count, pairs = len(self.births), self.connected
        middles = count + np.arange(len(pairs))
        edges = np.concatenate([np.stack([pairs[:, end], middles], axis=1) for end in (0, 1)])
        graph = NeighborGraph.from_edges(count + len(pairs), edges)
        return graph_barcode(np.concatenate([self.births, self.tops[tuple(pairs.T)]]), graph)

    @property
    def direct_barcode(self) -> Barcode:
        """Bars of TO Algorithm 1 as printed."""
        return Barcode.from_diagram(np.stack([self.births, self.direct_deaths], axis=1))

    def to_score(self, norm: str = "sup", closed: bool = True) -> float:
        """TO-score (TO equations 3 and 4) of the closed or the direct barcode: see `lossbar_core.to_score`.

        Raises
        ------
        ValueError
            If the norm is neither "sup" nor "euclidean".
        """
        return to_score(self.barcode if closed else self.direct_barcode, norm)


def barcode_of_minima(
    surface: Surface,
    minima: Any,
    method: PathMethod,
    pairs: str | Sequence[Pair] = "all",
    *,
    max_pairs: int | None = None,
    progress: bool = False,
    checkpoint: Any = None,
) -> MinimaBarcode:
    r"""Connect minima by paths and read off their barcode: TO Algorithm 1 and its minimax closure.

    Parameters
    ----------
    surface : Surface
    minima : (K, M) tensor or array, K >= 2
    method : PathMethod
    pairs : "all", "suggested" or a list of (i, j)
        All in one batch, as in TO; or AutoNEB's choice (register 4.b.6): all to the lowest minimum in one batch,
        then, one by one, the closest untested pair across the cut of the highest tree edge, until there is none.
    max_pairs : int, optional
        With "suggested": pairs at most, not below K - 1.
    progress : bool
        Show the method's bar.
    checkpoint : Checkpoint or file name, optional
        As for the method; with "suggested" beside it a file for the pairs that are done.

    Returns
    -------
    MinimaBarcode

    Raises
    ------
    TypeError
        If surface, method or pairs are of another kind.
    ValueError
        If minima have the wrong shape, are not finite or equal, a pair is out of range, or max_pairs too small.

    Examples
    --------
    >>> from lossbar_core.landscapes import EGG_CARTON
    >>> from lossbar_core.paths import StraightLine
    >>> found = barcode_of_minima(EGG_CARTON.landscape(), EGG_CARTON.minima, StraightLine())
    >>> found.closed_deaths.round(6).tolist(), int(found.lowered.sum())
    ([inf, 0.0, 0.0, 0.0], 3)
    """
    check_surface(surface)
    if not isinstance(method, PathMethod):
        raise TypeError(
            f"expected a path method, got {method!r}; pass one such as StraightLine() or AutoNEB()"
        )
    points = _as_minima(surface, minima)
    births = surface.losses(points).double().cpu().numpy()
    if not np.isfinite(births).all():
        raise ValueError(f"expected finite losses at the minima, got {births.tolist()}; drop those minima")
    if isinstance(pairs, str) and pairs == "suggested":
        limit = _as_limit(max_pairs, len(points))
        paths = relax_suggested(surface, points, births, method, limit, progress, checkpoint)
    else:
        chosen = all_pairs(len(points)) if isinstance(pairs, str) and pairs == "all" else pairs
        if max_pairs is not None:
            raise ValueError(
                "expected max_pairs only with pairs='suggested'; leave it out, or list the pairs"
            )
        paths = relax_all(surface, points, _as_pairs(chosen, len(points)), method, progress, checkpoint)
    return _of_paths(births, paths)


def _of_paths(births: np.ndarray, paths: Mapping[Pair, Path]) -> MinimaBarcode:
    tops = np.full((len(births), len(births)), np.inf)
    failures = {pair: path.failure for pair, path in paths.items() if path.failure is not None}
    for (i, j), path in paths.items():
        if path.failure is None:
            # A batch of another size may round the ends' losses otherwise.
            tops[i, j] = tops[j, i] = max(path.top, births[i], births[j])
    return MinimaBarcode.from_tops(births, tops, paths=paths, failures=failures)


def _as_minima(surface: Surface, minima: Any) -> torch.Tensor:
    points = surface.as_points(minima)
    if len(points) < 2:
        raise ValueError(f"expected at least 2 minima, got {len(points)}; one minimum has no saddle")
    if len(torch.unique(points, dim=0)) < len(points):
        raise ValueError(
            "expected different minima, got the same point twice; drop duplicates with torch.unique"
        )
    return points


def _as_limit(max_pairs: int | None, count: int) -> int:
    most = count * (count - 1) // 2
    return most if max_pairs is None else min(most, as_count(max_pairs, "max_pairs", low=count - 1))


def _as_pairs(pairs: Any, count: int) -> list[Pair]:
    """Pairs i < j of numbers of minima, each once."""
    if isinstance(pairs, str) or not isinstance(pairs, (Sequence, np.ndarray)) or len(pairs) == 0:
        raise TypeError(f"expected pairs 'all', 'suggested' or a list of (i, j), got {pairs!r}; choose one")
    checked = []
    for pair in pairs:
        if len(pair) != 2:
            raise ValueError(f"expected pairs (i, j), got {pair!r}; give two numbers of minima")
        i, j = sorted(as_count(end, "number of a minimum", low=0, high=count - 1) for end in pair)
        if i == j or (i, j) in checked:
            raise ValueError(f"expected each pair of two different minima once, got {(i, j)}; drop it")
        checked.append((i, j))
    return checked
