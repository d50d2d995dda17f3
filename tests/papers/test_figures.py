"""Figures 2 to 5 of BSL: what the items measure, and that each measurement can fail."""

import math
from dataclasses import replace

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.functions import get, reference_barcode
from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl import comparison, figures, sampled
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

FIGURES = ("BSL-Fig2", "BSL-Fig3", "BSL-Fig4", "BSL-Fig5")
INF = math.inf


@pytest.fixture(scope="module")
def smoke():
    return {name: ITEMS[name].function(ITEMS[name].profiles["smoke"]) for name in FIGURES}


def barcode(bars, minima=None, saddles=None, points=None):
    """A barcode of rows (birth, death, size, swallower) whose vertices are where the test wants them."""
    birth, death, size, swallower = np.array(bars, dtype=float).T
    ids = np.arange(len(birth)) if minima is None else np.array(minima)
    other = np.where(np.isinf(death), -1, 0) if saddles is None else np.array(saddles)
    made = lb.Barcode(
        birth, death, ids, other, swallower.astype(np.int64), size.astype(np.int64), np.zeros(len(birth))
    )
    made.points = None if points is None else np.array(points, dtype=float)
    return made


def two_wells(n, **options):
    """Two equal wells of one parabola each: minima (0, 0) at height 0 and (1, 0) at 0.1, saddle at 0.3025."""
    values = lambda x: np.minimum(((x - [0, 0]) ** 2).sum(1), ((x - [1, 0]) ** 2).sum(1) + 0.1)  # noqa: E731
    return lb.sample_barcode(values, [(-1, 2), (-1, 1)], n, **options)


# --- the items -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FIGURES)
def test_every_value_that_the_register_checks_is_there(smoke, name):
    entry = Register.load()[name]
    assert {check.value for check in (*entry.checks, *entry.setting)} <= set(smoke[name].values)


@pytest.mark.parametrize("name", FIGURES)
def test_arrays_draw_the_bars_that_were_kept(smoke, name):
    result = smoke[name]
    bars = sampled.bars_of(result.arrays)
    assert len(bars) == result.values["n_bars"]
    function = get({"2": "HumpCamel6", "3": "Langermann", "4": "Wavy", "5": "HolderTable"}[name[-1]])
    finite = ~bars.essential
    assert np.array_equal(bars.birth, function(bars.points[bars.minimum]).astype(np.float32))
    assert np.array_equal(bars.death[finite], function(bars.points[bars.saddle[finite]]).astype(np.float32))
    assert np.isin(bars.swallower[finite], bars.minimum).all()
    assert sum(array.nbytes for array in result.arrays.values()) < 100_000


@pytest.mark.parametrize("name", FIGURES)
def test_quick_profiles_satisfy_the_setting_of_the_register(name):
    config = ITEMS[name].profiles["quick"]
    assert all(config.n_points >= check.bound for check in Register.load()[name].setting)


def test_hump_camel_has_six_bars_within_the_tolerance():
    config = replace(ITEMS["BSL-Fig2"].profiles["quick"], sweep=(), resolution=201)
    values = figures.hump_camel_6(config).values
    entry = Register.load()["BSL-Fig2"]
    assert verdict(entry, values, "quick").word == "reproduced"
    assert values["tied_grid_bars"] == 1  # two global minima: the printed algorithm would lose the zero bar
    assert max(values["plane_noise_text"], values["largest_dropped_size"]) < values["smallest_basin"]
    assert values["plane_noise_notebooks"] < values["plane_noise_text"]
    for name, broken in (("n_bars", 7), ("max_error", 0.01), ("mirror_gap", 0.01)):
        assert verdict(entry, {**values, name: broken}, "quick").word == "not reproduced"


