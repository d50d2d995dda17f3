"""What a result says of itself."""

import numpy as np
import pytest
import torch

from lossbar_core.paths import Path
from lossbar_core.paths.minima import MinimaBarcode
from lossbar_core.study import StudyResult


def result_of(births, tops, **changes):
    found = MinimaBarcode.from_tops(births, tops)
    count = len(births)
    paths = {
        (i, j): Path(torch.tensor([[float(i)], [float(j)]]))
        for i in range(count)
        for j in range(i + 1, count)
    }
    found = MinimaBarcode.from_tops(births, tops, paths=paths)
    parts = {
        "minima": torch.zeros(count, 1),
        "seeds": np.arange(10, 10 + count),
        "losses": found.births,
        "accuracies": np.full(count, 0.75),
        "history": np.ones((1, count)),
        "epochs": np.zeros(1),
        "diverged": {},
        "found": found,
        "straight": np.array(tops, float),
        "straight_aligned": None,
        "gradients": {},
        "layout": [],
    }
    return StudyResult(**{**parts, **changes})


def test_the_highest_pair_ends_the_last_bar():
    """The path 0-1 is the highest of all, but a detour over 2 makes it needless."""
    result = result_of([0.0, 1.0, 2.0], [[0, 9, 4], [9, 1, 5], [4, 5, 2]])
    assert result.highest_pair == (1, 2)
    finite = result.barcode.death[np.isfinite(result.barcode.death)]
    assert finite.max() == 5.0
    assert result.highest_path.pivots.ravel().tolist() == [1.0, 2.0]


def test_rows_show_both_deaths():
    rows = {
        row["minimum"]: row for row in result_of([0.0, 1.0, 2.0], [[0, 9, 4], [9, 1, 5], [4, 5, 2]]).rows()
    }
    assert (rows[1]["death"], rows[1]["death_algorithm_1"]) == (5.0, 9.0)
    assert rows[0]["swallower"] is None
    assert rows[2]["seed"] == 12


def test_scores_in_both_norms():
    scores = result_of([0.0, 1.0], [[0, 5], [5, 1]]).to_scores
    assert scores["sup"] == 2.0
    assert scores["euclidean"] == pytest.approx(4 / np.sqrt(2))


def test_the_summary_counts_and_names_failures():
    text = result_of([0.0, 1.0], [[0, 5], [5, 1]], diverged={7: "loss nan at step 3"}).summary()
    assert "2 minima with losses 0 to 1, accuracies from 75.0%" in text
    assert "1 pairs connected, 0 paths failed" in text
    assert "training of seed 7 diverged: loss nan at step 3" in text


def test_without_any_path_there_is_no_highest_one():
    inf = np.inf
    result = result_of([0.0, 1.0], [[0, inf], [inf, 1]])
    assert result.highest_pair is None is result.highest_path
    assert "finite bars" not in result.summary()
