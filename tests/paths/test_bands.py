"""Settings that all band methods share, and relaxing chains that are there already."""

import numpy as np
import pytest
import torch
from paths.surfaces import BENT_ENDS, bent, egg_carton

from lossbar_core.paths import ElasticBand, GradientFlow, StraightLine


@pytest.mark.parametrize(
    ("error", "settings", "message"),
    [
        (TypeError, {"optimiser": "sgd"}, "expected SGD, Adam, Fire or None"),
        (ValueError, {"tolerance": -1.0}, "finite tolerance >= 0"),
        (TypeError, {"tolerance": "0"}, "number as tolerance"),
        (ValueError, {"l2": float("nan")}, "finite l2"),
        (ValueError, {"jitter": -0.1}, "finite jitter"),
        (ValueError, {"bound": 0.0}, "finite bound"),
        (ValueError, {"budget": 0}, "budget >= 1"),
        (TypeError, {"budget": 1e4}, "integer budget"),
        (ValueError, {"batch": 0}, "batch >= 1"),
        (ValueError, {"seed": -1}, "seed >= 0"),
        (TypeError, {"independent": 1}, "True or False as independent"),
    ],
)
def test_bad_settings(error, settings, message):
    for method in (ElasticBand, GradientFlow):
        with pytest.raises(error, match=message):
            method(**settings)


@pytest.mark.parametrize("method", [ElasticBand(9, steps=30), GradientFlow(7, 30, variant="in_place")])
def test_paths_do_not_depend_on_how_many_pivots_one_pass_evaluates(method, monkeypatch):
    surface, pairs = (
        egg_carton(),
        [((0.5, 0.5), (1.5, 0.5)), ((0.5, 0.5), (1.5, 1.5)), ((0.5, 1.5), (2.5, 0.5))],
    )
    together = method.connect_many(surface, pairs)
    calls = []
    evaluate = surface.losses_and_gradients
    monkeypatch.setattr(
        surface,
        "losses_and_gradients",
        lambda thetas, rows: calls.append(len(thetas)) or evaluate(thetas, rows),
    )
    for most, largest in ((1, 7), (8, 8), (16, 16)):
        calls.clear()
        monkeypatch.setattr(surface, "at_once", lambda n_rows, most=most: most)
        for path, other in zip(together, method.connect_many(surface, pairs), strict=True):
            torch.testing.assert_close(path.pivots, other.pivots)
        assert max(calls) <= largest


def test_chains_of_different_lengths_are_relaxed_together():
    short = StraightLine(5).connect(bent(), *BENT_ENDS)
    long = StraightLine(15).connect(bent(), *BENT_ENDS)
    paths = ElasticBand().relax(bent(), [short, long.pivots, long.pivots.numpy()])
    assert [len(path) for path in paths] == [5, 15, 15]
    assert torch.equal(paths[1].pivots, paths[2].pivots)
    assert paths[1].top == pytest.approx(1.0113, abs=0.01)
    assert torch.equal(short.pivots, StraightLine(5).connect(bent(), *BENT_ENDS).pivots)


def test_two_pivots_have_nothing_to_move():
    (path,) = ElasticBand().relax(bent(), [torch.tensor(BENT_ENDS)])
    assert len(path) == 2
    assert path.gradient_evaluations == 0


def test_a_relaxed_path_is_at_rest():
    path = ElasticBand(9).connect(bent(), *BENT_ENDS)
    (again,) = ElasticBand().relax(bent(), [path])
    torch.testing.assert_close(again.pivots, path.pivots, atol=0.02, rtol=0)
    assert len(again.history["top"]) < len(path.history["top"]) / 2


def test_chains_that_are_none():
    with pytest.raises(ValueError, match="two different pivots in chain 1"):
        ElasticBand().relax(bent(), [torch.tensor(BENT_ENDS), torch.zeros(3, 2)])
    with pytest.raises(ValueError, match="two different pivots in chain 0"):
        ElasticBand().relax(bent(), [torch.zeros(1, 2)])
    with pytest.raises(ValueError, match=r"shape \(P, 2\)"):
        ElasticBand().relax(bent(), [torch.zeros(3, 3)])
    with pytest.raises(TypeError, match="expected a Surface"):
        ElasticBand().relax(None, [torch.zeros(3, 2)])
    assert ElasticBand().relax(bent(), []) == []


def test_the_noise_depends_on_seed_and_pair_alone():
    a, b = [0.5, 0.5], [1.5, 1.5]

    def start(seed, pairs):
        band = ElasticBand(9, jitter=0.1, seed=seed, budget=1)
        return [path.pivots.numpy() for path in band.connect_many(egg_carton(), pairs)]

    np.testing.assert_array_equal(start(0, [(a, b)])[0], start(0, [(b, a), (a, b)])[1])
    assert np.abs(start(0, [(a, b)])[0] - start(1, [(a, b)])[0]).max() > 1e-3
    offsets = start(0, [(a, b)])[0] - np.linspace(a, b, 9)
    assert np.all(offsets[[0, -1]] == 0)
    assert 0 < np.abs(offsets[1:-1]).max() < 0.1 * np.sqrt(2)
