"""Figure 6: which tasks there are, and what is made of their results."""

import math
from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers.base import ITEMS, Result
from lossbar_core.papers.bsl import convergence, convergence_task, notebook_values
from lossbar_core.papers.bsl.convergence import NAMES, OF_THE_PAPER, Convergence, figure_6, sizes_of, split
from lossbar_core.papers.bsl.convergence_task import CloudPair
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

ITEM = ITEMS["BSL-Fig6"]
SMALL = Convergence(
    dimensions=(3, 4),
    log_sizes=(3.0, 4.0, 5.0),
    pairs=4,
    varied_dimensions=(3,),
    varied_log_size=4.0,
    varied_pairs=2,
    multiples=(2, 3),
    factors=(1.0,),
)


def pretended(task, exponent=None, infinite=()):
    """What a task would measure if W fell like N^exponent."""
    w = float(task.n_points) ** (-1 / task.dimension if exponent is None else exponent)
    w *= 1 + 0.01 * (task.pair % 3) + 0.1 * (task.multiple - 2)
    one = np.full(len(NAMES), w)
    odd = (task.dimension, task.n_points, task.pair) in infinite
    return Result(
        {"seconds_graphs": task.n_points / 1e4, "seconds_barcodes": 0.0, "seconds_distances": 0.0},
        {
            "distance": np.full(len(NAMES), math.inf) if odd else one,
            "distance_largest": one,
            "distance_filtered": one / 2,
            "truth": np.stack([one, one], axis=1),
            "lowest": np.stack([one, one], axis=1),
            "n_bars": np.ones((len(NAMES), 2)),
            "components": np.array([1, 1 + odd]),
            "largest_share": np.array([1.0, 0.9 if odd else 1.0]),
        },
    )


def gathered(config=SMALL, **options):
    return figure_6(config, [pretended(task, **options) for task in split(config)])


@pytest.fixture(scope="module")
def smoke():
    return ITEM.function(ITEM.profiles["smoke"])


# --- tasks ---------------------------------------------------------------------------------------


def test_the_papers_setting():
    config = replace(ITEM.profiles["paper"], log_limits=())  # the limits say how far this machine has come
    main = [t for t in split(config) if (t.multiple, t.factor) == (2, 0.0)]
    assert {t.dimension for t in main} == {3, 4, 5, 6}
    assert sorted({t.n_points for t in main}) == [
        1000,
        3162,
        10**4,
        31623,
        10**5,
        316228,
        10**6,
        3162278,
        10**7,
    ]
    assert len(main) == 4 * 9 * 20
    assert OF_THE_PAPER == ("Alpine01", "Schwefel26", "XinSheYang04")


def test_tasks_are_small_first_and_none_is_computed_twice():
    tasks = split(ITEM.profiles["paper"])
    assert [t.n_points for t in tasks] == sorted(t.n_points for t in tasks)
    assert len(set(tasks)) == len(tasks)


def test_other_graphs_have_the_clouds_of_the_figure():
    main = {replace(t, multiple=2, factor=0.0) for t in split(SMALL)}
    assert main == {CloudPair(d, 10**size, pair) for d in (3, 4) for size in (3, 4, 5) for pair in range(4)}


def test_limits_leave_large_sizes_out():
    config = replace(SMALL, log_limits=(5.0, 4.0))
    assert sizes_of(config, 3) == (3.0, 4.0, 5.0)
    assert sizes_of(config, 4) == (3.0, 4.0)
    assert set(split(config)) < set(split(SMALL))
    with pytest.raises(ValueError, match=r"one of log_limits a dimension \(2\), got 1"):
        sizes_of(replace(SMALL, log_limits=(5.0,)), 3)


def test_the_task_is_found_by_another_process():
    assert ITEM.sweep.task is convergence_task.cloud_pair
    assert ITEM.sweep.task.__module__ == "lossbar_core.papers.bsl.convergence_task"


# --- what is gathered ----------------------------------------------------------------------------


def test_slopes_of_the_expected_law():
    values = gathered().values
    for d in (3, 4):
        for name in ("alpine01", "schwefel26", "xinsheyang04"):
            assert values[f"slope_{name}_{d}d"] == pytest.approx(-1 / d, abs=1e-6)
            assert values[f"slope_error_{name}_{d}d"] < 1e-6
            assert values[f"onset_{name}_{d}d"] == 1000
            assert values[f"late_slope_{name}_{d}d"] < 0
    assert values["unbent_curves"] == 0


def test_a_rising_curve_has_no_onset():
    values = gathered(exponent=0.1).values
    assert values["unbent_curves"] == 3
    assert math.isnan(values["onset_alpine01_4d"])
    assert values["slope_error_alpine01_3d"] == pytest.approx(0.1 + 1 / 3)


