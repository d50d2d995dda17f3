"""Zero eigenvalues that symmetries force: all that are there at random points, each of them there."""

import pytest

torch = pytest.importorskip("torch")

from nets import convolutional, dense, images, landscape, rows  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import exact_hessian, index_of, known_zeros, spectrum_of  # noqa: E402
from lossbar_core.landscapes import Landscape  # noqa: E402


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4)])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("dark", [0, 3])
def test_at_random_points_no_other_zeros_are_there(hidden, activation, loss, dark):
    surface = landscape(dense(hidden, activation), loss, rows(200, dark=dark))
    theta = surface.vector()
    assert known_zeros(surface, theta) == spectrum_of(exact_hessian(surface, theta)).nullity


def test_units_that_sleep_in_all_rows():
    surface = landscape(dense((5, 4)), inputs=rows(200))
    theta = surface.vector()
    net = surface.module(theta)
    with torch.no_grad():
        net[1].bias[2] = -100.0
        net[3].bias[:] = torch.tensor([-100.0, 0.2, 0.2, 0.2])
    theta = surface.vector(net)
    zeros = known_zeros(surface, theta)
    # Dark inputs of 4 units awake, all of the sleeping one's; its weights into 3 units, all of the sleeping one's; that
    # one's weights into 3 outputs; shifts of the logits along 3 units and the bias.
    assert zeros == 2 * 4 + 10 + 3 + 6 + 3 + 4
    assert spectrum_of(exact_hessian(surface, theta)).nullity == zeros


def test_of_a_convolutional_network_the_head_is_known():
    surface = landscape(convolutional("tanh"), inputs=images())
    theta = surface.vector()
    assert known_zeros(surface, theta) == spectrum_of(exact_hessian(surface, theta)).nullity == 8 + 1


def test_known_zeros_make_an_index_certain():
    surface = landscape(dense((5,), "tanh"), inputs=rows(100))
    found = index_of(surface, surface.vector())
    assert found.spectrum.nullity == found.zeros > 0
    assert found.low == found.high


def test_other_networks_have_none_that_are_known():
    net = nn.Sequential(nn.Linear(9, 3), nn.Tanh())
    surface = Landscape(net.double(), "mse", (rows(), torch.zeros(40, 3)))
    assert known_zeros(surface, surface.vector()) == 2 * 3
    odd = Landscape(
        nn.Bilinear(3, 3, 2).double(), "mse", ((rows(width=3), rows(width=3)), torch.zeros(40, 2))
    )
    assert known_zeros(odd, odd.vector()) == 0
