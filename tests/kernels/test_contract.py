"""Deaths of basins joined by edges, against Kruskal's algorithm over all vertices; whatever the number of threads."""

import numpy as np
import pytest
from lossbar_core.kernels.contract import BasinEdges, join_basins
from lossbar_core.kernels.stream import note_rows

from lossbar_core.barcodes.oracle import algorithm1


def joined(values, basin, table, ids, n_bars, threads):
    """What the kernel makes of a table of neighbours whose vertices' basins are given."""
    edges = BasinEdges(np.int32, threads)
    assert len(edges) == 0
    note_rows(values, ids, table, 0, basin, n_bars, edges)
    return join_basins(values, basin, ids, n_bars, edges)


@pytest.mark.parametrize("real", [np.float32, np.float64])
@pytest.mark.parametrize("seed", range(20))
def test_every_vertex_a_basin(seed, real):
    """Basins of one vertex each: then the deaths, those of no length included, are merges of Algorithm 1."""
    rng = np.random.default_rng(seed)
    n, width = int(rng.integers(2, 80)), 3
    values = [rng.standard_normal(n), rng.integers(0, 3, n), np.zeros(n)][seed % 3].astype(real)
    ids = rng.permutation(n).astype(np.int32)
    table = rng.integers(-1, n, (n, width)).astype(np.int32)
    order = np.lexsort((ids, values))
    basin = np.empty(n, np.int32)
    basin[order] = np.arange(n)
    results = [joined(values, basin, table, ids, n, threads) for threads in (1, 2, 7)]
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other, strict=True))
    saddle, across, swallower, fallen = results[0]
    dead = np.flatnonzero(saddle >= 0)
    assert sorted(fallen.tolist()) == dead.tolist()
    pairs = {frozenset((u, int(w))) for u in range(n) for w in table[u] if w >= 0}
    assert all(frozenset((int(saddle[b]), int(across[b]))) in pairs for b in dead)
    assert all(swallower[b] < b for b in dead)
    # A basin that is born at its own death is no bar; the others are those of the graph.
    edges = ids[np.argwhere(table >= 0)[:, 0]], ids[table[table >= 0]]
    of_id = np.empty(n, real)
    of_id[ids] = values
    expected = algorithm1(of_id, np.stack(edges, axis=1))
    bars = [b for b in range(n) if saddle[b] < 0 or saddle[b] != order[b]]
    assert ids[order[bars]].tolist() == expected.minimum.tolist()
    assert [-1 if saddle[b] < 0 else int(ids[saddle[b]]) for b in bars] == expected.saddle.tolist()


@pytest.mark.parametrize("threads", [1, 3])
def test_long_lists_are_contracted_on_the_way(threads):
    """Two basins and far more edges between them than a list may keep: the lowest one counts."""
    n = 2 * 80_000
    rng = np.random.default_rng(0)
    values, ids = rng.random(n), np.arange(n, dtype=np.int32)
    basin = (np.arange(n) % 2).astype(np.int32)
    table = rng.integers(0, n, (n, 4)).astype(np.int32)
    saddle, across, swallower, fallen = joined(values, basin, table, ids, 2, threads)
    u = np.repeat(np.arange(n), 4)
    between = basin[u] != basin[table.ravel()]
    u, w = u[between], table.ravel()[between]
    top, gate = np.where(values[u] > values[w], u, w), np.where(values[u] > values[w], w, u)
    lowest = np.lexsort((gate, values[top]))[0]
    assert saddle.tolist() == [-1, top[lowest]]
    assert across.tolist() == [-1, gate[lowest]]
    assert swallower.tolist() == [-1, 0]
    assert fallen.tolist() == [1]


def test_many_edges_at_one_height():
    """A plateau of stars: ties between more than a few edges are decided by ids."""
    n = 1000
    ids = np.random.default_rng(1).permutation(n).astype(np.int32)
    values = np.zeros(n)
    basin = np.argsort(np.argsort(ids)).astype(np.int32)
    table = np.full((n, 1), int(np.flatnonzero(ids == n - 1)[0]), np.int32)
    saddle, _, swallower, fallen = joined(values, basin, table, ids, n, 2)
    assert ids[saddle[1:]].tolist() == [n - 1] * (n - 1)
    assert swallower.tolist() == [-1] + [0] * (n - 1)
    assert len(fallen) == n - 1


def test_no_edges():
    saddle, across, swallower, fallen = joined(
        np.arange(3.0),
        np.arange(3, dtype=np.int32),
        np.full((3, 2), -1, np.int32),
        np.arange(3, dtype=np.int32),
        3,
        2,
    )
    assert saddle.tolist() == across.tolist() == swallower.tolist() == [-1] * 3
    assert len(fallen) == 0
