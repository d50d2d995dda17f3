"""Merge trees: the order in which components of sublevel sets join."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lossbar_core.barcodes.barcode import Barcode


@dataclass(frozen=True)
class MergeTree:
    """The branch decomposition of a merge tree by the elder rule: one branch a bar.

    Attributes
    ----------
    birth, death : (b,) arrays
        Ends of each branch: value of its minimum, value of the saddle where it joins its parent (infinite
        for a root).
    minimum, saddle : (b,) int64 arrays
        Vertex ids (-1 for the saddle of a root).
    parent : (b,) int64 array
        Branch into which it merges; -1 for a root. Branches are sorted by birth, so a parent comes first.

    Examples
    --------
    >>> import lossbar_core as lb
    >>> line = lb.NeighborGraph.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    >>> tree = lb.graph_barcode([1.0, 3.0, 0.0, 4.0, 2.0], line).merge_tree()
    >>> tree.parent
    array([-1,  0,  0])
    >>> len(tree.simplify(2.0))
    3
    >>> tree.n_components(3.5)
    2
    """

    birth: np.ndarray
    death: np.ndarray
    minimum: np.ndarray
    saddle: np.ndarray
    parent: np.ndarray

    @classmethod
    def from_barcode(cls, bars: Barcode) -> MergeTree:
        """Tree of all bars, or of those that ``Barcode.filter`` left: it keeps the swallower of all that it keeps.

        Raises
        ------
        ValueError
            If the bars carry no vertices, or a mask dropped a swallower but kept what it swallowed.
        """
        if len(bars) and bars.minimum[0] < 0:
            raise ValueError(
                "expected bars with vertices, got a barcode made from a diagram; compute it from values"
            )
        order = np.argsort(bars.minimum, kind="stable")
        known = bars.minimum[order]
        place = np.searchsorted(known, bars.swallower)
        place[place == len(known)] = 0
        missing = (bars.swallower >= 0) & (known[place] != bars.swallower)
        if missing.any():
            raise ValueError(
                f"expected every swallower among the bars, got {int(missing.sum())} bars without theirs; "
                "make the tree first and use its simplify"
            )
        parent = np.where(bars.swallower >= 0, order[place], -1)
        return cls(bars.birth, bars.death, bars.minimum, bars.saddle, parent)

    def __len__(self) -> int:
        return len(self.birth)

    def simplify(self, min_persistence: float) -> MergeTree:
        """The tree without branches shorter than a persistence: what it cuts hangs on no longer branch.

        A branch is never longer than the one that swallows it counted from the lower birth, so cutting by length
        never cuts off a kept branch from its parent.

        Raises
        ------
        ValueError
            If the persistence is negative.
        """
        if not min_persistence >= 0:
            raise ValueError(
                f"expected min_persistence >= 0, got {min_persistence}; use 0 for the whole tree"
            )
        keep = self.death - self.birth >= min_persistence
        number = np.cumsum(keep) - 1
        parent = self.parent[keep]
        parent = np.where(parent >= 0, number[parent], -1)
        return MergeTree(self.birth[keep], self.death[keep], self.minimum[keep], self.saddle[keep], parent)

    def n_components(self, level: float) -> int:
        """Number of components of the sublevel set at a level: branches born at or below it and alive.

        Raises
        ------
        ValueError
            If the level is NaN.
        """
        if np.isnan(level):
            raise ValueError("expected a level, got nan; pass a number or inf")
        alive = (level < self.death) | (self.parent < 0)
        return int(np.count_nonzero((self.birth <= level) & alive))

    def depth(self) -> np.ndarray:
        """Generations above each branch: 0 for a root."""
        depth = np.zeros(len(self), np.int64)
        for branch in np.flatnonzero(self.parent >= 0):  # parents come first
            depth[branch] = depth[self.parent[branch]] + 1
        return depth
