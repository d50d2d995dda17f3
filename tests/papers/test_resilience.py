"""SR-resilience: what is held stays, what is moved is one weight, and shares are counted."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch

from lossbar_core.papers import load_items
from lossbar_core.papers.sr import resilience
from lossbar_core.register import Register
from lossbar_core.training.starts import initial_vectors

CONFIG = load_items()["SR-resilience"].profiles["smoke"]


@lru_cache
def smoke():
    return load_items()["SR-resilience"].function(CONFIG)


def test_values_that_the_register_checks_are_there():
    assert set(Register.load()["SR-resilience"].value_names) <= set(smoke().values)


def landscape_and_copies():
    landscape = resilience._landscape(resilience.OneWidth(3, CONFIG))
    copies = initial_vectors(landscape, range(2))
    held = torch.zeros_like(copies, dtype=torch.bool)
    held[0, 5] = True
    return landscape, copies, held


def test_held_weights_stay_and_the_others_descend():
    landscape, copies, held = landscape_and_copies()
    before = copies.clone()
    resilience._retrain(landscape, copies, held, CONFIG)
    assert copies[0, 5] == before[0, 5]
    assert (copies[1] != before[1]).any()
    penalised = [resilience._penalised(landscape, thetas, CONFIG.l2) for thetas in (before, copies)]
    assert (penalised[1] < penalised[0]).all()


def test_no_move_changes_nothing_at_once():
    landscape, copies, _ = landscape_and_copies()
    moved, after = resilience._shaken(landscape, copies[0], torch.arange(4), 0.0, CONFIG)
    np.testing.assert_allclose(moved, 1.0)
    np.testing.assert_allclose(after[:-1], after[-1], rtol=0.01)  # one weight held hardly matters
    assert len(set(after.tolist())) == 5  # but it does


def test_larger_moves_raise_the_loss_more():
    rise = smoke().arrays["rise"].mean(axis=(0, 2))
    assert (np.diff(rise) > 0).all()


def test_training_others_never_loses_weights_on_average():
    arrays = smoke().arrays
    assert arrays["share"].mean() >= arrays["at_once"].mean()
    assert arrays["share"].shape == (len(CONFIG.widths), len(CONFIG.moves), CONFIG.seeds)


def test_shares_count_weights():
    result = resilience.measure(resilience.OneWidth(2, replace(CONFIG, moves=(3.0,), training=50)))
    found = resilience._measured(result)
    after = result.arrays["after"]
    np.testing.assert_allclose(found["share"], (after < 1.05).mean(axis=2))
    np.testing.assert_allclose(1 - found["at_once"], found["displaced"] / after.shape[2])
    assert (found["returned"] <= found["displaced"]).all()
