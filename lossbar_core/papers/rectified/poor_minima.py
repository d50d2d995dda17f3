"""FB-Prop2.1 and SR-Prop2.1: connected level sets and local minima, on random functions on graphs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lossbar_core import NeighborGraph, graph_barcode
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.random_graphs import component_labels, random_cases


@dataclass(frozen=True)
class Functions:
    """Random functions on connected graphs of up to ``vertices`` vertices, ``cases`` of them from mixed families."""

    cases: int
    vertices: int = 24
    seed: int = 0


@dataclass(frozen=True)
class Shape:
    """What decides about one function on a connected graph.

    Attributes
    ----------
    bars : int
        Finite bars of positive length.
    connected : bool
        Whether every sublevel graph is connected, by search at every value.
    strict : int
        Strict local minima, lower than all neighbours, that are not global.
    weak : int
        Local minima in the wide sense, no neighbour lower, that are not global.
    valleys : int
        Plateaus (connected sets of one value) without a lower neighbour that are not global.
    bottoms : int
        Plateaus at the global minimum.
    """

    bars: int
    connected: bool
    strict: int
    weak: int
    valleys: int
    bottoms: int


def shape_of(values: np.ndarray, graph: NeighborGraph) -> Shape:
    """Bars, level sets and minima, each found without the others.

    Parameters
    ----------
    values : (n,) float64 array
    graph : NeighborGraph
        Connected.

    Examples
    --------
    >>> shelf = NeighborGraph.from_edges(3, [(0, 1), (1, 2)])
    >>> shape_of(np.array([1.0, 1.0, 0.0]), shelf)    # the left end is no lower than its neighbour, and not global
    Shape(bars=0, connected=True, strict=0, weak=1, valleys=0, bottoms=1)
    """
    bars = graph_barcode(values, graph)
    finite = np.isfinite(bars.death)
    connected = all(component_labels(graph, values <= level)[0] == 1 for level in np.unique(values))
    lowest, poor = values.min(), values > values.min()
    a, b = graph.edges().T
    lower, tied = (np.zeros(len(values), dtype=bool) for _ in range(2))
    for one, other in ((a, b), (b, a)):
        lower[one[values[other] < values[one]]] = True
        tied[one[values[other] == values[one]]] = True
    plateaus = _plateaus(values, graph)
    drained = np.unique(plateaus[lower])
    valleys = np.setdiff1d(np.unique(plateaus[poor]), drained)
    return Shape(
        int((bars.death[finite] > bars.birth[finite]).sum()),
        connected,
        int((poor & ~lower & ~tied).sum()),
        int((poor & ~lower).sum()),
        len(valleys),
        len(np.unique(plateaus[values == lowest])),
    )


def _plateaus(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """Number (n,) of the plateau of every vertex."""
    found, used = np.empty(len(values), dtype=np.int64), 0
    for level in np.unique(values):
        count, labels = component_labels(graph, values == level)
        here = labels >= 0
        found[here] = labels[here] + used
        used += count
    return found


def _cases(config: Functions) -> Iterator[tuple[np.ndarray, NeighborGraph]]:
    """Functions on the largest component of random graphs; every second one is grown from one place."""
    for i, case in enumerate(random_cases(config.seed, config.cases, config.vertices)):
        _, labels = component_labels(case.graph, np.ones(case.graph.n_vertices, dtype=bool))
        kept = labels == np.bincount(labels).argmax()
        place, edges = np.cumsum(kept) - 1, case.graph.edges()
        graph = NeighborGraph.from_edges(int(kept.sum()), place[edges[kept[edges[:, 0]]]])
        grown = i // 3 % 2 == 1  # not in step with the families
        yield (grown_values(graph, config.seed + i) if grown else case.values[kept]), graph


def grown_values(graph: NeighborGraph, seed: int) -> np.ndarray:
    """Values whose sublevel graphs are connected: each vertex is reached from one that is no higher.

    Examples
    --------
    >>> line = NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)])
    >>> values = grown_values(line, 0)
    >>> shape_of(values, line).connected
    True
    """
    generator = np.random.default_rng(seed)
    neighbours: list[list[int]] = [[] for _ in range(graph.n_vertices)]
    for a, b in graph.edges().tolist():
        neighbours[a].append(b)
        neighbours[b].append(a)
    values = np.full(graph.n_vertices, np.nan)
    border, height = [int(generator.integers(graph.n_vertices))], 0
    while border:
        vertex = border.pop(int(generator.integers(len(border))))
        if np.isnan(values[vertex]):
            values[vertex] = height
            height += int(generator.integers(0, 2))
            border += neighbours[vertex]
    return values


@item("FB-Prop2.1", smoke=Functions(36), quick=Functions(1200))
@item("SR-Prop2.1", smoke=Functions(36), quick=Functions(1200))
def poor_minima(config: Functions) -> Result:
    """Connected level sets against local minima: FB Proposition 2.1, SR Proposition 2.1.

    Parameters
    ----------
    config : Functions

    Returns
    -------
    Result
        ``connected`` of ``cases`` functions have connected sublevel graphs at every value; ``mismatches`` with "no
        finite bar". Of the connected ones, ``strict``: with a strict local minimum that is not global, ``valleys``:
        with a plateau that has no lower neighbour and is not global, ``weak``: with a vertex that has no lower
        neighbour and is not global, so that the wide wording fails. ``converse``: functions that are not connected
        though every valley is global. ``poor``: not connected, with a strict local minimum that is not global.
    """
    return _measured(config)


@lru_cache(maxsize=4)  # two items ask for the same
def _measured(config: Functions) -> Result:
    shapes = [shape_of(*case) for case in _cases(config)]
    connected = [shape for shape in shapes if shape.connected]
    apart = [shape for shape in shapes if not shape.connected]
    return Result(
        {
            "cases": len(shapes),
            "connected": len(connected),
            "mismatches": sum((shape.bars == 0) != shape.connected for shape in shapes),
            "strict": sum(shape.strict > 0 for shape in connected),
            "valleys": sum(shape.valleys > 0 for shape in connected),
            "weak": sum(shape.weak > 0 for shape in connected),
            "converse": sum(shape.valleys == 0 for shape in apart),
            "poor": sum(shape.strict > 0 for shape in apart),
        }
    )
