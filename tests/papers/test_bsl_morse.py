"""BSL-App6.1: the Morse complex of the six-hump camel, and the smooth flow beside it."""

import numpy as np
import pytest

from lossbar_core.barcodes.canonical import canonical_form
from lossbar_core.barcodes.morse import morse_complex
from lossbar_core.papers.base import ITEMS
from lossbar_core.papers.bsl import flow, morse
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict


@pytest.fixture(scope="module")
def result():
    item = ITEMS["BSL-App6.1"]
    return item.function(item.profiles["smoke"])


def bowl_and_saddle(x):
    """Minima at (-1, 0) and (1, 0), a saddle at the origin; no maximum."""
    return (x[:, 0] ** 2 - 1) ** 2 + x[:, 1] ** 2


def test_criterion_holds_and_can_fail(result):
    entry = Register.load()["BSL-App6.1"]
    judged = verdict(entry, result.values, "smoke")
    assert judged.word == "finding reproduced (reduced setting)", judged
    assert verdict(entry, result.values, "quick").word == "reproduced"
    for name, broken in (("boundary_product", 1), ("n_maxima", 3), ("betti_numbers", [1, 1, 0])):
        assert verdict(entry, {**result.values, name: broken}, "quick").word == "not reproduced"


def test_grid_and_smooth_function_agree(result):
    values, arrays = result.values, result.arrays
    assert values["index_mismatches"] == values["flow_mismatches"] == 0
    assert values["largest_shift"] < 0.06  # a pixel and a half
    assert values["gap_of_high_saddles"] == pytest.approx(1.1362e-4, abs=1e-7)
    assert arrays["smooth_value"][arrays["index"] == 2] == pytest.approx([2.49629, 2.49629], abs=1e-4)
    assert values["euler_characteristic_of_grid"] == values["euler_characteristic"] == 1
    assert values["rank_boundary1"] + 1 == values["n_minima"]


def test_pairs_are_positions_of_cells_of_the_right_index(result):
    index, value = result.arrays["index"], result.arrays["value"]
    for degree in (0, 1):
        born, dies = result.arrays[f"pairs{degree}"].T
        assert (index[born] == degree).all()
        assert (index[dies[dies >= 0]] == degree + 1).all()
        assert (value[born] <= np.where(dies >= 0, value[dies], np.inf)).all()
    used = np.concatenate([result.arrays["pairs0"].ravel(), result.arrays["pairs1"].ravel()])
    assert sorted(used[used >= 0]) == list(range(15))  # every critical cell belongs to one piece
    assert (used == -1).sum() == 1


def test_betti_table_ends_with_the_box(result):
    levels, components, loops = result.arrays["betti"].T
    assert np.all(np.diff(levels) > 0)
    assert components.tolist()[:2] == [2, 4]
    assert (components[-1], loops[-1]) == (1, 0)
    assert loops.max() == 2


def test_paired_saddle_may_change_between_grids_while_the_value_does_not():
    fine, coarse = (morse_complex(morse.hump_camel_grid(*shape)) for shape in ((201, 151), (161, 121)))
    ends = [np.abs(morse.last_paired_saddle(complex_)) for complex_ in (fine, coarse)]
    assert ends[0] == pytest.approx([1.638, 0.229], abs=0.02)
    assert ends[1] == pytest.approx([1.296, 0.605], abs=0.02)
    deaths = [canonical_form(c.filtered_complex()).barcode(0)[-1, 1] for c in (fine, coarse)]
    assert deaths[0] == pytest.approx(deaths[1], abs=1e-3)


def test_mismatches_are_counted():
    values = morse.hump_camel_grid(41, 31)
    complex_ = morse_complex(values)
    assert morse.barcode_mismatches(values, complex_) == 0
    assert morse.barcode_mismatches(-values, complex_) > 0
    assert morse.flow_mismatches(complex_, []) == int(
        (complex_.boundary1.toarray() % 2).sum() + (complex_.boundary2.toarray() % 2).sum()
    )


def test_trajectories_run_from_the_saddle_to_both_minima_and_out_of_the_box():
    places = np.array([[-0.9, 0.1], [1.1, 0.0], [0.1, 0.1]])
    points = flow.critical_points_near(bowl_and_saddle, places, [0, 0, 1])
    assert points.points == pytest.approx(np.array([[-1, 0], [1, 0], [0, 0]]), abs=1e-6)
    assert points.index.tolist() == [0, 0, 1]
    paths = flow.trajectories(bowl_and_saddle, [(-2, 2), (-1, 1)], points)
    assert flow.count_ends(paths, False, 2, 1).tolist() == [[1], [1]]
    assert flow.count_ends(paths, True, 0, 1).shape == (0, 1)
    up = [path for path in paths if path.up]
    assert [path.end for path in up] == [-1, -1]
    assert sorted(round(float(path.path[-1, 1]), 3) for path in up) == [-1.0, 1.0]


def test_no_critical_point_is_an_error():
    with pytest.raises(ValueError, match="expected a critical point near"):
        flow.critical_points_near(lambda x: np.exp(x[:, 0]) + x[:, 1] ** 2, np.array([[0.0, 0.0]]), [0])
