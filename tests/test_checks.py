"""Checks of input: what is taken as it is, what is converted, and what every refusal says."""

import os
import re

import numpy as np
import pytest

from lossbar_core import checks


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_contiguous_floats_are_not_copied(dtype):
    array = np.arange(6, dtype=dtype).reshape(2, 3)
    assert checks.as_real(array, "x") is array
    assert checks.as_points(array) is array
    row = array[0]
    assert checks.as_values(row) is row


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        ([1, 2], np.float64),
        (np.array([True, False]), np.float64),
        (np.array([1, 2], np.uint8), np.float64),
        (np.array([1, -2], np.int64), np.float64),
        (np.array([1, 2], np.float16), np.float64),
        (np.array([1, 2], ">f4"), np.float32),
        (np.array([1, 2], ">f8"), np.float64),
        (np.array([1, 2], ">i4"), np.float64),
        (np.array([2**53, -(2**53)]), np.float64),
        (np.array([], np.int64), np.float64),
    ],
)
def test_other_numbers_are_converted(array, dtype):
    real = checks.as_real(array, "x")
    assert real.dtype == dtype
    assert real.dtype.isnative
    assert real.tolist() == np.asarray(array).tolist()


def test_layout_becomes_c_contiguous_and_shape_stays():
    array = np.arange(24.0).reshape(4, 6)
    for view in (array.T, array[::2, ::-1], np.asfortranarray(array), np.float64(3.0), np.empty((0, 3))):
        real = checks.as_real(view, "x")
        assert real.flags.c_contiguous
        assert real.shape == np.shape(view)
        assert np.array_equal(real, view)


@pytest.mark.parametrize("bad", [1j, "a", None, np.datetime64("2020-01-01"), np.longdouble(1)])
def test_no_real_numbers(bad):
    array = np.array([bad])
    if array.dtype == np.float64:
        pytest.skip("long double is double here")
    message = f"expected values of real numbers, got dtype {array.dtype}; convert to float64 first"
    with pytest.raises(TypeError, match=re.escape(message)):
        checks.as_real(array, "values")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_not_finite(bad, dtype):
    array = np.zeros((3, 4), dtype)
    array[1, 2] = array[2, 0] = bad
    message = f"expected finite values, got {bad} at flat position 6 (2 such entries); remove or replace them"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_real(array, "values")


def test_infinities_that_cancel_are_found():
    with pytest.raises(ValueError, match="got inf at flat position 0"):
        checks.as_real([np.inf, -np.inf], "values")


def test_a_sum_that_overflows_is_no_reason_to_refuse():
    huge = np.full(10, 1.7e308)
    assert checks.as_real(huge, "values") is huge


@pytest.mark.parametrize("large", [2**53 + 1, -(2**53) - 1, 2**63 - 1, np.uint64(2**64 - 1)])
def test_integers_that_float64_would_merge(large):
    message = f"expected integer values up to 2**53, got {abs(int(large))}: float64 cannot hold it"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_real(np.array([large]), "values")


@pytest.mark.parametrize("shape", [(), (3,), (2, 2, 2), (0, 2), (3, 0), (3, 33)])
def test_points_of_another_shape(shape):
    message = f"expected points of shape (n, d) with n >= 1 and 1 <= d <= 32, got {shape}; reshape"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_points(np.zeros(shape))


@pytest.mark.parametrize(("dtype", "bound"), [(np.float32, 1e15), (np.float64, 1e150)])
@pytest.mark.parametrize("sign", [1, -1])
def test_points_whose_squares_overflow(dtype, bound, sign):
    checks.as_points(np.full((1, 1), sign * 0.99 * bound, dtype))
    message = f"expected coordinates below {bound:g} in {np.dtype(dtype)}, got "
    with pytest.raises(ValueError, match=re.escape(message) + ".*squared distances would overflow; rescale"):
        checks.as_points(np.full((1, 1), sign * 1.01 * bound, dtype))


def test_values_of_another_shape_or_length():
    with pytest.raises(
        ValueError, match=re.escape("expected values of shape (n,), got (2, 2); ravel them first")
    ):
        checks.as_values(np.zeros((2, 2)))
    with pytest.raises(ValueError, match=re.escape("expected values of shape (n,), got ()")):
        checks.as_values(3.0)
    message = "expected one value a vertex (3), got 2; use the graph of the same points"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_values([1.0, 2.0], 3)


def test_bounds_become_a_float64_array():
    box = checks.as_bounds([(0, 1), (-2, 2.5)])
    assert box.dtype == np.float64
    assert box.tolist() == [[0.0, 1.0], [-2.0, 2.5]]


@pytest.mark.parametrize("bounds", [(0, 1), [(0, 1, 2)], [], [(0, 1)] * 33, 3.0])
def test_bounds_of_another_shape(bounds):
    message = f"expected bounds as 1 to 32 pairs (low, high), got shape {np.shape(bounds)}; give one pair a dimension"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_bounds(bounds)


