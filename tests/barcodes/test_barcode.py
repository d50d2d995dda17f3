"""The Barcode object: order, masks, filters, diagrams, frames."""

import re

import numpy as np
import pytest
from cases import FIELDS, assert_fields, functions, graph_of, line, random_function
from hypothesis import given
from hypothesis import strategies as st

from lossbar_core import Barcode, NeighborGraph, graph_barcode, sample_barcode


@pytest.fixture
def bars():
    """Four bars on a line and an isolated vertex; their fields are counted by hand."""
    return graph_barcode([1.0, 3.0, 0.0, 4.0, 2.0, 2.5], NeighborGraph.from_edges(6, line(5)))


def test_fields_counted_by_hand(bars):
    assert bars.birth.tolist() == [0.0, 1.0, 2.0, 2.5]
    assert bars.death.tolist() == [np.inf, 3.0, 4.0, np.inf]
    assert bars.minimum.tolist() == [2, 0, 4, 5]
    assert bars.saddle.tolist() == [-1, 1, 3, -1]
    assert bars.swallower.tolist() == [-1, 2, 2, -1]
    assert bars.size.tolist() == [5, 1, 1, 1]
    assert bars.mean_height.tolist() == [2.0, 0.0, 0.0, 0.0]
    assert bars.persistence.tolist() == [np.inf, 2.0, 2.0, np.inf]
    assert bars.essential.tolist() == [True, False, False, True]
    assert len(bars) == 4
    assert repr(bars) == "Barcode(4 bars, 2 essential)"


@given(functions())
def test_sorted_by_birth_then_by_id(case):
    bars = graph_barcode(case[0], graph_of(*case))
    assert np.array_equal(np.lexsort((bars.minimum, bars.birth)), np.arange(len(bars)))


