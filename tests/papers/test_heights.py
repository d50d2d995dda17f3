"""Known heights between minima: they agree with a plain search on a grid, and the metric facts hold."""

import numpy as np
import pytest

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.functions import get
from lossbar_core.papers.heights import NAMES, jittered, known, minimax, neighbours
from lossbar_core.papers.to.escape_heights import height_to_lower


@pytest.mark.parametrize("name", NAMES)
def test_minima_are_minima_of_the_surface(name):
    function = known(name)
    surface = function.landscape()
    values, slopes = surface.losses_and_gradients(function.minima)
    assert np.allclose(values.numpy(), function.values, atol=1e-9)
    assert slopes.abs().max() < 1e-4
    assert np.array_equal(function.values, np.sort(function.values))


@pytest.mark.parametrize("name", NAMES)
def test_heights_are_an_ultrametric_above_the_values(name):
    heights = known(name).heights
    assert np.array_equal(heights, heights.T)
    assert np.array_equal(minimax(heights), heights)
    assert (heights >= np.diag(heights)[:, None]).all()
    assert np.isfinite(heights).all()


def test_heights_of_the_camel_agree_with_a_search_on_a_grid():
    """From a grid point near a minimum, the height of the way to anything lower: TO equation 1."""
    function, n = get("HumpCamel6"), 141
    axes = [np.linspace(low, high, n) for low, high in function.bounds(2)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    ids = np.arange(n * n).reshape(n, n)
    steps = [
        (ids[1:], ids[:-1]),
        (ids[:, 1:], ids[:, :-1]),
        (ids[1:, 1:], ids[:-1, :-1]),
        (ids[1:, :-1], ids[:-1, 1:]),
    ]
    graph = NeighborGraph.from_edges(
        n * n, np.concatenate([np.column_stack([a.ravel(), b.ravel()]) for a, b in steps])
    )
    values = function(places)
    camel = known("HumpCamel6")
    for i in range(2, 6):
        near = np.flatnonzero(np.linalg.norm(places - camel.minima[i], axis=1) < 0.1)
        start = int(near[values[near].argmin()])
        assert height_to_lower(values, graph, start) == pytest.approx(camel.deaths()[i], abs=5e-3)


def test_box():
    inner = known("Wavy").within(0.7)
    assert len(inner.minima) == 9
    assert np.isinf(inner.deaths()).sum() == 1
    with pytest.raises(ValueError, match=r"at least two minima of Wavy within 0\.1, got 1"):
        known("Wavy").within(0.1)


def test_neighbours_of_the_carton_are_not_diagonal():
    assert sorted(neighbours(known("egg_carton"))) == [(1, 0), (2, 0), (3, 1), (3, 2)]


def test_unknown_function():
    with pytest.raises(ValueError, match="expected a function with known heights, got 'flat'"):
        known("flat")


def test_jitter_is_small_seeded_and_not_zero():
    minima = known("egg_carton").minima
    a, b, c = (jittered(minima, 0.02, seed).numpy() for seed in (0, 0, 1))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert 0 < np.abs(a - minima).max() < 0.1
