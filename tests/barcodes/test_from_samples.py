"""Sampled barcodes: seeds, samplers, chunks, and that nothing is evaluated before all is checked."""

import re
import subprocess
import sys

import numpy as np
import pytest
from cases import assert_fields
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import graph_barcode, knn_graph, sample_barcode
from lossbar_core.barcodes import from_samples
from lossbar_core.barcodes.from_samples import evaluate, sample_points

BOX = [(-2.0, 2.0), (-1.0, 3.0)]


def waves(x):
    return np.sin(4 * x).sum(axis=1)


def double_well(x):
    return (x[:, 0] ** 2 - 1) ** 2 + 0.2 * x[:, 0]


def never(x):
    pytest.fail("the function was called before the input was checked")


@pytest.mark.parametrize("sampler", ["uniform", "sobol"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_barcode_of_its_points_values_and_graph(sampler, dtype):
    bars = sample_barcode(waves, BOX, 700, seed=3, k=6, radius=0.3, sampler=sampler, dtype=dtype)
    assert bars.points.shape == (700, 2)
    assert bars.points.dtype == dtype
    assert np.array_equal(bars.values, waves(bars.points))
    graph = knn_graph(bars.points, 6, 0.3)
    assert np.array_equal(bars.graph.edges(), graph.edges())
    assert_fields(bars, graph_barcode(bars.values, graph))


def test_the_default_graph_is_the_papers():
    bars = sample_barcode(waves, BOX, 300)
    assert np.array_equal(bars.graph.edges(), knn_graph(bars.points, 4).edges())
    assert bars.points.dtype == np.float32


def test_the_bars_of_a_known_function():
    left, top, right = np.sort(np.roots([4, 0, -4, 0.2]).real)  # where the derivative vanishes
    bars = sample_barcode(double_well, [(-2, 2)], 5000, k=30).filter(min_persistence=0.1)
    assert len(bars) == 2
    np.testing.assert_allclose(bars.birth, double_well(np.array([[left], [right]])), atol=1e-4)
    np.testing.assert_allclose(bars.death, [np.inf, double_well(np.array([[top]]))[0]], atol=1e-4)
    places = bars.points[np.append(bars.minimum, bars.saddle[1]), 0]
    np.testing.assert_allclose(places, [left, right, top], atol=0.01)


@pytest.mark.parametrize("sampler", ["uniform", "sobol"])
def test_the_same_seed_gives_the_same_bits_in_another_process(sampler):
    code = (
        "import hashlib, numpy as np, lossbar_core as lb\n"
        f"bars = lb.sample_barcode(lambda x: np.sin(4 * x).sum(axis=1), {BOX}, 500, seed=7, sampler={sampler!r})\n"
        "parts = bars.points, bars.birth, bars.death, bars.saddle, bars.mean_height\n"
        "print(hashlib.sha256(b''.join(p.tobytes() for p in parts)).hexdigest())"
    )
    outputs = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in "ab"
    }
    assert len(outputs) == 1


@pytest.mark.parametrize("sampler", ["uniform", "sobol"])
def test_another_seed_gives_other_points(sampler):
    points = [sample_points(BOX, 50, seed, sampler) for seed in (0, 1, 0, 2**40)]
    assert np.array_equal(points[0], points[2])
    assert not np.array_equal(points[0], points[1])
    assert not np.array_equal(points[0], points[3])


@pytest.mark.parametrize("sampler", ["uniform", "sobol"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 1000])
def test_points_lie_in_the_box_and_fill_it(sampler, dtype, n):
    box = np.array([(-500.1, 499.9), (0.1, 0.3), (-1e-3, 4e-5)])
    points = sample_points(box, n, 1, sampler, dtype)
    assert points.shape == (n, 3)
    assert points.dtype == dtype
    low, high = box.T.astype(dtype)
    assert ((points >= low) & (points <= high)).all()
    if n == 1000:
        assert (np.abs(points.mean(axis=0) - (low + high) / 2) < 0.05 * (high - low)).all()
        assert (np.ptp(points, axis=0) > 0.95 * (high - low)).all()


def test_sobol_points_are_balanced():
    points = sample_points([(0, 1), (0, 1)], 256, 5, "sobol", np.float64)
    counts = np.histogram2d(*points.T, bins=16, range=[(0, 1), (0, 1)])[0]
    assert (counts == 1).all()
    assert np.array_equal(sample_points([(0, 1), (0, 1)], 200, 5, "sobol", np.float64), points[:200])


@given(st.floats(-1e6, 1e6), st.floats(1e-2, 1e6))
def test_rounding_never_leaves_the_box(low, width):
    """The largest numbers a sampler can draw, in single precision."""
    high = low + width
    single = np.float32(low), np.float32(high)
    if not single[0] < single[1]:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(from_samples, "_sobol", lambda n, d, seed: np.array([[0.0], [1 - 2.0**-30]]))
        points = sample_points([(low, high)], 2, 0, "sobol", np.float32)
    assert points.min() == single[0]
    assert points.max() <= single[1]


def test_one_point():
    bars = sample_barcode(waves, BOX, 1)
    assert len(bars) == 1
    assert bars.death.tolist() == [np.inf]
    assert bars.birth.tolist() == bars.values.tolist()
    assert bars.graph.n_edges == 0


def test_fewer_points_than_the_default_wants():
    assert np.array_equal(sample_barcode(waves, BOX, 3).graph.edges(), [[0, 1], [0, 2], [1, 2]])


def test_the_function_is_called_on_chunks(monkeypatch):
    monkeypatch.setattr(from_samples, "CHUNK", 100)
    shapes = []
    bars = sample_barcode(lambda x: shapes.append(x.shape) or waves(x), BOX, 250)
    assert shapes == [(100, 2), (100, 2), (50, 2)]
    assert np.array_equal(bars.values, waves(bars.points))


@pytest.mark.parametrize(
    ("returned", "kept"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.float16, np.float64),
        (np.int64, np.float64),
        (np.bool_, np.float64),
    ],
)
def test_values_keep_what_the_function_returns(returned, kept):
    points = 1e6 * np.arange(-3.0, 4.0)[:, None] if returned == np.int64 else np.arange(-3.0, 4.0)[:, None]
    values = evaluate(lambda x: (x[:, 0] + 1).astype(returned), points)
    assert values.dtype == kept
    assert np.array_equal(values, (points[:, 0] + 1).astype(returned))


