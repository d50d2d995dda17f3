"""The barcode of minima by its first two definitions (BSL section 2), tried on random graphs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.oracle import descending_pairs, minimax_deaths
from lossbar_core.barcodes.pairs import vertex_ranks
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.random_graphs import component_labels, local_minima, random_cases, random_graph


@dataclass(frozen=True)
class Trials:
    """So many random graphs of at most so many vertices."""

    seed: int = 0
    trials: int = 126
    vertices: int = 200


@dataclass(frozen=True)
class Paths:
    """Random graphs, and one neighbour graph of exactly ``largest`` vertices."""

    seed: int = 0
    trials: int = 36
    vertices: int = 300
    largest: int = 2000


@item("BSL-Def1", smoke=Trials(trials=18, vertices=40), quick=Trials())
def elder_rule(config: Trials) -> Result:
    r"""Count what the elder rule pairs: BSL section 2, definition 1.

    :math:`\#\{\text{finite bars}\} = \#\{\text{minima}\} - \#\{\text{components}\}`, and the bars that end at
    a vertex are one fewer than the components that it joins. Both sides are counted without union-find.

    Parameters
    ----------
    config : Trials

    Returns
    -------
    Result
        ``count_mismatches`` trials whose number of finite bars is another; ``overused_saddles`` vertices that
        end more bars than components they merge, less one; ``unused_merges`` vertices that end fewer.
    """
    count_mismatches = overused = unused = finite_bars = saddles = 0
    for case in random_cases(config.seed, config.trials, config.vertices):
        bars = graph_barcode(case.values, case.graph)
        finite = int((~bars.essential).sum())
        minima = int(local_minima(case.values, case.graph).sum())
        components, _ = component_labels(case.graph, np.ones(len(case.values), dtype=bool))
        count_mismatches += finite != minima - components
        merged = _merges(case.values, case.graph)
        ended = np.bincount(bars.saddle[~bars.essential], minlength=len(merged))
        overused += int((ended > merged).sum())
        unused += int((ended < merged).sum())
        finite_bars, saddles = finite_bars + finite, saddles + int((merged > 0).sum())
    return Result(
        {
            "trials": config.trials,
            "count_mismatches": count_mismatches,
            "overused_saddles": overused,
            "unused_merges": unused,
            "finite_bars": finite_bars,
            "saddles": saddles,
        }
    )


def _merges(values: np.ndarray, graph: NeighborGraph) -> np.ndarray:
    """Components strictly below each vertex that it joins, less one; 0 where it joins none."""
    _, rank = vertex_ranks(values)
    indptr, indices = graph.to_csr()
    merged = np.zeros(len(values), dtype=np.int64)
    for vertex in range(len(values)):
        around = indices[indptr[vertex] : indptr[vertex + 1]]
        below = around[rank[around] < rank[vertex]]
        if len(below) > 1:
            _, labels = component_labels(graph, rank < rank[vertex])
            merged[vertex] = len(np.unique(labels[below])) - 1
    return merged


@item("BSL-Prop2.1", smoke=Paths(trials=6, vertices=40, largest=60), quick=Paths())
def death_is_minimax(config: Paths) -> Result:
    r"""Deaths against bottleneck shortest paths: BSL section 2, proposition 2.1, equation 1.

    :math:`f(q) = \min_\gamma \max_t f(\gamma(t))` over the paths from the minimum p to a lower point.

    Parameters
    ----------
    config : Paths

    Returns
    -------
    Result
        ``mismatches`` among the ``minima_compared``; ``largest_graph`` in vertices; ``paths_too_high`` finite
        bars whose path from `Barcode.path` rises above their death.
    """
    mismatches = compared = too_high = largest = 0
    for values, graph in _path_cases(config):
        bars = graph_barcode(values, graph)
        mismatches += differing_pairs(bars, minimax_deaths(values, graph))
        compared += len(bars)
        largest = max(largest, graph.n_vertices)
        for i in np.flatnonzero(~bars.essential):
            too_high += bool(values[bars.path(int(i))].max() != bars.death[i])
    return Result(
        {
            "mismatches": mismatches,
            "minima_compared": compared,
            "largest_graph": largest,
            "paths_too_high": too_high,
        }
    )


def _path_cases(config: Paths) -> list[tuple[np.ndarray, NeighborGraph]]:
    cases = [(c.values, c.graph) for c in random_cases(config.seed, config.trials, config.vertices)]
    rng = np.random.default_rng([config.seed, config.trials])
    return [*cases, (rng.normal(size=config.largest), random_graph("neighbours", config.largest, rng))]


@item("BSL-Prop2.2", smoke=Trials(trials=6, vertices=30), quick=Trials(trials=54, vertices=120))
def seen_from_the_saddle(config: Trials) -> Result:
    """Pairs of the sinking level against those of the rising one: BSL definition 2, proposition 2.2.

    Parameters
    ----------
    config : Trials

    Returns
    -------
    Result
        ``mismatches`` among the ``pairs_compared`` of all ``trials``; ``infinite_bars`` among them.
    """
    mismatches = compared = infinite = 0
    for case in random_cases(config.seed, config.trials, config.vertices):
        bars = graph_barcode(case.values, case.graph)
        mismatches += differing_pairs(bars, descending_pairs(case.values, case.graph))
        compared += len(bars)
        infinite += int(bars.essential.sum())
    return Result(
        {
            "trials": config.trials,
            "mismatches": mismatches,
            "pairs_compared": compared,
            "infinite_bars": infinite,
        }
    )


def differing_pairs(bars: Barcode, other: Any) -> int:
    """How many pairs (minimum, saddle, birth, death) one of two barcodes has and the other has not."""
    mine, theirs = (
        set(zip(b.minimum.tolist(), b.saddle.tolist(), b.birth.tolist(), b.death.tolist(), strict=True))
        for b in (bars, other)
    )
    return max(len(mine - theirs), len(theirs - mine))