def test_langermann_pairs_minima_with_saddles_that_are_not_the_nearest(smoke):
    values, arrays = smoke["BSL-Fig3"].values, smoke["BSL-Fig3"].arrays
    assert values["top5_relative_error"] < 0.03
    assert 0.3 <= values["share_not_among_3_nearest"] <= values["share_not_nearest"] < 1
    assert len(arrays["saddle_rank"]) == 30
    assert values["grid_bars"] < values["grid_bars_faces"]
    assert values["reference_error"] < 0.03  # of a coarse grid
    assert np.allclose(arrays["reference_minimum"][0], (2.18499, 2.38614), atol=1e-4)
    assert np.all(np.diff(arrays["reference_death"] - arrays["reference_birth"]) <= 0)


def test_wavy_levels_are_multiplets(smoke):
    values = smoke["BSL-Fig4"].values
    assert values["multiplicities"] == [8, 16, 24]
    assert values["grid_multiplicities"] == [8, 16, 24, 32, 40]
    assert values["exact_bars"] == values["grid_bars"] == 121
    assert values["max_error"] < 0.03  # N is 40 times smaller than in the quick profile
    assert values["tied_grid_bars"] == 0


def test_holder_table_has_a_bar_for_each_cell():
    config = replace(ITEMS["BSL-Fig5"].profiles["smoke"], n_points=400_000, sweep=())
    result = figures.holder_table(config)
    values, arrays = result.values, result.arrays
    assert (values["n_bars"], values["reference_bars"], values["printed_bars"]) == (56, 56, 28)
    assert values["boundary_minima"] == 14
    assert values["birth_relative_error"] < 0.05  # at an edge f is steep: the error falls like the spacing
    assert (
        0.1 < values["max_abs_death"] < values["max_abs_death_small_notebooks"]
    )  # longer edges, lower deaths
    assert (result.arrays["death"][np.isfinite(result.arrays["death"])] <= 0).all()
    assert values["printed_highest"] == pytest.approx(19.2, abs=0.1)
    assert arrays["level_found"].sum() == arrays["level_multiplicity"].sum() == 56
    assert sorted(set(arrays["level_multiplicity"].tolist())) == [1, 2, 3, 4]


@pytest.mark.parametrize("name", FIGURES)
def test_error_falls_with_the_number_of_points(smoke, name):
    arrays = smoke[name].arrays
    assert arrays["sweep_text"].shape == arrays["sweep_notebooks"].shape == (len(arrays["sweep_n"]), 1)
    assert np.isfinite(arrays["sweep_text"]).all()
    assert 0 < arrays["sweep_notebooks"][-1, 0] < arrays["sweep_notebooks"][0, 0]


# --- noise and what is kept ----------------------------------------------------------------------


def test_kept_bars_are_the_two_wells_and_no_island():
    everything = two_wells(20_000, seed=3)
    bars = sampled.kept(everything)
    values = sampled.dropped_values(everything)
    assert len(bars) == 2
    assert bars.death[1] == pytest.approx(0.3025, abs=0.02)
    assert len(everything) == values["all_bars"] > 100
    assert values["largest_dropped_size"] < values["smallest_basin"] <= values["smallest_kept_size"]
    assert values["islands"] == everything.essential.sum() - 1 > 0
    assert values["island_points"] == 20_000 - everything.size[0]


def test_smallest_basin_grows_with_the_dimension():
    assert [sampled.smallest_basin(10**6, d) for d in (1, 2, 3)] == [1, 1000, 10_000]


def test_noise_on_a_plane_is_smaller_than_a_basin():
    sizes = sampled.plane_noise(30_000, sampled.TEXT, seed=0)
    assert 5 < sizes[0] < sampled.smallest_basin(30_000)
    assert sampled.plane_noise(30_000, sampled.NOTEBOOKS, seed=0)[0] < sizes[0]


def test_a_picture_holds_the_bars_without_the_sample():
    bars = sampled.kept(two_wells(20_000, seed=3))
    again = sampled.bars_of(sampled.picture(bars))
    assert len(again.points) == 3  # two minima and a saddle
    for name in ("minimum", "saddle", "swallower"):
        assert np.array_equal(again.points[getattr(again, name)[1]], bars.points[getattr(bars, name)[1]])
    assert np.array_equal(again.to_diagram(), bars.to_diagram())
    assert again.saddle[0] == again.swallower[0] == -1


