"""The Morse complex of a grid against the cubical complex, path counting, and known functions."""

from dataclasses import replace

import gudhi
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lossbar_core import grid_barcode
from lossbar_core.barcodes.canonical import betti_numbers_by_rank, canonical_form
from lossbar_core.barcodes.complexes import grid_complex
from lossbar_core.barcodes.morse import discrete_gradient, morse_complex

SHAPES = [(1, 1), (1, 6), (7, 1), (2, 2), (3, 5), (8, 7), (12, 15)]


def array_of(seed, shape, plateaus):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 4, shape).astype(float) if plateaus else rng.standard_normal(shape)


def hump_camel_6(rows=161, columns=121):
    x, y = np.meshgrid(np.linspace(-2, 2, rows), np.linspace(-1.5, 1.5, columns), indexing="ij")
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


def check_against_the_grid(array):
    """The canonical form of the Morse complex, over two fields, has the bars of the whole grid."""
    morse = morse_complex(array)
    small, whole = morse.filtered_complex(), grid_complex(array)
    for field in (2, 3):
        form, expected = canonical_form(small, field), canonical_form(whole, field)
        for degree in range(3):
            assert np.array_equal(form.barcode(degree), expected.barcode(degree))
        assert form.minimum_saddle_pairs().same_as(expected.minimum_saddle_pairs())
        assert form.minimum_saddle_pairs().same_as(grid_barcode(array))
    assert not (morse.boundary1 @ morse.boundary2).count_nonzero()
    assert morse.euler_characteristic() == morse.gradient.euler_characteristic() == 1
    return morse


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("plateaus", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_canonical_form_is_that_of_the_grid(shape, plateaus, seed):
    check_against_the_grid(array_of(seed, shape, plateaus))


@settings(derandomize=True, deadline=None, max_examples=40, database=None)
@given(arrays(np.int8, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-2, 2)))
def test_canonical_form_is_that_of_the_grid_on_small_arrays(array):
    check_against_the_grid(array)


def test_bars_are_those_of_gudhi_on_200_by_200_pixels():
    array = np.random.default_rng(0).random((200, 200))
    form = canonical_form(morse_complex(array).filtered_complex(), 3)
    oracle = gudhi.CubicalComplex(vertices=array)
    oracle.compute_persistence(min_persistence=0.0)
    for degree in (0, 1):
        bars = np.asarray(oracle.persistence_intervals_in_dimension(degree)).reshape(-1, 2)
        assert len(bars) > 4000
        assert np.array_equal(form.barcode(degree), bars[np.lexsort(bars.T[::-1])])


def link_parts(array, row, column):
    """Components of the lower link of a pixel, and whether it is the full circle."""
    key = {p: (array[p], p) for p in np.ndindex(array.shape)}
    around = [(-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1)]
    lower = [key.get((row + i, column + j), (np.inf,)) < key[row, column] for i, j in around]
    edges = lower[::2]
    joined = [all(lower[(2 * k + step) % 8] for step in range(3)) for k in range(4)]
    full = all(edges) and all(joined)
    return 1 if full else sum(edges) - sum(joined), full


