"""Cases that once gave a wrong Hessian, index or bound."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")

from nets import landscape, rows  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import (  # noqa: E402
    exact_hessian,
    index_bounds,
    index_of,
    known_zeros,
    lowest_pair,
    spectrum_of,
)
from lossbar_core.landscapes import Landscape  # noqa: E402


def gap(a, b):
    return float(torch.linalg.matrix_norm(a.double() - b.double(), 2))


@pytest.mark.parametrize(("w", "x"), [(1.1, 1.3), (1.9999, 1.0001)])
def test_the_bound_counts_the_spread_of_every_input(w, x):
    """A unit's input without an error, the bias's 1, beside one with an error that is all there is of it."""
    net = nn.Sequential(nn.Linear(2, 250, bias=False), nn.Linear(250, 1))
    inputs = torch.tensor([[x, 1.0]])
    found = {}
    for dtype in (torch.float32, torch.float64):
        surface = Landscape(net, "mse", (inputs, torch.zeros(1, 1)), dtype=dtype)
        theta = torch.zeros(surface.dimension, dtype=dtype)
        product = torch.tensor(w, dtype=torch.float32) * torch.tensor(x, dtype=torch.float32)
        theta[:500] = torch.tensor([w, -float(product)], dtype=torch.float32).to(dtype).repeat(250)
        found[dtype] = exact_hessian(surface, theta, route="layers")
    single, double = found[torch.float32], found[torch.float64]
    assert gap(single.matrix, double.matrix) <= single.error + double.error


@pytest.mark.parametrize("seed", range(6))
def test_a_module_that_stands_twice_counts_twice(seed):
    torch.manual_seed(seed)
    act, pool = nn.ReLU(), nn.MaxPool2d(2)
    net = nn.Sequential(
        nn.Conv2d(1, 1, 5, padding=2),
        act,
        pool,
        nn.Conv2d(1, 1, 5, padding=2),
        act,
        pool,
        nn.Flatten(),
        nn.Linear(4, 3),
    )
    surface = Landscape(
        net, "cross_entropy", (torch.rand(20, 1, 8, 8), torch.arange(20) % 3), dtype=torch.float64
    )
    theta = surface.vector()
    theta[26:52] += 0.5  # the second convolution: some arguments are positive, some not
    found, expected = exact_hessian(surface, theta), exact_hessian(surface, theta, route="products")
    assert found.route == "layers"
    assert gap(found.matrix, expected.matrix) <= found.error + expected.error


def test_a_dense_layer_that_stands_twice_is_left_to_products():
    torch.manual_seed(0)
    shared = nn.Linear(4, 4)
    net = nn.Sequential(nn.Linear(9, 4), nn.Tanh(), shared, nn.Tanh(), shared, nn.Tanh(), nn.Linear(4, 3))
    surface = landscape(net)
    assert exact_hessian(surface, surface.vector()).route != "layers"


class Bent(nn.Module):
    """Outputs that are linear in the last layer only where they are small, or positive."""

    def __init__(self, out):
        super().__init__()
        self.a, self.b, self.out = nn.Linear(9, 4), nn.Linear(4, 3), out

    def forward(self, x):
        return self.out(self.b(torch.relu(self.a(x))))


@pytest.mark.parametrize(("out", "scale", "lift"), [(nn.ReLU(), 1.0, 5.0), (nn.Tanh(), 1e-3, 0.0)])
def test_outputs_that_only_seem_linear_at_the_start(out, scale, lift):
    torch.manual_seed(0)
    net = Bent(out)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter *= scale
        net.b.bias += lift
    surface = Landscape(net, "mse", (rows(20), torch.rand(20, 3)), dtype=torch.float64)
    assert exact_hessian(surface, surface.vector()).route == "products"
    assert index_bounds(surface) == []


def test_zero_weights_are_no_known_zeros():
    """The saddle of a linear network at 0: its units hand on 0, and their weights count all the same."""
    net = nn.Sequential(nn.Linear(2, 3, bias=False), nn.Linear(3, 2, bias=False))
    surface = Landscape(net, "mse", (torch.eye(2), torch.eye(2)), dtype=torch.float64)
    found = index_of(surface, torch.zeros(surface.dimension))
    assert known_zeros(surface, torch.zeros(surface.dimension)) == 0
    assert found.low == found.high == 6  # of 3 units, a block [[0, B], [B^T, 0]] with a B of rank 2 each


def test_known_zeros_of_a_dead_channel():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU(), nn.Flatten(), nn.Linear(36, 3))
    surface = Landscape(
        net, "cross_entropy", (torch.rand(10, 1, 8, 8), torch.arange(10) % 3), dtype=torch.float64
    )
    theta = surface.vector()
    assert known_zeros(surface, theta) >= 37
    theta[9] = -100.0  # the bias of the convolution
    assert known_zeros(surface, theta) == 36 * 3 + 1
    assert spectrum_of(exact_hessian(surface, theta)).nullity >= known_zeros(surface, theta)


def test_saturated_outputs_have_a_bound():
    surface = Landscape(nn.Linear(1, 2), "cross_entropy", (torch.ones(1, 1), torch.tensor([0])))
    found = index_of(surface, torch.tensor([1e9, 0.0, 0.0, 0.0]))
    assert found.low == 0 <= found.high


def test_a_spectrum_without_a_finite_error_is_refused():
    surface = landscape(nn.Sequential(nn.Linear(9, 3)))
    found = exact_hessian(surface, surface.vector())
    with pytest.raises(ValueError, match="expected a finite Hessian"):
        spectrum_of(replace(found, error=float("nan")))


def test_inputs_by_name_go_by_products():
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(9, 3)

        def forward(self, u):
            return self.a(u)

    surface = Landscape(
        Named(), "cross_entropy", ({"u": rows(20)}, torch.arange(20) % 3), dtype=torch.float64
    )
    assert exact_hessian(surface, surface.vector()).matrix.shape == (30, 30)


def test_a_subclass_of_an_activation_is_not_taken_for_it():
    class Steep(nn.Tanh):
        def forward(self, x):
            return super().forward(2 * x)

    surface = landscape(nn.Sequential(nn.Linear(9, 4), Steep(), nn.Linear(4, 3)))
    found = exact_hessian(surface, surface.vector())
    assert found.route == "head"


@pytest.mark.parametrize("lowest", [0.0, -1e-9, -1e-3])
def test_the_lowest_pair_of_a_matrix_with_many_zeros(lowest):
    surface = landscape(nn.Sequential(nn.Linear(9, 3)))
    generator = torch.Generator().manual_seed(0)
    basis = torch.linalg.qr(torch.randn(300, 300, generator=generator, dtype=torch.float64))[0]
    values = torch.cat([torch.tensor([lowest]), torch.zeros(200), torch.logspace(-6, 0, 99)]).double()
    matrix = (basis * values) @ basis.mT
    known = replace(exact_hessian(surface, surface.vector()), matrix=(matrix + matrix.mT) / 2)
    value, vector = lowest_pair(known)
    assert value == pytest.approx(lowest, abs=1e-8)
    assert float(torch.linalg.vector_norm(matrix @ vector - value * vector)) < 1e-8