def test_infinite_distances_are_counted_and_kept():
    result = gathered(infinite={(3, 10**5, 0), (3, 10**5, 1), (4, 1000, 2)})
    assert (result.values["infinite_3d"], result.values["infinite_4d"]) == (2, 1)
    assert (result.values["infinite_pairs"], result.values["cloud_pairs"]) == (3, 24)
    assert np.isinf(result.arrays["distance"][0, 2, :2]).all()
    assert result.values["slope_alpine01_3d"] == pytest.approx(-1 / 3, abs=1e-6)  # of the largest components


def test_a_part_of_the_sizes_will_do():
    result = gathered(replace(SMALL, log_limits=(5.0, 4.0)))
    assert result.values["largest_n"] == [10**5, 10**4]
    assert np.isnan(result.arrays["distance"][1, 2]).all()
    assert result.values["slope_alpine01_4d"] == pytest.approx(-1 / 4, abs=1e-6)
    assert result.values["cloud_pairs"] == 20
    # 4 pairs of 1e5 points; 1e4 points take one second.
    assert result.values["seconds_left"] == pytest.approx(40.0)
    assert gathered().values["seconds_left"] == 0.0


def test_other_graphs_stand_in_their_places():
    arrays = gathered().arrays
    assert arrays["varied_multiples_distance"].shape == (1, 2, 2, len(NAMES))
    ratio = arrays["varied_multiples_distance"][0, 1] / arrays["varied_multiples_distance"][0, 0]
    assert ratio[0] == pytest.approx(1.1)
    assert np.array_equal(arrays["varied_multiples_distance"][0, 0], arrays["distance"][0, 1, :2])
    assert arrays["varied_factors_truth"].shape == (1, 1, 2, len(NAMES), 2)


def test_a_smoke_run_measures_what_the_register_checks(smoke):
    entry = Register.load()["BSL-Fig6"]
    assert entry.checks
    assert {check.value for check in (*entry.checks, *entry.setting)} <= set(smoke.values)
    assert verdict(entry, smoke.values, "smoke").word != "reproduced"


@pytest.mark.parametrize(
    "worse", [{"exponent": -0.05}, {"exponent": 0.1}, {"exponent": -0.6}], ids=["flat", "rising", "steep"]
)
def test_the_verdict_can_fail(worse):
    entry, config = Register.load()["BSL-Fig6"], replace(SMALL, dimensions=(3, 4, 5, 6))
    assert verdict(entry, gathered(config).values, "paper").word.startswith("finding reproduced")
    assert verdict(entry, gathered(config, **worse).values, "paper").word == "not reproduced"


def test_arrays_of_a_smoke_run_are_those_of_its_tasks(smoke):
    config = ITEM.profiles["smoke"]
    task = convergence.main_task(config, 4, 2.5, 1)
    direct = convergence_task.cloud_pair(task)
    for name in convergence.MEASURED:
        assert np.array_equal(smoke.arrays[name][1, 1, 1], direct.arrays[name], equal_nan=True), name
    assert (smoke.arrays["components"] >= 1).all()


def test_what_the_clock_says_is_volatile(smoke):
    assert ITEM.volatile == ("seconds", "seconds_left")
    assert set(ITEM.volatile) <= set(smoke.values)
    assert smoke.values["seconds"] > 0


def test_samples_of_a_curve(smoke):
    sizes, whole = convergence.samples_of(smoke.arrays, "distance", 4, "Schwefel26")
    assert sizes.tolist() == [100, 316, 1000]
    assert np.array_equal(whole, smoke.arrays["distance"][1, :, :, 1])
    assert convergence.samples_of(smoke.arrays, "truth", 3, "Plane")[1].shape == (3, 6)
    with pytest.raises(ValueError, match=r"expected one of the dimensions \[3, 4\].*got 5"):
        convergence.samples_of(smoke.arrays, "truth", 5, "Plane")


def test_the_notebooks_values_are_near_ours():
    """A few pairs with as many neighbours as the notebooks have: their first point of each curve."""
    for d, name in ((3, "Alpine01"), (4, "Schwefel26"), (3, "XinSheYang04")):
        tasks = [CloudPair(d, 1000, pair, multiple=4) for pair in range(12)]
        w = [convergence_task.cloud_pair(t).arrays["distance_largest"][NAMES.index(name)] for t in tasks]
        logs = np.log10(w)
        error = logs.std(ddof=1) / np.sqrt(len(w))
        # Two digits read off a picture, 4D - 1 neighbours there and 4D here.
        assert abs(logs.mean() - notebook_values.at_size(name, d, 1000)) < 4 * error + 0.05
