"""FBF-quad and FBF-cubic: complete parts, means over connected pairs, and criteria that can fail."""

from dataclasses import replace

import numpy as np
import pytest

from lossbar_core.papers import ITEMS, Result, load_items
from lossbar_core.papers.fb.dss_sweep import LevelSweep, cubic, mean_of, power, quadratic, split
from lossbar_core.papers.fb.printed import mean_gap, plotted
from lossbar_core.register import Register
from lossbar_core.verdicts import verdict

load_items()


def smoke(id):
    item = ITEMS[id]
    return item.function(item.profiles["smoke"])


@pytest.mark.parametrize("id", ["FBF-quad", "FBF-cubic"])
@pytest.mark.parametrize("profile", ["smoke", "quick", "paper"])
def test_every_level_has_all_pairs_once(id, profile):
    config = ITEMS[id].profiles[profile]
    parts = split(config)
    assert len(set(parts)) == len(parts)
    for level in config.levels:
        pairs = [
            p
            for part in parts
            if part.level == level
            for p in range(part.first_pair, part.first_pair + part.pairs)
        ]
        assert pairs == list(range(config.pairs))


def test_paper_profile_is_the_authors_setting():
    for id, n_levels in (("FBF-quad", 10), ("FBF-cubic", 25)):
        config = ITEMS[id].profiles["paper"]
        assert (len(config.levels), config.inputs, config.sampled, config.rate) == (
            n_levels,
            10_000,
            True,
            1e-3,
        )
        lengths, beads = plotted(config.task)
        assert set(lengths[:, 0]) <= set(config.levels)
        assert set(beads[:, 0]) <= set(config.levels)


def test_quadratic_smoke():
    result = smoke("FBF-quad")
    v, a = result.values, result.arrays
    assert set(Register.load()["FBF-quad"].value_names) <= set(v)
    assert a["length"].shape == (2, 3)
    assert a["mean_length"][0] == pytest.approx(a["length"][0].mean())
    assert v["length_drop"] == pytest.approx(a["mean_length"][0] - a["mean_length"][1])
    assert (a["mean_straight_length"] <= a["mean_length"]).all()
    assert v["bead_slope"] < 0


def test_the_cubics_peak_is_seen_in_the_smoke_profile():
    result = smoke("FBF-cubic")
    v, a = result.values, result.arrays
    assert set(Register.load()["FBF-cubic"].value_names) <= set(v)
    assert v["peak_level"] == 0.158
    assert v["peak_height"] == a["mean_length"].max() > 1.5 * a["mean_length"][0]
    assert v["length_above"] == a["mean_length"][-1] < 1.05


def fake(levels, lengths, beads, connected=True):
    """One part a level, all pairs alike."""
    return [
        Result(
            {"restarts": 0},
            {
                "connected": np.full(20, connected),
                "beads": np.full(20, bead),
                "length": np.full(20, length),
                "full_length": np.full(20, length),
                "straight_length": np.full(20, length),
                "chord": np.ones(20),
                "steps": np.ones(20),
            },
        )
        for length, bead in zip(lengths, beads, strict=True)
    ]


def test_verdicts_follow_the_numbers():
    """The paper's own means are reproduced in the paper's setting; a flat curve is not."""
    (levels, lengths), (_, beads) = (curve.T for curve in plotted("quadratic"))
    config = LevelSweep("quadratic", tuple(levels), pairs=20, inputs=10_000, sampled=True)
    entry = Register.load()["FBF-quad"]
    result = quadratic(config, fake(levels, lengths, beads))
    assert result.values["length_gap"] == pytest.approx(0)
    assert result.values["bead_slope"] == pytest.approx(-0.56, abs=0.01)
    assert verdict(entry, result.values, "paper").word == "reproduced"
    assert verdict(entry, result.values, "quick").word.startswith("finding reproduced")
    flat = quadratic(config, fake(levels, np.full(10, 1.3), beads))
    assert verdict(entry, flat.values, "paper").word == "not reproduced"


def test_verdicts_of_the_cubic_follow_the_numbers():
    curve = plotted("cubic")[0]
    beads = np.maximum(3.2, curve[:, 0] ** -0.83)
    config = LevelSweep("cubic", tuple(curve[:, 0]), pairs=20, inputs=10_000, sampled=True)
    entry = Register.load()["FBF-cubic"]
    good = cubic(config, fake(curve[:, 0], curve[:, 1], beads))
    assert verdict(entry, good.values, "quick").word.startswith("finding reproduced")
    moved = curve[:, 1].copy()
    moved[curve[:, 0] == 0.1] = 3.0
    assert (
        verdict(entry, cubic(config, fake(curve[:, 0], moved, beads)).values, "quick").word
        == "not reproduced"
    )


def test_unconnected_pairs_do_not_count():
    config = LevelSweep("quadratic", (0.05, 0.1), pairs=20)
    result = quadratic(config, fake(config.levels, (1.5, 1.2), (9, 5), connected=False))
    assert np.isnan(result.arrays["mean_length"]).all()
    assert result.values["connected_share"] == 0
    assert verdict(Register.load()["FBF-quad"], result.values, "quick").word == "not reproduced"


def test_helpers():
    assert mean_of(np.array([[1.0, np.nan, 3.0]])).tolist() == [2.0]
    assert power(np.array([0.1, 1.0]), np.array([100.0, 1.0])) == pytest.approx(-2)
    assert np.isnan(power(np.array([0.1]), np.array([3.0])))
    assert np.isnan(mean_gap(np.array([0.3]), np.array([1.0]), np.array([[0.1, 1.0]])))


def test_another_seed_shares_no_part():
    config = ITEMS["FBF-cubic"].profiles["smoke"]
    assert not set(split(config)) & set(split(replace(config, seed=1)))
