"""Barcodes of arrays: every field against the oracle on the same grid graph, in one to four dimensions."""

import re
import time

import numpy as np
import pytest
from cases import VALUES, arrays, assert_fields, grid_edges
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import NeighborGraph, graph_barcode, grid_barcode
from lossbar_core.barcodes.from_grid import grid_offsets
from lossbar_core.barcodes.oracle import algorithm1

CONNECTIVITY = ("faces", "full")
SHAPES = [(1,), (2,), (7,), (30,), (1, 1), (5, 1), (1, 6), (4, 5), (3, 9), (2, 3, 4), (3, 1, 3), (1, 1, 1, 5)]
SHAPES += [(2, 3, 2, 3), (3, 3, 3, 2), (1, 2, 1, 2, 1, 2)]


@pytest.mark.parametrize("connectivity", CONNECTIVITY)
@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("shape", SHAPES)
def test_every_field_is_the_oracles(shape, kind, connectivity):
    rng = np.random.default_rng(len(shape) + sum(shape))
    values = VALUES[kind](rng, int(np.prod(shape)))
    bars = grid_barcode(values.reshape(shape), connectivity)
    assert_fields(bars, algorithm1(values, grid_edges(shape, connectivity)))


@given(arrays(), st.sampled_from(CONNECTIVITY))
def test_every_field_on_plateaus(array, connectivity):
    bars = grid_barcode(array, connectivity)
    assert_fields(bars, algorithm1(array.reshape(-1), grid_edges(array.shape, connectivity)))


@given(arrays(elements=st.floats(-1e300, 1e300), max_ndim=4, max_side=3), st.sampled_from(CONNECTIVITY))
def test_every_field_on_any_float(array, connectivity):
    bars = grid_barcode(array, connectivity)
    assert_fields(bars, algorithm1(array.reshape(-1), grid_edges(array.shape, connectivity)))


@given(arrays(), st.sampled_from(CONNECTIVITY), st.integers(-100, 100))
def test_negated_and_shifted(array, connectivity, shift):
    moved = grid_barcode(shift - array, connectivity)
    assert_fields(moved, algorithm1(shift - array.reshape(-1), grid_edges(array.shape, connectivity)))
    back = grid_barcode(-array, connectivity)
    assert_fields(moved, back, but=("birth", "death"))
    assert np.array_equal(moved.death, back.death + shift)


@pytest.mark.parametrize("connectivity", CONNECTIVITY)
def test_the_same_bars_as_the_explicit_graph(connectivity):
    array = np.random.default_rng(3).integers(0, 9, (14, 23)).astype(np.float32)
    graph = NeighborGraph.from_edges(array.size, grid_edges(array.shape, connectivity))
    assert_fields(grid_barcode(array, connectivity), graph_barcode(array.reshape(-1), graph))


@pytest.mark.parametrize("connectivity", CONNECTIVITY)
def test_layouts_are_read_in_c_order(connectivity):
    """Axes of unequal length, each named [i, j, ...]: a mix-up of the order would move the minima."""
    array = np.random.default_rng(6).random((3, 8, 5))
    expected = grid_barcode(array, connectivity)
    cells = np.unravel_index(expected.minimum, array.shape)
    assert np.array_equal(array[cells], expected.birth)
    padded = np.zeros((6, 8, 10))
    padded[::2, :, ::2] = array
    frozen = array.copy()
    frozen.flags.writeable = False
    for view in (
        np.asfortranarray(array),
        padded[::2, :, ::2],
        array[::-1][::-1],
        frozen,
        array.astype(">f8"),
    ):
        assert_fields(grid_barcode(view, connectivity), expected)
    assert_fields(grid_barcode(array.tolist(), connectivity), expected)


@given(arrays(elements=st.floats(-1, 1).filter(lambda x: abs(x) > 1e-6)), st.sampled_from(CONNECTIVITY))
def test_transposed_arrays_have_the_same_diagram(array, connectivity):
    bars, other = grid_barcode(array, connectivity), grid_barcode(array.T, connectivity)
    kept, turned = (b.to_diagram()[b.persistence > 0] for b in (bars, other))
    assert np.array_equal(kept[np.lexsort(kept.T)], turned[np.lexsort(turned.T)])


def test_unequal_axes_by_hand():
    array = np.array([[0.0, 9.0, 1.0, 9.0], [9.0, 9.0, 8.0, 2.0]])
    faces, full = grid_barcode(array, "faces"), grid_barcode(array, "full")
    assert faces.minimum.tolist() == [0, 2, 7]
    assert faces.death.tolist() == [np.inf, 9.0, 8.0]
    assert faces.saddle.tolist() == [-1, 1, 6]
    assert full.minimum.tolist() == [0, 2]
    assert full.death.tolist() == [np.inf, 9.0]
    assert full.saddle.tolist() == [-1, 1]


