"""The barcode of minima: bars, their vertices, and what is asked of them."""

from __future__ import annotations

import operator
from functools import cached_property
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np

from lossbar_core.barcodes.distances import as_diagram
from lossbar_core.barcodes.paths import MergePaths

if TYPE_CHECKING:
    from lossbar_core.barcodes.graph import NeighborGraph
    from lossbar_core.barcodes.merge_tree import MergeTree

FIELDS = ("birth", "death", "minimum", "saddle", "swallower", "size", "mean_height")


class Barcode:
    r"""Degree-0 sublevel barcode: one bar :math:`[f(p), f(q))` for every minimum p and its 1-saddle q.

    BSL section 2. Bars are sorted by birth, then by the vertex id of the minimum; vertices of equal value
    are ordered by id everywhere. Get one from :func:`lossbar_core.graph_barcode`,
    :func:`lossbar_core.grid_barcode` or :func:`lossbar_core.sample_barcode`.

    Attributes
    ----------
    birth, death : (b,) arrays of the values' dtype
        Death is infinite for an essential bar (the lowest minimum of a component of the domain).
    minimum, saddle, swallower : (b,) int64 arrays
        Vertex ids: the minimum, its paired 1-saddle, the minimum of the component that swallows it (-1, -1
        for an essential bar). On a grid the ids are flat indices in C order.
    size : (b,) int64 array
        Points in the component just before it dies, the saddle not counted; in the whole component if
        essential.
    mean_height : (b,) float64 array
        Mean of f above the birth over those points.
    points, values, graph : the sampled points (n, d), their values (n,) and their graph, where there are any.

    Examples
    --------
    >>> import lossbar_core as lb
    >>> bc = lb.graph_barcode([0.0, 2.0, 1.0], lb.NeighborGraph.from_edges(3, [(0, 1), (1, 2)]))
    >>> bc.birth, bc.death, bc.saddle
    (array([0., 1.]), array([inf,  2.]), array([-1,  1]))
    """

    points: np.ndarray | None = None
    values: np.ndarray | None = None
    graph: NeighborGraph | None = None

    def __init__(
        self,
        birth: np.ndarray,
        death: np.ndarray,
        minimum: np.ndarray,
        saddle: np.ndarray,
        swallower: np.ndarray,
        size: np.ndarray,
        mean_height: np.ndarray,
        paths: MergePaths | None = None,
    ):
        self.birth, self.death = birth, death
        self.minimum, self.saddle, self.swallower = minimum, saddle, swallower
        self.size, self.mean_height = size, mean_height
        self._paths = paths

    @classmethod
    def from_diagram(cls, diagram: Any) -> Barcode:
        """Barcode of a (b, 2) array of (birth, death), without vertices: ids are -1, sizes 0.

        Raises
        ------
        TypeError
            If the entries are no numbers.
        ValueError
            If the shape is not (b, 2), an entry is NaN, or a death lies below its birth.

        Examples
        --------
        >>> Barcode.from_diagram([(1.0, 2.0), (0.0, float("inf"))]).birth
        array([0., 1.])
        """
        diagram = as_diagram(diagram, "diagram")
        birth, death = diagram[np.argsort(diagram[:, 0], kind="stable")].T.copy()
        none = np.full(len(birth), -1, np.int64)
        return cls(birth, death, none, none, none, np.zeros(len(birth), np.int64), np.zeros(len(birth)))

    def __len__(self) -> int:
        return len(self.birth)

    def __repr__(self) -> str:
        return f"Barcode({len(self)} bars, {int(self.essential.sum())} essential)"

    def __getitem__(self, mask: Any) -> Barcode:
        """The bars of a boolean mask, a slice or an array of positions (kept in sorted order)."""
        chosen = np.arange(len(self))[mask]
        chosen = np.sort(np.atleast_1d(chosen))
        fields: dict[str, Any] = {name: getattr(self, name)[chosen] for name in FIELDS}
        part = Barcode(**fields, paths=self._paths)
        part.points, part.values, part.graph = self.points, self.values, self.graph
        return part

    @property
    def persistence(self) -> np.ndarray:
        """Length of each bar, death - birth; infinite for an essential bar."""
        return self.death - self.birth

    @cached_property
    def essential(self) -> np.ndarray:
        """Mask of the bars that never die."""
        return np.isinf(self.death)

    def filter(self, min_size: int = 0, min_persistence: float = 0.0) -> Barcode:
        """Bars of at least this size and this persistence.

        ``min_size`` is the cluster filter of the paper's code; it also drops the essential bars of small
        components, into which a sparse graph breaks. ``min_persistence`` is the usual filter: dropping all
        shorter bars gives the barcode of the simplified function, since the elder rule lets short bars die
        first.

        Raises
        ------
        TypeError
            If a threshold is no number.
        ValueError
            If a threshold is negative or NaN.

        Examples
        --------
        >>> len(Barcode.from_diagram([(0, float("inf")), (1, 1.5), (1, 4)]).filter(min_persistence=1.0))
        2
        """
        for name, threshold in (("min_size", min_size), ("min_persistence", min_persistence)):
            if isinstance(threshold, bool) or not isinstance(threshold, Real):
                raise TypeError(f"expected {name} as a number, got {threshold!r}; use 0 for all bars")
        if not (min_size >= 0 and min_persistence >= 0):
            raise ValueError(
                f"expected thresholds >= 0, got min_size={min_size}, min_persistence={min_persistence}; "
                "use 0 for all bars"
            )
        return self[(self.size >= min_size) & (self.persistence >= min_persistence)]

    def to_diagram(self) -> np.ndarray:
        """The persistence diagram: (b, 2) float64 array of (birth, death)."""
        return np.stack([self.birth, self.death], axis=1).astype(np.float64)

    def to_frame(self) -> Any:
        """All fields as a pandas DataFrame, one row a bar."""
        import pandas as pd

        return pd.DataFrame(
            {name: getattr(self, name) for name in FIELDS} | {"persistence": self.persistence}
        )

    def merge_tree(self) -> MergeTree:
        """The merge tree of the bars: who was swallowed where, by whom.

        Raises
        ------
        ValueError
            If the bars carry no vertices (a barcode made from a diagram).
        """
        from lossbar_core.barcodes.merge_tree import MergeTree

        return MergeTree.from_barcode(self)

    def path(self, i: int) -> np.ndarray:
        r"""Vertices of a path from minimum i over its saddle to its swallower, with no value above the saddle's.

        The path attains the minimax of BSL Proposition 2.1,
        :math:`\min_\gamma \max_t f(\gamma(t)) = f(q_i)`. On each side of the saddle it
        descends along lowest neighbours; where
        the component had swallowed others before, it crosses their lower saddles.

        Returns
        -------
        (m,) int64 array of vertex ids

        Raises
        ------
        ValueError
            If bar i is essential, or the barcode holds no graph pointers.
        IndexError
            If there is no bar i.

        Examples
        --------
        >>> import lossbar_core as lb
        >>> bc = lb.graph_barcode([0.0, 2.0, 1.0], lb.NeighborGraph.from_edges(3, [(0, 1), (1, 2)]))
        >>> bc.path(1)
        array([2, 1, 0])
        """
        i = operator.index(i)
        if not -len(self) <= i < len(self):
            raise IndexError(f"expected a bar in 0..{len(self) - 1}, got {i}; see len(barcode)")
        if self._paths is None:
            raise ValueError(
                "expected a barcode of a graph or a grid, got one without vertices; compute it from values"
            )
        if self.saddle[i] < 0:
            raise ValueError(f"expected a finite bar, got the essential bar {i}; it has no saddle")
        return self._paths.between(int(self.minimum[i]), int(self.swallower[i]))

    def plot(self, ax: Any = None) -> Any:
        """Draw the bars with :func:`lossbar_core.plotting.plot_barcode`; returns the matplotlib axes."""
        from lossbar_core.plotting import plot_barcode

        return plot_barcode(self, ax=ax)
