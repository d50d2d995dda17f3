"""Items of BSL section 3: what they measure, and that each can fail."""

import os
from dataclasses import replace

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.barcodes.oracle import algorithm1
from lossbar_core.functions import HUMP_CAMEL_6, WAVY
from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl import algorithm1 as alg1
from lossbar_core.papers.bsl import boxes, complexity, gridded, radius
from lossbar_core.papers.bsl.basins import basins, crossing_edges, sublevel_labels
from lossbar_core.papers.bsl.counting import count_algorithm1, count_reduction, slow_graph
from lossbar_core.papers.bsl.measure import growth_exponent, one_thread, processor_seconds
from lossbar_core.papers.bsl.random_graphs import random_cases
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

SMOKE = ("BSL-Alg1", "BSL-GridNN", "BSL-Complexity", "BSL-Radius")


@pytest.fixture(scope="module")
def smoke():
    return {name: ITEMS[name].function(ITEMS[name].profiles["smoke"]) for name in SMOKE}


@pytest.mark.parametrize("name", SMOKE)
def test_every_value_that_the_register_checks_is_there(smoke, name):
    entry = Register.load()[name]
    asked = {check.value for check in (*entry.checks, *entry.setting)}
    assert asked <= set(smoke[name].values)
    assert set(ITEMS[name].volatile) <= set(smoke[name].values)


@pytest.mark.parametrize("name", SMOKE)
def test_checks_without_a_clock_hold_and_can_fail(smoke, name):
    entry, values = Register.load()[name], dict(smoke[name].values)
    if "exponent" in values:
        values["exponent"] = 1.05  # seconds of tiny inputs say nothing
    judged = verdict(entry, values, "smoke")
    assert all(outcome.passed for outcome in judged.outcomes if outcome.role == "check"), judged
    for broken in ({"mismatches": 1}, {"mismatched_edges": 1}, {"plateau_found": False}, {"exponent": 2.0}):
        if set(broken) <= set(values):
            assert verdict(entry, {**values, **broken}, "quick").word == "not reproduced"


@pytest.mark.parametrize("name", SMOKE)
def test_same_seed_same_values_and_another_seed_another_draw(smoke, name):
    item = ITEMS[name]
    config = item.profiles["smoke"]
    again, other = item.function(config), item.function(replace(config, seed=1))
    steady = {key: value for key, value in again.values.items() if key not in item.volatile}
    assert steady == {key: smoke[name].values[key] for key in steady}
    assert steady != {key: other.values[key] for key in steady}
    for key, array in again.arrays.items():
        if "seconds" not in key:
            np.testing.assert_array_equal(array, smoke[name].arrays[key])


def test_volatile_values_are_the_timed_ones(smoke):
    for name in SMOKE:
        timed = {key for key in smoke[name].values if key.startswith(("exponent", "seconds"))}
        assert timed - {"exponent_of_n_log_n"} == set(ITEMS[name].volatile)


# BSL-Alg1


def test_a_wrong_kernel_is_noticed(monkeypatch):
    def without_the_last_edge(values, graph):
        return graph_barcode(values, NeighborGraph.from_edges(len(values), graph.edges()[:-1]))

    monkeypatch.setattr(alg1, "graph_barcode", without_the_last_edge)
    assert alg1.comparisons(ITEMS["BSL-Alg1"].profiles["smoke"])["mismatches"] > 0


