"""Sentences about barcodes say what the arrays say."""

import numpy as np
import pytest

from lossbar_core.plotting import alt_text, describe
from lossbar_core.plotting.reading import read_bars
from lossbar_core.plotting.words import OPENINGS, bar_label, number


def test_describe_counts_ranges_and_the_longest_bar(diagram):
    assert describe(diagram) == (
        "4 bars, one of which never ends; births from 0 to 3, finite ends from 2.5 to 5; "
        "the longest finite bar goes from 1 to 5."
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([[2.0, np.inf]], "1 bar, which never ends; birth 2."),
        ([[0.0, 1.0]], "1 bar; birth 0, finite end 1; the longest finite bar goes from 0 to 1."),
        ([[0.0, np.inf], [0.0, np.inf]], "2 bars, none of which ends; all births at 0."),
        ([[0.0, 1.0], [0.0, 1.0]], "2 bars, all of which end; all births at 0, all finite ends at 1;"),
        ([[0.0, np.inf], [1.0, np.inf], [1.0, 2.0]], "3 bars, 2 of which never end;"),
    ],
)
def test_describe_speaks_grammar(given, words):
    assert describe(given).startswith(words)


def test_numbers_are_written_for_people():
    assert number(-1.0316285) == "−1.032"
    assert number(-0.0) == "0"
    assert number(121) == "121"


@pytest.mark.parametrize("kind", sorted(OPENINGS))
def test_alt_text_names_the_kind_the_function_and_the_bars(kind, diagram):
    text = alt_text(diagram, kind, name="Wavy")
    assert text == f"{OPENINGS[kind]} (Wavy). {describe(diagram)}"


def test_alt_text_refuses_unknown_kinds(diagram):
    with pytest.raises(ValueError, match=r"kind must be one of barcode, .*got 'pie'"):
        alt_text(diagram, "pie")


def test_empty_barcodes_are_refused():
    with pytest.raises(ValueError, match="at least one bar"):
        describe(np.empty((0, 2)))


def test_labels_of_bars(camel_bars):
    bars = read_bars(camel_bars)
    assert bar_label(bars, 0).startswith("birth −1.0")
    assert "death never<br>persistence infinite<br>size" in bar_label(bars, 0)
    assert f"death {number(bars.death[1])}<br>persistence {number(bars.persistence[1])}" in bar_label(bars, 1)
    assert bar_label(bars, 1).endswith(f"size {bars.size[1]:,} points".replace(",", "\N{THIN SPACE}"))


def test_labels_without_sizes(diagram):
    assert "size" not in bar_label(read_bars(diagram), 1)
