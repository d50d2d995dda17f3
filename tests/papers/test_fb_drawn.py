"""FB-Fig1, FBF-conn, FBF-components, FB-4.1: what is drawn belongs to a certified run; counts can fail."""

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.fb.cartoon import chosen
from lossbar_core.papers.fb.components import Widths, components
from lossbar_core.papers.fb.components import split as split_widths
from lossbar_core.papers.fb.polynomial import CUBIC
from lossbar_core.papers.fb.rectified import split as split_rectified
from lossbar_core.papers.fb.strings import measure
from lossbar_core.register import Register

load_items()


def smoke(id):
    item = ITEMS[id]
    result = item.function(item.profiles["smoke"])
    assert set(Register.load()[id].value_names) <= set(result.values)
    return result


def test_stages_of_figure_1():
    result = smoke("FB-Fig1")
    v, a = result.values, result.arrays
    assert v["certified"]
    assert v["n_steps"] >= 2
    assert len(a["stage_0"]) == 2
    last = v["n_steps"]
    assert len(a[f"stage_{last}"]) == v["n_beads"]
    tops = [a[f"along_{k}"][1].max() for k in range(last + 1)]
    assert tops[0] > v["limit"] >= tops[-1]
    for k in range(1, last + 1):
        assert len(a[f"stage_{k}"]) - len(a[f"stage_{k - 1}"]) == len(a[f"start_{k}"])
    assert a["stage_0"][0] == pytest.approx([0, 0])
    assert a["stage_0"][1, 1] == pytest.approx(0, abs=1e-5)
    assert a["start_1"][0, 1] == pytest.approx(0, abs=1e-5)  # on the segment between the ends
    assert 0 < v["in_plane"] <= 1
    assert a["losses"].shape == (61, 61)


def test_first_bead_starts_at_the_top():
    a = smoke("FB-Fig1").arrays
    share, losses = a["along_0"]
    place = a["start_1"][0, 0] / a["stage_0"][1, 0]
    assert share[losses.argmax()] == pytest.approx(place, abs=0.03)


def test_components_of_a_string():
    result = smoke("FBF-conn")
    v, a = result.values, result.arrays
    assert v["certified"]
    assert v["explained"] == pytest.approx(v["explained_1"] + v["explained_2"] + v["explained_3"])
    assert v["explained_1"] >= v["explained_2"] >= v["explained_3"]
    variance = a["coordinates"].var(axis=0)
    assert variance[0] / variance[1] == pytest.approx(v["explained_1"] / v["explained_2"])


def test_choice_prefers_enough_beads_and_takes_only_connected_strings():
    arrays = {"connected": np.array([False, True, True]), "beads": np.array([30, 4, 6])}
    assert chosen(Result({}, arrays), 5) == 2
    assert chosen(Result({}, arrays), 10) == 2


def test_one_component_at_high_levels():
    result = smoke("FBF-components")
    assert result.values["most_components"] == 1
    assert result.arrays["components"].shape == (2, 1)


def test_a_missing_string_makes_another_component():
    config = Widths((0.1,), ((4, 4),), models=4)
    arrays = {
        "connected": np.array([True, False, True]),
        "length": np.ones(3),
        "beads": np.full(3, 3),
    }
    v = components(config, [Result({}, arrays)]).values
    assert (v["most_components"], v["not_one"]) == (2, 1)
    assert all(part.hub for part in split_widths(config))


def test_rectified_networks():
    result = smoke("FB-4.1")
    assert result.values["connected_share"] > 0.5
    parts = split_rectified(ITEMS["FB-4.1"].profiles["quick"])
    assert all(part.task.activation == "relu" and part.optimiser == "rmsprop" for part in parts)
    assert all(part.task.biases and not part.task.squashed for part in parts)
    assert {part.task.coefficients for part in parts} > {CUBIC.coefficients}


def test_items_share_their_batches():
    part = split_rectified(ITEMS["FB-4.1"].profiles["smoke"])[0]
    assert measure(part) is measure(part)
