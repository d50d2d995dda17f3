"""Minimax paths through the graph, from the pointers that the merge leaves behind."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class MergePaths:
    r"""Paths between minima in the minimum spanning forest of the basins.

    Every death joins two basins by an edge (saddle, neighbour across). These edges form a minimum spanning
    forest, in which the path between two minima has the lowest possible maximum.

    Parameters
    ----------
    parent : (n,) places of the lowest neighbours, a minimum its own
    basin : (n,) number of the basin of each place
    minima : (b,) places of the minima
    saddle, across : (b,) places of the merging edges, -1 for an essential bar
    to_id, to_place : vertex ids from places and back
    """

    def __init__(
        self,
        parent: np.ndarray,
        basin: np.ndarray,
        minima: np.ndarray,
        saddle: np.ndarray,
        across: np.ndarray,
        to_id: Callable[[np.ndarray], np.ndarray],
        to_place: Callable[[int], int],
    ):
        self._parent, self._basin, self._minima = parent, basin, minima
        self._saddle, self._across = saddle, across
        self._to_id, self._to_place = to_id, to_place
        self._edges: dict[int, list[tuple[int, int, int]]] | None = None

    def between(self, start: int, end: int) -> np.ndarray:
        """Vertex ids of the path between two minima given by vertex id; no vertex comes twice."""
        first, last = (int(self._basin[self._to_place(vertex)]) for vertex in (start, end))
        places: list[int] = []
        entry = int(self._minima[first])
        for near, far in self._crossings(first, last):
            places += self._within(entry, near)
            entry = far
        places += self._within(entry, int(self._minima[last]))
        return np.asarray(self._to_id(np.array(places)), np.int64)

    def _within(self, start: int, end: int) -> list[int]:
        """Down from one place of a basin and up to another, turning where their pointers first meet."""
        down, up = self._descent(start), self._descent(end)
        while len(down) > 1 and len(up) > 1 and down[-2] == up[-2]:
            down.pop()
            up.pop()
        return down + up[-2::-1]

    def _descent(self, place: int) -> list[int]:
        """The place and its lowest neighbours down to the minimum."""
        way = [place]
        while self._parent[place] != place:
            place = int(self._parent[place])
            way.append(place)
        return way

    def _crossings(self, first: int, last: int) -> list[tuple[int, int]]:
        """Edges (near place, far place) of the forest path between two basins, found breadth first."""
        came: dict[int, tuple[int, int, int] | None] = {first: None}
        queue = [first]
        while last not in came:
            following = []
            for basin in queue:
                for other, near, far in self._forest().get(basin, ()):
                    if other not in came:
                        came[other] = (basin, near, far)
                        following.append(other)
            queue = following
        way = []
        step = came[last]
        while step is not None:
            basin, near, far = step
            way.append((near, far))
            step = came[basin]
        return way[::-1]

    def _forest(self) -> dict[int, list[tuple[int, int, int]]]:
        """Adjacency of the basins: basin -> (other basin, place on this side, place on the other side)."""
        if self._edges is None:
            self._edges = {}
            for saddle, across in zip(self._saddle.tolist(), self._across.tolist(), strict=True):
                if saddle >= 0:
                    here, there = int(self._basin[saddle]), int(self._basin[across])
                    self._edges.setdefault(here, []).append((there, saddle, across))
                    self._edges.setdefault(there, []).append((here, across, saddle))
        return self._edges
