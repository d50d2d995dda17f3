"""Barcodes of minima: exact heights, the closure against the printed algorithm, suggested pairs, resuming."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

import lossbar_core as lb
from lossbar_core.barcodes.oracle import minimax_deaths
from lossbar_core.landscapes import EGG_CARTON, AnalyticLandscape
from lossbar_core.paths import SGD, ElasticBand, PathMethod, StraightLine
from lossbar_core.paths.minima import MinimaBarcode, barcode_of_minima

WELLS = torch.tensor([[0.0, 0.0], [2.0, 0.3], [4.0, -0.2], [5.5, 1.0], [1.0, 3.0]], dtype=torch.float64)
DEPTHS = torch.tensor([1.0, 0.8, 0.95, 0.5, 0.7], dtype=torch.float64)


def wells():
    """Five Gaussian wells of different depth."""

    def values(x):
        return -(DEPTHS * torch.exp(-2 * ((x[:, None] - WELLS) ** 2).sum(2))).sum(1)

    return AnalyticLandscape(values, 2, name="wells")


def random_tops(seed, count=8):
    rng = np.random.default_rng(seed)
    births = rng.random(count)
    upper = np.triu(1 + 5 * rng.random((count, count)), 1)
    return births, upper + upper.T


@dataclass(frozen=True)
class Failing(PathMethod):
    """Straight lines, of which some are given up."""

    bad: int

    def _connect_all(self, surface, ends, run):
        return [
            self._path(surface, torch.stack(pair), failure="diverged at step 3" if k == self.bad else None)
            for k, pair in enumerate(ends)
        ]


@pytest.mark.parametrize("seed", range(5))
def test_the_closure_is_the_exact_barcode_of_the_graph_and_never_above_algorithm_1(seed):
    births, tops = random_tops(seed)
    found = MinimaBarcode.from_tops(births, tops)
    count, pairs = len(births), found.connected
    edges = [edge for k, (i, j) in enumerate(pairs) for edge in ((i, count + k), (j, count + k))]
    exact = minimax_deaths(np.concatenate([births, tops[tuple(pairs.T)]]), edges)
    assert np.array_equal(found.barcode.to_diagram(), exact.to_diagram())
    for p in range(count):
        lower = [tops[p, q] for q in range(count) if births[q] < births[p]]
        assert found.direct_deaths[p] == min(lower, default=np.inf)
        closed = [found.closure[p, q] for q in range(count) if births[q] < births[p]]
        assert found.closed_deaths[p] == min(closed, default=np.inf)
    assert np.all(found.closed_deaths <= found.direct_deaths)
    assert found.ultrametric_violation == 0
    heights = tops[tuple(found.tree.T)]
    assert sorted(found.closed_deaths[np.isfinite(found.closed_deaths)]) == sorted(heights)
    finite = found.closed_deaths < np.inf
    longest = (found.closed_deaths - births)[finite].max()
    assert found.to_score() == longest / 2
    assert found.to_score("euclidean") == pytest.approx(longest / np.sqrt(2), rel=1e-14)
    assert found.to_score(closed=False) >= found.to_score()
    assert found.to_score() == lb.to_score(found.barcode)


def test_a_detour_through_a_higher_minimum():
    found = MinimaBarcode.from_tops([0.0, 1.0, 2.0], [[0, 9, 4], [9, 1, 5], [4, 5, 2]])
    assert found.direct_deaths.tolist() == [np.inf, 9.0, 4.0]
    assert found.closed_deaths.tolist() == [np.inf, 5.0, 4.0]
    assert found.tree.tolist() == [[0, 2], [1, 2]]


def test_ties_in_birth_get_no_bar_as_printed_and_one_in_the_closure():
    found = MinimaBarcode.from_tops([0.0, 0.0], [[0, 3], [3, 0]])
    assert found.direct_deaths.tolist() == [np.inf, np.inf]
    assert found.closed_deaths.tolist() == [np.inf, 3.0]


def test_egg_carton():
    found = barcode_of_minima(EGG_CARTON.landscape(), EGG_CARTON.minima, StraightLine())
    assert found.births.tolist() == [-2.0] * 4
    np.testing.assert_allclose(found.tops[0, 1:], [0, 0, 2], atol=1e-12)  # the diagonal passes the hill
    np.testing.assert_allclose(found.closure[0, 1:], 0, atol=1e-12)
    assert len(found.paths) == 6
    assert found.failures == {}
    assert found.gradient_evaluations == 0


def test_suggested_pairs_give_the_same_barcode_with_fewer_paths():
    everything = barcode_of_minima(wells(), WELLS, StraightLine())
    suggested = barcode_of_minima(wells(), WELLS, StraightLine(), "suggested")
    assert list(suggested.paths)[:4] == [(0, 1), (0, 2), (0, 3), (0, 4)]
    assert 4 < len(suggested.paths) < 10
    worst = everything.closed_deaths[np.isfinite(everything.closed_deaths)].max()
    assert suggested.closed_deaths[np.isfinite(suggested.closed_deaths)].max() == pytest.approx(worst)
    assert np.all(suggested.tops >= everything.tops - 1e-12)
    capped = barcode_of_minima(wells(), WELLS, StraightLine(), "suggested", max_pairs=4)
    assert len(capped.paths) == 4


def test_listed_pairs_leave_the_rest_apart():
    found = barcode_of_minima(wells(), WELLS, StraightLine(), [(1, 0), (3, 2)])
    assert list(found.paths) == [(0, 1), (2, 3)]
    assert int(np.isinf(found.barcode.death).sum()) == 3
    assert np.isinf(found.tops[0, 2])


def test_failed_paths_are_named_and_do_not_count():
    found = barcode_of_minima(wells(), WELLS, Failing(bad=0))
    assert found.failures == {(0, 1): "diverged at step 3"}
    assert np.isinf(found.tops[0, 1])
    assert np.isfinite(found.closure[0, 1])
    nothing = barcode_of_minima(wells(), WELLS[:2], Failing(bad=0), "suggested")
    assert int(np.isinf(nothing.barcode.death).sum()) == 2


@pytest.mark.parametrize(
    ("method", "until"), [(StraightLine(), 6), (ElasticBand(5, steps=30, optimiser=SGD(0.01)), 9)]
)
def test_an_interrupted_choice_of_pairs_continues(tmp_path, method, until):
    file = tmp_path / "run.npz"
    whole = barcode_of_minima(wells(), WELLS, method, "suggested")

    class Killed(Exception):
        pass

    class Fragile(AnalyticLandscape):
        calls = 0

        def losses(self, thetas, rows=None):
            Fragile.calls += 1
            if Fragile.calls == until:
                raise Killed
            return super().losses(thetas, rows)

    fragile = Fragile(wells().function, 2, name="wells")
    fragile.settings = wells().settings
    with pytest.raises(Killed):
        barcode_of_minima(fragile, WELLS, method, "suggested", checkpoint=file)
    assert (tmp_path / "run.npz.pairs").exists()
    resumed = barcode_of_minima(wells(), WELLS, method, "suggested", checkpoint=file)
    assert list(tmp_path.iterdir()) == []
    assert list(resumed.paths) == list(whole.paths)
    assert np.array_equal(resumed.tops, whole.tops)
    for pair, path in resumed.paths.items():
        assert torch.equal(path.pivots, whole.paths[pair].pivots)
        assert (path.settings, path.gradient_evaluations) == (
            whole.paths[pair].settings, whole.paths[pair].gradient_evaluations
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"minima": WELLS[:1]}, ValueError, "at least 2 minima, got 1"),
        ({"minima": WELLS[[0, 0]]}, ValueError, "same point twice"),
        ({"minima": WELLS[:, :1]}, ValueError, r"thetas of shape \(P, 2\)"),
        ({"method": "neb"}, TypeError, "expected a path method, got 'neb'"),
        ({"surface": torch.nn.Linear(2, 1)}, TypeError, "expected a Surface, got Linear"),
        ({"pairs": "some"}, TypeError, "'all', 'suggested' or a list"),
        ({"pairs": [(0, 9)]}, ValueError, r"in 0..4, got 9"),
        ({"pairs": [(0, 1), (1, 0)]}, ValueError, r"once, got \(0, 1\)"),
        ({"pairs": [(2, 2)]}, ValueError, r"two different minima once, got \(2, 2\)"),
        ({"max_pairs": 5}, ValueError, "only with pairs='suggested'"),
        ({"pairs": "suggested", "max_pairs": 3}, ValueError, "max_pairs >= 4, got 3"),
    ],
)
def test_bad_input(change, error, message):
    settings = {"surface": wells(), "minima": WELLS, "method": StraightLine(), "pairs": "all"} | change
    with pytest.raises(error, match=message):
        barcode_of_minima(**settings)


def test_bad_tops():
    with pytest.raises(ValueError, match=r"got 0.5 below 1.0 for pair \(0, 1\)"):
        MinimaBarcode.from_tops([0.0, 1.0], [[0, 0.5], [0.5, 0]])
    with pytest.raises(ValueError, match=r"shape \(3, 3\), one row a birth, got \(2, 2\)"):
        MinimaBarcode.from_tops([0.0, 1.0, 2.0], [[0, 5], [5, 0]])
