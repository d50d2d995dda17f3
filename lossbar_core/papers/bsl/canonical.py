"""Barcodes as canonical forms of filtered complexes (BSL section 2, definition 3), tried on small ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lossbar_core.barcodes.canonical import betti_numbers_by_rank, canonical_form, reorder
from lossbar_core.barcodes.complexes import clique_complex, from_boundaries, graph_complex, grid_complex
from lossbar_core.barcodes.filtered import FilteredComplex
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.oracle import sublevel_components
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.definitions import Trials, differing_pairs
from lossbar_core.papers.bsl.random_graphs import VALUES, random_cases, random_graph, random_values

FIELDS: tuple[int | str, ...] = (2, 3, "Q")

# The projective plane with six vertices: a one-sided surface whose loop, run through twice, bounds a disc.
PROJECTIVE_PLANE = "124 125 136 134 156 235 236 246 345 456"


@dataclass(frozen=True)
class Complexes:
    """So many complexes, each in ``orders`` random orders and as many random bases besides its own."""

    seed: int = 0
    complexes: int = 36
    vertices: int = 36
    orders: int = 3


@dataclass(frozen=True)
class Levels:
    """Random levels and critical values of each of so many random graphs; ``shown`` levels of one for a picture."""

    seed: int = 0
    trials: int = 36
    vertices: int = 200
    levels: int = 10
    complexes: int = 6
    shown: int = 60


@item("BSL-Thm2.3", smoke=Complexes(complexes=6, vertices=16, orders=1), quick=Complexes())
def canonical_forms(config: Complexes) -> Result:
    r"""Reduce filtered complexes over three fields and in several orders: BSL theorem 2.3, section 6.2.

    A form is right when the new basis respects the filtration and :math:`\partial` maps each basis cell to 0
    or to another basis cell, no two to the same.

    Parameters
    ----------
    config : Complexes

    Returns
    -------
    Result
        ``not_canonical`` complexes with a wrong form over some field; ``field_mismatches`` with other
        degree-0 pairs over some field; ``order_mismatches`` with another multiset of bars of some degree in
        another order, ``basis_mismatches`` in another basis; ``projective_loops_gf2`` and
        ``projective_loops_q``, infinite degree-1 bars of the projective plane.
    """
    wrong = by_field = by_order = by_basis = 0
    for i, complex_ in enumerate(_complexes(config)):
        forms = [canonical_form(complex_, field, transformation=True) for field in FIELDS]
        wrong += not all(form.verify() for form in forms)
        pairs = [form.minimum_saddle_pairs() for form in forms]
        by_field += not all(pairs[0].same_as(other) for other in pairs[1:])
        rng = np.random.default_rng([config.seed, i, 1])
        bars = _all_bars(complex_)
        by_order += any(bars != _all_bars(reorder(complex_, rng)) for _ in range(config.orders))
        by_basis += any(bars != _all_bars(change_basis(complex_, rng)) for _ in range(config.orders))
    plane = projective_plane()
    return Result(
        {
            "complexes": config.complexes,
            "not_canonical": wrong,
            "field_mismatches": by_field,
            "order_mismatches": by_order,
            "basis_mismatches": by_basis,
            "projective_loops_gf2": canonical_form(plane, 2).betti(plane.value.max(), degree=1),
            "projective_loops_q": canonical_form(plane, "Q").betti(plane.value.max(), degree=1),
        }
    )


def _complexes(config: Complexes) -> Iterator[FilteredComplex]:
    """Edge, clique and cubical complexes in turn, with and without equal values."""
    for i, case in enumerate(random_cases(config.seed, config.complexes, config.vertices)):
        if i % 3 == 0:
            yield graph_complex(case.values, case.graph)
        elif i % 3 == 1:
            yield clique_complex(case.values, case.graph)
        else:
            rng = np.random.default_rng([config.seed, i])
            side = max(3, int(config.vertices**0.5))
            yield grid_complex(random_values(VALUES[i // 3 % 3], side * side, rng).reshape(side, side))


def _all_bars(complex_: FilteredComplex) -> list[list[list[float]]]:
    form = canonical_form(complex_)
    return [form.barcode(degree).tolist() for degree in range(complex_.top + 1)]


def change_basis(complex_: FilteredComplex, rng: np.random.Generator) -> FilteredComplex:
    r"""The same complex in another basis that respects the filtration, as general as theorem 2.3 allows.

    :math:`\partial' = T^{-1} \partial T` with T a product of random steps :math:`e_j \mapsto e_j \pm e_i`, where
    :math:`e_i` has the degree of :math:`e_j` and comes no later.

    Parameters
    ----------
    complex_ : FilteredComplex
    rng : numpy.random.Generator

    Returns
    -------
    FilteredComplex
        Its cells are numbered in filtration order and are no simplices any more.
    """
    order = complex_.order
    matrix = complex_.boundary.toarray()[np.ix_(order, order)]
    dimension = complex_.dimension[order]
    for _ in range(2 * len(order)):
        i, j = sorted(rng.integers(0, len(order), 2).tolist())
        if i < j and dimension[i] == dimension[j]:
            sign = int(rng.choice([-1, 1]))
            matrix[:, j] += sign * matrix[:, i]
            matrix[i] -= sign * matrix[j]
    columns = [{int(i): int(column[i]) for i in np.flatnonzero(column)} for column in matrix.T]
    return from_boundaries(dimension.tolist(), complex_.value[order].tolist(), columns, range(len(order)))


def projective_plane() -> FilteredComplex:
    """The real projective plane; a vertex, edge or triangle enters with the number of its last vertex."""
    triangles = [tuple(map(int, t)) for t in PROJECTIVE_PLANE.split()]
    edges = sorted({e for t in triangles for e in combinations(t, 2)})
    simplices = [(v,) for v in range(1, 7)] + edges + triangles
    index = {s: i for i, s in enumerate(simplices)}
    faces = [
        {index[s[:k] + s[k + 1 :]]: (-1) ** k for k in range(len(s))} if len(s) > 1 else {} for s in simplices
    ]
    return from_boundaries([len(s) - 1 for s in simplices], [max(s) for s in simplices], faces)


@item("BSL-Prop2.4", smoke=Trials(trials=12, vertices=40), quick=Trials(trials=144, vertices=160))
def union_find_is_canonical(config: Trials) -> Result:
    """Degree-0 pairs of the canonical form against union-find: BSL proposition 2.4, on graph complexes.

    Parameters
    ----------
    config : Trials

    Returns
    -------
    Result
        ``mismatches`` among the ``pairs_compared`` of all ``graphs``.
    """
    mismatches = compared = 0
    for case in random_cases(config.seed, config.trials, config.vertices):
        bars = graph_barcode(case.values, case.graph)
        form = canonical_form(graph_complex(case.values, case.graph))
        mismatches += differing_pairs(bars, form.minimum_saddle_pairs())
        compared += len(bars)
    return Result({"graphs": config.trials, "mismatches": mismatches, "pairs_compared": compared})


@item("BSL-Betti", smoke=Levels(trials=6, vertices=40, levels=3, complexes=2), quick=Levels())
def bars_count_components(config: Levels) -> Result:
    r"""Bars that contain a level against Betti numbers: BSL section 2, last paragraph.

    :math:`\#\{i : b_i \le c < d_i\} = \dim H_0(\{f \le c\})`, and the same for loops in degree 1, by ranks.

    Parameters
    ----------
    config : Levels

    Returns
    -------
    Result
        ``mismatches`` among the ``levels`` in degree 0, ``loop_mismatches`` among ``loop_levels`` in degree
        1; ``most_components`` seen at one level. Arrays for a picture: ``diagram`` (b, 2) of one neighbour
        graph, ``level`` and ``components`` counted there.
    """
    mismatches = levels = most = 0
    for i, case in enumerate(random_cases(config.seed, config.trials, config.vertices)):
        bars = graph_barcode(case.values, case.graph)
        for level in _levels(case.values, bars.to_diagram(), config.levels, [config.seed, i, 2]):
            counted = sublevel_components(case.values, case.graph, level)
            mismatches += int(((bars.birth <= level) & (level < bars.death)).sum()) != counted
            levels, most = levels + 1, max(most, counted)
    loop_levels, loop_mismatches = _loops(config)
    return Result(
        {
            "mismatches": mismatches,
            "levels": levels,
            "most_components": most,
            "loop_mismatches": loop_mismatches,
            "loop_levels": loop_levels,
        },
        _staircase(config),
    )


def _staircase(config: Levels) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([config.seed, config.trials])
    graph = random_graph("neighbours", config.vertices, rng)
    values = random_values("distinct", config.vertices, rng)
    level = np.sort(rng.uniform(values.min(), values.max(), config.shown))
    components = np.array([sublevel_components(values, graph, c) for c in level])
    return {"diagram": graph_barcode(values, graph).to_diagram(), "level": level, "components": components}


def _levels(values: np.ndarray, diagram: np.ndarray, count: int, seed: list[int]) -> list[float]:
    """Random levels over the range of f and a bit beyond, and critical ones, where a count is delicate."""
    rng = np.random.default_rng(seed)
    drawn = rng.uniform(values.min() - 0.5, values.max() + 0.5, count)
    critical = np.unique(diagram[np.isfinite(diagram)])
    return [*drawn.tolist(), *rng.choice(critical, min(count, len(critical)), replace=False).tolist()]


def _loops(config: Levels) -> tuple[int, int]:
    levels = mismatches = 0
    for i, case in enumerate(random_cases(config.seed + 1, config.complexes, 40)):
        complex_ = clique_complex(case.values, case.graph)
        form = canonical_form(complex_)
        for level in _levels(case.values, form.barcode(1), config.levels, [config.seed, i, 3]):
            mismatches += form.betti(level, degree=1) != _rank(complex_, level)
            levels += 1
    return levels, mismatches


def _rank(complex_: FilteredComplex, level: float) -> int:
    numbers = betti_numbers_by_rank(complex_, level)
    return numbers[1] if len(numbers) > 1 else 0