@pytest.mark.parametrize("bounds", [[(0, 1), (0,)], "ab", [("a", "b")], [(0, 1j)], None])
def test_bounds_that_are_no_pairs_of_numbers(bounds):
    with pytest.raises(ValueError, match=r"expected .*\(low, high\)"):
        checks.as_bounds(bounds)


@pytest.mark.parametrize("pair", [(0, np.inf), (np.nan, 1), (-np.inf, 0), (1, 1), (2, 1)])
def test_bounds_that_bound_nothing(pair):
    pair = tuple(map(float, pair))
    message = f"expected finite low < high in dimension 1, got ({pair[0]}, {pair[1]}); mend that pair"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_bounds([(0, 1), pair])


@pytest.mark.parametrize("value", [3, np.int32(3), np.uint8(3)])
def test_counts(value):
    count = checks.as_count(value, "k")
    assert count == 3
    assert type(count) is int


@pytest.mark.parametrize("value", [3.0, "3", None, True, np.float64(3), np.array([3])])
def test_counts_that_are_no_integers(value):
    message = f"expected an integer k, got {value!r} of type {type(value).__name__}; pass int(k)"
    with pytest.raises(TypeError, match=re.escape(message)):
        checks.as_count(value, "k")


def test_counts_out_of_range():
    with pytest.raises(ValueError, match="expected k >= 1, got 0; choose another k"):
        checks.as_count(0, "k")
    with pytest.raises(ValueError, match=re.escape("expected vertex in 0..4, got 5; choose another vertex")):
        checks.as_count(5, "vertex", 0, 4)
    assert checks.as_count(4, "vertex", 0, 4) == 4


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.5), np.int64(2), 5e-324, 1.7e308])
def test_positive_numbers(value):
    assert checks.as_positive(value, "radius") == float(value)


@pytest.mark.parametrize("value", [0, -1.0, np.nan, np.inf, pytest.param(10**400, id="10**400")])
def test_numbers_that_are_not_positive_and_finite(value):
    message = f"expected a positive finite radius, got {value}; choose another radius"
    with pytest.raises(ValueError, match=re.escape(message)):
        checks.as_positive(value, "radius")


@pytest.mark.parametrize("value", ["1", True, 1j, [1.0]])
def test_no_number(value):
    message = f"expected a number as radius, got {value!r} of type {type(value).__name__}; pass a float"
    with pytest.raises(TypeError, match=re.escape(message)):
        checks.as_positive(value, "radius")


def test_memory_is_refused_from_the_share_on(monkeypatch):
    monkeypatch.setattr(checks, "physical_memory", lambda: 10 * 2**30)
    checks.check_memory(9 * 2**30, "this")
    message = (
        "expected this to fit in 9.0 GiB, but it needs about 9.5 GiB; take fewer points, a smaller k, or"
    )
    with pytest.raises(MemoryError, match=re.escape(message)):
        checks.check_memory(int(9.5 * 2**30), "this")


@pytest.mark.parametrize(
    ("limit", "expected"), [("max\n", 2**40), (f"{2**30}\n", 2**30), (f"{2**50}\n", 2**40)]
)
def test_memory_is_that_of_the_container_where_smaller(monkeypatch, tmp_path, limit, expected):
    file = tmp_path / "memory.max"
    file.write_text(limit)
    monkeypatch.setattr(os, "sysconf", {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**28}.__getitem__)
    monkeypatch.setattr("builtins.open", lambda path, real=open: real(file))
    assert checks.physical_memory() == expected


def test_memory_without_a_container(monkeypatch):
    def missing(path):
        raise FileNotFoundError(path)

    monkeypatch.setattr("builtins.open", missing)
    assert checks.physical_memory() == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(("setting", "expected"), [("3", 3), ("4,2", 4), ("1", 1)])
def test_threads_as_set(monkeypatch, setting, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert checks.thread_count() == expected


@pytest.mark.parametrize("setting", [None, "", "0", "-2", "many"])
def test_threads_as_many_as_processors(monkeypatch, setting):
    if setting is None:
        monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", setting)
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1, 2}, raising=False)
    assert checks.thread_count() == 3
    monkeypatch.delattr(os, "sched_getaffinity")
    assert checks.thread_count() == os.cpu_count()


def test_masked_ragged_and_huge_arrays_are_refused():
    with pytest.raises(TypeError, match="expected values without a mask"):
        checks.as_real(np.ma.masked_array([1.0, 2.0], [True, False]), "values")
    with pytest.raises(ValueError, match="got rows of different lengths; make all rows equally long"):
        checks.as_real([[1.0], [2.0, 3.0]], "values")
    with pytest.raises(MemoryError, match="expected a contiguous copy of values to fit in"):
        checks.as_real(np.broadcast_to(np.float32(1), (10**6, 10**6)), "values")
