"""FBF-cubic-why: the targets, and counts that follow the lengths."""

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.fb.peak import Cubics, peaks, random_cubic, split, targets, trendless
from lossbar_core.papers.fb.polynomial import midpoints
from lossbar_core.register import Register

load_items()


@pytest.mark.parametrize("angle", [0, 10, 50, 90])
def test_trendless_cubics_are_orthogonal_to_lines(angle):
    x = midpoints(10_000)
    y = trendless(angle).values(x)
    slope, middle = np.polyfit(x, y, 1)
    assert slope == pytest.approx(0, abs=1e-5)
    assert middle == pytest.approx(0.5, abs=1e-5)
    assert trendless(angle).line_error <= trendless(angle).constant_error


def test_random_cubics_go_through_their_values():
    values = np.random.default_rng((3, 2)).uniform(size=4)
    assert random_cubic(3, 2).values(np.array([0, 1 / 3, 2 / 3, 1])) == pytest.approx(values, abs=1e-5)


def lengths(config, level_of):
    """Strings that are long at one level of every target, and nearly straight above the constant's."""
    found = []
    for target in targets(config):
        peak = level_of(target)
        for factor in config.factors:
            level = factor * target.constant_error
            length = 2.0 if level == peak else 1.3 if factor <= 1 else 1.0
            arrays = {"length": np.full(config.pairs, length), "connected": np.full(config.pairs, True)}
            found.append(Result({}, arrays))
    return found


def test_peaks_at_the_constants_level_count():
    config = Cubics(pairs=2, trends=1)
    v = peaks(config, lengths(config, lambda target: 1.0 * target.constant_error)).values
    assert v["near_constant"] == v["peaks"] == v["cubics"] == 5
    assert v["straight_above"] == 6
    low = peaks(config, lengths(config, lambda target: 0.85 * target.constant_error)).values
    assert low["near_constant"] == 0


def test_no_peak_without_longer_strings():
    config = Cubics(pairs=2, trends=1)
    v = peaks(config, lengths(config, lambda target: -1.0)).values
    assert v["peaks"] == v["trend_peaks"] == 0


def test_smoke():
    item = ITEMS["FBF-cubic-why"]
    result = item.function(item.profiles["smoke"])
    assert set(Register.load()["FBF-cubic-why"].value_names) <= set(result.values)
    assert result.arrays["mean_length"].shape == (3, 3)
    assert (result.arrays["mean_length"][:, -1] < 1.1).all()
    assert len(split(item.profiles["quick"])) == len(set(split(item.profiles["quick"])))
