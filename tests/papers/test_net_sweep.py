"""The parts of the sweep: complete, distinct, and hashable for every profile."""

from dataclasses import replace

import pytest

from lossbar_core.papers.bsl.net_models import NETS, VARIANTS
from lossbar_core.papers.bsl.net_sweep import DEEPER, NOTEBOOK_GRIDS, PROFILES, split
from lossbar_core.papers.bsl.net_tasks import CloudTask, GridTask, SlopeTask


@pytest.mark.parametrize("profile", PROFILES)
def test_every_cloud_has_its_slopes_and_no_part_comes_twice(profile):
    config = PROFILES[profile]
    parts = split(config)
    assert len(set(parts)) == len(parts)
    everything = [part for part in parts if isinstance(part, CloudTask)]
    clouds = [part for part in everything if part.runs == config.runs]
    assert len(everything) - len(clouds) == len(config.ladder) * len(DEEPER) * config.repeats[0] * 2
    slopes = {(part.variant, part.widths, part.reduced) for part in parts if isinstance(part, SlopeTask)}
    assert {(part.variant, part.widths, part.reduced) for part in clouds} == slopes
    assert len(slopes) == len(NETS) * len(VARIANTS) * 2
    assert len(clouds) == sum(config.repeats) * len(NETS) * 2
    assert all(part.sizes[1] == 2 * part.sizes[0] for part in clouds)


def test_references_of_fixed_biases_have_one_grid_a_repeat():
    grids = [part for part in split(PROFILES["paper"]) if isinstance(part, GridTask)]
    assert sum(part.reduced and part.variant == "fixed" for part in grids) == 9
    assert sum(part.reduced and part.variant != "fixed" for part in grids) == 3


def test_grids_of_the_notebook():
    points = {}
    for widths, shape in NOTEBOOK_GRIDS:
        points[widths] = 1
        for side in shape:
            points[widths] *= side
    assert points == {(2,): 2_160_000, (3,): 15_840_000}


def test_another_seed_shares_no_part():
    config = PROFILES["smoke"]
    assert not set(split(config)) & set(split(replace(config, seed=10)))
