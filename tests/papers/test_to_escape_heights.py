"""TO equations 1 and 2: bottleneck paths find the deaths; equal values are where they differ."""

from dataclasses import replace

import numpy as np

from lossbar_core.barcodes.graph import NeighborGraph
from lossbar_core.papers import load_items
from lossbar_core.papers.to import escape_heights as module
from lossbar_core.papers.to.escape_heights import height_to_lower
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

LINE = NeighborGraph.from_edges(5, [[0, 1], [1, 2], [2, 3], [3, 4]])


def run(**changes):
    entry = load_items()["TO-eq1-2"]
    return entry.function(replace(entry.profiles["smoke"], **changes)).values


def test_checks_hold():
    values = run()
    assert verdict(Register.load()["TO-eq1-2"], values, "quick").word == "reproduced"
    assert values["minima_compared"] > 40
    assert 0 < values["tied_mismatches"] < values["tied_minima"]


def test_equal_minima_are_both_infinite():
    values = np.array([0.0, 2.0, 0.0, 3.0, 1.0])
    assert height_to_lower(values, LINE, 0) == height_to_lower(values, LINE, 2) == float("inf")
    assert height_to_lower(values, LINE, 4) == 3.0


def test_a_wrong_height_is_noticed(monkeypatch):
    monkeypatch.setattr(module, "height_to_lower", lambda *args: height_to_lower(*args) + 1e-9)
    assert run()["mismatches"] > 0
