"""TO-score: two ways to it, and instruments on a network whose deaths are known."""

import numpy as np
import pytest

from lossbar_core.papers.base import Result
from lossbar_core.papers.to import score
from lossbar_core.papers.to.instruments import INSTRUMENTS, measure_instruments
from lossbar_core.papers.to.score import PROFILES, gaps, side_by_side, split_score
from lossbar_core.papers.to.tasks import measure
from lossbar_core.register import Register

TASK = PROFILES["smoke"].instruments


@pytest.fixture(scope="module")
def small():
    return measure_instruments(TASK)


def test_smoke_run_has_what_the_register_checks():
    config = PROFILES["smoke"]
    found = score.scores(config, [measure(task) for task in split_score(config)])
    assert set(Register.load()["TO-score"].value_names) <= set(found.values)
    assert found.values["sup_gap"] <= 1e-12
    assert found.values["euclidean_gap"] <= 1e-12
    assert len(found.arrays["exact"]) == found.values["n_known"]


def test_gaps_see_another_score(monkeypatch):
    diagrams = [np.array([[0.0, np.inf], [1.0, 4.0], [0.5, 1.0]])]
    assert gaps(diagrams) == {"sup_gap": 0.0, "euclidean_gap": pytest.approx(0.0, abs=1e-15)}
    monkeypatch.setattr(score, "to_score", lambda bars, norm: 3.0)
    assert gaps(diagrams)["sup_gap"] == 1.5


def test_every_instrument_has_a_table_and_a_cost(small):
    for name in INSTRUMENTS:
        table = small.arrays[f"tops_{name}"]
        assert table.shape == small.arrays["tops_exact"].shape
        assert np.array_equal(table, table.T)
        assert small.values[f"cost_{name}"] >= 0


def test_paths_never_lie_below_the_exact_death(small):
    """Paths are upper bounds; the exact deaths come from a coarse grid here, so a little below is rounding."""
    for name in ("straight", "flow", "autoneb", "bezier", "string"):
        assert (small.arrays[f"tops_{name}"] >= small.arrays["tops_exact"] - 0.02).all(), name


def test_relaxation_lowers_the_straight_line(small):
    above = np.triu_indices(len(small.arrays["births"]), 1)
    straight = small.arrays["tops_straight"][above]
    for name in ("flow", "autoneb"):
        assert (small.arrays[f"tops_{name}"][above] <= straight + 1e-9).all(), name


def test_side_by_side_measures_errors():
    births = np.array([0.0, 0.1])

    def table(top):
        return np.array([[0.0, top], [top, 0.1]])

    arrays = {f"tops_{name}": table(0.75) for name in INSTRUMENTS}
    arrays |= {
        "tops_half": table(0.754),
        "tops_exact": table(0.5),
        "tops_string": table(np.inf),
        "births": births,
    }
    values, columns = side_by_side([Result({f"cost_{name}": 7 for name in INSTRUMENTS}, arrays)])
    assert values["bias_flow"] == 0.25
    assert values["settled_flow"] == 1.0
    assert values["joined_string"] == 0
    assert np.isnan(values["bias_string"])
    assert values["cost_cloud"] == 7
    assert columns["deaths_straight"].tolist() == [0.75]


def test_what_is_no_part_is_refused():
    with pytest.raises(TypeError, match="expected a NetTask or an InstrumentTask, got 3"):
        measure(3)
