"""FB-Alg1 and FB-3.2c: certificates, what the printed algorithm misses, and failures that prove nothing."""

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, load_items
from lossbar_core.papers.fb.algorithm import Pairs, as_printed, split_caps, split_rules
from lossbar_core.register import Register

load_items()


def smoke(id):
    item = ITEMS[id]
    result = item.function(item.profiles["smoke"])
    assert set(Register.load()[id].value_names) <= set(result.values)
    return result


def test_algorithm_connects_and_the_printed_one_connects_fewer():
    v = smoke("FB-Alg1").values
    assert v["connected_share"] == 1
    assert v["violations"] == 0
    assert v["fine_excess"] < 0.01
    assert v["printed_share"] < 1


@pytest.mark.parametrize(
    ("depth", "kept"),
    [
        ([0, 0], [0, 1]),
        ([0, 1, 0], [0, 1, 2]),
        ([0, 2, 1, 2, 0], [0, 1, 2, 4]),  # the left half is too high as well, so the right one is forgotten
        ([0, 1, 2, 0], [0, 1, 2, 3]),  # the left half is low, so the right one is examined
        ([0, 3, 2, 1, 2, 0], [0, 1, 2, 3, 5]),
    ],
)
def test_printed_order(depth, kept):
    assert as_printed(np.array(depth)).tolist() == kept


def test_parts_have_both_rules_where_asked_for():
    parts = split_rules(Pairs((0.1, 0.01), argmax_from=0.05))
    assert [(part.level, part.t_star) for part in parts] == [
        (0.1, "middle"),
        (0.1, "argmax"),
        (0.01, "middle"),
    ]
    assert all(part.first_bead and part.depth == 10 and part.tolerance == 1.1 for part in parts)


def test_caps_share_a_batch_with_the_algorithm():
    quick = {id: ITEMS[id].profiles["quick"] for id in ("FB-Alg1", "FB-3.2c")}
    assert split_caps(quick["FB-3.2c"])[-1] in split_rules(quick["FB-Alg1"])


def test_failures_at_a_low_cap_are_connected_at_a_high_one():
    result = smoke("FB-3.2c")
    assert result.values["failures_lowest"] > result.values["failures_highest"]
    assert result.values["connected_later"] >= 1
    assert result.values["wrong_words"] == 0
    assert not (result.arrays["connected"][0] & ~result.arrays["connected"][1]).any()
