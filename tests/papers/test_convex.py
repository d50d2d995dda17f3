"""GN-convex: envelopes and kinks in exact arithmetic."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.sr.convex import _slopes_between_crossings, upper_envelope
from lossbar_core.register import Register


def smoke(**changes):
    entry = load_items()["GN-convex"]
    return entry.function(replace(entry.profiles["smoke"], **changes)).values


def test_values_that_the_register_checks_are_there():
    assert set(Register.load()["GN-convex"].value_names) <= set(smoke())


def test_convex_functions_pass_and_their_differences_do_not():
    found = smoke(functions=50)
    assert [found[name] for name in ("negative", "falling_slopes", "kink_mismatches", "too_many_kinks")] == [
        0
    ] * 4
    assert found["control_negative"] > 0.9
    assert 0 < found["flat_share"] < 1


@pytest.mark.parametrize(
    ("slopes", "offsets", "kept"),
    [
        ([-1, 1], [0, 0], [-1, 1]),
        ([-1, 0, 1], [0, -1, 0], [-1, 1]),  # a line below both
        ([-1, 0, 1], [0, 0, 0], [-1, 1]),  # one that touches
        ([-1, 0, 1], [0, 1, 0], [-1, 0, 1]),
        ([2, -3, 5], [7, 7, 7], [-3, 5]),
    ],
)
def test_envelope_in_two_ways(slopes, offsets, kept):
    slopes, offsets = np.array(slopes), np.array(offsets)
    assert upper_envelope(slopes, offsets) == _slopes_between_crossings(slopes, offsets) == kept
