"""BSL-4.2.1: the gradient of the camel, and deaths that paths and clouds agree on."""

import numpy as np

from lossbar_core.functions import get
from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl import path_deaths as module
from lossbar_core.papers.bsl.deformation import deform
from lossbar_core.papers.bsl.path_deaths import Paths, camel_slope, path_deaths
from lossbar_core.register import Register


def test_slope_of_the_camel():
    x = np.random.default_rng(0).uniform(-1.5, 1.5, (50, 2))
    f, h = get("HumpCamel6"), 1e-6
    numeric = np.stack([(f(x + s) - f(x - s)) / (2 * h) for s in h * np.eye(2)], axis=1)
    assert np.allclose(camel_slope(x), numeric, atol=1e-6)


def test_paths_on_the_camel_reach_the_exact_saddles():
    result = path_deaths(Paths(100_000, 500, runs=5, steps=20, path_steps=300, pivots=31, slopes=20))
    deaths = np.sort(result.arrays["camel_path"])
    assert np.allclose(deaths, [0.0, 0.5437186, 0.5437186, 2.2293572, 2.2293572], atol=2e-3)
    assert result.values["camel_gap"] < 0.05
    assert set(Register.load()["BSL-4.2.1"].value_names) <= set(result.values)


def test_paths_that_stay_high_do_not_agree(monkeypatch):
    def stuck(*args, **options):
        paths, highest = deform(*args, **options)
        return paths, highest + 0.02

    monkeypatch.setattr(module, "deform", stuck)
    result = path_deaths(Paths(100_000, 500, runs=5, steps=20, path_steps=300, pivots=31, slopes=20))
    assert result.values["camel_gap"] > 0.05


def test_registered():
    assert ITEMS["BSL-4.2.1"].function is path_deaths