@given(functions(), st.data())
def test_masks_slices_and_positions_choose_bars_in_order(case, data):
    bars = graph_barcode(case[0], graph_of(*case))
    n = len(bars)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)))
    start, stop = data.draw(st.integers(-n, n)), data.draw(st.integers(-n, n))
    shuffled = data.draw(st.permutations(range(n)))[: max(1, n // 2)]
    choices = [(mask, np.flatnonzero(mask)), (mask.tolist(), np.flatnonzero(mask))]
    choices += [
        (slice(start, stop), np.arange(n)[start:stop]),
        (slice(None, None, -2), np.arange(n)[::-2][::-1]),
    ]
    choices += [(np.array(shuffled), np.sort(shuffled)), (n - 1, [n - 1]), (-1, [n - 1])]
    for key, positions in choices:
        part = bars[key]
        assert isinstance(part, Barcode)
        assert len(part) == len(positions)
        for name in (*FIELDS, "persistence", "essential"):
            assert np.array_equal(getattr(part, name), getattr(bars, name)[positions]), name
        assert part.graph is bars.graph
        assert part.values is bars.values


def test_positions_that_do_not_exist(bars):
    for key in (4, -5, [0, 9], np.array([True, False])):
        with pytest.raises(IndexError, match=r"out of bounds|boolean"):
            bars[key]


def test_a_part_of_a_sample_keeps_its_points():
    bars = sample_barcode(lambda x: np.sin(9 * x[:, 0]), [(0, 3)], 50, k=4)
    part = bars[bars.essential]
    assert part.points is bars.points
    assert part.points.shape == (50, 1)
    assert part.values is bars.values
    assert part.graph is bars.graph


def test_filter_by_persistence_keeps_essential_bars(bars):
    assert bars.filter(min_persistence=2.0).minimum.tolist() == [2, 0, 4, 5]
    assert bars.filter(min_persistence=2.0001).minimum.tolist() == [2, 5]
    assert bars.filter().minimum.tolist() == bars.minimum.tolist()


def test_filter_by_size_drops_small_pieces_whole(bars):
    assert bars.filter(min_size=1).minimum.tolist() == [2, 0, 4, 5]
    assert bars.filter(min_size=2).minimum.tolist() == [2]
    assert bars.filter(min_size=6).minimum.tolist() == []
    assert repr(bars.filter(min_size=6)) == "Barcode(0 bars, 0 essential)"


@given(functions(), st.integers(0, 5), st.integers(0, 4).map(float))
def test_filter_is_its_two_conditions(case, size, persistence):
    bars = graph_barcode(case[0], graph_of(*case))
    expected = (bars.size >= size) & (bars.persistence >= persistence)
    assert_fields(bars.filter(size, persistence), bars[expected])
    assert_fields(bars.filter(min_size=size).filter(min_persistence=persistence), bars[expected])


@pytest.mark.parametrize(
    "thresholds", [{"min_size": -1}, {"min_persistence": -0.5}, {"min_persistence": np.nan}]
)
def test_refused_thresholds(bars, thresholds):
    shown = {"min_size": 0, "min_persistence": 0.0} | thresholds
    message = (
        f"expected thresholds >= 0, got min_size={shown['min_size']}, min_persistence={shown['min_persistence']}; "
        "use 0 for all bars"
    )
    with pytest.raises(ValueError, match=re.escape(message)):
        bars.filter(**thresholds)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_diagram_and_back(dtype):
    values, edges = random_function(0)
    bars = graph_barcode(values.astype(dtype), graph_of(values, edges))
    diagram = bars.to_diagram()
    assert diagram.dtype == np.float64
    assert np.array_equal(diagram, np.stack([bars.birth, bars.death], axis=1))
    again = Barcode.from_diagram(diagram)
    assert np.array_equal(again.to_diagram(), diagram)
    assert np.array_equal(again.essential, bars.essential)


def test_a_diagram_is_sorted_and_has_no_vertices():
    bars = Barcode.from_diagram([(1, 2), (0, np.inf), (1, 1), (-1, 5)])
    assert bars.to_diagram().tolist() == [[-1, 5], [0, np.inf], [1, 2], [1, 1]]
    for name in ("minimum", "saddle", "swallower"):
        assert getattr(bars, name).tolist() == [-1] * 4
        assert getattr(bars, name).dtype == np.int64
    assert bars.size.tolist() == [0] * 4
    assert len(bars.filter(min_persistence=1)) == 3
    assert (bars.points, bars.values, bars.graph) == (None, None, None)


def test_an_empty_diagram():
    bars = Barcode.from_diagram(np.empty((0, 2)))
    assert len(bars) == 0
    assert bars.to_diagram().shape == (0, 2)
    assert len(bars.filter(1, 1.0)) == len(bars[:]) == len(bars.merge_tree()) == 0


def test_a_diagram_is_copied():
    diagram = np.array([(0.0, 1.0)])
    bars = Barcode.from_diagram(diagram)
    diagram[:] = 7
    assert bars.to_diagram().tolist() == [[0, 1]]


@pytest.mark.parametrize("diagram", [[1.0, 2.0], [(1.0, 2.0, 3.0)], 5.0])
def test_refused_diagrams_by_shape(diagram):
    message = f"expected diagram as a Barcode or of shape (m, 2), got {np.shape(diagram)}; one row a bar"
    with pytest.raises(ValueError, match=re.escape(message)):
        Barcode.from_diagram(diagram)


@pytest.mark.parametrize("pair", [(2.0, 1.0), (np.nan, 1.0), (0.0, np.nan), (-np.inf, 0.0), (np.inf, np.inf)])
def test_refused_diagrams_by_pair(pair):
    message = f"expected finite births <= deaths in diagram, got {list(pair)}; check the column order"
    with pytest.raises(ValueError, match=re.escape(message)):
        Barcode.from_diagram([(0.0, 1.0), pair])


def test_frame_has_one_row_a_bar(bars):
    frame = bars.to_frame()
    assert list(frame.columns) == [*FIELDS, "persistence"]
    assert len(frame) == 4
    for name in frame.columns:
        assert np.array_equal(frame[name].to_numpy(), getattr(bars, name))
        assert frame[name].dtype == getattr(bars, name).dtype


def test_plot_hands_the_bars_to_the_plotting_module(bars, monkeypatch):
    import lossbar_core.plotting

    calls = []
    monkeypatch.setattr(lossbar_core.plotting, "plot_barcode", lambda *a, **k: calls.append((a, k)) or "axes")
    assert bars.plot(ax="mine") == "axes"
    assert calls == [((bars,), {"ax": "mine"})]


def test_filters_and_paths_take_numbers():
    bars = Barcode.from_diagram([(0.0, np.inf), (1.0, 2.0)])
    for thresholds in ({"min_size": "a"}, {"min_persistence": None}, {"min_size": True}):
        with pytest.raises(TypeError, match=r"expected min_\w+ as a number"):
            bars.filter(**thresholds)
    with pytest.raises(TypeError, match="integer"):
        bars.path("1")
    assert len(Barcode.from_diagram([])) == 0
