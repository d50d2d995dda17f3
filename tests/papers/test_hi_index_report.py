"""The measured indexes beside the printed ones."""

import numpy as np
import pytest

pytest.importorskip("torch")

from lossbar_core.papers.base import Result
from lossbar_core.papers.hi.index_nets import STEPS
from lossbar_core.papers.hi.index_report import (
    Case,
    against_printed,
    all_cases,
    descent,
    smooth_indexes,
)
from lossbar_core.papers.hi.printed import SIZES

TABLES = [f"HI-{net}-{which}" for net in ("2MLP", "3MLP", "CNN") for which in ("MNIST", "FMNIST", "rand")]


def table(counts, dimension=1000, **values):
    counts = np.atleast_2d(counts)
    predicted = -(STEPS**2)
    falls = np.stack([predicted * np.where(STEPS < 0.01, 1.0, 0.5), predicted, 2 * predicted])
    return Result({"dimension": dimension, "bound": 90} | values, {"count32": counts, "descent": falls[None]})


def test_a_table_of_random_parameters_holds_both_data_sets():
    tables = dict.fromkeys(TABLES, table([[10, 20]])) | {"HI-CNN-rand": table([[1, 2], [3, 4]])}
    cases = all_cases(tables | {f"HI-{net}-rand": table([[1, 2], [3, 4]]) for net in ("2MLP", "3MLP")})
    assert len(cases) == 12
    assert [case.runs("count32").tolist() for case in cases if not case.trained] == [[1, 2], [3, 4]] * 3
    assert all(case.runs("count32").tolist() == [10, 20] for case in cases if case.trained)


def test_choices_belong_to_the_first_data_set_of_a_table():
    values = {"count32_tanh": 500}
    both = table([[100], [200]], **values)
    assert Case("cnn", "mnist", False, both).shares == {"tanh": 0.5}
    assert Case("cnn", "fashion-mnist", False, both).shares == {}
    assert Case("cnn", "fashion-mnist", False, both).share == 0.2
    assert Case("cnn", "fashion-mnist", True, table([[300]], **values)).shares == {"tanh": 0.5}


def test_near_is_two_printed_standard_deviations():
    mean, deviation, size = 232.9, 2.88, SIZES["cnn"]
    for distance, near in ((1.9, ["tanh"]), (2.1, [])):
        found = table([[0]], size, count32_tanh=mean + distance * deviation)
        assert Case("cnn", "mnist", True, found).near == near


def test_the_printed_index_over_the_bound():
    values = {"count32_relu": 552, "count32_tanh": 233}
    case = Case("cnn", "mnist", True, table([[552]], 552, bound=52, **values))
    found = against_printed([case])
    assert found["largest_factor"] == pytest.approx(232.9 / 52)
    assert found["lowest_share"] == pytest.approx(552 / 232.9)
    assert (found["tried"], found["reached"]) == (2, 1)
    assert found["least_printed"] == found["most_printed"] == pytest.approx(2.88 / 232.9)


def test_smooth_units():
    values = {"count32_tanh": 1, "low_tanh": 100, "high_tanh": 300, "layers_index_tanh": 7, "bound_tanh": 900}
    cases = [Case(net, "mnist", True, table([[1]], **values)) for net in ("2mlp", "cnn")]
    assert smooth_indexes(cases) == {"low": 0.1, "high": 0.3, "layer": 7, "bound": 900, "size": 1000}


def test_the_descent_follows_as_far_as_it_does():
    found = descent(Case("cnn", "mnist", True, table([[1]])))
    assert found["last"] == STEPS[STEPS < 0.01].max()
    assert found["gain"] == pytest.approx(0.5 * STEPS[-1] ** 2)
    assert found["better"] == pytest.approx(2 * STEPS[-1] ** 2)