def test_axes_of_length_one_change_nothing():
    row = np.random.default_rng(1).random(50)
    expected = grid_barcode(row)
    for shape in [(50, 1), (1, 50), (1, 1, 50), (1,) * 12 + (50,), (1,) * 20 + (50,) + (1,) * 11]:
        for connectivity in CONNECTIVITY:
            assert_fields(grid_barcode(row.reshape(shape), connectivity), expected)
    assert len(grid_barcode(np.full((1,) * 32, 2.0))) == 1


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64, np.bool_, np.float16])
def test_unsigned_and_integer_arrays_with_zeros(dtype):
    array = np.random.default_rng(2).integers(0, 3, (9, 11)).astype(dtype)
    expected = algorithm1(array.reshape(-1).astype(np.float64), grid_edges(array.shape, "faces"))
    assert_fields(grid_barcode(array), expected)


def test_values_are_attached_and_the_array_is_not_changed():
    array = np.random.default_rng(2).random((4, 5))
    before = array.copy()
    bars = grid_barcode(array)
    assert np.array_equal(array, before)
    assert np.array_equal(bars.values, array.reshape(-1))
    assert (bars.graph, bars.points) == (None, None)
    assert grid_barcode(array.astype(np.float32)).birth.dtype == np.float32


def test_threads_do_not_change_a_bit(monkeypatch):
    x = np.linspace(0, 40, 400)
    array = np.sin(x)[:, None] * np.cos(1.3 * x)[None]
    results = []
    for threads in ("1", "2", "7"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        results.append(grid_barcode(array, "full"))
    for other in results[1:]:
        assert_fields(other, results[0])
        assert np.array_equal(other.mean_height, results[0].mean_height)


@pytest.mark.parametrize("ndim", [1, 2, 3, 4])
def test_offsets(ndim):
    faces, full = (grid_offsets(ndim, connectivity) for connectivity in CONNECTIVITY)
    assert len(faces) == 2 * ndim
    assert len(full) == 3**ndim - 1
    assert {tuple(row) for row in faces} <= {tuple(row) for row in full}
    assert {tuple(-row) for row in full} == {tuple(row) for row in full}


@pytest.mark.parametrize("connectivity", CONNECTIVITY)
@pytest.mark.parametrize("case", ["rows", "plateau", "ascending", "descending", "comb", "checkerboard"])
def test_hard_arrays_take_linear_time(case, connectivity):
    n = 500
    flat = np.arange(n * n, dtype=float).reshape(n, n)
    ridges = np.where(np.arange(n) % 2 == 0, 0.0, 1.0)
    array = {
        "rows": np.broadcast_to(ridges[:, None] * n - np.arange(n)[:, None], (n, n)),  # valleys merge in turn
        "plateau": np.zeros((n, n)),
        "ascending": flat,
        "descending": -flat,
        "comb": np.where(np.arange(n)[:, None] == 0, 2.0, ridges[None] * 3 + np.arange(n)[None] / n),
        "checkerboard": (np.indices((n, n)).sum(axis=0) % 2).astype(float),
    }[case]
    start = time.perf_counter()
    bars = grid_barcode(array, connectivity)
    assert time.perf_counter() - start < 3
    checkers = n * n // 2 if connectivity == "faces" else 1
    expected = {"rows": n // 2, "comb": n // 2, "checkerboard": checkers}.get(case, 1)
    assert (bars.persistence > 0).sum() == expected
    assert bars.size[0] == n * n


@pytest.mark.parametrize(
    ("array", "error", "message"),
    [
        ([[0.0, np.nan]], ValueError, "expected finite array, got nan at flat position 1 (1 such entries)"),
        ([[0.0], [np.inf]], ValueError, "expected finite array, got inf at flat position 1"),
        (3.0, ValueError, "expected an array with at least one axis and one cell, got shape (); add cells"),
        ([], ValueError, "expected an array with at least one axis and one cell, got shape (0,)"),
        (np.empty((3, 0, 2)), ValueError, "got shape (3, 0, 2)"),
        ([1j], TypeError, "expected array of real numbers, got dtype complex128; convert to float64 first"),
        ([["a"]], TypeError, "expected array of real numbers, got dtype <U1"),
    ],
)
def test_refused_arrays(array, error, message):
    with pytest.raises(error, match=re.escape(message)):
        grid_barcode(array)


@pytest.mark.parametrize("connectivity", ["edges", None, 4])
def test_refused_connectivity(connectivity):
    message = f"expected connectivity 'faces' or 'full', got {connectivity!r}; choose one of the two"
    with pytest.raises(ValueError, match=re.escape(message)):
        grid_barcode([0.0], connectivity)


def test_refused_for_memory_before_anything_is_padded(monkeypatch):
    monkeypatch.setattr("lossbar_core.checks.physical_memory", lambda: 1000)
    monkeypatch.setattr(np, "pad", lambda *a, **k: pytest.fail("padded"))
    with pytest.raises(MemoryError, match="expected the merge of 100 cells to fit in"):
        grid_barcode(np.zeros((10, 10)))


def test_many_axes_are_refused_for_memory():
    with pytest.raises(MemoryError, match=f"expected the merge of {2**22} cells to fit in"):
        grid_barcode(np.zeros((2,) * 22))
