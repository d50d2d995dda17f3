"""The same bars from other programs: GUDHI's simplex tree, ToMATo and cubical complex, and CubicalRipser."""

import gudhi
import numpy as np
import pytest
from cases import VALUES, arrays, functions, graph_of, positive, random_function
from cripser import compute_ph
from gudhi.clustering.tomato import Tomato
from hypothesis import example, given
from hypothesis import strategies as st

from lossbar_core import graph_barcode, grid_barcode, knn_graph
from lossbar_core.barcodes.oracle import cubical_bars

FILTRATION = {"faces": "V", "full": "T"}  # pixels as vertices, pixels as top cells
GRIDS = {"plateaus": st.integers(-2, 2).map(float), "any": st.floats(-1e6, 1e6)}


def simplex_tree_bars(values, graph):
    """Edges first: inserting them over existing vertices would lower the vertices' values."""
    tree = gudhi.SimplexTree()
    edges = graph.edges()
    tree.insert_batch(np.arange(len(values), dtype=np.int32)[None], np.full(len(values), -np.inf))
    tree.insert_batch(np.ascontiguousarray(edges.T, dtype=np.int32), np.full(len(edges), -np.inf))
    for vertex, value in enumerate(values):
        tree.assign_filtration([vertex], float(value))
    tree.make_filtration_non_decreasing()
    tree.compute_persistence(min_persistence=0.0, persistence_dim_max=True)
    return positive(tree.persistence_intervals_in_dimension(0))


def tomato_bars(values, graph):
    """Clusters of the density -f; ToMATo takes symmetric lists, and names essential bars by their birth alone."""
    lists = [graph.neighbors(v) for v in range(graph.n_vertices)]
    clusters = Tomato(graph_type="manual", density_type="manual").fit(lists, weights=-np.asarray(values))
    births = -np.asarray(clusters.max_weight_per_cc_)
    essential = np.stack([births, np.full(len(births), np.inf)], axis=1)
    finite = -np.asarray(clusters.diagram_, dtype=float).reshape(-1, 2)
    return positive(np.concatenate([essential, finite[np.isfinite(finite).all(axis=1)]]))


def cripser_bars(array, connectivity):
    """Axes of length 1 are taken out: with them version 0.0.37 calls every pixel a component that never dies."""
    array = np.atleast_1d(np.squeeze(np.asarray(array, np.float64)))
    found = compute_ph(array, filtration=FILTRATION[connectivity], maxdim=0)
    return positive(found[found[:, 0] == 0, 1:3])


@given(functions())
def test_simplex_tree_on_plateaus(case):
    graph = graph_of(*case)
    assert np.array_equal(
        positive(graph_barcode(case[0], graph).to_diagram()), simplex_tree_bars(case[0], graph)
    )


@given(functions(elements=st.floats(-1e300, 1e300)))
def test_simplex_tree_on_any_float(case):
    graph = graph_of(*case)
    assert np.array_equal(
        positive(graph_barcode(case[0], graph).to_diagram()), simplex_tree_bars(case[0], graph)
    )


@pytest.mark.parametrize("seed", range(9))
def test_simplex_tree_and_tomato_on_random_graphs(seed):
    values, edges = random_function(seed, largest=150)
    graph = graph_of(values, edges)
    found = positive(graph_barcode(values, graph).to_diagram())
    assert np.array_equal(found, simplex_tree_bars(values, graph))
    assert np.array_equal(found, tomato_bars(values, graph))


@pytest.mark.parametrize("d", [2, 3, 6])
@pytest.mark.parametrize("radius", [None, 0.5])
def test_simplex_tree_and_tomato_on_neighbour_graphs(d, radius):
    points = np.random.default_rng(d).uniform(-2, 2, (3000, d))
    values = np.abs(points * np.sin(points) + 0.1 * points).sum(axis=1)  # Alpine01, the paper's example
    graph = knn_graph(points, radius=radius)
    found = positive(graph_barcode(values, graph).to_diagram())
    assert len(found) > 10
    assert np.array_equal(found, simplex_tree_bars(values, graph))
    assert np.array_equal(found, tomato_bars(values, graph))


@pytest.mark.parametrize("connectivity", FILTRATION)
@pytest.mark.parametrize("kind", GRIDS)
def test_cubical_programs_on_small_arrays(kind, connectivity):
    @given(arrays(elements=GRIDS[kind]))
    @example(np.zeros((3, 3)))
    @example(np.array([[0.0, -1.0, 0.0], [-1.0, 0.0, -1.0]]))
    def check(array):
        found = positive(grid_barcode(array, connectivity).to_diagram())
        assert np.array_equal(found, positive(cubical_bars(array, connectivity)))
        assert np.array_equal(found, cripser_bars(array, connectivity))

    check()


@pytest.mark.parametrize("connectivity", FILTRATION)
@pytest.mark.parametrize("kind", [kind for kind in VALUES if kind not in ("huge", "tiny")])
@pytest.mark.parametrize("shape", [(500,), (31, 47), (1, 60), (60, 1), (9, 11, 13), (4, 5, 3, 6)])
def test_cubical_programs_on_larger_arrays(shape, kind, connectivity):
    array = VALUES[kind](np.random.default_rng(len(shape)), int(np.prod(shape))).reshape(shape)
    found = positive(grid_barcode(array, connectivity).to_diagram())
    assert np.array_equal(found, positive(cubical_bars(array, connectivity)))
    assert np.array_equal(found, cripser_bars(array, connectivity))


@pytest.mark.parametrize("connectivity", FILTRATION)
def test_cubical_programs_on_a_function_with_negative_values(connectivity):
    x, y = np.meshgrid(np.linspace(-10, 10, 70), np.linspace(-8, 8, 90), indexing="ij")
    array = -np.abs(np.sin(x) * np.cos(y) * np.exp(np.abs(1 - np.hypot(x, y) / np.pi)))  # HolderTable
    found = positive(grid_barcode(array, connectivity).to_diagram())
    assert len(found) > 10
    assert np.array_equal(found, positive(cubical_bars(array, connectivity)))
    assert np.array_equal(found, cripser_bars(array, connectivity))
