"""Randomness in modules: found, named, and tied to a seed without touching torch's state."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes.dropout import as_dropout, is_random, random_parts, seeded  # noqa: E402

CPU = torch.device("cpu")


def test_parts_that_drop_values_are_named():
    module = nn.Sequential(
        nn.Dropout(0.1), nn.Dropout2d(0.0), nn.LSTM(2, 2, 2, dropout=0.2), nn.AlphaDropout(0.3)
    )
    assert random_parts(module) == ["0 (Dropout)", "2 (LSTM)", "3 (AlphaDropout)"]
    assert random_parts(nn.Linear(2, 2)) == []


def test_a_seed_and_a_block_give_the_same_numbers_and_the_state_comes_back():
    state = torch.random.get_rng_state()

    def drawn(seed, block):
        with seeded(seed, block, CPU):
            return torch.rand(2).tolist()

    assert drawn(1, 0) == drawn(1, 0)
    assert len({tuple(drawn(*pair)) for pair in ((1, 0), (1, 1), (2, 0))}) == 3
    assert torch.equal(torch.random.get_rng_state(), state)
    assert is_random(lambda: [torch.rand(2)], CPU)
    assert not is_random(lambda: [torch.tensor([1.0, torch.nan])], CPU)
    assert torch.equal(torch.random.get_rng_state(), state)


def test_what_dropout_may_be():
    assert [as_dropout(value) for value in (None, "off", 0, 7)] == [None, "off", 0, 7]
    for value in (-1, 0.5, True, "on"):
        with pytest.raises(ValueError, match="expected dropout None, 'off' or a seed"):
            as_dropout(value)
