"""Strings of larger networks and their calibration: surfaces with a level of their own, ends, tables, both sides."""

import json

import numpy as np
import pytest
import torch

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers import load_items
from lossbar_core.papers.base import Result
from lossbar_core.papers.curvature.calibration import (
    PLANES,
    RULES,
    Acrosses,
    Calibration,
    Shells,
    acrosses,
    calibrate,
    random_pairs,
    shells,
)
from lossbar_core.papers.curvature.cubic_figure import peak_values
from lossbar_core.papers.curvature.image_tasks import ImageLevels
from lossbar_core.papers.curvature.images import curves, falls
from lossbar_core.papers.curvature.level_strings import (
    TABLE,
    Ends,
    LevelStrings,
    sample,
    trained_ends,
)
from lossbar_core.papers.curvature.level_table import gathered
from lossbar_core.papers.curvature.measured import Measured
from lossbar_core.papers.curvature.problems import Images, Text, unigram_perplexity
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

ITEMS = ("FB-Fig2-left", "FB-Fig2-right", "FB-4.2-4.3", "FBF-MNIST", "FBF-CIFAR", "FBF-PTB")
SMALL = Images("mnist", n_train=200, n_test=100, channels=(2, 2), dense=8)


@pytest.fixture(scope="module")
def smoke():
    items = load_items()
    return {id: items[id].function(items[id].profiles["smoke"]) for id in ITEMS}


@pytest.mark.parametrize("id", ITEMS)
def test_values_are_plain_and_every_check_is_measured(smoke, id):
    values = smoke[id].values
    json.dumps(values)
    entry = Register.load()[id]
    for check in (*entry.checks, *entry.setting):
        assert check.value in values, f"{id} does not measure {check.value}"
    word = verdict(entry, values, "smoke").word
    assert word in ("finding reproduced (reduced setting)", "not reproduced", "no value in the source")


@pytest.mark.parametrize("id", ["FBF-MNIST", "FBF-PTB"])
def test_a_seed_gives_the_same_bits(smoke, id):
    from lossbar_core.papers.curvature import level_strings

    level_strings.trained_ends.cache_clear()
    level_strings._measured.cache_clear()
    item = load_items()[id]
    again = item.function(item.profiles["smoke"])
    assert again.values == smoke[id].values
    for name, array in again.arrays.items():
        np.testing.assert_array_equal(array, smoke[id].arrays[name])


def test_the_level_is_the_test_error_and_the_gradient_that_of_the_loss():
    surface, trained = SMALL.surface(), SMALL.surface().trained
    thetas = SMALL.starts(range(2))
    rows = torch.arange(7)
    data = SMALL.data()
    module = trained.module(thetas[0])
    wrong = (module(data.test.inputs).argmax(1) != data.test.targets).double().mean()
    assert float(surface.losses(thetas)[0]) == pytest.approx(100 * float(wrong))
    torch.testing.assert_close(surface.losses(thetas, rows), trained.losses(thetas, rows))
    value, gradient = surface.losses_and_gradients(thetas)
    torch.testing.assert_close(value, surface.losses(thetas))
    torch.testing.assert_close(gradient, trained.losses_and_gradients(thetas)[1])
    loss, gradient = surface.losses_and_gradients(thetas, rows)
    torch.testing.assert_close(loss, trained.losses(thetas, rows))
    torch.testing.assert_close(gradient, trained.losses_and_gradients(thetas, rows)[1])
    settings = surface.settings()
    assert settings["measure"] == "test error in percent"
    assert settings["trained"]["n_rows"] == 200
    assert surface.at_once() == trained.at_once()


def test_a_measured_surface_needs_a_landscape():
    with pytest.raises(TypeError, match="landscape of a module"):
        Measured(AnalyticLandscape(lambda x: x.sum(1), 2), lambda x: x.sum(1), "sum")


def test_the_perplexity_is_that_of_the_test_words():
    text = Text(vocabulary=30, width=4, layers=1)
    theta = text.starts(range(1))
    data = text.data()
    log_share = text.surface().trained.module(theta[0])(data.test.inputs).log_softmax(1)
    picked = log_share.gather(1, data.test.targets[:, None])[:, 0]
    assert float(text.surface().losses(theta)) == pytest.approx(
        float((-picked.mean()).exp().detach()), rel=1e-4
    )
    assert float(text.surface().losses(0 * theta)) == pytest.approx(30, rel=1e-4)  # knows nothing
    assert 1 < unigram_perplexity(text) < 30


def test_ends_are_at_their_levels_and_go_on_from_the_last():
    ends = Ends(SMALL, (80.0, 60.0), 1, 3e-3, 50, 40)
    thetas, reached = trained_ends(ends)
    assert reached.all()
    errors = torch.stack([SMALL.surface().losses(rows) for rows in thetas])
    assert (errors <= torch.tensor([[80.0], [60.0]])).all()
    one, _ = trained_ends(Ends(SMALL, (80.0,), 1, 3e-3, 50, 40))
    torch.testing.assert_close(one[0], thetas[0], rtol=0, atol=0)


def test_a_level_that_is_not_reached_leaves_the_pair_out():
    strings = LevelStrings(Ends(SMALL, (80.0, 1e-3), 1, 1e-3, 50, 1), 1e-3)
    assert sample(strings) == [None]


