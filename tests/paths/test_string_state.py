"""Strings: beads inserted, counted by depth, and the whole state there and back."""

import numpy as np
import torch

from lossbar_core.landscapes import EGG_CARTON
from lossbar_core.paths.beads import Training
from lossbar_core.paths.string_state import BEADS, String, from_state, to_state

A, B = torch.zeros(2, dtype=torch.float64), torch.ones(2, dtype=torch.float64)


def string():
    made = String.between(A, B, depths=3)
    made.certificate[0] = 5.0
    made.insert(0, (A + B) / 2, steps=7)
    made.insert(1, (A + 3 * B) / 4, steps=2)
    return made


def test_insertion_keeps_order_depths_and_forgets_the_divided_segment():
    made = string()
    assert made.pivots[:, 0].tolist() == [0.0, 0.5, 0.75, 1.0]
    assert made.depth.tolist() == [0, 1, 2, 0]
    assert made.training_steps.tolist() == [0, 7, 2, 0]
    assert np.isnan(made.certificate).tolist() == [True, True, True]
    assert made.history()["beads_added"].tolist() == [0, 1, 1, 0]


def test_there_and_back():
    made = string()
    made.evaluations, made.failure = 9, "because"
    training = Training.begin(A[None].clone(), A[None], B[None], [(0, 2)])
    training.step, training.failures = 4, {0: "lost"}
    arrays, facts = to_state([made], training)
    (again,), beads = from_state(arrays, facts, EGG_CARTON.landscape())
    assert torch.equal(again.pivots, made.pivots)
    assert (again.depths, again.evaluations, again.failure) == (3, 9, "because")
    assert np.array_equal(again.certificate, made.certificate, equal_nan=True)
    assert (beads.owners, beads.failures, beads.step) == ([(0, 2)], {0: "lost"}, 4)
    assert all(torch.equal(getattr(beads, name), getattr(training, name)) for name in BEADS)