def test_the_sweep_measures_kept_bars_with_both_numbers_of_neighbours():
    counted = []

    def measure(bars):
        counted.append((len(bars.points), bars.graph.n_edges))
        return float(len(bars))

    config = sampled.Sampling(1000, sweep=(500, 2000), repeats=2)
    swept = sampled.error_sweep(get("HumpCamel3"), measure, config)
    assert [n for n, _ in counted] == [500, 500, 2000, 2000] * 2
    assert counted[4][1] > counted[0][1] != counted[1][1]
    assert swept["sweep_text"].shape == swept["sweep_notebooks"].shape == (2, 2)
    empty = sampled.error_sweep(get("HumpCamel3"), measure, sampled.Sampling(1000, sweep=()))
    assert empty["sweep_text"].shape == (0, 3)


def test_axes_are_symmetric_to_the_last_bit():
    for high, side in ((np.pi, 1001), (1.5, 200)):
        x = sampled.axis(-high, high, side)
        assert np.array_equal(x, -x[::-1])
        assert x == pytest.approx(np.linspace(-high, high, side), abs=1e-14)
    assert sampled.axis(0.0, 10.0, 7) == pytest.approx(np.linspace(0, 10, 7), abs=1e-14)


# --- comparisons ---------------------------------------------------------------------------------


def test_level_errors_and_their_largest():
    bars = barcode([(0.0, INF, 9, -1), (0.01, 1.0, 5, 0), (0.5, 0.9, 3, 0), (0.5, 1.2, 3, 0)])
    levels = comparison.level_errors(
        bars, np.array([0.0, 0.0, 0.5]), np.array([INF, 1.0, 1.0]), multiplicity=[1, 1, 2]
    )
    assert levels["level_found"].tolist() == [1, 1, 2]
    assert levels["level_birth_error"] == pytest.approx([0, 0.01, 0])
    assert levels["level_death_error"] == pytest.approx([0, 0, 0.2])
    assert comparison.largest_error(levels) == pytest.approx(0.2)
    missing = comparison.level_errors(bars[:3], levels["level_birth"], levels["level_death"], [1, 1, 2])
    assert comparison.largest_error(missing) == INF
    none = comparison.level_errors(bars[:1], levels["level_birth"], levels["level_death"], [1, 1, 2])
    assert np.isnan(none["level_death_error"][1:]).all()


def test_distinct_bars_join_what_rounding_separates():
    birth = np.array([0.3, 0.1, 0.1 + 1e-10, 0.1 - 1e-10, 0.3 + 2e-6])
    death = np.array([1.0, 2.0, 2.0, INF, 1.0])
    births, deaths, count = comparison.distinct_bars(birth, death)
    assert births == pytest.approx([0.1, 0.1, 0.3, 0.3 + 2e-6], abs=1e-9)
    assert deaths.tolist() == [2.0, INF, 1.0, 1.0]
    assert count.tolist() == [2, 1, 1, 1]


def test_errors_of_long_bars_are_infinite_when_bars_are_missing():
    persistence = np.array([INF, 3.0, 1.1, 2.0])
    assert comparison.longest(persistence, 2).tolist() == [1, 3]
    assert comparison.relative_error(persistence, np.array([3.0, 1.6])) == pytest.approx(0.25)
    assert comparison.absolute_error(persistence, np.array([3.0, 1.6])) == pytest.approx(0.4)
    for error in (comparison.relative_error, comparison.absolute_error):
        assert error(persistence, np.ones(4)) == INF
    assert comparison.absolute_error(persistence, np.array([])) == INF
    assert comparison.relative_births(np.array([-2.0]), np.array([-2.0, -1.0])) == INF
    assert comparison.relative_births(np.array([-1.0, -2.2]), np.array([-2.0, -1.0])) == pytest.approx(0.1)


