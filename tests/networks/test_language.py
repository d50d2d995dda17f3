"""The language model: counts, causality, tied weights, bad input."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from lossbar_core.networks import LanguageModel, n_parameters


def test_count_of_the_network_for_penn_treebank():
    layer = 4 * (200 * 200 + 200 * 200 + 200 + 200)
    assert n_parameters(LanguageModel(10_000)) == 10_000 * 200 + 2 * layer + 200 * 10_000 + 10_000


def test_tied_weights_count_once():
    free, tied = LanguageModel(50, 8, 1), LanguageModel(50, 8, 1, tied=True)
    assert n_parameters(free) - n_parameters(tied) == 50 * 8
    assert tied.output.weight is tied.embedding.weight


def test_a_word_changes_what_follows_and_nothing_before():
    model = LanguageModel(10, 6)
    words = torch.randint(0, 10, (2, 7), generator=torch.Generator().manual_seed(0))
    other = words.clone()
    other[:, 4] = (other[:, 4] + 1) % 10
    before, after = model(words), model(other)
    assert before.shape == (2, 10, 7)
    assert torch.equal(before[:, :, :4], after[:, :, :4])
    assert (before[:, :, 4:] != after[:, :, 4:]).any(dim=1).all()
    assert torch.isfinite(cross_entropy(before, words))


def test_bad_input():
    with pytest.raises(ValueError, match="vocabulary >= 2, got 1"):
        LanguageModel(1)
    with pytest.raises(TypeError, match="tied True or False, got 1"):
        LanguageModel(5, tied=1)
    with pytest.raises(ValueError, match=r"shape \(n, T\), got \(3,\)"):
        LanguageModel(5, 2)(torch.zeros(3, dtype=torch.int64))
