"""Graphs that made famous union-finds quadratic: quick here, and equal to the answer in closed form."""

import time

import numpy as np
import pytest
from cases import graph_of, line

from lossbar_core import graph_barcode


def within(seconds, values, edges):
    """The barcode, and that it took linear time: the quadratic fault would take minutes."""
    graph = graph_of(values, edges)
    start = time.perf_counter()
    bars = graph_barcode(values, graph)
    assert time.perf_counter() - start < seconds
    return bars


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chain_in_which_one_component_swallows_all_others_in_turn(dtype):
    b = 200_000
    values = np.empty(2 * b + 1, dtype)
    values[::2] = np.arange(b + 1)
    values[1::2] = b + 1 + np.arange(b)
    bars = within(3, values, line(2 * b + 1))
    assert np.array_equal(bars.minimum, 2 * np.arange(b + 1))
    assert np.array_equal(bars.death[1:], b + 1 + np.arange(b))
    assert np.array_equal(bars.saddle[1:], 2 * np.arange(b) + 1)
    assert (bars.swallower[1:] == 0).all()
    assert (bars.size[1:] == 1).all()
    assert bars.size[0] == 2 * b + 1


def test_chain_in_which_every_component_is_swallowed_by_the_next():
    b = 200_000
    values = np.empty(2 * b + 1)
    values[::2] = np.arange(b + 1)
    values[1::2] = 2 * b - np.arange(b)
    bars = within(3, values, line(2 * b + 1))
    i = np.arange(1, b + 1)
    assert np.array_equal(bars.minimum[1:], 2 * i)
    assert np.array_equal(bars.saddle[1:], 2 * i - 1)
    assert np.array_equal(bars.swallower[1:], 2 * i - 2)
    assert np.array_equal(bars.size[1:], 2 * (b - i) + 1)
    above = np.cumsum(values[::-1])[::-1]  # sums from a vertex to the end of the chain
    assert np.allclose(bars.mean_height[1:], above[2 * i] / bars.size[1:] - i, rtol=1e-9)


def test_comb_whose_spine_is_a_plateau():
    b = 200_000
    values = np.concatenate([np.full(b, 1.0), -np.arange(b, dtype=float)])
    teeth = np.stack([np.arange(b), np.arange(b) + b], axis=1)
    bars = within(3, values, np.concatenate([line(b), teeth]))
    assert bars.minimum.tolist() == (2 * b - 1 - np.arange(b)).tolist()
    assert (bars.death[1:] == 1.0).all()
    assert np.array_equal(bars.swallower[2:], bars.minimum[1:-1])  # spine vertex i joins teeth i - 1 and i
    assert bars.swallower[1] == 2 * b - 1
    i = np.arange(b - 2, -1, -1)  # tooth i dies at the next spine vertex, with all teeth and spine before it
    assert np.array_equal(bars.saddle[1:], i + 1)
    assert np.array_equal(bars.size[1:], 2 * (i + 1))


def test_star_whose_centre_is_the_saddle_of_all():
    b = 200_000
    values = np.append(np.random.default_rng(0).permutation(b).astype(float), b)
    bars = within(3, values, np.stack([np.full(b, b), np.arange(b)], axis=1))
    assert np.array_equal(bars.birth, np.arange(b))
    assert (bars.saddle[1:] == b).all()
    assert (bars.swallower[1:] == bars.minimum[0]).all()
    assert (bars.size[1:] == 1).all()
    assert bars.size[0] == b + 1


@pytest.mark.parametrize("order", ["ascending", "descending", "plateau", "plateau backwards"])
def test_sorted_values_and_plateaus_have_one_bar(order):
    n = 400_000
    values = {"ascending": np.arange(n), "descending": -np.arange(n)}.get(order, np.zeros(n)).astype(float)
    edges = line(n)[::-1] if order == "plateau backwards" else line(n)
    bars = within(3, values, edges)
    assert bars.minimum.tolist() == [n - 1 if order == "descending" else 0]
    assert bars.size.tolist() == [n]


def test_plateau_with_many_minima_of_zero_length():
    n = 200_000
    way = np.random.default_rng(1).permutation(n)
    edges = np.stack([way[:-1], way[1:]], axis=1)
    bars = within(3, np.zeros(n), edges)
    padded = np.concatenate([[n], way, [n]])
    minima = np.sort(way[(padded[1:-1] < padded[:-2]) & (padded[1:-1] < padded[2:])])
    assert np.array_equal(bars.minimum, minima)
    assert (bars.persistence[1:] == 0).all()
