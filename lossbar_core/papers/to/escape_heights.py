"""TO equations 1 and 2: the height a path has to climb to get lower, and the barcode made of these heights."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.random_graphs import local_minima, random_cases


@dataclass(frozen=True)
class Graphs:
    """So many random functions on random graphs of at most so many vertices; 18 of them are all kinds once."""

    seed: int = 0
    trials: int = 90
    vertices: int = 200


@item("TO-eq1-2", smoke=Graphs(trials=18, vertices=30), quick=Graphs())
def heights_are_deaths(config: Graphs) -> Result:
    r"""Segments :math:`[L(p), h_p]` by bottleneck paths against the bars of union-find: TO equations 1 and 2.

    :math:`h_p = \min_\gamma \max_t L(\gamma(t))` over paths from p to a strictly lower point; it is infinite where
    there is none, which must be the case once a component: at its lowest minimum.

    Parameters
    ----------
    config : Graphs

    Returns
    -------
    Result
        ``mismatches`` among the ``minima_compared`` of graphs with distinct values; on graphs with equal values
        ``tied_minima``, and of these ``tied_mismatches``, whose segments are another bar: two lowest minima of equal
        value are both infinite by the equation as printed.
    """
    compared = mismatches = tied = tied_mismatches = 0
    for case in random_cases(config.seed, config.trials, config.vertices):
        bars = graph_barcode(case.values, case.graph)
        minima = np.flatnonzero(local_minima(case.values, case.graph))
        death = dict(zip(bars.minimum.tolist(), bars.death.tolist(), strict=True))
        differing = sum(
            height_to_lower(case.values, case.graph, p) != death.get(p, case.values[p])
            for p in minima.tolist()
        )
        if case.kind == "distinct":
            compared, mismatches = compared + len(minima), mismatches + differing
        else:
            tied, tied_mismatches = tied + len(minima), tied_mismatches + differing
    return Result(
        {
            "trials": config.trials,
            "minima_compared": compared,
            "mismatches": mismatches,
            "tied_minima": tied,
            "tied_mismatches": tied_mismatches,
        }
    )


def height_to_lower(values: np.ndarray, graph: NeighborGraph, start: int) -> float:
    r"""The lowest height at which a path from a vertex reaches a strictly lower one: TO equation 1.

    Vertices are visited in the order of the highest value on the best path to them, as in Dijkstra's search.

    Returns
    -------
    float
        Infinite where nothing lower can be reached.

    Examples
    --------
    >>> line = NeighborGraph.from_edges(5, [[0, 1], [1, 2], [2, 3], [3, 4]])
    >>> height_to_lower(np.array([1.0, 4.0, 2.0, 3.0, 0.0]), line, 2)
    3.0
    """
    indptr, indices = graph.to_csr()
    waiting, seen = [(float(values[start]), start)], {start}
    while waiting:
        height, vertex = heapq.heappop(waiting)
        if values[vertex] < values[start]:
            return height
        for other in indices[indptr[vertex] : indptr[vertex + 1]].tolist():
            if other not in seen:
                seen.add(other)
                heapq.heappush(waiting, (max(height, float(values[other])), other))
    return float("inf")