def test_a_list_of_values_is_taken():
    assert evaluate(lambda x: [1, 2.5], np.zeros((2, 1))).tolist() == [1.0, 2.5]


def test_progress_is_shown_when_asked_for(capsys):
    sample_barcode(waves, BOX, 200)
    assert capsys.readouterr() == ("", "")
    sample_barcode(waves, BOX, 200, progress=True)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "values: 100%" in captured.err
    assert "neighbours: 100%" in captured.err


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"bounds": [(0, np.nan)]}, ValueError, "expected finite low < high in dimension 0, got (0.0, nan)"),
        ({"bounds": [(1, 0)]}, ValueError, "dimension 0, got (1.0, 0.0); mend that pair"),
        ({"bounds": (0, 1)}, ValueError, "expected bounds as 1 to 32 pairs (low, high), got shape (2,)"),
        ({"bounds": [(0, 1), (2,)]}, ValueError, "expected bounds as pairs (low, high), got [(0, 1), (2,)]"),
        ({"bounds": [(1e8, 1e8 + 1)]}, ValueError, "bounds whose distance float32 can hold, got (100"),
        ({"bounds": [(0, 1e39)]}, ValueError, "in dimension 0; rescale, or pass dtype=np.float64"),
        ({"bounds": [(-1e308, 1e308)], "dtype": np.float64}, ValueError, "whose distance float64 can hold"),
        ({"n": 0}, ValueError, "expected n >= 1, got 0; choose another n"),
        ({"n": 10.0}, TypeError, "expected an integer n, got 10.0 of type float; pass int(n)"),
        ({"n": 2**31}, ValueError, f"expected fewer than 2**31 points, got {2**31}; split the cloud"),
        ({"n": 2**30}, MemoryError, f"the barcode of {2**30} points in 1-D, streaming, to fit in 0.9 GiB"),
        ({"seed": -1}, ValueError, "expected seed >= 0, got -1; choose another seed"),
        ({"seed": None}, TypeError, "expected an integer seed, got None of type NoneType"),
        ({"k": 10}, ValueError, "expected k < n = 10 (a point is not its own"),
        ({"k": 0}, ValueError, "expected k >= 1, got 0; choose another k"),
        ({"k": 2.0}, TypeError, "expected an integer k, got 2.0 of type float"),
        ({"radius": 0}, ValueError, "expected a positive finite radius, got 0; choose another radius"),
        ({"radius": "a"}, TypeError, "expected a number as radius, got 'a' of type str"),
        ({"sampler": "grid"}, ValueError, "expected sampler 'uniform' or 'sobol', got 'grid'"),
        ({"dtype": np.int32}, ValueError, "expected dtype float32 or float64, got int32; choose"),
        ({"dtype": np.float16}, ValueError, "expected dtype float32 or float64, got float16"),
        ({"function": 3}, TypeError, "expected a function of points, got 3; pass f with f((m, d)) -> (m,)"),
    ],
)
def test_refused_before_the_function_is_called(monkeypatch, change, error, message):
    monkeypatch.setattr("lossbar_core.checks.physical_memory", lambda: 2**30)
    arguments = {"function": never, "bounds": [(0, 1)], "n": 10} | change
    with pytest.raises(error, match=re.escape(message)):
        sample_barcode(**arguments)


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda x: x, ValueError, "to (10,) values, got shape (10, 1); reduce over the"),
        (lambda x: x[:, 0].sum(), ValueError, "to map (10, 1) points to (10,) values, got shape ()"),
        (lambda x: x[1:, 0], ValueError, "to map (10, 1) points to (10,) values, got shape (9,)"),
        (lambda x: np.where(x[:, 0] > 0, np.nan, 0), ValueError, "expected finite values, got nan at ["),
        (lambda x: np.full(len(x), -np.inf), ValueError, "expected finite values, got -inf at ["),
        (lambda x: x[:, 0] + 0j, TypeError, "got dtype complex64; return float32 or float64"),
        (lambda x: [None] * len(x), TypeError, "expected real values, got dtype object"),
    ],
)
def test_refused_values(function, error, message):
    with pytest.raises(error, match=re.escape(message)):
        sample_barcode(function, [(0, 1)], 10)


def test_errors_of_the_function_come_through():
    def broken(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        sample_barcode(broken, BOX, 10)


def test_a_function_may_compute_in_place():
    def in_place(x):
        x *= x
        x -= 1
        return (x * x).sum(axis=1)

    found = sample_barcode(in_place, [(-2, 2)] * 2, 2000)
    assert_fields(found, sample_barcode(lambda x: ((x**2 - 1) ** 2).sum(axis=1), [(-2, 2)] * 2, 2000))
    assert found.points.min() < -1.9


def test_integer_values_that_float64_would_merge_are_refused():
    with pytest.raises(ValueError, match=r"expected integer values up to 2\*\*53"):
        sample_barcode(lambda x: np.arange(len(x)) + 2**60, [(0, 1)], 10)
