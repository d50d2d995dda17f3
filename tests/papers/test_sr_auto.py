"""AutoNEB against dense bands: counts are compared as they are."""

import torch

from lossbar_core.landscapes import EGG_CARTON
from lossbar_core.papers import load_items
from lossbar_core.papers.sr.auto import _both, small_network
from lossbar_core.register import Register


def test_smoke_has_all_values():
    entry = load_items()["NEB-Auto"]
    result = entry.function(entry.profiles["smoke"])
    assert set(Register.load()["NEB-Auto"].value_names) <= set(result.values)
    assert result.values["valley_gap"] < 0.01
    assert result.values["network_dense_gradients"] > result.values["network_auto_gradients"] / 10
    assert (result.arrays["network_line"] >= result.arrays["network_minimum"]).all()


def test_dense_band_is_nowhere_coarser():
    surface = EGG_CARTON.landscape()
    row = _both(surface, surface.as_points(EGG_CARTON.minima[:2]), 50)
    assert row["dense_pivots"] >= row["auto_pivots"]
    assert row["fewer"] == (row["auto_gradients"] < row["dense_gradients"])
    assert surface.evaluations.gradients == row["auto_gradients"] + row["dense_gradients"]


def test_network_is_the_regression_task():
    network = small_network(2)
    assert network.dimension == 2 + 2 + 4 + 2 + 2 + 1
    assert float(network.losses(torch.zeros(1, network.dimension, dtype=torch.float64))) > 0.5
