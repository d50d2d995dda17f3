"""FB-3.2a, FB-3.2b, FB-AppA: counts by depth, and comparisons over the same pairs."""

import numpy as np

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.fb.practicalities import (
    ALPHAS,
    Batch,
    beads_by_depth,
    constrained,
    split_alphas,
    split_constraints,
    training_below,
)
from lossbar_core.register import Register
from lossbar_core.verdicts import NOT_REPRODUCED, verdict

load_items()


def smoke(id):
    item = ITEMS[id]
    result = item.function(item.profiles["smoke"])
    assert set(Register.load()[id].value_names) <= set(result.values)
    return result


def test_beads_by_depth_add_up():
    result = smoke("FB-3.2a")
    v = result.values
    totals = result.arrays["added"].sum(axis=0)
    assert totals[v["peak_depth"] - 1] == totals.max() == v["beads_peak"]
    assert totals[v["last_depth"] :].sum() == 0
    assert v["depths_after_peak"] == v["last_depth"] - v["peak_depth"]


def depths(*added):
    arrays = {"added": np.array([added]), "connected": np.array([True])}
    return beads_by_depth(Batch(0.01, pairs=1), [Result({}, arrays)]).values


def test_strings_that_double_at_every_depth_do_not_pass():
    doubling = depths(1, 2, 4, 8)
    assert doubling["depths_after_peak"] == 0
    assert not doubling["share_decreasing"]
    falling = depths(1, 2, 3, 1, 0)
    assert falling["depths_after_peak"] == 1
    assert falling["last_depth"] == 4
    assert falling["total_falls_from"] == 2


def test_a_total_that_grows_at_first_does_not_pass():
    entry = Register.load()["FB-3.2a"]
    grows, falls = depths(2, 3, 1), depths(2, 1, 1)
    assert (grows["total_falls_from"], falls["total_falls_from"]) == (2, 1)
    assert verdict(entry, grows, "quick").word == NOT_REPRODUCED
    high = depths(3, 4, 2)
    assert high["share_decreasing"]
    assert high["total_falls_from"] == 2
    assert verdict(entry, high | {"pairs": 20}, "quick").word == NOT_REPRODUCED
    assert verdict(entry, high | {"pairs": 20, "total_falls_from": 1}, "quick").word != NOT_REPRODUCED


def measured(beads, length, connected):
    a = np.asarray
    return Result(
        {},
        {
            "beads": a(beads),
            "length": a(length),
            "straight_length": a(length),
            "steps": a(beads) * 100,
            "connected": a(connected),
        },
    )


def test_alphas_are_compared_on_the_pairs_that_all_connect():
    results = [measured([4, 6, 90], [1.0, 1.2, 9.0], [True, True, alpha != ALPHAS[0]]) for alpha in ALPHAS]
    v = training_below(Batch(0.1, pairs=3), results).values
    assert v["common_pairs"] == 2
    assert v["length_spread"] == 0
    assert not v["beads_decrease"]
    assert v["share_smallest"] < v["share_largest"] == 1


def test_smaller_alphas_in_the_smoke_profile():
    result = smoke("FB-3.2b")
    assert result.arrays["beads"].shape == (4, result.values["common_pairs"])
    assert [part.alpha for part in split_alphas(Batch(0.1))] == list(ALPHAS)


def test_constraints():
    result = smoke("FB-AppA")
    assert result.values["share_plain"] == 1
    assert result.arrays["length"].min() >= 1
    assert [part.constraint for part in split_constraints(Batch(0.1))] == [None, "hyperplane", "spring"]
    longer = [measured([3, 3], [length] * 2, [True] * 2) for length in (1.0, 1.1, 0.9)]
    v = constrained(Batch(0.1, pairs=2), longer).values
    assert v["length_ratio_hyperplane"] > 1 > v["length_ratio_spring"]
    assert v["share_change"] == 0