def test_bars_that_the_printed_test_loses():
    line = NeighborGraph.from_edges(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    twins = np.array([0.0, 1.0, 0.0, 2.0, 0.5])
    assert alg1.lost_by_comparing_values(algorithm1(twins, line), twins) == 1
    distinct = np.array([0.0, 1.0, 0.1, 2.0, 0.5])
    assert alg1.lost_by_comparing_values(algorithm1(distinct, line), distinct) == 0
    plateau = np.zeros(5)  # one component, no bar to lose
    assert alg1.lost_by_comparing_values(algorithm1(plateau, line), plateau) == 0


def test_basins_lead_downhill_to_minima():
    for case in random_cases(seed=3, count=18, vertices=40):
        home = basins(case.values, case.graph)
        assert set(home) == set(graph_barcode(case.values, case.graph).minimum)
        ids = np.arange(len(home))
        assert all((case.values[home[v]], home[v]) <= (case.values[v], v) for v in ids)
        crossing = crossing_edges(case.values, case.graph)
        assert np.all(home[crossing[:, 0]] != home[crossing[:, 1]])


def test_crossing_edges_alone_carry_every_merge():
    for case in random_cases(seed=4, count=36, vertices=50):
        home = basins(case.values, case.graph)
        ids = np.arange(len(home))
        short = np.concatenate([crossing_edges(case.values, case.graph), np.stack([ids, home], axis=1)])
        bars = graph_barcode(case.values, NeighborGraph.from_edges(len(home), short))
        np.testing.assert_array_equal(bars.saddle, graph_barcode(case.values, case.graph).saddle)


def test_sublevel_labels_count_the_bars_that_are_alive():
    for case in random_cases(seed=5, count=18, vertices=40):
        bars = graph_barcode(case.values, case.graph)
        for level in np.quantile(case.values, [0.1, 0.5, 0.9]):
            label = sublevel_labels(case.values, case.graph, level)
            alive = (bars.birth <= level) & (bars.death > level)
            assert set(label) - {-1} == set(bars.minimum[alive])
            assert np.array_equal(label >= 0, case.values <= level)


# BSL-Complexity


def test_counted_algorithms_give_the_bars():
    for case in random_cases(seed=6, count=54, vertices=60):
        bars = graph_barcode(case.values, case.graph)
        pairs, work = count_algorithm1(case.values, case.graph)
        assert pairs.same_as(bars)
        assert count_reduction(case.values, case.graph)[0].same_as(bars)
        assert work.merges == len(case.values) - case.graph.n_components()
        assert work.edges == case.graph.n_edges


def test_steps_counted_by_hand():
    line = NeighborGraph.from_edges(4, [(0, 1), (1, 2), (2, 3)])
    # Sorted already: 3 comparisons. One pointer each leads vertices 2 and 3 from their neighbour to 0.
    _, work = count_algorithm1(np.arange(4.0), line)
    assert (work.comparisons, work.edges, work.pointers, work.merges, work.total) == (3, 3, 2, 3, 11)
    assert count_reduction(np.arange(4.0), line)[1] == 0


@pytest.mark.parametrize("n", [8, 50, 201])
def test_slow_graph_costs_reduction_a_quarter_of_the_square(n):
    values, graph = slow_graph(n)
    pairs, additions = count_reduction(values, graph)
    assert pairs.same_as(graph_barcode(values, graph))
    assert additions == (n - n // 2) * (n // 2)


def test_too_small_a_slow_graph():
    with pytest.raises(ValueError, match="expected n >= 4, got 3"):
        slow_graph(3)


def test_more_true_bars_than_points_in_fifteen_dimensions(smoke):
    values = smoke["BSL-Complexity"].values
    assert values["high_exact_bars"] == 8**15
    assert 1 <= values["high_infinite"] <= values["high_bars"] < values["high_n"]


def test_a_wrong_count_is_noticed(monkeypatch):
    def one_bar_short(values, graph):
        return graph_barcode(values, graph)[1:]

    monkeypatch.setattr(complexity, "graph_barcode", one_bar_short)
    config = replace(ITEMS["BSL-Complexity"].profiles["smoke"], counted_sizes=(100, 200))
    assert complexity.counted(config)[0]["count_mismatches"] == 4


# Time and growth


def test_growth_exponent():
    sizes = np.array([10, 100, 1000])
    assert growth_exponent(sizes, 7 * sizes**1.5) == pytest.approx(1.5)
    for bad in ([1, 2], [0, 1, 2], [-1, 1, 2]):
        with pytest.raises(ValueError, match="expected positive amounts at two or more distinct sizes"):
            growth_exponent(sizes, bad)
    with pytest.raises(ValueError, match="two or more distinct sizes"):
        growth_exponent([5, 5], [1, 2])


def test_processor_seconds_take_the_least_and_one_thread(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    seen: list[str] = []

    def note_threads():
        seen.append(os.environ["OMP_NUM_THREADS"])
        return len(seen)

    seconds, last = processor_seconds(note_threads, 3)
    assert (seen, last) == (["1"] * 3, 3)
    assert 0 <= seconds < 1
    assert os.environ["OMP_NUM_THREADS"] == "7"
    with pytest.raises(ValueError, match="expected repeats >= 1, got 0"):
        processor_seconds(list, 0)


def test_one_thread_leaves_an_unset_variable_unset(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with pytest.raises(KeyError, match="boom"), one_thread():
        raise KeyError("boom")
    assert "OMP_NUM_THREADS" not in os.environ


# BSL-GridNN


def test_a_lossy_search_is_noticed(monkeypatch):
    whole = boxes.box_pairs
    monkeypatch.setattr(boxes, "box_pairs", lambda points, r, split=2, reach=1: whole(points, r, split, 1))
    assert boxes.boxes_item(boxes.BoxConfig(n_points=200)).values["mismatched_edges"] > 0


def test_brute_force_and_symmetric_difference():
    points = np.array([[0.0], [1.0], [2.0], [10.0]])
    np.testing.assert_array_equal(boxes.brute_force_pairs(points, 1.0), [[0, 1], [1, 2]])
    assert boxes.symmetric_difference(np.array([[0, 1], [1, 2]]), np.array([[1, 2], [2, 3]])) == 2


def test_adjacent_boxes_lose_edges_and_edge_r_costs_more(smoke):
    values = smoke["BSL-GridNN"].values
    assert values["boxes"] == [25, 125, 625]
    assert all(lost > 0 for lost in values["lost"])
    assert all(
        a < b < values["pairs"] for a, b in zip(values["checked"], values["checked_edge_r"], strict=True)
    )


# BSL-Radius


def test_bars_of_the_global_minimum():
    values = [0.0, 3.0, 1.0, 5.0, 2.0, 9.0, 7.0, 8.0, -1.0, 4.0, -2.0]
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 7), (8, 9), (9, 10)]
    bars = graph_barcode(values, NeighborGraph.from_edges(11, edges))
    assert radius.of_global_minimum(bars).minimum.tolist() == [10, 8]
    lower = graph_barcode([-5.0, *values[1:]], NeighborGraph.from_edges(11, edges))
    assert radius.of_global_minimum(lower).minimum.tolist() == [0, 2, 4]


def test_plateau_is_the_last_stretch_that_agrees():
    free = {"free_infinite": np.array(10.0), "free_distance": np.array(1.0)}
    infinite, distance = np.array([90.0, 10, 30, 10.5, 10, 10]), np.array([5.0, 5, 1, 1, 1, 1])
    assert radius.first_plateau({"infinite": infinite, "distance": distance, **free}, 0.1) == 3
    assert radius.first_plateau({"infinite": infinite + 5, "distance": distance, **free}, 0.1) == 6
    assert radius.first_plateau({"infinite": np.full(6, 10.0), "distance": np.ones(6), **free}, 0.1) == 0


@pytest.mark.parametrize("factors", [(2.5, 5.0, 40.0), (0.1, 0.2, 1.6)])
def test_a_sweep_of_one_side_has_no_plateau(factors):
    config = replace(ITEMS["BSL-Radius"].profiles["smoke"], n_points=(1000,), factors=factors)
    values = radius.radius_item(config).values
    assert values["plateau_found"] is False
    assert "distance_ratio" not in values


def test_a_long_radius_changes_nothing_and_a_short_one_leaves_single_points(smoke):
    arrays = smoke["BSL-Radius"].arrays
    for name in radius.MEASURED:
        assert arrays[f"{name}_2d"][-1] == arrays[f"free_{name}_2d"]
    assert arrays["infinite_2d"][0] > 2000
    assert np.all(np.diff(arrays["edges_2d"]) >= 0)
    assert np.all(np.diff(arrays["k_infinite_2d"]) <= 0)


def test_distance_is_taken_to_the_exact_bars():
    exact = np.array([[0.0, np.inf], [1.0, 3.0]])
    values = np.array([0.0, 3.25, 1.0])
    points = np.array([[0.0], [1.0], [2.0]])
    infinite, noise, distance, edges, share = radius.measure(points, values, 2, 1.5, exact, noise_size=2)
    assert (infinite, noise, distance, edges, share) == (1, 1, 0.25, 2, 1)


# The grid variant


def test_a_fine_grid_beats_a_cloud_of_as_many_points():
    found = gridded.grid_against_cloud(WAVY, 2, sides=(40, 80), multiples=(2,))
    assert found["n"].tolist() == [1600, 6400]
    assert found["bars faces"].tolist() == [121, 121]
    assert np.all(found["distance faces"] < found["distance k = 2D"])
    assert found["distance faces"][1] == pytest.approx(found["distance faces"][0] / 4, rel=0.15)


def test_grid_values_follow_the_axes():
    array = gridded.grid_values(HUMP_CAMEL_6, 2, 5)
    points = np.array([[-2.0, 1.5], [0.0, -0.75]])
    np.testing.assert_array_equal(array[[0, 2], [4, 1]], HUMP_CAMEL_6(points))


def test_peers_agree_and_a_difference_is_noticed(monkeypatch):
    rows = gridded.agreement_with_peers([(30,), (9, 8), (5, 4, 3), (3, 3, 3, 3), (2, 2, 2, 2, 2)])
    assert all(row["gudhi"] is True for row in rows)
    assert [row["cripser"] for row in rows] == [True] * 8 + [None] * 2
    monkeypatch.setattr(gridded, "grid_barcode", lambda array, how: lb.grid_barcode(array, "full"))
    rows = gridded.agreement_with_peers([(9, 8)])
    assert [(row["gudhi"], row["cripser"]) for row in rows] == [(False, False), (True, True)]
