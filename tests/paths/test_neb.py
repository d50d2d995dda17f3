"""Elastic bands: exact saddle heights, what nudging is for, climbing."""

import numpy as np
import pytest
import torch
from paths.surfaces import BENT_ENDS, CURVY_ENDS, bent, curvy, egg_carton, plane

from lossbar_core.landscapes import BENT_DOUBLE_WELL
from lossbar_core.paths import SGD, ElasticBand, PlainBand, StraightLine

SADDLE = BENT_DOUBLE_WELL.saddle_height


def gap_ratio(path):
    gaps = (path.pivots[1:] - path.pivots[:-1]).norm(dim=1)
    return float(gaps.max() / gaps.mean())


@pytest.mark.parametrize("tangent", ["improved", "bisector", "autoneb_code"])
@pytest.mark.parametrize("spring", [float("inf"), 1.0])
def test_egg_carton_and_curvy_valley(tangent, spring):
    """Register NEB-Egg and NEB-Curvy: 0 +- 0.02, a diagonal pair around the hill too, and 1 +- 0.02."""
    band = ElasticBand(tangent=tangent, spring=spring, jitter=0.01)
    pairs = [([0.5, 0.5], [1.5, 0.5]), ([0.5, 0.5], [1.5, 1.5]), ([1.5, 0.5], [0.5, 1.5])]
    for path in band.connect_many(egg_carton(), pairs):
        assert path.top == pytest.approx(0, abs=0.02)
        assert path.failure is None
    path = band.connect(curvy(), *CURVY_ENDS)
    assert path.top == pytest.approx(1, abs=0.02)
    assert path.top_at == pytest.approx(0.5, abs=0.02)
    assert StraightLine().connect(curvy(), *CURVY_ENDS).top > 1.9
    assert path.normalised_length > 1.1


def test_a_chord_on_the_ridge_is_left_with_jitter_only():
    pair = ([0.5, 0.5], [1.5, 1.5])
    assert ElasticBand().connect(egg_carton(), *pair).top == pytest.approx(2)
    assert ElasticBand(jitter=0.01, seed=5).connect(egg_carton(), *pair).top == pytest.approx(0, abs=0.02)


def test_flat_pivots_stay_on_the_segment_and_equidistant():
    """Register NEB-Flat: finite spring 1e-9."""
    band = ElasticBand(11, spring=1e-9, steps=10, tolerance=0.0, optimiser=SGD(0.1))
    path = band.connect(plane(), [0, 0], [1.0, 2.0])
    expected = StraightLine(11).connect(plane(), [0, 0], [1.0, 2.0]).pivots
    torch.testing.assert_close(path.pivots, expected)
    stiff = ElasticBand(11, steps=10, tolerance=0.0).connect(plane(), [0, 0], [1.0, 2.0])
    torch.testing.assert_close(stiff.pivots, expected)


def test_plain_bands_slide_off_or_cut_corners():
    """Register NEB-energy: a best k in between; gaps torn apart for a small k, a top too high for a large one."""
    tops, ratios = {}, {}
    for k in (1e-3, 1e-1, 10.0, 1e3):
        path = PlainBand(19, spring=k, steps=2000).connect(bent(), *BENT_ENDS)
        tops[k], ratios[k] = path.top, gap_ratio(path)
    errors = [abs(tops[k] - SADDLE) for k in tops]
    assert min(errors[1:3]) < min(errors[0], errors[-1])
    assert ratios[1e-3] > 2
    assert tops[1e3] > 1.2 * SADDLE


def test_nudging_removes_both_failures():
    """Register NEB-force: four decades of k."""
    for k in (0.1, 1.0, 10.0, 100.0):
        path = ElasticBand(19, spring=k, steps=3000).connect(bent(), *BENT_ENDS)
        assert path.top == pytest.approx(SADDLE, rel=0.02), k
        assert gap_ratio(path) < 1.1, k


def test_the_top_falls_and_stays_above_the_saddle():
    """Register NEB-Alg: with a small rate the highest pivot does not rise after the first tenth."""
    band = ElasticBand(optimiser=SGD(0.02), steps=500, tolerance=0.0)
    path = band.connect(bent(), *BENT_ENDS)
    top = path.history["top"]
    assert len(top) == 500
    assert np.diff(top[50:]).max() <= 1e-5  # redistribution moves pivots along the path
    assert top[-1] < top[0] / 5
    assert path.top >= SADDLE - 0.01


def test_both_weights_at_extrema_lead_to_the_same_height():
    """Register 4.c.2: converged paths agree to first order."""
    tops = [
        ElasticBand(25, tangent=tangent, steps=2000).connect(bent(), *BENT_ENDS).top
        for tangent in ("improved", "autoneb_code")
    ]
    assert tops[0] == pytest.approx(tops[1], rel=1e-3)


def test_climbing_puts_a_pivot_on_the_saddle():
    plain = ElasticBand(8, steps=1500).connect(bent(), *BENT_ENDS)
    path = ElasticBand(8, climb=100, steps=1500).connect(bent(), *BENT_ENDS)
    losses = bent().losses(path.pivots)
    assert float(losses.max()) == pytest.approx(SADDLE, abs=1e-5)
    assert abs(float(bent().losses(plain.pivots).max()) - SADDLE) > 1e-3
    distance = (path.pivots - torch.tensor(BENT_DOUBLE_WELL.saddles[0])).norm(dim=1).min()
    assert float(distance) < 1e-2
    soft = ElasticBand(8, climb=100, spring=1.0, steps=1500).connect(bent(), *BENT_ENDS)
    assert float(bent().losses(soft.pivots).max()) == pytest.approx(SADDLE, abs=1e-4)


@pytest.mark.parametrize(
    ("error", "settings", "message"),
    [
        (ValueError, {"pivots": 2}, "pivots >= 3, got 2"),
        (ValueError, {"steps": 0}, "steps >= 1"),
        (ValueError, {"spring": 0.0}, "finite spring"),
        (ValueError, {"spring": float("nan")}, "finite spring"),
        (ValueError, {"tangent": "central"}, "tangent 'improved', 'bisector', 'autoneb_code', got 'central'"),
        (ValueError, {"climb": -1}, "climb >= 0"),
        (TypeError, {"climb": True}, "integer climb"),
        (ValueError, {"climb": 50, "steps": 50}, "climb below the 50 steps, got 50"),
    ],
)
def test_bad_settings(error, settings, message):
    with pytest.raises(error, match=message):
        ElasticBand(**settings)


def test_a_plain_band_refuses_stiff_springs():
    with pytest.raises(ValueError, match="finite spring"):
        PlainBand(spring=float("inf"))
