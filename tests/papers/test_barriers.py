"""NEB-Claim1 and NEB-Claim2: made-up results, and the smoke profile."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers.base import Result
from lossbar_core.papers.sr import barriers, connected
from lossbar_core.papers.sr.band_tasks import measure
from lossbar_core.papers.sr.connected import SMALL
from lossbar_core.register import Register


def made_up(top, straight=10.0, births=(0.1, 0.2)):
    births = np.array(births)
    tops, high = (np.array([[births[0], level], [level, births[1]]]) for level in (top, straight))
    arrays = {"births": births, "tops": tops, "straight_tops": high, "accuracies": np.ones(2)}
    return Result({"failures": 0, "data": "none", "n_train": 1}, arrays)


def test_the_worst_ratio_counts():
    config = connected.Architectures(((8,), ("cnn", 1, 2)), SMALL)
    values = connected.low_bands(config, [made_up(0.5), made_up(2.0)]).values
    assert values["largest_ratio"] == 0.2
    assert (values["ratio_8"], values["ratio_cnnx1x2"]) == (0.05, 0.2)


def test_barriers_begin_at_the_higher_end():
    assert barriers.barriers_of(made_up(0.5)).tolist() == [0.5 - 0.2]


def test_correlations_have_the_sign_of_the_trend():
    config = barriers.Shapes((4, 8, 16), (1, 2), SMALL)
    results = [made_up(top) for top in (0.9, 0.7, 0.5, 0.4, 0.6)]
    values = barriers.barriers(config, results).values
    assert values["spearman_width"] == -1.0
    assert values["spearman_depth"] == 1.0 == values["depth_sign"]


def test_a_failed_band_is_an_infinite_barrier():
    config = barriers.Shapes((4, 8), (1, 2), SMALL)
    values = barriers.barriers(config, [made_up(t) for t in (0.9, np.inf, 0.5, 0.4)]).values
    assert values["spearman_width"] == 1.0


@pytest.mark.parametrize(
    ("name", "module", "gather"),
    [("NEB-Claim1", connected, connected.low_bands), ("NEB-Claim2", barriers, barriers.barriers)],
)
def test_smoke_run_has_what_the_register_checks(name, module, gather):
    from lossbar_core.papers import load_items

    config = load_items()[name].profiles["smoke"]
    found = gather(config, [measure(task) for task in module.split(config)])
    assert set(Register.load()[name].value_names) <= set(found.values)


def test_bands_grow_by_insertion():
    task = replace(SMALL, hidden=(16, 16), epochs=20, cycles=3, steps=15)
    assert measure(task).values["pivots"] > 5  # three equal pivots and two ends to begin with
