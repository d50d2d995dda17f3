"""TO Algorithm 1: estimates bound exact deaths from above; the closure lowers those that overlook a third minimum."""

from dataclasses import replace

import numpy as np

from lossbar_core.papers import load_items
from lossbar_core.papers.heights import known, random_waves
from lossbar_core.papers.to.barcode_from_paths import _measured
from lossbar_core.paths import MinimaBarcode, StraightLine, barcode_of_minima
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

CAMEL = known("HumpCamel6")


def of_tops(tops):
    return MinimaBarcode.from_tops(CAMEL.values, tops)


def measured(tops):
    lines = barcode_of_minima(CAMEL.landscape(), CAMEL.minima, StraightLine(9))
    found = of_tops(tops)
    found = MinimaBarcode(found.births, found.tops, lines.paths)
    return _measured(CAMEL, found, lines)


def test_smoke():
    entry = load_items()["TO-Alg1"]
    result = entry.function(replace(entry.profiles["smoke"], pivots=15, steps=150))
    judged = verdict(Register.load()["TO-Alg1"], result.values, "quick")
    assert judged.word == "finding reproduced (reduced setting)", str(judged)
    assert result.values["bars_compared"] == 4 + 8
    for name in ("camel", "wavy", "waves_0"):
        direct, closed = (result.arrays[f"{name}_{kind}"] for kind in ("direct", "closed"))
        assert np.all(closed <= direct)


def test_exact_tops_have_no_error():
    values = measured(CAMEL.heights)
    assert abs(values["largest_excess"]) < 1e-9 > abs(values["largest_deficit"])
    assert values["too_low"] == values["closure_lowers"] == 0


def test_a_top_that_is_too_low_is_noticed():
    tops = CAMEL.heights.copy()
    tops[2, :2] -= 0.6
    tops[:2, 2] -= 0.6
    values = measured(tops)
    assert values["too_low"] == 1
    assert values["largest_deficit"] > values["discretisation"]


def test_a_route_through_a_third_minimum():
    """The direct paths of minimum 4 to lower ones are bad, that to minimum 5, which is no lower, is not."""
    tops = CAMEL.heights.copy()
    i, j = (4, 5) if CAMEL.values[4] <= CAMEL.values[5] else (5, 4)
    tops[i, :4] += 1.0
    tops[:4, i] += 1.0
    values = measured(tops)
    assert values["largest_excess"] > 1
    assert values["closure_lowers"] == 1 or CAMEL.heights[i, j] > CAMEL.heights[j, 0]
    assert values["closed_excess"] < values["largest_excess"]


def test_random_functions_differ_and_repeat():
    assert np.array_equal(random_waves(1).values, random_waves(1).values)
    assert len(random_waves(0).values) != len(random_waves(2).values)
