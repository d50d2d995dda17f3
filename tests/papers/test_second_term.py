"""GN-eq4: the two terms along training, and the second one for derivatives of one's own."""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch.func import jacrev

from lossbar_core.hessians import decomposed
from lossbar_core.papers import load_items
from lossbar_core.papers.sr import second_term
from lossbar_core.register import Register
from lossbar_core.training.starts import initial_vectors

CONFIG = load_items()["GN-eq4"].profiles["smoke"]


@lru_cache
def smoke():
    return load_items()["GN-eq4"].function(CONFIG)


def test_values_that_the_register_checks_are_there():
    assert set(Register.load()["GN-eq4"].value_names) <= set(smoke().values)


@pytest.mark.parametrize("loss", second_term.LOSSES)
def test_second_term_is_the_sum_over_outputs(loss):
    landscape = second_term.digits(replace(CONFIG, n_train=10), loss, "tanh")
    theta = initial_vectors(landscape, [3])[0]
    slopes = second_term.output_slopes(landscape, theta)
    (block,) = landscape.blocks(landscape.n_rows)
    direct = jacrev(jacrev(lambda vector: (block.outputs(vector) * slopes).sum() / len(slopes)))(theta)
    torch.testing.assert_close(second_term.bent(landscape, theta, slopes), direct, rtol=1e-8, atol=1e-10)
    torch.testing.assert_close(decomposed(landscape, theta).second, direct, rtol=1e-8, atol=1e-10)


def test_slopes_of_the_cross_entropy_are_probabilities_less_labels():
    landscape = second_term.digits(CONFIG, "cross_entropy", "relu")
    slopes = second_term.output_slopes(landscape, landscape.vector())
    torch.testing.assert_close(slopes.sum(dim=1), torch.zeros(CONFIG.n_train, dtype=torch.float64))
    assert (slopes.min(dim=1).indices == landscape.data.targets).all()


def test_training_lowers_the_loss_and_the_share():
    arrays = smoke().arrays
    assert arrays["loss"].shape == (len(second_term.LOSSES) * len(second_term.ACTIVATIONS), len(CONFIG.steps))
    assert (arrays["loss"][:, -1] < arrays["loss"][:, 0]).all()
    assert (arrays["share"][:, -1] < arrays["share"][:, 0]).all()


def test_values_count_what_the_arrays_say():
    found = smoke()
    share, loss = found.arrays["share"], found.arrays["loss"]
    assert found.values["rises"] == (np.diff(share, axis=1) > 0).sum()
    low = loss < second_term.LOW
    assert found.values["low_looks"] == low.sum()
    assert found.values["low_share"] == share[low].max(initial=0)
    assert found.values["low_looks"] == sum(found.values[f"low_looks_{loss}"] for loss in second_term.LOSSES)
