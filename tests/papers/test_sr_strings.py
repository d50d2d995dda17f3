"""SR-g, SR-DSS, SR-DSS-tstar: lengths are never below 1, and means and variances of the right rule."""

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.sr.strings import Levels, Rules, normalised_length, place_of_the_bead, sketch
from lossbar_core.register import Register

load_items()


def smoke(id):
    item = ITEMS[id]
    result = item.function(item.profiles["smoke"])
    assert set(Register.load()[id].value_names) <= set(result.values)
    return result


def test_lengths_on_convex_losses():
    result = smoke("SR-g")
    v = result.values
    assert v["convex_excess"] <= 1e-12
    assert v["smallest_g"] >= 1 - 1e-12
    assert v["below_one"] == 0
    assert v["strings"] == len(result.arrays["g"]) >= 8


def test_a_length_below_one_is_counted():
    arrays = {
        "length": np.array([0.9, 1.2]),
        "full_length": np.array([1.0, 1.2]),
        "connected": np.array([True, True]),
    }
    config = Levels((0.1,), convex_pairs=1, dimension=2)
    assert normalised_length(config, [Result({}, arrays)]).values["below_one"] == 1


def test_growth_of_the_length():
    result = smoke("SR-DSS")
    assert result.values["connected_share"] == 1
    lengths = result.arrays["length"]
    assert result.values["growth"] == pytest.approx(lengths[0] - lengths[1])


def test_shrinking_lengths_are_told():
    def batch(length):
        return Result({}, {"length": np.full(2, length), "connected": np.array([True, True])})

    v = sketch(Levels((0.01, 0.05, 0.1)), [batch(1.1), batch(1.2), batch(1.5)]).values
    assert v["growth"] < 0
    assert v["rank_correlation"] == pytest.approx(1)
    assert v["growing_steps"] == 0


def test_rules():
    result = smoke("SR-DSS-tstar")
    v = result.values
    assert result.arrays["beads"].shape == (2, 4)
    assert v["beads_middle"] == result.arrays["beads"][0].mean()
    assert v["variance_argmax"] == pytest.approx(result.arrays["beads"][1].var(ddof=1))


def test_ratios_are_argmax_over_middle():
    def batch(*beads):
        ones = np.ones(len(beads))
        return Result({}, {"beads": np.array(beads), "steps": ones, "connected": ones > 0})

    v = place_of_the_bead(Rules(0.1, pairs=2), [batch(4, 6), batch(2, 8)]).values
    assert v["beads_ratio"] == 1
    assert v["variance_ratio"] == pytest.approx(9)
