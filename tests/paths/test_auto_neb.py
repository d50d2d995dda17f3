"""AutoNEB: the insertion rule, cycles, saddle heights, fewer gradients than a dense band."""

from itertools import pairwise

import pytest
import torch
from paths.surfaces import CURVY_ENDS, bent, curvy, egg_carton

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.paths import (
    CODE_CYCLES,
    SGD,
    AutoNEB,
    Cycle,
    ElasticBand,
    Equal,
    Highest,
)
from lossbar_core.paths.band import Band


def highest_by_hand(dense, points, count, threshold):
    """The rule of the authors' code, segment by segment."""
    dense = dense.tolist()
    n = (len(dense) - 1) // (points + 1)
    pivots = dense[:: points + 1]
    best = []
    for i in range(n):
        scores = []
        for j in range(1, points + 1):
            alpha = j / (points + 1)
            chord = (1 - alpha) * pivots[i] + alpha * pivots[i + 1]
            scores.append(((dense[i * (points + 1) + j] - chord) / (max(pivots) - min(pivots)), alpha))
        best.append((max(scores), i))
    best.sort(reverse=True)
    return {i: [pytest.approx(alpha)] for (score, alpha), i in best[:count] if score > threshold}


@pytest.mark.parametrize("seed", range(6))
def test_the_rule_against_loops(seed):
    dense = torch.rand(61, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    for count, threshold in ((2, 0.1), (1, 0.1), (6, 0.7), (3, 5.0)):
        found = Highest(count, threshold).places(dense)
        assert found == highest_by_hand(dense, 9, count, threshold)
        assert list(found) == sorted(found)


def test_new_pivots_inherit_their_share_of_the_relative_length():
    chain = torch.tensor([[0.0], [1.0], [2.0]], dtype=torch.float64)
    peak = AnalyticLandscape(lambda x: torch.exp(-100 * (x[:, 0] - 1.3) ** 2) + 0.2 * x[:, 0], 1)
    band = Band.of(chain, peak.losses(chain[[0, -1]]), limit=10)
    Highest().insert(peak, band)
    torch.testing.assert_close(band.pivots.flatten(), torch.tensor([0, 1, 1.3, 2]).double())
    torch.testing.assert_close(band.weights, torch.tensor([0.5, 0.15, 0.35]).double())
    Equal(3).insert(peak, band)
    assert len(band.pivots) == 13
    torch.testing.assert_close(band.weights[:4], torch.full((4,), 0.125).double())
    assert float(band.weights.sum()) == pytest.approx(1)


def test_saddles_of_the_toys():
    """Register NEB-Auto, NEB-Egg, NEB-Curvy."""
    auto = AutoNEB(jitter=0.01)
    pairs = [([0.5, 0.5], [1.5, 0.5]), ([0.5, 0.5], [1.5, 1.5]), ([0.5, 1.5], [1.5, 0.5])]
    for path in auto.connect_many(egg_carton(), pairs):
        assert path.top == pytest.approx(0, abs=0.02)


def test_as_high_as_a_dense_band_for_fewer_gradients():
    """Register NEB-Auto; the cost depends on where the first pivots lie, so the median of several starts counts."""
    dense = ElasticBand(41).connect(curvy(), *CURVY_ENDS)
    spent = []
    for seed in range(5):
        path = AutoNEB(jitter=0.01, seed=seed).connect(curvy(), *CURVY_ENDS)
        assert path.top == pytest.approx(1, abs=0.02)
        assert path.top == pytest.approx(dense.top, rel=0.01)
        spent.append(path.gradient_evaluations)
    assert sorted(spent)[2] < dense.gradient_evaluations


def test_the_authors_cycles_for_toys_run_as_configured():
    """100 steps at 0.001 each, as in their egg carton: 5 pivots, then up to 2 more a cycle."""
    sgd = SGD(0.001)
    cycles = (Cycle(Equal(3), 100, sgd), *[Cycle(Highest(2), 100, sgd)] * 3)
    counts = []
    path = AutoNEB(cycles, tolerance=0.0, tangent="autoneb_code").connect(
        curvy(), *CURVY_ENDS, stop=lambda step, chains: counts.append(len(chains[0]))
    )
    assert len(counts) == 400
    assert counts[0] == counts[99] == 5
    assert 5 < counts[100] <= 7
    assert all(0 <= after - before <= 2 for before, after in pairwise(counts))
    assert len(path) == counts[-1]
    assert path.history["tangential"].shape == (400, counts[-1] - 2)


def test_the_authors_schedule_for_networks():
    """Register 4.b.2."""
    assert len(CODE_CYCLES) == 14
    assert sum(cycle.steps for cycle in CODE_CYCLES) == 16_000
    assert [cycle.optimiser.rate for cycle in CODE_CYCLES] == [0.1] * 6 + [0.01] * 4 + [0.001] * 4
    assert sum(isinstance(cycle.insert, Highest) for cycle in CODE_CYCLES) == 3


def test_a_given_chain_keeps_its_pivots_in_the_first_cycle():
    first = ElasticBand(7).connect(curvy(), *CURVY_ENDS)
    (path,) = AutoNEB((Cycle(Equal(3), 5),)).relax(curvy(), [first])
    assert len(path) == 7
    (path,) = AutoNEB((Cycle(Equal(3), 5),)).relax(curvy(), [first.pivots[[0, -1]]])
    assert len(path) == 5


def test_a_budget_ends_all_cycles():
    path = AutoNEB(budget=100).connect(bent(), [-1.0, 0.0], [1.0, 0.0])
    assert path.gradient_evaluations <= 100
    assert path.settings["ended"] == "budget of 100 gradients: 99 spent, a step takes 3"


@pytest.mark.parametrize(
    ("error", "cycles", "message"),
    [
        (TypeError, (), r"cycles as a tuple, got \(\)"),
        (TypeError, (1,), "cycles of kind Cycle, got 1"),
        (ValueError, (Cycle(None),), r"begin with Cycle\(Equal\(3\)\)"),
    ],
)
def test_bad_cycles(error, cycles, message):
    with pytest.raises(error, match=message):
        AutoNEB(cycles)


def test_bad_parts():
    with pytest.raises(TypeError, match="Equal, Highest or None"):
        Cycle("highest")
    with pytest.raises(ValueError, match="steps >= 1"):
        Cycle(Equal(), 0)
    with pytest.raises(ValueError, match="count >= 1"):
        Equal(0)
    with pytest.raises(ValueError, match="finite threshold"):
        Highest(threshold=0)
    with pytest.raises(ValueError, match="tangent"):
        AutoNEB(tangent="none")
