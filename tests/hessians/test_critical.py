"""Critical points of known functions, from starts nearby."""

import math

import pytest

torch = pytest.importorskip("torch")

from lossbar_core.hessians import critical_point  # noqa: E402
from lossbar_core.landscapes import CURVY_VALLEY, EGG_CARTON, AnalyticLandscape  # noqa: E402


@pytest.mark.parametrize(
    ("toy", "start", "place", "climb", "height"),
    [
        (CURVY_VALLEY, [0.4, 0.2], [0.0, 0.0], 1, 1.0),
        (CURVY_VALLEY, [7.5, 0.8], [2.5 * math.pi, 1.0], 0, 0.0),
        (EGG_CARTON, [0.4, 0.1], [0.5, 0.0], 1, 0.0),
        (EGG_CARTON, [0.1, -0.1], [0.0, 0.0], 2, 2.0),
    ],
)
def test_minima_saddles_and_maxima_of_toys(toy, start, place, climb, height):
    found = critical_point(toy.landscape(), start, climb=climb)
    assert found.converged
    assert found.theta.tolist() == pytest.approx(place, abs=1e-8)
    assert found.loss == pytest.approx(height, abs=1e-12)
    assert found.spectrum.interval == (climb, climb)
    assert found.gradient_norm <= 1e-10
    assert found.steps <= 20


def test_flat_directions_do_no_harm():
    ring = AnalyticLandscape(lambda x: ((x * x).sum(dim=1) - 1) ** 2, 3)
    found = critical_point(ring, [0.9, 0.1, 0.2], climb=0, tolerance=1e-9)
    assert found.converged
    assert float(found.theta.norm()) == pytest.approx(1, abs=1e-8)


def test_a_critical_start_stays():
    bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    found = critical_point(bowl, [0.0, 0.0], climb=0)
    assert (found.steps, found.moved, found.converged) == (0, 0.0, True)


def test_steps_run_out():
    found = critical_point(CURVY_VALLEY.landscape(), [3.0, 2.0], steps=1)
    assert not found.converged
    assert found.steps == 1


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (ValueError, {"climb": 3}),
        (ValueError, {"climb": -1}),
        (TypeError, {"steps": 1.5}),
        (ValueError, {"tolerance": 0.0}),
    ],
)
def test_bad_arguments(error, options):
    bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    with pytest.raises(error, match="expected"):
        critical_point(bowl, [0.0, 0.0], **options)


@pytest.mark.parametrize("climb", [0, 1])
def test_no_start_ends_where_only_the_gradients_norm_is_smallest(climb):
    """Steps that must lower that norm stop at places which are not critical; half of these starts did."""
    from lossbar_core.functions import SmallNetwork
    from lossbar_core.papers.to.small_loss import small_landscape

    surface = small_landscape(SmallNetwork.free((2,), l2=5e-4))
    for start in torch.randn(12, surface.dimension, generator=torch.Generator().manual_seed(0)).double():
        found = critical_point(surface, start, climb=climb, steps=200)
        assert found.converged
        if climb == 0:
            assert found.spectrum.interval == (0, 0)
