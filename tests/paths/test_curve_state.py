"""The state of curves there and back."""

import torch

from lossbar_core.landscapes import EGG_CARTON
from lossbar_core.paths.curve_state import TENSORS, CurveState


def test_there_and_back():
    state = CurveState.begin(torch.arange(12.0, dtype=torch.float64).reshape(2, 3, 2))
    state.step = 20
    state.looks[1].append((20, 0.5, 0.75))
    state.mean += 1
    state.fail(0, "lost")
    assert state.open.tolist() == [False, True]
    again = CurveState.from_arrays(*state.to_arrays(), EGG_CARTON.landscape())
    assert all(torch.equal(getattr(again, name), getattr(state, name)) for name in TENSORS)
    assert (again.looks, again.failures, again.step) == (state.looks, {0: "lost"}, 20)


def test_the_beginning_shares_no_memory():
    state = CurveState.begin(torch.zeros(1, 3, 2))
    state.control += 1
    state.mean += 2
    assert not state.good.any()
    assert not state.square.any()
