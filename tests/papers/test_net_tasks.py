"""The parts of the sweep: what each returns, and that it depends on nothing but its configuration."""

from dataclasses import replace

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.papers.bsl import net_tasks
from lossbar_core.papers.bsl.deformation import profile
from lossbar_core.papers.bsl.net_models import limits, network
from lossbar_core.papers.bsl.net_tasks import CloudTask, GridTask, SlopeTask, measure

CLOUD = CloudTask("fixed", (2,), (300, 900), runs=12, steps=150, deformed=3, path_steps=30, seed=1)


@pytest.fixture(scope="module")
def cloud():
    return measure(CLOUD)


def test_bars_lie_on_the_loss(cloud):
    model, a = network("fixed", (2,), 1), cloud.arrays
    for j in (0, 1):
        assert np.allclose(model(a[f"minimum_theta_{j}"]), a[f"birth_{j}"], rtol=1e-6)
        finite = np.isfinite(a[f"death_{j}"])
        assert np.allclose(model(a[f"saddle_theta_{j}"][finite]), a[f"death_{j}"][finite], rtol=1e-6)
        assert (model(a[f"swallower_theta_{j}"][finite]) <= a[f"birth_{j}"][finite] + 1e-6).all()
        assert np.isnan(a[f"saddle_theta_{j}"][~finite]).all()
        assert (np.diff(a[f"birth_{j}"]) >= 0).all()


def test_the_lowest_descent_is_in_every_cloud(cloud):
    for j in (0, 1):
        assert cloud.values[f"lowest_birth_{j}"] <= np.float32(cloud.values["lowest_minimum"])
        assert cloud.arrays[f"size_{j}"].max() == CLOUD.sizes[j] + cloud.values["n_minima"]


def test_the_shorter_cloud_is_the_task_of_its_size(cloud):
    alone = measure(replace(CLOUD, sizes=(300,)))
    assert np.array_equal(alone.arrays["birth_0"], cloud.arrays["birth_0"])
    assert np.array_equal(alone.arrays["death_0"], cloud.arrays["death_0"])


def test_highest_loss_is_one_that_was_seen(cloud):
    assert cloud.values["highest"] >= cloud.values["highest_sampled"] > CLOUD.level


def test_deformed_paths_join_minimum_and_swallower(cloud):
    model, a = network("fixed", (2,), 1), cloud.arrays
    chosen, paths = a["deformed"], a["paths"]
    assert len(chosen) == 3
    assert np.allclose(paths[:, 0], a["minimum_theta_1"][chosen], atol=1e-6)
    assert np.allclose(paths[:, -1], a["swallower_theta_1"][chosen], atol=1e-6)
    assert np.allclose(profile(model, paths.astype(float)).max(1), a["path_highest"], rtol=1e-3)
    assert (a["path_highest"] >= a["birth_1"][chosen] - 1e-6).all()
    assert (a["graph_highest"] >= a["death_1"][chosen] - 1e-6).all()


def test_measured_once_and_the_same_again(cloud):
    assert measure(replace(CLOUD)) is cloud
    again = net_tasks._measure(CLOUD)
    assert cloud.values == again.values
    for name, array in cloud.arrays.items():
        assert np.array_equal(array, again.arrays[name], equal_nan=True), name


def test_slopes_have_one_row_a_size():
    result = measure(SlopeTask("fixed", (2,), (200, 400), slopes=5))
    assert result.arrays["size"].shape == result.arrays["rise"].shape == (2, 5)
    assert result.values["dimension"] == 4


def test_reduced_cloud_is_close_to_the_reduced_grid():
    grid = measure(GridTask("fixed", (2,), (101, 101), reduced=True, seed=1))
    sample = measure(CloudTask("fixed", (2,), (20_000,), 12, 300, 0, 1, reduced=True, seed=1))
    exact = np.stack([grid.arrays["birth"], grid.arrays["death"]], 1)
    long = exact[np.isfinite(exact[:, 1]) & (exact[:, 1] - exact[:, 0] > 0.05)]
    own = np.stack([sample.arrays["birth_0"], sample.arrays["death_0"]], 1)
    own = own[np.isfinite(own[:, 1])]
    assert len(long) >= 3
    assert (
        np.abs(long[:, None] - own).max(axis=2).min(axis=1).max() < 0.02
    )  # a pass in the plane is missed by about as much


def test_whole_grid_and_its_shape():
    result = measure(GridTask("normalised", (2,), (4, 5, 3, 3, 4), reduced=False))
    assert result.values["n_points"] == 720
    model = network("normalised", (2,))
    assert np.allclose(model(result.arrays["minimum_theta"]), result.arrays["birth"], rtol=1e-5)
    assert (np.abs(result.arrays["minimum_theta"]) <= limits(model, "normalised")[:, 1] + 1e-6).all()


def test_other_tasks_are_refused():
    with pytest.raises(TypeError, match="expected a CloudTask"):
        measure("fixed")


def test_tasks_use_the_stated_neighbours(monkeypatch):
    seen = []
    original = lb.knn_graph
    monkeypatch.setattr(net_tasks, "knn_graph", lambda points, k: seen.append(k) or original(points, k))
    net_tasks._measure(replace(CLOUD, sizes=(300,), multiple=4))
    assert seen == [16]
