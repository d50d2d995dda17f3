"""The index with all that bounds it."""

import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape, rows  # noqa: E402

from lossbar_core.hessians import index_of  # noqa: E402
from lossbar_core.landscapes import CURVY_VALLEY, AnalyticLandscape, Landscape  # noqa: E402


@pytest.mark.parametrize("factorise", [False, True])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_two_ways_to_count_agree(activation, factorise):
    surface = landscape(dense((5, 4), activation), inputs=rows(100))
    found = index_of(surface, surface.vector(), factorise=factorise)
    assert found.low == found.high == index_of(surface, surface.vector()).low > 0
    assert found.hessian.route == "layers"


def test_loss_and_gradient_come_with_it():
    surface = landscape(dense((5,)))
    theta = surface.vector()
    loss, gradient = surface.losses_and_gradients(theta[None])
    found = index_of(surface, theta)
    assert found.loss == float(loss[0])
    assert found.gradient_norm == pytest.approx(float(gradient[0].norm()))


def test_float32_says_how_little_it_knows():
    wide = landscape(dense((5, 4)), inputs=rows(100))
    narrow = Landscape(
        wide.module(wide.vector()), "cross_entropy", (rows(100), torch.arange(100) % 3), dtype=torch.float32
    )
    sure, unsure = index_of(wide, wide.vector()), index_of(narrow, wide.vector())
    assert unsure.low <= sure.low <= unsure.high
    assert unsure.spectrum.error > 1e5 * sure.spectrum.error


def test_formulas_have_an_index_too():
    monkey = AnalyticLandscape(lambda x: x[:, 0] ** 3 - 3 * x[:, 0] * x[:, 1] ** 2, 2)
    assert (index_of(monkey, [0.0, 0.0]).low, index_of(monkey, [0.0, 0.0]).high) == (0, 2)
    assert index_of(CURVY_VALLEY.landscape(), [0.0, 0.0]).low == 1
