"""Figure 7: what the item reports, and that its numbers are those of the parts."""

import numpy as np
import pytest

from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl.net_models import NETS
from lossbar_core.papers.bsl.net_sweep import PROFILES, split
from lossbar_core.papers.bsl.net_table import read_clouds
from lossbar_core.papers.bsl.net_tasks import CloudTask, measure
from lossbar_core.papers.bsl.small_networks import figure_7
from lossbar_core.register import Register

CONFIG = PROFILES["smoke"]


@pytest.fixture(scope="module")
def parts():
    return split(CONFIG)


@pytest.fixture(scope="module")
def results(parts):
    return [measure(part) for part in parts]


@pytest.fixture(scope="module")
def figure(results):
    return figure_7(CONFIG, results)


def test_values_that_the_register_checks_are_there(figure):
    entry = Register.load()["BSL-Fig7"]
    assert set(entry.value_names) <= set(figure.values)


def test_numbers_are_those_of_the_clouds(figure, parts, results):
    clouds = [c for c in read_clouds(parts, results, CONFIG.runs) if c.last and not c.task.reduced]
    fixed = [c for c in clouds if c.task.variant == "fixed" and c.task.widths in ((2,), (3,))]
    assert figure.values["one_layer_bars"] == min(int(c.kept.sum()) for c in fixed)
    assert figure.values["highest_upper_end"] == max(c.ends.max() for c in clouds if len(c.ends))
    assert figure.values["n_networks"] == 7


def test_undershoot_is_seen_when_a_point_is_lower_than_all_descents(parts, results, monkeypatch):
    first = next(i for i, part in enumerate(parts) if isinstance(part, CloudTask))
    worse = type(results[first])({**results[first].values, "lowest_birth_1": -5.0}, results[first].arrays)
    found = figure_7(CONFIG, [*results[:first], worse, *results[first + 1 :]])
    assert found.values["birth_undershoot"] > 5.0


def test_tables_agree_with_each_other(figure):
    a = figure.arrays
    rows = len(a["cloud_n"])
    assert rows == (3 + 1 + 1) * 7 * 2 * 2
    assert {len(column) for name, column in a.items() if name.startswith("cloud_")} == {rows}
    kept = np.bincount(a["bar_cloud"][a["bar_kept"]], minlength=rows)
    assert np.array_equal(kept, a["cloud_kept"])
    assert (a["bar_size"][a["bar_kept"]] >= a["cloud_least"][a["bar_cloud"][a["bar_kept"]]]).all()
    assert (a["cloud_authors"][:, 0] >= a["cloud_authors"][:, 2]).all()


def test_pictures_show_the_bars_they_say(figure):
    a = figure.arrays
    for widths in NETS:
        name = "x".join(map(str, widths))
        thetas, bars, paths = (a[f"shown_{kind}_{name}"] for kind in ("theta", "bars", "path"))
        assert len(thetas) == len(bars) == len(paths)
        assert thetas.shape[1] == 3
        assert (np.diff(bars[:, 0]) >= 0).all()
        assert np.allclose(paths[:, 0], thetas[:, 0], atol=1e-6)


def test_item_is_registered_as_a_sweep():
    assert ITEMS["BSL-Fig7"].sweep is not None
    assert ITEMS["BSL-Fig7"].module == "lossbar_core.papers.bsl.small_networks"
