"""Pointers and edges from pieces of a table of neighbours, against the whole table."""

import numpy as np
import pytest
from lossbar_core.kernels.contract import BasinEdges, join_basins
from lossbar_core.kernels.elder import find_basins
from lossbar_core.kernels.stream import note_rows, offer_rows


@pytest.fixture(params=[np.float32, np.float64])
def cloud(request):
    """Values with ties, shuffled ids, and a table in which an edge may stand at one of its ends only."""
    rng = np.random.default_rng(3)
    n = 5000
    values = rng.integers(0, 400, n).astype(request.param)
    return values, rng.permutation(n).astype(np.int32), rng.integers(-1, n, (n, 3)).astype(np.int32)


def pointers(values, ids, table, step, threads):
    parent = np.arange(len(values), dtype=np.int32)
    for first in range(0, len(values), step):
        offer_rows(values, ids, table[first : first + step], first, parent, threads)
    return parent


def test_every_vertex_points_to_its_lowest_neighbour(cloud):
    values, ids, table = cloud
    entered = list(zip(values.tolist(), ids.tolist(), strict=True))
    expected = list(range(len(values)))
    for u, row in enumerate(table.tolist()):
        for w in row:
            if w >= 0:
                expected[u] = min(expected[u], w, key=entered.__getitem__)
                expected[w] = min(expected[w], u, key=entered.__getitem__)
    for step, threads in ((5000, 1), (5000, 4), (700, 3), (1, 1)):
        assert pointers(values, ids, table, step, threads).tolist() == expected


def test_pieces_note_the_edges_of_the_whole(cloud):
    values, ids, table = cloud
    minima, basin = find_basins(values, pointers(values, ids, table, 5000, 1), ids)
    counted, deaths = [], []
    for step in (5000, 640):
        edges = BasinEdges(np.int32, 1)
        for first in range(0, len(values), step):
            note_rows(values, ids, table[first : first + step], first, basin, len(minima), edges)
        counted.append(len(edges))
        deaths.append(join_basins(values, basin, ids, len(minima), edges))
    assert counted[0] == counted[1]
    assert len(deaths[0][3]) > 100
    assert all(np.array_equal(a, b) for a, b in zip(*deaths, strict=True))
