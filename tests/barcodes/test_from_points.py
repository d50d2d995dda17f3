"""Barcodes of clouds: the stream finds the bars of the graph, bit for bit; the memory decides."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.barcodes import from_points
from lossbar_core.barcodes.barcode import FIELDS
from lossbar_core.barcodes.from_points import point_barcode, stream_memory, table_memory, will_stream
from lossbar_core.barcodes.oracle import algorithm1

FUNCTIONS = {
    "noise": lambda rng, x: rng.standard_normal(len(x)),
    "waves": lambda rng, x: np.sin(4 * x).sum(axis=1),
    "steps": lambda rng, x: np.floor(3 * x[:, 0]),
    "plateau": lambda rng, x: np.zeros(len(x)),
}


def same(a, b):
    """Bars, ids, sizes, heights and paths, bit for bit."""
    for name in FIELDS:
        x, y = getattr(a, name), getattr(b, name)
        assert x.dtype == y.dtype
        assert np.array_equal(x, y), name
    for bar in np.flatnonzero(~a.essential)[:20]:
        assert np.array_equal(a.path(bar), b.path(bar))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("n", "d", "k", "radius"), [(3000, 2, 4, None), (2000, 3, 6, 0.2), (700, 5, 3, None), (40, 1, 39, 0.1)]
)
def test_a_stream_finds_the_bars_of_the_graph(function, dtype, n, d, k, radius, monkeypatch):
    monkeypatch.setattr("lossbar_core.barcodes.neighbours.CHUNK", 256)  # many pieces
    monkeypatch.setattr("lossbar_core.barcodes.from_points.CHUNK", 256)
    rng = np.random.default_rng(n)
    points = rng.random((n, d)).astype(dtype)
    values = FUNCTIONS[function](rng, points).astype(dtype)
    kept = point_barcode(values, points, k, radius, stream=False)
    streamed = point_barcode(values, points, k, radius, stream=True)
    same(kept, streamed)
    same(kept, lb.graph_barcode(values, lb.knn_graph(points, k, radius)))
    assert kept.graph is not None
    assert streamed.graph is None
    assert streamed.points is points
    assert streamed.values is values


@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_threads_change_no_bit(threads, monkeypatch):
    rng = np.random.default_rng(0)
    points, values = rng.random((60_000, 2)), rng.standard_normal(60_000)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    alone = point_barcode(values, points)
    monkeypatch.setenv("OMP_NUM_THREADS", threads)
    same(alone, point_barcode(values, points, stream=False))
    same(alone, point_barcode(values, points, stream=True))


def test_a_lattice_with_duplicates_against_algorithm1():
    """Equal distances, equal points and equal values, all decided by id."""
    points = np.stack(np.meshgrid(np.arange(8.0), np.arange(8.0)), axis=-1).reshape(-1, 2)
    points = np.concatenate([points, points[::3]])
    values = (points.sum(axis=1) % 3).astype(np.float32)
    expected = algorithm1(values, lb.knn_graph(points, 4).edges())
    for stream in (False, True):
        found = point_barcode(values, points, 4, stream=stream)
        assert np.array_equal(found.minimum, expected.minimum)
        assert np.array_equal(found.saddle, expected.saddle)
        assert np.array_equal(found.swallower, expected.swallower)
        assert np.array_equal(found.size, expected.size)


def test_one_point():
    assert point_barcode([1.0], [[0.0]]).to_diagram().tolist() == [[1.0, np.inf]]


def test_samples_stream_too():
    waves = lambda x: np.sin(4 * x).sum(axis=1)  # noqa: E731
    same(
        lb.sample_barcode(waves, [(0, 3)] * 2, 5000),
        lb.sample_barcode(waves, [(0, 3)] * 2, 5000, stream=True),
    )


def test_the_memory_decides(monkeypatch):
    n, d, k = 10**7, 3, 6
    with_graph, without = table_memory(n, d, k, 4), stream_memory(n, d, 4)
    assert without < with_graph
    monkeypatch.setattr(from_points, "available_memory", lambda: with_graph)
    assert will_stream(n, d, k, 4) is False
    monkeypatch.setattr(from_points, "available_memory", lambda: with_graph - 1)
    assert will_stream(n, d, k, 4) is True
    monkeypatch.setattr("lossbar_core.checks.available_memory", lambda: without - 1)
    with pytest.raises(MemoryError, match=r"3-D, streaming, to fit in .* but it needs about"):
        will_stream(n, d, k, 4)
    with pytest.raises(MemoryError, match="3-D, the graph kept, to fit in"):
        will_stream(n, d, k, 4, stream=False)


def test_estimates_grow_with_the_cloud():
    for estimate, base, larger in (
        (table_memory, (1000, 2, 4, 4), [(2000, 2, 4, 4), (1000, 3, 4, 4), (1000, 2, 8, 4), (1000, 2, 4, 8)]),
        (stream_memory, (1000, 2, 4), [(2000, 2, 4), (1000, 3, 4), (1000, 2, 8)]),
    ):
        assert all(estimate(*arguments) > estimate(*base) for arguments in larger)
    assert table_memory(10**7, 3, 6, 4) < 4 * 2**30  # what the library promises


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"values": [1.0]}, ValueError, "expected one value a vertex"),
        ({"k": 3}, ValueError, "expected k < n = 3"),
        ({"radius": -1.0}, ValueError, "expected a positive finite radius"),
        ({"stream": "yes"}, TypeError, "expected stream as True, False or None, got 'yes'"),
        ({"points": [[np.nan]] * 3}, ValueError, "expected finite points"),
    ],
)
def test_bad_input(change, error, message):
    arguments = {"values": [0.0, 1.0, 2.0], "points": [[0.0], [1.0], [2.0]], "k": 1} | change
    with pytest.raises(error, match=message):
        point_barcode(**arguments)
