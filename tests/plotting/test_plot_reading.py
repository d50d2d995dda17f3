"""What a plot accepts as a barcode, and what it says to everything else."""

from types import SimpleNamespace

import numpy as np
import pytest

import lossbar_core as lb
from lossbar_core.plotting.reading import read_bars, read_bounds, read_names


def test_reads_a_barcode_a_tree_and_a_diagram(camel_bars):
    bars = read_bars(camel_bars)
    np.testing.assert_array_equal(bars.birth, camel_bars.birth)
    np.testing.assert_array_equal(bars.essential, camel_bars.essential)
    np.testing.assert_array_equal(read_bars(camel_bars.merge_tree()).swallower, camel_bars.swallower)
    np.testing.assert_array_equal(read_bars(camel_bars.to_diagram()).death, camel_bars.death)


def test_float32_values_stay_what_they_are():
    bars = read_bars(lb.grid_barcode(np.array([0.1, 0.7, 0.3], dtype=np.float32)))
    assert bars.birth.dtype == np.float64
    assert bars.birth[1] == np.float32(0.3)


def test_multiplicities_are_written_out():
    exact = SimpleNamespace(birth=[0.0, 1.0], death=[np.inf, 2.0], multiplicity=[1, 8])
    bars = read_bars(exact)
    assert len(bars) == 9
    assert (bars.persistence[1:] == 1).all()


def test_too_many_bars_by_multiplicity_are_refused():
    exact = SimpleNamespace(birth=[0.0], death=[1.0], multiplicity=[10**30])
    with pytest.raises(ValueError, match="bars with multiplicities, at most 100000 can be drawn"):
        read_bars(exact)


def test_a_diagram_has_no_sizes(diagram):
    assert (read_bars(lb.Barcode.from_diagram(diagram)).size == -1).all()


def test_longest_keeps_the_order_of_birth_and_essential_bars(diagram):
    assert read_bars(diagram).longest(2).tolist() == [0, 1]
    assert read_bars(diagram).longest(3).tolist() == [0, 1, 3]
    assert read_bars(diagram).longest(None).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("given", [3, "bars", None, [1.0, 2.0], np.zeros((2, 3)), {"a": 1}])
def test_what_is_no_barcode_is_a_type_error(given):
    with pytest.raises(
        TypeError, match=r"barcode must be a Barcode or a \(b, 2\) array of births and deaths, got"
    ):
        read_bars(given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.empty((0, 2)), "at least one bar, got none"),
        ([[np.nan, 1.0]], "births of barcode must be finite"),
        ([[0.0, np.nan]], "deaths not NaN"),
        ([[-np.inf, 1.0]], "births of barcode must be finite"),
        ([[0.0, 1.0], [2.0, 1.0]], "bar 1 of barcode dies at 1, before its birth at 2"),
        (SimpleNamespace(birth=[0.0, 1.0], death=[1.0]), r"must have one length, got \[2, 1"),
    ],
)
def test_impossible_bars_are_value_errors(given, message):
    with pytest.raises(ValueError, match=message):
        read_bars(given)


def test_missing_ids_are_named(diagram):
    with pytest.raises(ValueError, match="no vertex ids in 'minimum', which this plot needs"):
        read_bars(diagram, needs=("minimum",))


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ([(0, 1)], r"bounds must be 2 pairs \(low, high\), got an array of shape \(1, 2\)"),
        ([(0, 1), (2, 1)], "low < high"),
        ([(0, 1), (0, np.inf)], "must be finite"),
    ],
)
def test_bad_bounds_are_value_errors(bounds, message):
    with pytest.raises(ValueError, match=message):
        read_bounds(bounds)


def test_names_are_counted():
    assert read_names(None, 2, "p") == ["$p_{1}$", "$p_{2}$"]
    with pytest.raises(ValueError, match=r"one entry a bar \(2\), got 1"):
        read_names(["a"], 2, "p")