def test_strings_lie_below_their_level_on_finer_points():
    strings = LevelStrings(Ends(SMALL, (60.0,), 1, 3e-3, 50, 40), 60.0, rate=1e-3)
    (string,) = sample(strings)
    assert string.failure is None
    assert string.profile(18).top <= strings.method.limit
    assert len(string) >= 3  # the first bead is always there


def row(level, length, connected=True, reached=True, best=None):
    known = connected and reached
    arrays = {name: np.array([length if known else np.nan]) for name in TABLE}
    arrays |= {
        "connected": np.array([known]),
        "reached": np.array([reached]),
        "straight_top": np.array([2 * level]),
    }
    return Result({"level": level, "limit": 1.1 * level, "parameters": 5}, arrays)


def test_a_failed_string_is_counted_and_does_not_enter_means():
    values, arrays = gathered([row(1.0, 1.2), row(2.0, 1.1, connected=False), row(0.5, 0.0, reached=False)])
    assert values["connected_share"] == 0.5
    assert values["levels_reached"] == 2
    assert values["lowest_level"] == 1.0
    assert values["straight_above"] == 1
    assert values["most_beads"] == 1.2  # the row's number stands in every column
    np.testing.assert_array_equal(arrays["levels"], [2.0, 1.0, 0.5])
    np.testing.assert_array_equal(arrays["mean_length"], [np.nan, 1.2, np.nan])


@pytest.mark.parametrize(
    ("lengths", "falls", "early"),
    [((1.0, 1.0, 1.4), 0, 0.0), ((1.0, 1.3, 1.4), 0, 0.75), ((1.2, 1.1, 1.3), 1, 0.0)],
)
def test_growth_is_early_or_late(lengths, falls, early):
    config = ImageLevels(SMALL, (4.0, 2.0, 1.0), 1, 1.1)
    best = Result({"best": 0.8}, {"errors": np.array([0.8])})
    levels = [row(level, length) for level, length in zip(config.levels, lengths, strict=True)]
    values, _ = curves(config, [*levels, best])
    assert values["falls"] == falls
    assert values["early_share"] == pytest.approx(early)
    assert values["lowest_over_best"] == pytest.approx(1.25)


def test_a_peak_in_the_wrong_place_has_no_height_over_its_neighbours():
    levels = np.array([0.1, 0.15, 0.2])
    good, bad = peak_values(levels, np.array([1.0, 2.0, 1.0])), peak_values(levels, np.array([3.0, 2.0, 1.0]))
    assert (good["peak_level"], good["over_lower"], good["over_upper"]) == (0.15, 2.0, 2.0)
    assert (bad["peak_level"], bad["over_lower"]) == (0.1, 1.0)


@pytest.mark.parametrize("plane", PLANES)
def test_strings_are_no_shorter_than_geodesics(plane):
    found = calibrate(Calibration(plane, cells=400, pairs=2, rules=("code", "argmax")))
    ratio = found.arrays["length"] / found.arrays["geodesic"]
    assert np.nanmin(ratio) > 0.97  # the grid's error, in the narrowest valley
    assert np.nanmax(ratio) < 1.3
    assert (found.arrays["straight_length"] <= found.arrays["length"] + 1e-12).all()
    assert (found.arrays["geodesic"] >= found.arrays["chord"] * (1 - 1e-9)).all()


def test_pairs_lie_in_one_component_of_the_level_set():
    from lossbar_core.levelsets import LevelGrid

    plane, config = PLANES["product"], Calibration("product", pairs=20)
    grid = LevelGrid.of(plane.surface, plane.box, 0.02)
    pairs = random_pairs(grid, 0.4, config, np.random.default_rng(0))
    losses = plane.surface.losses(torch.from_numpy(pairs.reshape(-1, 2)))
    assert (losses <= 0.4).all()
    assert (np.sign(pairs[:, 0, 0]) == np.sign(pairs[:, 1, 0])).all()
    with pytest.raises(ValueError, match="lower apart"):
        random_pairs(grid, 0.4, Calibration("product", apart=0.99), np.random.default_rng(0))


def test_no_string_joins_two_pieces_and_one_above_the_saddle_does():
    assert acrosses(Acrosses()).values == {"certified": 0, "pairs": 12}
    from lossbar_core.papers.curvature.calibration import method_of

    method = method_of(Calibration("product", steps=2000), RULES["code"], 1.2)
    ends = torch.tensor([[1.0, 1.0], [-1.0, -1.0]]).double()
    assert method.connect(PLANES["product"].surface, *ends).failure is None


def test_strings_of_shells_are_close_to_the_formula_in_any_dimension():
    found = shells(Shells((2, 30), pairs=3))
    assert (found.arrays["ratio"] > 1 - 1e-9).all()
    assert (found.arrays["ratio"] < 1.1).all()


def test_a_fall_counts_only_beyond_the_noise():
    start = np.array([1.2, 1.3, 1.25, 1.22])
    noise = np.array([0.01, -0.02, 0.015, -0.01])
    assert falls(np.stack([start, start + noise])) == 0
    assert falls(np.stack([start, start + noise - 0.05])) == 1
    assert falls(np.stack([start, start + noise + 0.05])) == 0
    assert falls(np.array([[1.2, np.nan, 1.3], [1.1, 1.4, 1.2]])) == 1  # a pair without a string is no fall
