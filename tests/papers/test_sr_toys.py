"""Egg carton, curved valley, constant energy: exact facts, and what breaks them."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import EGG_CARTON
from lossbar_core.papers import load_items
from lossbar_core.papers.sr import toys
from lossbar_core.papers.sr.toys import descended, straightness
from lossbar_core.paths import Path
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict


def run(id, **changes):
    entry = load_items()[id]
    return entry.function(replace(entry.profiles["smoke"], **changes))


@pytest.mark.parametrize("id", ["NEB-Egg", "NEB-Curvy", "NEB-Flat"])
def test_checks_hold(id):
    assert verdict(Register.load()[id], run(id).values, "quick").word in (
        "reproduced",
        "finding reproduced (reduced setting)",
    )


def test_without_noise_the_diagonal_band_stays_on_the_hilltop():
    values = run("NEB-Egg").values
    assert values["still_top"] == pytest.approx(2.0)
    assert values["line_top"] == pytest.approx(2.0)
    assert values["diagonal_error"] < 0.02


def test_noise_matters(monkeypatch):
    assert run("NEB-Egg", jitter=0.0).values["diagonal_error"] > 1


def test_the_valley_band_relaxes_from_the_line():
    result = run("NEB-Curvy")
    start, middle, end = (result.arrays[name] for name in ("start", "middle", "end"))
    assert result.arrays["top"][0] > 2 > 1.05 > result.arrays["top"][-1]
    off = [np.abs(chain[:, 1] - np.sin(chain[:, 0])).max() for chain in (start, middle, end)]
    assert off[0] > off[1] > off[2]


def test_a_push_on_the_plateau_is_noticed(monkeypatch):
    tilted = replace(toys.FLAT, function=lambda x: x[:, 0] ** 2)
    monkeypatch.setattr(toys, "FLAT", tilted)
    assert run("NEB-Flat").values["largest_offset"] > 1e-6


def test_straightness_sees_gaps():
    offset, gaps = straightness(Path(torch.tensor([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0]])))
    assert offset == 0
    assert gaps == pytest.approx(0.25)


def test_descents_reach_minima_from_everywhere_near():
    surface = EGG_CARTON.landscape()
    found = descended(surface, np.array(EGG_CARTON.minima), seed=3)
    assert np.allclose(found.numpy(), EGG_CARTON.minima, atol=1e-8)