@pytest.mark.parametrize("plateaus", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_critical_cells_are_counted_by_lower_links(shape, plateaus):
    array = array_of(3, shape, plateaus)
    gradient = discrete_gradient(array)
    saddles, maxima = gradient.apex[gradient.critical(1)], gradient.apex[gradient.critical(2)]
    minima = gradient.apex[gradient.critical(0)]
    for pixel, (row, column) in enumerate(np.ndindex(shape)):
        parts, full = link_parts(array, row, column)
        assert (minima == pixel).sum() == (parts == 0)
        assert (saddles == pixel).sum() == max(parts - 1, 0)
        assert (maxima == pixel).sum() == full


def flow_down(gradient, complex, chain):
    """Push a chain of edges along the arrows until only critical edges stay, with their signs."""
    result = {}
    while chain:
        edge, x = chain.popitem()
        partner = int(gradient.partner[edge])
        if partner == edge:
            result[edge] = result.get(edge, 0) + x  # may arrive along several paths
        elif gradient.dimension(partner) == 2:
            boundary = complex[partner]
            factor = x // boundary[edge]
            for other, y in boundary.items():
                if other != edge:
                    chain[other] = chain.get(other, 0) - factor * y
                    if not chain[other]:
                        del chain[other]
    return result


def signed_faces(gradient, cell):
    """Boundary of a square or an edge by the product rule, axis by axis."""
    row, column = divmod(cell, gradient.width)
    faces, sign = {}, 1
    for coordinate, step in ((row, gradient.width), (column, 1)):
        if coordinate % 2:
            faces |= {cell + step: sign, cell - step: -sign}
            sign = -sign
    return faces


@pytest.mark.parametrize("plateaus", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_boundaries_are_signed_counts_of_paths(shape, plateaus):
    morse = morse_complex(array_of(9, shape, plateaus))
    gradient = morse.gradient
    faces = {cell: signed_faces(gradient, cell) for cell in range(gradient.partner.size)}
    expected = np.zeros(morse.boundary2.shape, dtype=int)
    number = {int(edge): k for k, edge in enumerate(morse.cells[1])}
    for k, square in enumerate(morse.cells[2].tolist()):
        for edge, x in flow_down(gradient, faces, dict(faces[square])).items():
            expected[number[edge], k] = x
    assert np.array_equal(morse.boundary2.toarray(), expected)


@pytest.mark.parametrize("plateaus", [False, True])
def test_separatrices_descend_to_the_minima_of_the_boundary(plateaus):
    array = array_of(4, (12, 15), plateaus)
    morse = morse_complex(array)
    gradient = morse.gradient
    minima = [tuple(p) for p in gradient.centre(morse.cells[0]).tolist()]
    separatrices = morse.separatrices()
    assert len(separatrices) == len(morse.cells[1]) > 10
    for k, (one, other) in enumerate(separatrices):
        counts = np.zeros(len(minima), dtype=int)
        for path, sign in ((one, -1), (other, 1)):
            assert np.array_equal(path[0], gradient.centre(morse.cells[1][k]))
            pixels = path[1:].astype(int)
            heights = [(array[i, j], i * 15 + j) for i, j in pixels.tolist()]
            assert heights == sorted(heights, reverse=True)
            assert (np.abs(np.diff(path, axis=0)).sum(axis=1) == [0.5] + [1] * (len(path) - 2)).all()
            counts[minima.index(tuple(path[-1].tolist()))] += sign
        assert np.array_equal(counts, morse.boundary1.toarray()[:, k])


def test_hump_camel_6():
    morse = check_against_the_grid(hump_camel_6())
    assert [len(c) for c in morse.cells] == [6, 7, 2]
    assert betti_numbers_by_rank(morse.filtered_complex(), field="Q") == (1, 0, 0)
    assert np.allclose(
        morse.gradient.value(morse.cells[0]), np.repeat([-1.0316285, -0.2154638, 2.1042503], 2), atol=2e-3
    )
    deaths = canonical_form(morse.filtered_complex()).barcode(0)[:, 1]
    expected = [0.0, 0.5437186, 0.5437186, 2.2293572, 2.2293572, np.inf]
    assert np.allclose(np.sort(deaths), expected, atol=3e-3)


def test_border_minima_count():
    """On a slope the lowest border pixel is the one minimum; a bowl upside down has one in each corner."""
    slope = np.add.outer(np.arange(4.0), np.arange(5.0))
    assert discrete_gradient(slope).centre(discrete_gradient(slope).critical(0)).tolist() == [[0, 0]]
    hill = -np.add.outer((np.arange(5) - 2.1) ** 2, (np.arange(5) - 2.1) ** 2)
    corners = discrete_gradient(hill).centre(discrete_gradient(hill).critical(0))
    assert sorted(corners.tolist()) == [[0, 0], [0, 4], [4, 0], [4, 4]]
    assert len(discrete_gradient(hill).critical(2)) == 1


def test_values_keep_their_type_and_a_gradient_is_reused():
    gradient = discrete_gradient(array_of(0, (4, 4), False).astype(np.float32))
    assert gradient.value(gradient.critical(0)).dtype == np.float32
    assert morse_complex(gradient).gradient is gradient


def ring_of_squares():
    """Gradient of a 3 x 3 plateau, rewired so that four squares chase each other around the middle."""
    gradient = discrete_gradient(np.zeros((3, 3)))
    partner = np.arange(gradient.partner.size)
    squares, spokes = [6, 8, 18, 16], [7, 13, 17, 11]  # around cell 12, the middle pixel of 5 x 5 cells
    for square, spoke in zip(squares, spokes, strict=True):
        partner[square], partner[spoke] = spoke, square
    return gradient, partner


def ring_of_pixels():
    gradient = discrete_gradient(np.zeros((2, 2)))
    partner = np.arange(gradient.partner.size)
    for pixel, edge in ((0, 1), (2, 5), (8, 7), (6, 3)):
        partner[pixel], partner[edge] = edge, pixel
    return gradient, partner


@pytest.mark.parametrize("ring", [ring_of_squares, ring_of_pixels])
def test_closed_paths_are_refused(ring):
    gradient, partner = ring()
    with pytest.raises(ValueError, match="got a closed path; the matching is cyclic"):
        replace(gradient, partner=partner, apex=np.zeros_like(gradient.apex))


def test_wrong_matchings_are_refused():
    gradient = discrete_gradient(array_of(2, (4, 4), False))
    tail, head = gradient.pairs()[0]
    alone = gradient.partner.copy()
    alone[head] = head
    with pytest.raises(ValueError, match="got a cell that is not its partner's partner"):
        replace(gradient, partner=alone)
    none = np.arange(gradient.partner.size)
    far, across = none.copy(), none.copy()
    far[[0, 3]] = far[[3, 0]]
    with pytest.raises(ValueError, match="expected each cell to be matched with a face or coface"):
        replace(gradient, partner=far)
    step = next(c for c in (tail + 1, tail + gradient.width) if gradient.apex[c] != gradient.apex[tail])
    across[[tail, step]] = across[[step, tail]]
    with pytest.raises(ValueError, match="expected partners in one lower star"):
        replace(gradient, partner=across)
    assert len(replace(gradient, partner=none).critical(0)) == 16  # no arrows at all is a gradient


def test_a_wrong_sign_breaks_boundary_of_boundary():
    morse = morse_complex(hump_camel_6(41, 31))
    wrong = morse.boundary2.copy()
    wrong.data[0] *= -1
    with pytest.raises(ValueError, match="expected boundary of boundary = 0"):
        replace(morse, boundary2=wrong).filtered_complex()


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        ([1.0, 2.0], ValueError, r"expected a non-empty array of shape \(H, W\), got \(2,\)"),
        (np.zeros((2, 2, 2)), ValueError, r"expected a non-empty array of shape \(H, W\), got \(2, 2, 2\)"),
        (np.zeros((0, 3)), ValueError, r"expected a non-empty array of shape \(H, W\), got \(0, 3\)"),
        ([[0.0, np.nan]], ValueError, "expected finite values"),
        ([["a"]], TypeError, "expected values of real numbers"),
    ],
)
def test_bad_arrays_are_refused(array, error, message):
    for call in (discrete_gradient, morse_complex):
        with pytest.raises(error, match=message):
            call(array)
