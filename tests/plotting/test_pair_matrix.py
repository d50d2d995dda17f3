"""The matrix of tops: its numbers, its blanks, and what is no such matrix."""

import numpy as np
import pytest

from lossbar_core.plotting.pair_matrix import MAX_NUMBERS, plot_pair_matrix

TOPS = np.array([[0.1, 1.25, np.nan], [1.25, 0.2, 30.0], [np.nan, 30.0, 0.3]])


def test_numbers_stand_in_their_squares():
    written = {text.get_position(): text.get_text() for text in plot_pair_matrix(TOPS).texts}
    assert written[(2, 1)] == "30."[:2]
    assert written[(0, 1)] == written[(1, 0)]
    assert (2, 0) not in written  # a failed pair


def test_infinite_entries_are_blank_too():
    ax = plot_pair_matrix(np.where(np.isnan(TOPS), np.inf, TOPS))
    assert len(ax.texts) == 7


def test_many_minima_have_no_numbers():
    many = np.eye(MAX_NUMBERS + 1)
    assert not plot_pair_matrix(many).texts
    assert plot_pair_matrix(many[1:, 1:]).texts


def test_minima_are_counted_from_one():
    ax = plot_pair_matrix(TOPS)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "must be square"),
        (np.full((2, 2), np.nan), "finite entries"),
        ([[0, 1], [2, 0]], "must be symmetric"),
    ],
)
def test_bad_input_is_explained(matrix, message):
    with pytest.raises(ValueError, match=message):
        plot_pair_matrix(matrix)
