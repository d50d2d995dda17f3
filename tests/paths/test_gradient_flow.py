"""TO's Algorithm 2: line by line, saddle heights, both variants, insertion."""

import numpy as np
import pytest
import torch
from paths.surfaces import BENT_ENDS, CURVY_ENDS, bent, curvy, egg_carton

from lossbar_core.landscapes import BENT_DOUBLE_WELL
from lossbar_core.paths import SGD, Fire, GradientFlow, Insertion, StraightLine

SADDLE = BENT_DOUBLE_WELL.saddle_height
PERSISTENCE = SADDLE - max(BENT_DOUBLE_WELL.minimum_values)


def algorithm_2(surface, path, rate, in_place):
    """One STEP, written as in the paper."""
    path, new = path.clone(), path.clone()
    for i in range(1, len(path) - 1):
        left, center, right = path[i - 1], path[i], path[i + 1]
        gradient = surface.gradients(center[None])[0]
        to_left, to_right = (
            (center - left) / (center - left).norm(),
            (right - center) / (right - center).norm(),
        )
        step = gradient - (gradient @ to_left * to_left + gradient @ to_right * to_right) / 2
        new[i] = center - rate * step
        if in_place:
            path[i] = new[i]
    return new


@pytest.mark.parametrize("variant", ["jacobi", "in_place"])
def test_steps_are_those_of_the_paper(variant):
    surface = bent()
    expected = StraightLine(7).connect(surface, *BENT_ENDS).pivots
    for _ in range(5):
        expected = algorithm_2(surface, expected, 0.01, variant == "in_place")
    method = GradientFlow(7, steps=5, variant=variant, optimiser=SGD(0.01))
    torch.testing.assert_close(method.connect(surface, *BENT_ENDS).pivots, expected)


@pytest.mark.parametrize("variant", ["jacobi", "in_place"])
def test_saddles_of_egg_carton_and_curvy_valley(variant):
    steps = 1000 if variant == "jacobi" else 150
    flow = GradientFlow(variant=variant, steps=steps, optimiser=SGD(0.02), jitter=0.01)
    for path in flow.connect_many(egg_carton(), [([0.5, 0.5], [1.5, 0.5]), ([0.5, 0.5], [1.5, 1.5])]):
        assert path.top == pytest.approx(0, abs=0.02)
    path = GradientFlow(
        variant=variant, steps=steps, optimiser=SGD(0.1), insertion=Insertion(every=25)
    ).connect(curvy(), *CURVY_ENDS)
    assert path.top == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("settings", [{"insertion": Insertion(every=100)}, {"projection": "bisector"}])
def test_the_bent_valley_within_two_percent_of_the_persistence(settings):
    """Register TO-Alg1: above the exact death by at most 2 percent, below it by rounding of the grid only."""
    path = GradientFlow(optimiser=SGD(0.02), steps=1000, **settings).connect(bent(), *BENT_ENDS)
    assert -1e-3 < path.top - SADDLE < 0.02 * PERSISTENCE


def test_without_insertion_the_printed_projection_loses_the_bend():
    """What insertion is for (TO appendix B, F): pivots slide apart and the chord between them leaves the valley."""
    path = GradientFlow(optimiser=SGD(0.02), steps=1000).connect(bent(), *BENT_ENDS)
    assert path.top > 2 * SADDLE
    gaps = (path.pivots[1:] - path.pivots[:-1]).norm(dim=1)
    assert float(gaps.max()) > 3 * float(gaps.mean())


def test_the_highest_pivot_falls():
    """Register TO-Alg2: with a rate below 1 / Lipschitz in at least 95 percent of the steps."""
    path = GradientFlow(optimiser=SGD(0.005), steps=400, projection="bisector").connect(bent(), *BENT_ENDS)
    falls = np.diff(path.history["top"]) <= 1e-12
    assert falls.mean() >= 0.95
    assert path.history["force"][-1] < 1e-3 * path.history["force"][0]


def test_momentum_and_adam_work_in_place():
    path = GradientFlow(9, steps=50, variant="in_place", optimiser=SGD(0.005, 0.9)).connect(
        bent(), *BENT_ENDS
    )
    assert path.failure is None
    assert path.history["top"][-1] < path.history["top"][0]


def test_evaluations_are_counted_alike_in_both_variants():
    for variant in ("jacobi", "in_place"):
        surface = bent()
        path = GradientFlow(9, steps=10, variant=variant).connect(surface, *BENT_ENDS)
        assert path.gradient_evaluations == surface.evaluations.gradients == 70


@pytest.mark.parametrize(
    ("error", "settings", "message"),
    [
        (ValueError, {"variant": "gauss"}, "variant 'jacobi' or 'in_place', got 'gauss'"),
        (ValueError, {"projection": "tangent"}, "projection 'mean' or 'bisector', got 'tangent'"),
        (TypeError, {"insertion": "distance"}, "expected an Insertion or None, got 'distance'"),
        (ValueError, {"variant": "in_place", "optimiser": Fire()}, "got Fire, which moves a band as a whole"),
        (ValueError, {"pivots": 2}, "pivots >= 3"),
        (ValueError, {"steps": 0}, "steps >= 1"),
    ],
)
def test_bad_settings(error, settings, message):
    with pytest.raises(error, match=message):
        GradientFlow(**settings)
