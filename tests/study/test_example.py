"""The default network of chapter 11."""

import torch

from lossbar_core.study.example import data, model


def test_the_network_fits_its_data():
    inputs, classes = data()
    assert model()(inputs).shape == (len(classes), 10)
    assert sorted(classes.unique().tolist()) == list(range(10))


def test_data_are_the_same_at_every_call_and_standardised():
    (first, _), (second, _) = data(), data()
    assert torch.equal(first, second)
    assert abs(float(first.mean())) < 1e-5
    assert abs(float(first.std()) - 1) < 1e-3


def test_weights_are_drawn_anew():
    torch.manual_seed(0)
    one, other = (next(model().parameters()) for _ in range(2))
    assert not torch.equal(one, other)
