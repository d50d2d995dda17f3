"""Which pair AutoNEB's choice tests next."""

import numpy as np

from lossbar_core.paths.pair_choice import all_pairs, suggest_pair


def test_the_closest_pair_across_the_worst_edge():
    star = np.full((5, 5), np.inf)
    star[0] = star[:, 0] = [0, 1, 2, 3, 4]
    distances = np.abs(np.subtract.outer(np.arange(5), np.arange(5))).astype(float)
    assert suggest_pair(star, {(0, k) for k in range(1, 5)}, distances) == (3, 4)
    assert suggest_pair(star, set(all_pairs(5)), distances) is None


def test_parts_without_a_path_come_first():
    tops = np.full((4, 4), np.inf)
    tops[0, 1] = tops[1, 0] = tops[2, 3] = tops[3, 2] = 1.0
    distances = np.array([[0, 1, 5, 6], [1, 0, 4, 7], [5, 4, 0, 1], [6, 7, 1, 0.0]])
    assert suggest_pair(tops, {(0, 1), (2, 3)}, distances) == (1, 2)
    assert suggest_pair(tops, {(0, 1), (2, 3), (1, 2)}, distances) == (0, 2)  # (1, 2) was tried and failed


def test_a_proven_worst_edge_ends_the_choice():
    """Across the cut of the worst edge all is tested; pairs within the parts cannot lower it."""
    tops = np.full((3, 3), np.inf)
    tops[0, 1] = tops[1, 0] = 1.0
    tops[0, 2] = tops[2, 0] = 5.0
    tops[1, 2] = tops[2, 1] = 6.0
    assert suggest_pair(tops, set(all_pairs(3)), np.ones((3, 3))) is None
