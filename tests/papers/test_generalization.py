"""BSL-4.2.3: the band of equal losses, the correlation, and what the item measures."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl import generalization as module
from lossbar_core.papers.bsl.generalization import BAND, fullest_band, generalization
from lossbar_core.register import Register


def test_band_is_narrow_and_the_fullest():
    losses = np.sort(np.random.default_rng(0).random(200) + 0.1)
    chosen = fullest_band(losses)
    assert losses[chosen].max() / losses[chosen].min() <= BAND
    counts = [((losses >= low) & (losses <= BAND * low)).sum() for low in losses]
    assert chosen.sum() == max(counts)


def test_correlation_has_a_sign():
    length = np.arange(20.0)
    assert module._correlation(length, length**3) == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-6))
    rho, p = module._correlation(length, -length)
    assert rho == pytest.approx(-1.0)
    assert p > 0.9


@pytest.mark.parametrize("length", [np.arange(2.0), np.ones(9)])
def test_too_little_to_say(length):
    assert all(np.isnan(module._correlation(length, np.arange(float(len(length))))))


def test_noise_changes_the_labels_alone():
    config = ITEMS["BSL-4.2.3"].profiles["smoke"]
    noisy, clean = (module._trained_on(config, noise) for noise in (0.3, 0.0))
    assert np.array_equal(noisy.template, clean.template)
    assert np.std(noisy.y - clean.y) == pytest.approx(0.3, rel=0.25)


def test_item():
    config = ITEMS["BSL-4.2.3"].profiles["smoke"]
    result = generalization(replace(config, runs=80))
    a = result.arrays
    assert set(Register.load()["BSL-4.2.3"].value_names) <= set(result.values)
    assert result.values["n_minima"] == a["chosen"].sum()
    assert result.values["all_minima"] == len(a["birth"]) == len(a["length"]) == len(a["error"])
    assert (a["length"] > 0).all()
    assert (a["error"] > 0).all()
