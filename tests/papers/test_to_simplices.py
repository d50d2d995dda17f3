"""Barcodes of r-saddles, and boundaries of boundaries."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.to import simplices
from lossbar_core.papers.to.simplices import longest
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict


def run(id, **changes):
    entry = load_items()[id]
    return entry.function(replace(entry.profiles["smoke"], **changes))


def test_three_longest_bars():
    result = run("TO-1.4", divisions=8)
    judged = verdict(Register.load()["TO-1.4"], result.values, "quick")
    assert judged.word == "reproduced", str(judged)
    lengths = np.diff(result.arrays["simplicial"], axis=1)[:, 0]
    assert np.all(np.diff(lengths.round(4)) <= 0)
    assert lengths[0] > 0.5


def test_a_flatter_function_has_other_bars(monkeypatch):
    original = simplices.morse_complex
    monkeypatch.setattr(simplices, "morse_complex", lambda grid: original(0.9 * grid))
    assert run("TO-1.4").values["largest_difference"] > 0.05


def test_products_vanish_and_matrices_do_not():
    values = run("TO-AppH").values
    assert verdict(Register.load()["TO-AppH"], values, "quick").word == "reproduced"
    assert values["products"] == 1 + 2


@pytest.mark.parametrize("count", [1, 2])
def test_longest_leaves_out_what_never_ends(count):
    bars = np.array([[0.0, np.inf], [2.0, 3.0], [0.0, 2.0]])
    assert longest(bars, count)[0].tolist() == [0.0, 2.0]
    assert len(longest(bars, count)) == count
