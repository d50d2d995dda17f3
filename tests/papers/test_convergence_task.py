"""One pair of clouds of Figure 6: one graph for all functions, components, distances, and what is never pruned."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

import lossbar_core as lb
from lossbar_core.functions import exact_barcode
from lossbar_core.papers.bsl import convergence_task as module
from lossbar_core.papers.bsl.convergence_task import (
    FUNCTIONS,
    PLANE,
    CloudPair,
    cloud_pair,
    kept,
    on_largest_component,
    unit_cloud,
    values_in_box,
)

SMALL = CloudPair(dimension=3, n_points=300, pair=0)
BROKEN = CloudPair(dimension=2, n_points=400, pair=0, multiple=1)  # two neighbours: hundreds of components


@pytest.fixture(scope="module")
def small():
    return cloud_pair(SMALL)


@pytest.fixture(scope="module")
def broken():
    return cloud_pair(BROKEN)


def test_clouds_differ_by_everything_but_the_graph():
    base = unit_cloud(SMALL, 0)
    assert base.shape == (300, 3)
    assert base.dtype == np.float32
    assert np.array_equal(base, unit_cloud(replace(SMALL, multiple=4, factor=2.0), 0))
    others = [unit_cloud(SMALL, 1)]
    others += [unit_cloud(replace(SMALL, **change), 0) for change in ({"pair": 1}, {"seed": 1})]
    others += [unit_cloud(replace(SMALL, n_points=299), 0), unit_cloud(replace(SMALL, dimension=4), 0)[:, :3]]
    for other in others:
        assert not np.array_equal(base[:299], other[:299])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_the_graph_in_the_unit_cube_is_that_in_the_box(function):
    unit = unit_cloud(SMALL, 0).astype(np.float64)
    low, high = function.bounds(3)[0]
    assert function.bounds(3) == [(low, high)] * 3  # a cube
    in_box = lb.knn_graph(low + (high - low) * unit, 6)
    assert np.array_equal(in_box.edges(), lb.knn_graph(unit, 6).edges())


def test_distances_are_those_of_the_barcodes_in_the_boxes(small):
    for i, function in enumerate(FUNCTIONS):
        low, high = function.bounds(3)[0]
        bars = []
        for side in (0, 1):
            points = (low + (high - low) * unit_cloud(SMALL, side)).astype(np.float32)
            bars.append(lb.graph_barcode(function(points), lb.knn_graph(points, 6)))
        expected = lb.bottleneck_distance(*bars)
        assert small.arrays["distance"][i] == pytest.approx(expected, rel=1e-6)
        assert small.arrays["n_bars"][i].tolist() == [len(b) for b in bars]
        assert small.arrays["lowest"][i].tolist() == pytest.approx([b.birth[0] for b in bars])


def test_truth_is_the_distance_to_the_exact_barcode(small):
    for function, measured in zip(FUNCTIONS, small.arrays["truth"], strict=True):
        if function.summand is None:
            assert np.isnan(measured).all()
            continue
        exact = exact_barcode(function, 3).to_diagram()
        for side in (0, 1):
            bars = lb.graph_barcode(
                values_in_box(function, unit_cloud(SMALL, side)), lb.knn_graph(unit_cloud(SMALL, side), 6)
            )
            assert measured[side] == lb.bottleneck_distance(bars[on_largest_component(bars)], exact)


def test_every_exact_bar_is_there():
    assert [len(module.truth(f, 2)) if f.summand else None for f in FUNCTIONS] == [64, 64, None, 1]
    assert module.truth(PLANE, 3).tolist() == [[0.0, np.inf]]


def test_bars_below_twice_the_distance_do_matter():
    a, b = [(0.0, 2.0)], [(0.5, 1.5)]
    distance = lb.bottleneck_distance(a, b)
    assert distance == 0.5
    assert b[0][1] - b[0][0] <= 2 * distance
    assert lb.bottleneck_distance(a, []) == 1.0


def test_the_triangle_inequality_joins_truth_and_distance(small):
    for i, function in enumerate(FUNCTIONS):
        if function.summand is not None:
            assert small.arrays["distance_largest"][i] <= small.arrays["truth"][i].sum() + 1e-9


def test_infinite_exactly_where_the_components_differ_in_number(broken):
    assert broken.arrays["components"][0] != broken.arrays["components"][1]
    assert np.isinf(broken.arrays["distance"]).all()
    assert np.isfinite(broken.arrays["distance_largest"]).all()
    assert (broken.arrays["largest_share"] < 1).all()


def test_a_connected_pair_has_one_distance(small):
    assert small.arrays["components"].tolist() == [1, 1]
    assert small.arrays["largest_share"].tolist() == [1.0, 1.0]
    assert np.array_equal(small.arrays["distance"], small.arrays["distance_largest"])


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_the_largest_component_is_that_of_a_graph_search(function):
    points = unit_cloud(BROKEN, 0)
    graph = lb.knn_graph(points, 2)
    indptr, indices = graph.to_csr()
    count, label = connected_components(csr_array((np.ones(len(indices)), indices, indptr)), directed=False)
    sizes = np.bincount(label)
    bars = lb.graph_barcode(values_in_box(function, points), graph)
    mask = on_largest_component(bars)
    assert count == bars.essential.sum() > 2
    chosen = label[bars.minimum[mask]]
    assert sizes[chosen[0]] == sizes.max()
    assert np.array_equal(mask, label[bars.minimum] == chosen[0])


def test_components_are_followed_through_long_chains_of_merges():
    n = 2001  # every second vertex a minimum, each swallowed by the next one
    values = np.where(np.arange(n) % 2, 10_000.0 - np.arange(n), -np.arange(n, dtype=float))
    edges = np.stack([np.arange(n - 1), np.arange(1, n)], axis=1)
    graph = lb.NeighborGraph.from_edges(n + 3, edges)
    bars = lb.graph_barcode(np.concatenate([values, [-9e9] * 3]), graph)
    assert on_largest_component(bars).sum() == 1001
    assert len(bars) == 1004


def test_the_filter_drops_bars_of_few_points():
    points = unit_cloud(SMALL, 0)
    bars = kept(lb.graph_barcode(values_in_box(FUNCTIONS[0], points), lb.knn_graph(points, 6)))
    assert (bars.size < module.NOISE_SIZE).any()
    assert (bars.size >= module.NOISE_SIZE).any()
    other_points = unit_cloud(SMALL, 1)
    other = kept(lb.graph_barcode(values_in_box(FUNCTIONS[0], other_points), lb.knn_graph(other_points, 6)))
    long = [b.diagram[b.size >= module.NOISE_SIZE] for b in (bars, other)]
    assert cloud_pair(SMALL).arrays["distance_filtered"][0] == lb.bottleneck_distance(*long)


def test_a_radius_cuts_edges():
    free, cut = (cloud_pair(replace(SMALL, factor=factor)).arrays["components"] for factor in (0.0, 0.7))
    assert (cut > free).all()


def test_the_same_task_gives_the_same_bits_also_through_a_pickle(small):
    again = cloud_pair(pickle.loads(pickle.dumps(SMALL)))  # as another process gets it
    for name, array in small.arrays.items():
        assert np.array_equal(array, again.arrays[name], equal_nan=True), name
    assert set(again.values) == {"seconds_graphs", "seconds_barcodes", "seconds_distances"}


def test_a_plane_has_one_bar_and_its_noise():
    points = unit_cloud(SMALL, 0)
    assert np.allclose(values_in_box(PLANE, points), points.sum(axis=1))
    assert PLANE.minimum(3)[1] == 0.0
