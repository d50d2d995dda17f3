"""Matchings of points of the plane within a threshold: what the bottleneck distance is made of."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from lossbar_core.barcodes.guesses import Line, gaps, same_cell

MOST_PAIRS = 40_000_000  # written out, about 1.5 GB; more are asked of a k-d tree (tuned here)
PAIRS_AT_ONCE = 4_000_000
DEGREE_SAMPLE = 1024  # points whose neighbours are counted to foresee the number of pairs
LONELY = 0.01  # share of bars without a partner from which on the matching is begun anew
FIRST_QUERY = 8  # nearest candidates a k-d tree is asked for at first; four times as many each further time


class OneSided:
    """Matchings of bars ``here`` into bars ``there``; a bar may stay alone where the diagonal is near enough.

    Hopcroft and Karp's method in the plane: breadth first from the free bars of ``there``, so that every bar
    knows its distance to one along alternating paths; then depth first along paths that get nearer step by step.
    A matching is kept from one threshold to the next. If some bar reaches no free bar, then all that reach none
    have together too few partners (Hall's condition), which tells the next threshold worth a try.

    Parameters
    ----------
    here, there : (m, 2) and (k, 2) float64 arrays
    alone : (m,) float64 array
        Cost of leaving a bar of ``here`` alone.
    order : float
        2 or inf, of the norm.
    low : float
        No threshold below this one is asked for.
    """

    def __init__(self, here: np.ndarray, there: np.ndarray, alone: np.ndarray, order: float, low: float):
        self.here, self.there, self.alone, self.order, self.low = here, there, alone, order, low
        self.tree = cKDTree(there)
        slope = 0.5 if np.isinf(order) else np.sqrt(0.5)
        forms = ([1.0, 0.0], [0.0, 1.0], [slope, slope], [-slope, slope])  # none enlarges distances
        self.lines = [Line(here @ np.array(form), there @ np.array(form)) for form in forms]
        self.partner = np.full(len(here), -1, np.int64)
        self.taken_by = np.full(len(there), -1, np.int64)
        self._pairs: _Pairs | None = None

    def adopt(self, partner: np.ndarray, taken_by: np.ndarray) -> None:
        """Start from a matching of the same bars."""
        self.partner, self.taken_by = partner, taken_by

    def nearest_bound(self) -> float:
        """Each bar goes at least to its nearest partner or to the diagonal."""
        rows = np.flatnonzero(self.alone > self.low)
        distance, _ = self.tree.query(self.here[rows], p=self.order)
        return float(np.minimum(distance, self.alone[rows]).max(initial=0.0))

    def decide(self, threshold: float) -> tuple[bool, float]:
        """Whether a threshold suffices, and the cost of a matching, or else a lower bound above the threshold."""
        must = self.alone > threshold
        self._drop(must, threshold)
        self._guess(must, threshold)
        roots = np.flatnonzero(must & (self.partner < 0))
        graph = self._graph(threshold, must) if len(roots) else None
        while len(roots):
            assert graph is not None
            far = self._label(graph, roots)
            if (far[roots] < 0).any():
                stuck = np.flatnonzero(must & (far < 0))
                return False, max(self._next(stuck), float(np.nextafter(threshold, np.inf)))
            self._augment(graph, roots[np.argsort(far[roots], kind="stable")], far)
            roots = roots[self.partner[roots] < 0]
        matched = np.flatnonzero(must)
        used = gaps(self.here[matched], self.there[self.partner[matched]], self.order).max(initial=0.0)
        return True, max(float(used), float(self.alone[~must].max(initial=0.0)))

    def _drop(self, must: np.ndarray, threshold: float) -> None:
        """Keep of the matching what the threshold allows and what is needed."""
        matched = np.flatnonzero(self.partner >= 0)
        apart = gaps(self.here[matched], self.there[self.partner[matched]], self.order) > threshold
        dropped = matched[apart | ~must[matched]]
        self.taken_by[self.partner[dropped]] = -1
        self.partner[dropped] = -1

    def _guess(self, must: np.ndarray, threshold: float) -> None:
        """Match many at once: along a line if that matches nearly all, then in ever larger cells."""
        rows = np.flatnonzero(must)
        lonely = np.count_nonzero(self.partner[rows] < 0)
        for line in self.lines if lonely > LONELY * len(rows) else ():
            left, right = line.match(must, threshold)
            found = right >= 0
            found[found] = gaps(self.here[left[found]], self.there[right[found]], self.order) <= threshold
            if np.count_nonzero(~found) < lonely:
                lonely = np.count_nonzero(~found)
                self.partner[:], self.taken_by[:] = -1, -1
                self._match(left[found], right[found], threshold)
        for share in (0.125, 0.25, 0.5, 1.0):
            rows, columns = np.flatnonzero(must & (self.partner < 0)), np.flatnonzero(self.taken_by < 0)
            if len(rows) and len(columns) and threshold > 0:
                i, j = same_cell(self.here[rows], self.there[columns], share * threshold)
                self._match(rows[i], columns[j], threshold)

    def _match(self, rows: np.ndarray, columns: np.ndarray, threshold: float) -> None:
        near = gaps(self.here[rows], self.there[columns], self.order) <= threshold
        self.partner[rows[near]] = columns[near]
        self.taken_by[columns[near]] = rows[near]

    def _graph(self, threshold: float, must: np.ndarray) -> _Pairs | _Balls:
        """Who may be matched with whom: written out where that is not too long."""
        if self._pairs is None or threshold > self._pairs.radius:
            rows = np.flatnonzero(self.alone > self.low)
            sample = self.here[rows[:: max(1, len(rows) // DEGREE_SAMPLE)]]
            degrees = self.tree.query_ball_point(sample, threshold, p=self.order, return_length=True)
            expected = len(rows) * float(np.mean(degrees))
            if expected > MOST_PAIRS:
                return _Balls(self, threshold, must)
            self._pairs = _Pairs(self, threshold, rows, expected)
        return self._pairs.within(threshold, must)

    def _label(self, graph: _Pairs | _Balls, roots: np.ndarray) -> np.ndarray:
        """Steps (m,) from a bar to the nearest free one, -1 where none is reached (or all roots are nearer)."""
        far = np.full(len(self.here), -1, np.int64)
        graph.start(len(self.there))
        front, steps = np.flatnonzero(self.taken_by < 0), 0
        while len(front) and (far[roots] < 0).any():
            steps += 1
            new = graph.reached_from(front, far)
            far[new] = steps
            front = self.partner[new]
            front = front[front >= 0]
        return far

    def _augment(self, graph: _Pairs | _Balls, roots: np.ndarray, far: np.ndarray) -> None:
        """Disjoint alternating paths from the roots to free bars, each step one nearer; swap along them."""
        used = bytearray(len(self.there))
        for root in roots.tolist():
            lefts, trials = [root], [graph.candidates(root, int(far[root]) - 1)]
            rights: list[int] = []
            while lefts:
                right = next((r for r in trials[-1] if not used[r]), -1)
                if right < 0:
                    lefts.pop()
                    trials.pop()
                    if rights:
                        rights.pop()
                    continue
                used[right] = 1
                rights.append(right)
                left = int(self.taken_by[right])
                if left < 0:
                    self.partner[lefts], self.taken_by[rights] = rights, lefts
                    break
                lefts.append(left)
                trials.append(graph.candidates(left, int(far[left]) - 1))

    def _next(self, stuck: np.ndarray) -> float:
        """Smallest threshold at which bars that are stuck could be left alone or meet another partner."""
        bound = float(self.alone[stuck].min())
        other = np.ones(len(self.there), bool)
        other[self.partner[stuck][self.partner[stuck] >= 0]] = False
        if other.any():
            distance, _ = cKDTree(self.here[stuck]).query(
                self.there[other], p=self.order, distance_upper_bound=bound
            )
            bound = min(bound, float(distance.min()))
        return bound


class _Pairs:
    """Pairs within a radius, written out in both directions."""

    def __init__(self, side: OneSided, radius: float, rows: np.ndarray, expected: float):
        self.radius = radius
        parts = []
        for some in np.array_split(rows, 1 + int(expected) // PAIRS_AT_ONCE):
            found = (
                cKDTree(side.here[some])
                .sparse_distance_matrix(side.tree, radius, p=side.order, output_type="coo_matrix")
                .tocsr()
            )
            parts.append((some.astype(np.int32), np.diff(found.indptr), found.indices, found.data))
        self.left = np.concatenate([np.repeat(some, count) for some, count, _, _ in parts])
        self.right = np.concatenate([column for _, _, column, _ in parts])
        self.gap = np.concatenate([gap for _, _, _, gap in parts])
        self.by_right = np.argsort(self.right, kind="stable").astype(np.int32)
        self.shape = (len(side.here), len(side.there))

    def within(self, threshold: float, must: np.ndarray) -> _Pairs:
        """The graph at a threshold."""
        keep = (self.gap <= threshold) & must[self.left]
        self.of_left = _rows(self.left[keep], self.right[keep], self.shape[0])
        turned = self.by_right[keep[self.by_right]]
        self.of_right = _rows(self.right[turned], self.left[turned], self.shape[1])
        return self

    def start(self, n: int) -> None:
        """Forget the levels of the ``n`` bars of ``there``."""
        self.level, self.depth = np.full(n, -1, np.int64), 0
        self.owner = np.empty(self.shape[0], np.int64)

    def reached_from(self, front: np.ndarray, far: np.ndarray) -> np.ndarray:
        """Bars without a label that have a neighbour in the front."""
        self.level[front] = self.depth
        self.depth += 1
        start, column = self.of_right
        begin, count = start[front], start[front + 1] - start[front]
        position = np.arange(count.sum()) + np.repeat(begin - np.cumsum(count) + count, count)
        new = column[position]
        new = new[far[new] < 0]
        rank = np.arange(len(new))
        self.owner[new] = rank  # the last of equal ones stays
        return new[self.owner[new] == rank]

    def candidates(self, left: int, level: int) -> Iterator[int]:
        """Bars of ``there`` on a level that a bar may be matched with."""
        start, column = self.of_left
        near = column[start[left] : start[left + 1]]
        return iter(near[self.level[near] == level].tolist())


class _Balls:
    """Pairs within a threshold, looked up in k-d trees, one for each level: for clusters of many bars."""

    def __init__(self, side: OneSided, threshold: float, must: np.ndarray):
        self.side, self.threshold, self.must = side, threshold, must
        self.reach = float(np.nextafter(threshold, np.inf))  # the k-d tree's bound is exclusive

    def start(self, n: int) -> None:
        """Forget the levels."""
        self.levels: list[tuple[cKDTree, np.ndarray]] = []
        self.waiting = np.flatnonzero(self.must)
        self.nearest = np.full(len(self.must), -1, np.int64)

    def reached_from(self, front: np.ndarray, far: np.ndarray) -> np.ndarray:
        """Bars without a label that have a neighbour in the front."""
        tree = cKDTree(self.side.there[front])
        self.levels.append((tree, front))
        points = self.side.here[self.waiting]
        distance, i = tree.query(points, p=self.side.order, distance_upper_bound=self.reach)
        hit = distance <= self.threshold
        new, self.waiting = self.waiting[hit], self.waiting[~hit]
        self.nearest[new] = front[i[hit]]
        return new

    def candidates(self, left: int, level: int) -> Iterator[int]:
        """Bars of ``there`` on a level that a bar may be matched with, the nearest first."""
        yield int(self.nearest[left])
        tree, front = self.levels[level]
        seen, upto = 0, FIRST_QUERY
        while seen < len(front):
            wanted = np.arange(seen + 1, min(upto, len(front)) + 1)
            distance, i = tree.query(
                self.side.here[left], k=wanted, p=self.side.order, distance_upper_bound=self.reach
            )
            near = distance <= self.threshold
            yield from front[i[near]].tolist()
            if not near.all():
                return
            seen, upto = upto, 4 * upto


def _rows(row: np.ndarray, column: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Compressed rows of pairs that are sorted by row."""
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=n))]), column
