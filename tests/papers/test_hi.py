"""HI-line and HI-Bezier: the segment, the curve and its ends."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import load_items
from lossbar_core.papers.hi import line
from lossbar_core.papers.image_nets import Training
from lossbar_core.register import Register


def smoke(name, **changes):
    entry = load_items()[name]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("name", ["HI-line", "HI-Bezier"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(smoke(name).values)


def test_ends_of_the_line_are_the_networks():
    found = smoke("HI-line")
    minima = line.minima_of(Training.part_of(load_items()["HI-line"].profiles["smoke"]))
    np.testing.assert_allclose(found.arrays["accuracy"][:, 0], minima.accuracies[[0, 0]])
    np.testing.assert_allclose(found.arrays["loss"][:, -1], minima.births[[1, 2]], rtol=1e-5)


def test_share_below_counts_pairs():
    found = smoke("HI-line")
    accuracy = found.arrays["accuracy"]
    below = accuracy.min(axis=1) < 0.6 * np.minimum(accuracy[:, 0], accuracy[:, -1])
    assert found.values["share_below"] == below.mean()


def test_too_many_pairs_are_refused():
    with pytest.raises(ValueError, match="expected at most 3 pairs of 3 networks, got 4"):
        smoke("HI-line", pairs=4)


def test_curve_ends_at_the_networks_and_the_printed_one_at_twice_the_second():
    found = smoke("HI-Bezier")
    assert found.values["end_gap"] == 0.0
    assert found.values["printed_factor"] == pytest.approx(2.0, abs=1e-5)
    np.testing.assert_allclose(found.arrays["loss_curve"][0], found.arrays["births"][0], rtol=1e-5)
    assert found.arrays["loss_printed"][-1] > 1.5 * found.arrays["births"][1]


def test_training_lowers_the_curve():
    short, long = (
        smoke("HI-Bezier", steps=steps, epochs=20, batch=100).values["top_curve"] for steps in (1, 200)
    )
    assert long < short


def test_printed_curve_begins_where_the_right_one_does():
    found = smoke("HI-Bezier")
    assert found.arrays["loss_printed"][0] == pytest.approx(found.arrays["births"][0], rel=1e-5)
