"""Theorem 2.3 in numbers: existence, uniqueness, Betti counts, and proposition 2.4."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import gudhi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lossbar_core.barcodes import canonical
from lossbar_core.barcodes.canonical import betti_numbers_by_rank, canonical_form, reorder
from lossbar_core.barcodes.complexes import clique_complex, from_boundaries, graph_complex, grid_complex
from lossbar_core.barcodes.fields import as_field
from lossbar_core.barcodes.oracle import algorithm1, sublevel_components

FIELDS = (2, 3, "Q")


def random_function(seed, largest=16):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, largest))
    edges = rng.integers(0, n, (int(rng.integers(0, 4 * n)), 2))
    values = rng.integers(0, 4, n).astype(float) if seed % 2 else rng.standard_normal(n)
    return values, edges


def projective_plane():
    """Six points; a loop bounds twice itself, so that the Betti numbers depend on the field."""
    triangles = [(0, 1, 4), (0, 1, 5), (0, 2, 3), (0, 2, 5), (0, 3, 4)]
    triangles += [(1, 2, 3), (1, 2, 4), (1, 3, 5), (2, 4, 5), (3, 4, 5)]
    simplices = [(v,) for v in range(6)] + list(combinations(range(6), 2)) + triangles
    index = {s: i for i, s in enumerate(simplices)}
    faces = [
        {index[s[:i] + s[i + 1 :]]: (-1) ** i for i in range(len(s))} if len(s) > 1 else {} for s in simplices
    ]
    return from_boundaries([len(s) - 1 for s in simplices], [float(len(s)) for s in simplices], faces)


def fractions_needed():
    """Two edges with boundary 2(b - a) and 3(b - a): over Q they differ by a factor 3/2."""
    columns = [{}, {}, {0: -2, 1: 2}, {0: -3, 1: 3}]
    return from_boundaries([0, 0, 1, 1], [0.0, 1.0, 2.0, 3.0], columns)


@pytest.mark.parametrize("seed", range(120))
def test_degree_0_pairs_are_those_of_union_find_over_every_field(seed):
    values, edges = random_function(seed)
    bars = algorithm1(values, edges)
    for field in FIELDS:
        pairs = canonical_form(graph_complex(values, edges), field).minimum_saddle_pairs()
        assert bars.same_as(pairs)
        assert pairs.death.dtype == values.dtype


@pytest.mark.parametrize("seed", range(20))
def test_cliques_do_not_change_degree_0(seed):
    values, edges = random_function(seed)
    pairs = canonical_form(clique_complex(values, edges)).minimum_saddle_pairs()
    assert algorithm1(values, edges).same_as(pairs)


@pytest.mark.parametrize("seed", range(20))
def test_clique_barcodes_are_those_of_gudhi(seed):
    values, edges = random_function(seed)
    tree = gudhi.SimplexTree()
    complex = clique_complex(values, edges, 3)
    for v in range(len(values)):
        tree.insert([v], -np.inf)
    for a, b in np.asarray(edges).tolist():
        tree.insert([a, b] if a != b else [a], -np.inf)
    tree.expansion(3)
    for v, x in enumerate(values):
        tree.assign_filtration([v], float(x))
    tree.make_filtration_non_decreasing()
    for field in (2, 3):
        tree.compute_persistence(homology_coeff_field=field, min_persistence=0.0, persistence_dim_max=True)
        form = canonical_form(complex, field)
        for degree in range(3):
            bars = np.asarray(tree.persistence_intervals_in_dimension(degree)).reshape(-1, 2)
            assert np.array_equal(form.barcode(degree), bars[np.lexsort(bars.T[::-1])])


@pytest.mark.parametrize("shape", [(5, 6), (3, 3, 4)])
@pytest.mark.parametrize("plateaus", [False, True])
def test_grid_barcodes_are_those_of_gudhi(shape, plateaus):
    rng = np.random.default_rng(7)
    array = rng.integers(0, 3, shape).astype(float) if plateaus else rng.random(shape)
    form = canonical_form(grid_complex(array, 3), "Q")
    oracle = gudhi.CubicalComplex(vertices=array)
    oracle.compute_persistence(min_persistence=0.0)
    for degree in range(3):
        bars = np.asarray(oracle.persistence_intervals_in_dimension(degree)).reshape(-1, 2)
        assert np.array_equal(form.barcode(degree), bars[np.lexsort(bars.T[::-1])])


@pytest.mark.parametrize("field", [*FIELDS, 7])
@pytest.mark.parametrize("seed", range(6))
def test_the_canonical_basis_verifies(field, seed):
    complex = clique_complex(*random_function(seed, 10), 3)
    form = canonical_form(complex, field, transformation=True)
    assert form.violations() == []
    plain = canonical_form(complex, field)
    assert np.array_equal(form.creators, plain.creators)
    assert np.array_equal(form.destroyers, plain.destroyers)
    assert np.array_equal(form.essential, plain.essential)


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("seed", range(10))
def test_unique_under_reordering(field, seed):
    complex = clique_complex(*random_function(2 * seed + 1, 10))
    form = canonical_form(complex, field)
    other = canonical_form(reorder(complex, np.random.default_rng(seed)), field, transformation=True)
    assert other.verify()
    for degree in range(3):
        for zero_length in (False, True):
            assert np.array_equal(form.barcode(degree, zero_length), other.barcode(degree, zero_length))


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("seed", range(8))
def test_betti_numbers_are_counts_of_bars_and_ranks(field, seed):
    values, edges = random_function(seed, 11)
    complex = clique_complex(values, edges)
    form = canonical_form(complex, field)
    between = np.random.default_rng(seed).uniform(values.min() - 0.5, values.max() + 0.5, 5)
    for level in [*between, *np.unique(values)[:5]]:  # a bar is over at its death, not after it
        by_bars = tuple(form.betti(level, degree) for degree in range(complex.top + 1))
        assert by_bars == betti_numbers_by_rank(complex, level, field)
        assert by_bars[0] == sublevel_components(values, edges, level)
        alternating = sum((-1) ** degree * b for degree, b in enumerate(by_bars))
        assert alternating == complex.euler_characteristic(level)


@pytest.mark.parametrize(
    ("field", "betti"), [(2, (1, 1, 1)), (3, (1, 0, 0)), (5, (1, 0, 0)), ("Q", (1, 0, 0))]
)
def test_the_projective_plane_tells_fields_apart(field, betti):
    plane = projective_plane()
    form = canonical_form(plane, field, transformation=True)
    assert form.verify()
    assert tuple(form.betti(9.0, degree) for degree in range(3)) == betti
    assert betti_numbers_by_rank(plane, field=field) == betti


def test_rationals_are_exact():
    form = canonical_form(fractions_needed(), "Q", transformation=True)
    assert form.verify()
    assert form.transformation[3][2] == Fraction(-3, 2)
    assert form.barcode(0).tolist() == [[0.0, np.inf], [1.0, 2.0]]
    assert canonical_form(fractions_needed(), 2).barcode(0).tolist() == [[0.0, np.inf], [1.0, 3.0]]
    assert canonical_form(fractions_needed(), 3).barcode(0).tolist() == [[0.0, np.inf], [1.0, 2.0]]


@settings(derandomize=True, deadline=None, max_examples=60, database=None)
@given(st.lists(st.lists(st.integers(-5, 5), min_size=4, max_size=4), min_size=1, max_size=5))
def test_rank_over_the_rationals_and_modulo_primes(rows):
    matrix = np.array(rows)
    exact = np.linalg.matrix_rank(matrix)  # reliable: minors of so small integers are far from rounding
    assert as_field("Q").rank(matrix) == exact
    assert as_field(2**31 - 1).rank(matrix) == exact  # a prime above every minor
    assert as_field(2).rank(matrix) <= exact


def form_of_a_square():
    values, edges = [0.0, 1.0, 2.0, 3.0], list(combinations(range(4), 2))
    return canonical_form(clique_complex(values, edges), 3, transformation=True)


def change(columns, cell, **entries):
    return {**columns, cell: {int(k[1:]): x for k, x in entries.items()}}


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (
            lambda f: replace(f, reduced=change(f.reduced, int(f.destroyers[0]), c0=1)),
            "the boundary of V is not R",
        ),
        (
            lambda f: replace(f, transformation=change(f.transformation, 4, c4=2)),
            "the boundary of V is not R",
        ),
        (
            lambda f: replace(f, transformation={**f.transformation, 0: {}}),
            "preserve the filtration at cell 0",
        ),
        (
            lambda f: replace(f, transformation=change(f.transformation, 0, c0=1, c1=1)),
            "filtration at cell 0",
        ),
        (lambda f: replace(f, transformation=change(f.transformation, 0, c4=1)), "mixes degrees at cell 0"),
        (
            lambda f: replace(f, creators=f.creators[::-1]),
            "R is not reduced, or its pivots are not the pairs",
        ),
        (lambda f: replace(f, creators=f.destroyers, destroyers=f.creators), "pivots are not the pairs"),
        (lambda f: replace(f, essential=f.essential[:0]), "a cell is in no piece, or in several"),
        (lambda f: replace(f, field=as_field(2)), "is not"),
    ],
)
def test_a_tampered_form_does_not_verify(tamper, message):
    form = form_of_a_square()
    assert form.verify()
    wrong = tamper(form)
    assert any(message in violation for violation in wrong.violations())
    assert not wrong.verify()


def test_an_unreduced_matrix_does_not_verify():
    """With V = 1 and R = D the first condition holds; two columns share their pivot."""
    complex = graph_complex([0.0, 1.0, 2.0], list(combinations(range(3), 2)))
    form = canonical_form(complex, 2, transformation=True)
    raw = {cell: form.field.column(complex.column(cell)) for cell in range(3, 6)}
    wrong = replace(form, reduced=raw, transformation={cell: {cell: 1} for cell in range(6)})
    assert "R is not reduced, or its pivots are not the pairs" in wrong.violations()


def test_zero_length_pairs_are_kept_on_demand_only():
    form = canonical_form(graph_complex([0.0, 1.0], [(0, 1)]))
    assert form.barcode(0).tolist() == [[0.0, np.inf]]
    assert form.barcode(0, zero_length=True).tolist() == [[0.0, np.inf], [1.0, 1.0]]
    assert form.barcode(5).shape == (0, 2)


def test_the_empty_complex():
    form = canonical_form(graph_complex([], []), transformation=True)
    assert form.verify()
    assert form.barcode(0).shape == (0, 2)
    assert len(form.minimum_saddle_pairs()) == 0
    assert betti_numbers_by_rank(form.complex) == ()


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (4, r"expected a prime as the field, got 4 = 2 \* 2"),
        (91, r"got 91 = 7 \* 13"),
        (1, "expected a prime from 2"),
        (-3, "expected a prime from 2"),
        (2**31 + 11, "expected a prime from 2"),
        ("R", 'expected a prime or "Q" as the field'),
        (2.0, 'expected a prime or "Q" as the field'),
        (True, 'expected a prime or "Q" as the field'),
    ],
)
def test_fields_are_checked(field, message):
    for call in (canonical_form, lambda c, f: betti_numbers_by_rank(c, field=f)):
        with pytest.raises(ValueError, match=message):
            call(fractions_needed(), field)


def test_what_is_missing_is_named(monkeypatch):
    bare = canonical_form(fractions_needed())
    for call in (bare.verify, bare.basis):
        with pytest.raises(ValueError, match=r"call canonical_form\(\.\.\., transformation=True\)"):
            call()
    with pytest.raises(ValueError, match="expected a complex of a function, got cells without apex"):
        bare.minimum_saddle_pairs()
    monkeypatch.setattr(canonical, "DENSE_LIMIT", 3)
    with pytest.raises(ValueError, match=r"at most 3 entries .* \(2, 2\) in degree 1; use canonical_form"):
        betti_numbers_by_rank(fractions_needed())
