"""Filtered complexes: boundaries, filtrations, and what the constructors refuse."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.sparse import csc_array

from lossbar_core.barcodes.complexes import (
    FilteredComplex,
    clique_complex,
    from_boundaries,
    graph_complex,
    grid_complex,
)
from lossbar_core.barcodes.filtered import reorder

TRIANGLE = (
    [0, 0, 0, 1, 1, 1, 2],
    [0.0, 1.0, 2.0, 1.0, 2.0, 2.0, 2.0],
    [{}, {}, {}, {0: -1, 1: 1}, {0: -1, 2: 1}, {1: -1, 2: 1}, {3: 1, 4: -1, 5: 1}],
)


def random_case(seed, n=9):
    rng = np.random.default_rng(seed)
    edges = [pair for pair in combinations(range(n), 2) if rng.random() < 0.6]
    values = rng.integers(0, 4, n).astype(float) if seed % 2 else rng.random(n)
    return values, edges


def positions(complex):
    place = np.empty(len(complex), dtype=int)
    place[complex.order] = np.arange(len(complex))
    return place


def check_lower_star(complex, values):
    """Apex, value and order of every cell from its vertices, found by following faces down."""
    key = {v: (values[v], v) for v in range(len(values))}
    corners = {}
    for cell in np.argsort(complex.dimension, kind="stable").tolist():
        faces = complex.column(cell)
        corners[cell] = set().union(*(corners[f] for f in faces)) if faces else {cell}
        assert complex.apex[cell] == max(corners[cell], key=key.__getitem__)
        assert complex.value[cell] == values[complex.apex[cell]]
    place = positions(complex)
    apexes = [key[v] for v in complex.apex[complex.order].tolist()]
    assert apexes == sorted(apexes)
    assert all(place[f] < place[c] for c in range(len(complex)) for f in complex.column(c))
    return corners


@pytest.mark.parametrize("seed", range(8))
def test_clique_complex_holds_the_cliques(seed):
    values, edges = random_case(seed)
    complex = clique_complex(values, edges, max_degree=3)
    adjacent = {frozenset(e) for e in edges}
    corners = check_lower_star(complex, values)
    for size in (1, 2, 3, 4):
        cliques = {
            c
            for c in combinations(range(9), size)
            if all(frozenset(e) in adjacent for e in combinations(c, 2))
        }
        assert {tuple(sorted(corners[i])) for i in complex.cells(size - 1).tolist()} == cliques
    assert complex.top <= 3


@pytest.mark.parametrize("shape", [(1,), (6,), (1, 4), (3, 4), (2, 3, 3), (2, 2, 2, 3)])
@pytest.mark.parametrize("max_degree", [0, 1, 2, 4])
def test_grid_complex_holds_the_cubes(shape, max_degree):
    values = np.random.default_rng(1).integers(0, 5, shape).astype(np.float32)
    complex = grid_complex(values, max_degree)
    corners = check_lower_star(complex, values.ravel())
    assert complex.value.dtype == np.float32
    for degree in range(max_degree + 1):
        found = [frozenset(corners[i]) for i in complex.cells(degree).tolist()]
        expected = {
            frozenset(
                int(np.ravel_multi_index(np.add(base, step), shape))
                for step in np.ndindex(*(2 if a in axes else 1 for a in range(len(shape))))
            )
            for axes in combinations(range(len(shape)), degree)
            for base in np.ndindex(*(n - (a in axes) for a, n in enumerate(shape)))
        }
        assert len(found) == len(expected)
        assert set(found) == expected


def test_orientation_of_edges_and_squares():
    square = grid_complex([[0.0, 1.0], [2.0, 3.0]])  # edges 4, 5 along the first axis, 6, 7 along the second
    assert square.column(4) == {0: -1, 2: 1}
    assert square.column(7) == {2: -1, 3: 1}
    assert square.column(8) == {4: 1, 5: -1, 6: -1, 7: 1}
    assert clique_complex([0.0] * 3, [(0, 1), (0, 2), (1, 2)]).column(6) == {3: 1, 4: -1, 5: 1}


def test_euler_characteristic_of_boxes_and_of_sublevel_sets():
    assert all(
        grid_complex(np.zeros(s), len(s)).euler_characteristic() == 1 for s in [(5,), (3, 4), (2, 3, 4)]
    )
    ring = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert [grid_complex(ring).euler_characteristic(level) for level in (-1, 0, 1)] == [0, 0, 1]


def test_graph_complex_is_the_one_skeleton():
    values, edges = random_case(0)
    graph, cliques = graph_complex(values, edges + edges + [(3, 3)]), clique_complex(values, edges, 1)
    assert np.array_equal(graph.boundary.toarray(), cliques.boundary.toarray())
    assert len(graph) == 9 + len(edges)
    assert len(graph_complex([], [])) == 0
    assert graph_complex([], []).top == -1


def test_boundary_matrices_of_sublevels():
    complex = from_boundaries(*TRIANGLE)
    assert complex.boundary_matrix(1).toarray().tolist() == [[-1, -1, 0], [1, 0, -1], [0, 1, 1]]
    assert complex.boundary_matrix(1, level=1.5).toarray().tolist() == [[-1], [1]]
    assert complex.boundary_matrix(0).shape == (0, 3)
    assert not (complex.boundary_matrix(1) @ complex.boundary_matrix(2)).count_nonzero()


@pytest.mark.parametrize("seed", range(6))
def test_reordering_keeps_the_complex_and_moves_cells(seed):
    values, edges = random_case(2 * seed + 1)
    complex = clique_complex(values, edges)
    other = reorder(complex, np.random.default_rng(seed))  # construction checks the order
    assert np.array_equal(other.boundary.toarray(), complex.boundary.toarray())
    assert np.array_equal(other.value, complex.value)
    assert not np.array_equal(other.order, complex.order)
    degrees = complex.dimension[other.order]
    tied = np.diff(other.value[other.order]) == 0
    assert (np.diff(degrees)[tied] < 0).any()  # not only sorted by dimension within a value


def tampered(**changes):
    dimension, value, boundaries = (list(part) for part in TRIANGLE)
    for cell, column in changes.pop("boundaries", {}).items():
        boundaries[cell] = column
    for cell, x in changes.pop("value", {}).items():
        value[cell] = x
    for cell, x in changes.pop("dimension", {}).items():
        dimension[cell] = x
    return from_boundaries(dimension, value, boundaries, **changes)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"value": {3: 0.5}}, ValueError, "cell 3 has face 1, that enters the filtration after it"),
        ({"value": {6: 1.5}}, ValueError, "cell 6 has face 4, that enters the filtration after it"),
        ({"value": {0: np.nan}}, ValueError, "expected finite filtration values"),
        ({"dimension": {3: 2}}, ValueError, "cell 3 has face 0, whose dimension is not one lower"),
        ({"dimension": {0: -1}}, ValueError, "expected dimensions >= 0, got -1"),
        ({"boundaries": {6: {3: 1, 4: 1, 5: 1}}}, ValueError, "boundary of boundary = 0, fails at cell 6"),
        ({"boundaries": {6: {3: 1, 4: -1}}}, ValueError, "boundary of boundary = 0, fails at cell 6"),
        ({"boundaries": {3: {0: -1, 9: 1}}}, ValueError, r"expected faces in 0\.\.6, got 9 .* cell 3"),
        ({"boundaries": {3: {0: -1.0, 1: 1.0}}}, TypeError, "expected integer coefficients, got -1.0"),
        ({"order": [3, 0, 1, 2, 4, 5, 6]}, ValueError, "expected an order that refines the filtration"),
        ({"order": [0, 3, 1, 2, 4, 5, 6]}, ValueError, "cell 3 has face 1, that follows it in the order"),
        ({"order": [0, 0, 1, 2, 4, 5, 6]}, ValueError, r"expected order to be a permutation of 0\.\.6"),
        ({"order": [0, 1]}, ValueError, "expected 7 entries in order, got shape"),
    ],
)
def test_what_is_no_filtered_complex_is_refused(changes, error, message):
    assert len(tampered()) == 7
    with pytest.raises(error, match=message):
        tampered(**changes)


def test_lengths_and_shapes_are_checked():
    with pytest.raises(ValueError, match="expected 2 values and boundaries, got 1 and 2"):
        from_boundaries([0, 0], [0.0], [{}, {}])
    good = from_boundaries(*TRIANGLE)
    with pytest.raises(ValueError, match=r"expected a boundary of shape \(7, 7\), got \(2, 2\)"):
        replace(good, boundary=csc_array((2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match="expected 7 entries in apex"):
        FilteredComplex(good.dimension, good.value, good.boundary, good.order, good.apex[:2])


def test_zero_coefficients_are_no_faces():
    complex = from_boundaries([0, 0, 1], [0.0, 5.0, 1.0], [{}, {}, {0: 0, 1: 0}])
    assert complex.column(2) == {}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clique_complex([0.0], [], -1), "expected max_degree >= 0, got -1"),
        (lambda: grid_complex([0.0], -1), "expected max_degree >= 0, got -1"),
        (lambda: grid_complex(np.empty((0, 2))), r"expected a non-empty n-D array, got shape \(0, 2\)"),
        (lambda: grid_complex(1.0), r"expected a non-empty n-D array, got shape \(\)"),
        (lambda: grid_complex([[np.nan]]), "expected finite values"),
        (lambda: graph_complex([0.0], [(0, 1)]), r"expected vertex ids in 0\.\.0"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
