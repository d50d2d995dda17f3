"""The state of a band: there and back."""

import numpy as np
import torch

from lossbar_core.paths.band import Band, Norms


def test_state_and_history_survive_the_arrays_bit_for_bit():
    chain = torch.rand(4, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    band = Band.of(chain, torch.tensor([1.0, 2.0]).double(), limit=9.0)
    band.state = {"velocity": torch.rand(2, 3), "time": torch.tensor(0.1)}
    band.losses[1:-1] = 3
    for n in (2, 1, 3):  # free pivots come and go
        band.note(Norms(torch.ones(n).double(), torch.arange(n).double(), torch.ones(n).double()))
    band.moves, band.failure = 3, "diverged"
    arrays, facts = band.to_arrays()
    again = Band.from_arrays(arrays, facts, chain)
    for name in ("pivots", "losses", "weights", "left", "right", "good"):
        assert torch.equal(getattr(again, name), getattr(band, name)), name
    assert all(torch.equal(again.state[name], band.state[name]) for name in band.state)
    assert (again.moves, again.failure, again.limit, again.steps) == (3, "diverged", 9.0, 3)
    for name, values in band.history_arrays().items():
        np.testing.assert_array_equal(again.history_arrays()[name], values)
    assert np.isnan(band.history_arrays()["normal"]).sum() == 3


def test_relative_lengths_are_those_of_the_chain():
    band = Band.of(torch.tensor([[0.0], [1.0], [4.0]]), torch.zeros(2), limit=1.0)
    assert band.weights.tolist() == [0.25, 0.75]
    assert band.inner == 1
    assert band.running
    assert torch.equal(band.chain, band.pivots)
