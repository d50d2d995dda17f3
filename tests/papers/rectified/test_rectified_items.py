"""The items of FB section 2: smoke runs, and both sides of every statement."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lossbar_core import NeighborGraph
from lossbar_core.papers import ITEMS, load_items
from lossbar_core.papers.rectified.arc_cosine import bounds, inner_product
from lossbar_core.papers.rectified.pigeonhole import cells_for, fullest_cell, smallest_angle
from lossbar_core.papers.rectified.poor_minima import grown_values, shape_of
from lossbar_core.papers.rectified.regression import random_units, smooth_regression
from lossbar_core.papers.rectified.small_angles import sharper_bound
from lossbar_core.papers.rectified.teachers import student_risk, teacher
from lossbar_core.papers.rectified.two_gaussians import (
    TURN,
    mixture,
    printed_targets,
    rank_one_bound,
    rectified_targets,
    risk,
)
from lossbar_core.papers.rectified.width import OneWidth, Widths, measure

load_items()


@pytest.fixture(scope="module")
def smoke():
    found = {}

    def run(id):
        if id not in found:
            found[id] = ITEMS[id].function(ITEMS[id].profiles["smoke"]).values
        return found[id]

    return run


def test_risks(smoke):
    v = smoke("FB-eq1-3")
    assert v["loss_error"] < 1e-12
    assert v["closed"] == v["paths"] == 100
    assert v["open"] == 0
    assert v["left"] > 50  # the same test finds segments that leave


def test_connected_level_sets_leave_no_strict_poor_minimum(smoke):
    v = smoke("FB-Prop2.1")
    assert v["mismatches"] == v["strict"] == v["valleys"] == 0
    assert (
        min(v["weak"], v["converse"], v["poor"], v["connected"]) > 0
    )  # the wide wording fails, and the converse


def test_shelf_and_two_valleys():
    line = NeighborGraph.from_edges(5, [(i, i + 1) for i in range(4)])
    shelf = shape_of(np.array([1.0, 1.0, 0.0, 1.0, 2.0]), line)
    assert (shelf.connected, shelf.weak, shelf.strict, shelf.valleys) == (True, 1, 0, 0)
    two = shape_of(np.array([0.0, 1.0, 0.0, 2.0, 1.0]), line)
    assert (two.connected, two.bars, two.strict, two.bottoms) == (False, 2, 1, 2)
    assert shape_of(grown_values(line, 3), line).bars == 0


def test_linear_networks(smoke):
    v = smoke("FB-Prop2.2")
    assert max(v["excess"], v["ridge_excess"]) < 1e-9
    assert v["straight_excess"] > 0
    assert v["narrow_refused"]
    assert v["narrow_strings"] == 0
    assert v["printed_rank"] < v["printed_size"]
    assert v["printed_offset"] > 0.01
    assert v["identity_error"] < 1e-8
    assert v["deep_miss"] < 0.02


def test_two_gaussians(smoke):
    v = smoke("FB-2.3.1a")
    assert v["printed_zero"] < 0.5 < v["printed_rank_one"]
    assert v["bound"] == pytest.approx(0.5, abs=0.02)
    assert v["below"] == 0
    assert v["wider"] < 1e-12


def test_risk_of_networks_of_rank_one_is_not_below_the_bound():
    x, z = mixture(0.125, 20_000, 0)
    y = rectified_targets(x)
    spread = np.mean([float(y[z == sign].var(dim=0, correction=0).sum()) for sign in (1, -1)])
    rng, tried = np.random.default_rng(1), []
    for _ in range(200):
        inner = np.outer(rng.normal(size=2), rng.normal(size=2))
        hidden = (x @ torch.from_numpy(inner).T).relu()
        outer = torch.linalg.lstsq(hidden, y).solution
        tried.append(float((hidden @ outer - y).square().sum(1).mean()) / spread)
    assert min(tried) > rank_one_bound(0.125, lambda x, z: rectified_targets(x)) * 0.98
    whole = torch.cat([torch.from_numpy(TURN).flatten(), torch.eye(2, dtype=torch.float64).flatten()])
    assert float(risk(x, y, 2).losses(whole[None])) == 0.0


def test_draws_come_in_pairs():
    with pytest.raises(ValueError, match="even number of rows, got 5"):
        mixture(0.1, 5, 0)
    x, z = mixture(0.1, 6, 0)
    assert (len(x), len(z)) == (12, 12)


def test_printed_targets_vanish_with_the_spread():
    energies = []
    for sigma in (0.5, 0.1):
        x, z = mixture(sigma, 4000, 0)
        energies.append(float(printed_targets(x, z).square().sum(1).mean()) / sigma**2)
    assert energies == pytest.approx([2.0, 2.0], rel=0.1)


def test_teachers(smoke):
    v = smoke("FB-2.3.1b")
    assert v["end"] < 1e-20
    assert v["lowest"] > 1e-4
    assert v["wider"] < 1e-12


def test_teacher_has_no_loss():
    surface, variance = student_risk(3, 100, 0)
    theta = torch.cat([part.flatten() for part in teacher(0)])
    assert float(surface.losses(theta[None])) < 1e-28
    assert variance > 0


def test_free_and_kept_units(smoke):
    v = smoke("FB-eq6")
    assert v["risks"] == sorted(v["risks"], reverse=True)
    assert v["printed_penalty"][2] < 1e-5 * v["printed_penalty"][0]
    w = smoke("FB-eq8")
    assert w["rises_n"] == w["rises_angle"] == 0
    assert w["least_fall_angle"] != 1.0  # raw descents: equal risks would be copies
    assert abs(w["choice_excess"]) < 1e-9
    assert w["largest_angle"] <= 1


def test_theorem(smoke):
    v = smoke("FB-Thm2.4")
    assert max(v["convex_excess"], v["other_excess"], v["jump"]) < 1e-9
    assert v["tested"] > 0
    assert 0.5 < v["top_over_bound"] < 1
    assert 0 <= v["bent_over_printed"] < 1
    assert 0 < v["bend_over_printed"] < 1 < v["finer_units"]
    assert v["cross_term"] > 0


def test_gap_by_width():
    found = ITEMS["FB-Cor2.5"].function(ITEMS["FB-Cor2.5"].profiles["smoke"])
    arrays = found.arrays
    assert (arrays["gap"][1:] < arrays["straight"][1:]).all()  # two units find the same minimum
    assert arrays["gap"][-1] < arrays["gap"].max()
    assert (arrays["pivots"] <= arrays["band"] + 1e-12).all()
    assert found.values["still_falls"] > 0.1  # thirty steps are too few


def test_bands_settle_at_one_width():
    config = Widths((8,), pairs=2, pivots=15)
    early, late = (measure(OneWidth(8, replace(config, steps=steps))).arrays for steps in (100, 200))
    assert late["half"] == pytest.approx(early["pivots"], rel=1e-6)
    falls = [1 - found["pivots"].mean() / found["half"].mean() for found in (early, late)]
    assert falls[0] > 0.2
    assert 0 <= falls[1] < 0.1


def test_built_paths_are_measured_on_the_surface_of_the_bands():
    # units a little shorter than 1 predict less; the surface divides by their norms
    task = smooth_regression(2, ridge=1e-4)
    inner, outer = random_units(3, 2, 0), torch.ones(3, dtype=torch.float64)
    on_surface = float(task.landscape(3).losses(torch.cat([0.9 * inner.flatten(), outer])[None]))
    assert on_surface == pytest.approx(float(task.risk(inner, outer)), rel=1e-12)
    assert on_surface != pytest.approx(float(task.risk(0.9 * inner, outer)), rel=1e-3)


def test_small_angles(smoke):
    v = smoke("FB-Prop2.3")
    assert v["exact"] == [0.5, 0.4791, 0.3738, 0.1772, 0.0134, 0.0]
    assert v["violations"] == v["sampled_violations"] == 0
    assert v["sharper_fails"] == v["sharper_violations"] == 0
    assert v["cosine_violations"] > 0
    assert v["display_left"] > v["display_right"]


def test_sharper_bound_lies_between_the_printed_one_and_the_kernel():
    angles = np.linspace(0, np.pi, 1001)
    exact, sharper = inner_product(angles), sharper_bound(angles)
    assert (bounds(angles)[0] <= sharper + 1e-15).all()
    assert (sharper <= exact + 1e-15).all()
    assert (
        sharper_bound(angles, spread=0.1) > exact + 1e-15
    ).any()  # a tenth of what it takes off is too little


def test_directions(smoke):
    v = smoke("FB-pigeon")
    assert v["slope_off"] < 0.2
    assert v["short_cells"] == 0


def test_cells_are_few_enough():
    for count in (64, 1000, 4096):
        for inputs in (3, 4):
            side = cells_for(count, inputs, 0.2)
            assert 2 * inputs * side ** (inputs - 1) <= count**0.8 + 1e-6
    assert cells_for(16, 4, 0.2) == 1


def test_fullest_cell_and_smallest_angle_by_hand():
    units = np.array([[0.8, 0.6], [0.6, 0.8], [-1.0, 0.0]])
    assert smallest_angle(units) == pytest.approx(np.arccos(0.96))
    assert fullest_cell(units, 1) == 1
    assert fullest_cell(np.concatenate([units, units]), 5) == 2
