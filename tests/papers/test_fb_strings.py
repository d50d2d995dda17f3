"""Batches of strings: what is measured is measured on the beads that are kept."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.papers.fb.polynomial import CUBIC, QUADRATIC, weight_length
from lossbar_core.papers.fb.strings import Strings, joined, losses_along, measure, sample

SMALL = Strings(QUADRATIC, 0.05, pairs=3, inputs=50, rate=0.01)


def test_measures_belong_to_the_strings():
    result = measure(SMALL)
    a = result.arrays
    assert a["connected"].all()
    for i in range(3):
        chain = a[f"string_{i}"]
        length, chord = weight_length(chain, QUADRATIC)
        assert a["length"][i] == pytest.approx(length / chord)
        assert len(chain) == a["beads"][i] == 2 + a["added"][i].sum()
        assert a["top"][i] == losses_along(SMALL.surface, chain, 98)[1].max() <= result.values["limit"]
        assert (SMALL.surface.losses(torch.from_numpy(chain[1:-1])) <= 0.95 * 0.05).all()
        assert 1 <= a["straight_length"][i] <= a["length"][i]
    assert (a["added"][:, 0] == 1).all()
    assert (a["fine_top"] >= a["top"] - 1e-7).all()
    assert result.values["limit"] == pytest.approx(0.055)


def test_lengths_by_weights_and_by_all_parameters_differ_with_biases():
    a = measure(replace(SMALL, task=CUBIC, level=0.15)).arrays
    assert not np.allclose(a["length"], a["full_length"])
    quadratic = measure(SMALL).arrays
    assert np.allclose(quadratic["length"], quadratic["full_length"])


def test_parts_make_the_whole():
    parts = [measure(replace(SMALL, pairs=n, first_pair=first)) for first, n in ((0, 2), (2, 1))]
    whole = measure(SMALL).arrays
    assert np.array_equal(joined(parts, "beads"), whole["beads"])
    assert np.allclose(joined(parts, "length"), whole["length"], rtol=1e-3)


def test_a_hub_shares_the_first_end():
    paths, _ = sample(replace(SMALL, hub=True))
    assert all(torch.equal(path.pivots[0], paths[0].pivots[0]) for path in paths)
    assert not torch.equal(paths[0].pivots[-1], paths[1].pivots[-1])


def test_failures_are_told_and_not_straightened():
    a = measure(replace(SMALL, depth=1)).arrays
    failed = ~a["connected"]
    assert failed.any()
    assert a["told"].all()
    assert np.isnan(a["straight_length"][failed]).all()
    assert (a["top"][failed] > 0.055).all()
