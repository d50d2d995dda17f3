"""Reading the sweep: which bars are noise, and which clouds belong together."""

import numpy as np
import pytest

from lossbar_core.papers.base import Result
from lossbar_core.papers.bsl.net_table import read_clouds, read_grids, select, smallest_size
from lossbar_core.papers.bsl.net_tasks import CloudTask, GridTask, SlopeTask

SIZES = (100, 200)
CLOUD = CloudTask("fixed", (2,), SIZES, 5, 5, 1, 5)
SLOPES = SlopeTask("fixed", (2,), SIZES, 20)
GRID = GridTask("fixed", (2,), (3, 3), reduced=True)


def made(births, deaths, sizes):
    values = {f"all_bars_{j}": len(births) for j in (0, 1)}
    arrays = {}
    for j in (0, 1):
        arrays |= {
            f"birth_{j}": np.array(births),
            f"death_{j}": np.array(deaths),
            f"size_{j}": np.array(sizes),
        }
    arrays |= {"deformed": np.zeros(0, int), "path_highest": np.zeros(0), "graph_highest": np.zeros(0)}
    return Result(values, arrays | {"paths": np.zeros((0, 2, 4))})


def noise(sizes):
    return Result({}, {"size": np.array([sizes, sizes]), "rise": np.ones((2, len(sizes)))})


def test_bars_no_larger_than_noise_are_dropped():
    result = made([0.1, 0.2, 0.3], [np.inf, 0.5, 0.9], [200, 8, 7])
    clouds = read_clouds([CLOUD, SLOPES], [result, noise([7] * 20)], 5)
    assert [cloud.n for cloud in clouds] == [100, 200]
    assert [cloud.last for cloud in clouds] == [False, True]
    assert clouds[0].kept.tolist() == [True, True, False]
    assert clouds[0].ends.tolist() == [0.5]
    assert clouds[0].births.tolist() == [0.1, 0.2]
    assert clouds[1].values["all_bars"] == 3


def test_one_slope_in_twenty_may_be_worse():
    assert smallest_size(np.array([3] * 19 + [1000])) == 4
    assert smallest_size(np.array([3] * 18 + [1000] * 2)) == 1001


def test_a_cloud_needs_its_slopes():
    with pytest.raises(KeyError):
        read_clouds([CLOUD], [made([0.1], [np.inf], [9])], 5)


def test_selection_and_grids():
    other = CloudTask("free", (3,), SIZES, 5, 5, 1, 5, reduced=True)
    beside = SlopeTask("free", (3,), SIZES, 20, reduced=True)
    tasks = [CLOUD, SLOPES, other, beside, GRID]
    results = [
        made([0.1], [np.inf], [9]),
        noise([1] * 20),
        made([0.2], [np.inf], [9]),
        noise([2] * 20),
        Result({}),
    ]
    clouds = read_clouds(tasks, results, 5)
    assert read_clouds(tasks, results, 6) == []
    assert [cloud.task for cloud in select(clouds, "free", reduced=True)] == [other]
    assert select(clouds, "free", reduced=False) == []
    assert select(clouds, "fixed", reduced=False, widths=(3,)) == []
    assert [cloud.n for cloud in select(clouds, "fixed", reduced=False, last=False)] == [100]
    assert [task for task, _ in read_grids(tasks, results, reduced=True)] == [GRID]
    assert list(read_grids(tasks, results, reduced=False)) == []