def test_long_bars_of_a_grid_that_the_reference_lost_are_kept():
    function = get("HumpCamel6")
    x, y = sampled.axis(-2, 2, 101), sampled.axis(-1.5, 1.5, 101)
    grid = lb.grid_barcode(sampled.grid_values(function, 101))
    grid.points = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    whole = reference_barcode(function, function.bounds(), 201)
    found = comparison.longest_of_both(grid, whole, top=5)
    assert found["reference_error"].max() < 1e-8
    assert found["reference_death"] == pytest.approx(
        [0, 0.5437186, 0.5437186, 2.2293572, 2.2293572], abs=1e-6
    )
    assert found["reference_saddle"][0] == pytest.approx([0, 0], abs=1e-5)
    keep = np.arange(len(whole)) != np.flatnonzero(np.abs(whole.death - 0.5437186) < 1e-6)[0]
    fields = {name: getattr(whole, name)[keep] for name in vars(whole) if np.ndim(getattr(whole, name))}
    without = comparison.longest_of_both(grid, replace(whole, **fields), top=3)
    assert without["reference_death"][1:] == pytest.approx([0.5437186] * 2, abs=1e-2)
    lost = comparison.longest_of_both(grid, replace(whole, **{k: v[:2] for k, v in fields.items()}), top=3)
    assert lost["reference_death"][1:] == pytest.approx([0.5437186] * 2, abs=1e-2)  # from the grid alone
    assert lost["reference_error"][1] > 1e-5 > lost["reference_error"][0]


def test_symmetry_gap_sees_births_and_finite_deaths():
    points = [[-1.0, 0.1], [1.0, 0.0], [0.0, 0.0]]
    equal = barcode([(0.0, INF, 9, -1), (0.0, 1.0, 5, 0)], points=points, saddles=[-1, 2])
    assert comparison.symmetry_gap(equal, [-np.eye(2)]) == 0.0  # a death that is infinite has no image
    birth = barcode([(0.0, INF, 9, -1), (0.3, 1.0, 5, 0)], points=points, saddles=[-1, 2])
    assert comparison.symmetry_gap(birth, [-np.eye(2)]) == pytest.approx(0.3)
    death = barcode([(0.0, 0.6, 9, 1), (0.0, 1.0, 5, 0)], points=points, saddles=[2, 2])
    assert comparison.symmetry_gap(death, [-np.eye(2)]) == pytest.approx(0.4)
    assert comparison.symmetry_gap(death, [np.eye(2)]) == 0.0


def test_saddle_ranks_count_nearer_saddles_of_other_bars():
    points = [[0, 0], [1, 0], [5, 0], [1.5, 0], [9, 0]]  # minima 0, 1, 2 and saddles 3, 4
    rows = [(0.0, INF, 99, -1), (0.1, 2.0, 10, 0), (0.2, 1.0, 20, 0)]
    bars = barcode(rows, saddles=[-1, 4, 3], points=points)
    rank, distance = comparison.saddle_ranks(bars, top=5)
    assert rank.tolist() == [0, 1]  # the larger component first
    assert distance.tolist() == [3.5, 8.0]
    assert comparison.saddle_ranks(bars, top=1)[0].tolist() == [0]


def test_bars_of_equal_birth_are_those_that_the_printed_algorithm_loses():
    equal = lb.grid_barcode([0.0, 1.0, 0.0, 2.0, -1.0, 2.0, -1.0])
    assert comparison.tied_bars(equal) == 2
    assert comparison.tied_bars(lb.grid_barcode([0.0, 1.0, 0.5])) == 0


def test_points_are_asked_for():
    with pytest.raises(ValueError, match="expected the barcode of a sample"):
        comparison.places(lb.grid_barcode([0.0, 1.0, 0.0]), np.array([0]))
