"""Betti numbers pixel by pixel, against ranks of boundary matrices and labelled components."""

import numpy as np
import pytest
from scipy.ndimage import label

from lossbar_core.barcodes.canonical import betti_numbers_by_rank
from lossbar_core.barcodes.complexes import grid_complex
from lossbar_core.papers.hi.betti import betti_sweep


@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_ranks_of_the_whole_complex(seed):
    values = np.random.default_rng(seed).permutation(42).reshape(6, 7).astype(float)
    order, betti = betti_sweep(values)
    complex_ = grid_complex(values)
    for k in range(1, 43):
        level = float(values.ravel()[order[k - 1]])
        assert tuple(betti[k]) == tuple(betti_numbers_by_rank(complex_, level)[:2])


def test_agrees_with_labels_on_a_larger_grid():
    values = np.random.default_rng(9).normal(size=(40, 30))
    order, betti = betti_sweep(values)
    for k in (1, 100, 600, 1199):
        below = values <= values.ravel()[order[k - 1]]
        assert betti[k, 0] == label(below)[1]
    assert betti[-1].tolist() == [1, 0]


def test_a_ring_has_a_hole_until_it_is_filled():
    values = np.zeros((5, 5))
    values[2, 2] = 1.0
    betti = betti_sweep(values)[1]
    assert betti[-2].tolist() == [1, 1]
    assert betti[-1].tolist() == [1, 0]


def test_one_row_has_no_holes():
    betti = betti_sweep(np.array([[3.0, 1.0, 2.0, 0.0]]))[1]
    assert betti[:, 0].tolist() == [0, 1, 2, 1, 1]
    assert not betti[:, 1].any()
