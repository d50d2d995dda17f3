"""Spanning trees of paths: ultrametric along the tree, right against the exact heights."""

from dataclasses import replace

import numpy as np

from lossbar_core.papers import load_items
from lossbar_core.papers.heights import known, minimax
from lossbar_core.papers.sr.tree import _measured
from lossbar_core.paths import MinimaBarcode, ultrametric_violation
from lossbar_core.register import Register
from lossbar_core.verdicts import NOT_REPRODUCED, verdict

CAMEL = known("HumpCamel6")


def test_smoke():
    entry = load_items()["NEB-MST"]
    result = entry.function(replace(entry.profiles["smoke"], pivots=15, steps=150))
    judged = verdict(Register.load()["NEB-MST"], result.values, "quick")
    assert judged.word.startswith(("reproduced", "finding")), str(judged)
    assert result.values["suggested_pairs"] <= result.values["all_pairs"] == 15 + 36
    closure = result.arrays["camel_closure"]
    assert np.allclose(closure, minimax(result.arrays["camel_tops"]))
    assert len(result.arrays["camel_tree"]) == 5


def test_one_bad_path_is_replaced_by_another_route():
    tops = CAMEL.heights.copy()
    tops[0, 1] = tops[1, 0] = 3.0
    found = MinimaBarcode.from_tops(CAMEL.values, tops)
    values = _measured(CAMEL, found, found)
    assert ultrametric_violation(tops) > 0 == values["violation"]
    assert values["direct_violation"] > 1
    assert values["lowered"] == 1
    assert values["tree_error"] > 0.5  # no other path is as low as the one that is spoilt
    entry = Register.load()["NEB-MST"]
    counts = {"fewest_minima": 6, "most_minima": 6}
    assert verdict(entry, values | counts, "quick").word == NOT_REPRODUCED
    right = MinimaBarcode.from_tops(CAMEL.values, CAMEL.heights)
    assert verdict(entry, _measured(CAMEL, right, right) | counts, "quick").word != NOT_REPRODUCED
    assert verdict(entry, _measured(CAMEL, right, found) | counts, "quick").word == NOT_REPRODUCED
