"""BSL-4.2.2: the largest minimax found without the elder rule is the largest death."""

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl.low_paths import joining_level, low_paths, minimax_table
from lossbar_core.register import Register


def bars_of(values, edges):
    graph = lb.NeighborGraph.from_edges(len(values), edges)
    return lb.graph_barcode(np.array(values, dtype=float), graph)


def test_a_chain_of_wells():
    bars = bars_of([0.0, 5.0, 1.0, 3.0, 2.0, 9.0], [(0, 1), (1, 2), (2, 3), (3, 4)])
    assert joining_level(bars) == 5.0  # the island is joined to nobody and does not count
    table = minimax_table(bars, np.array([0, 2, 4]))
    inf = np.inf
    assert table.tolist() == [[-inf, 5, 5], [5, -inf, 3], [5, 3, -inf]]


def test_islands_have_no_path():
    bars = bars_of([0.0, 1.0, 3.0, 4.0], [(0, 2), (1, 3)])
    assert minimax_table(bars, np.array([0, 1]))[0, 1] == -np.inf


@pytest.mark.parametrize("seed", range(5))
def test_largest_minimax_is_the_largest_death(seed):
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(300)
    bars = lb.graph_barcode(values, lb.knn_graph(rng.random((300, 3)), 5))
    finite = ~bars.essential
    assert joining_level(bars) == bars.death[finite].max()
    table = minimax_table(bars, bars.minimum)
    assert table.max() == pytest.approx(bars.death[finite].max(), abs=1e-12)
    for i in np.flatnonzero(finite)[:10]:
        lower = bars.birth < bars.birth[i]
        assert table[i][lower].min() == pytest.approx(bars.death[i], abs=1e-12)


def test_item():
    item = ITEMS["BSL-4.2.2"]
    result = low_paths(item.profiles["smoke"])
    assert result.values["level_difference"] == 0.0
    assert result.values["n_pairs"] > 100
    assert set(Register.load()["BSL-4.2.2"].value_names) <= set(result.values)
