"""All routes to the Hessian against each other, finite differences and curvlinops."""

import pytest

torch = pytest.importorskip("torch")

from nets import ACTIVATIONS, convolutional, dense, finite_differences, images, landscape  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import exact_hessian  # noqa: E402
from lossbar_core.hessians.spectrum import curvlinops_hessian  # noqa: E402
from lossbar_core.landscapes import AnalyticLandscape, Landscape  # noqa: E402


def spectral(matrix):
    return float(torch.linalg.matrix_norm(matrix, 2))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("loss", ["cross_entropy", "shares", "mse"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", [(), (5,), (5, 4, 3)])
def test_dense_chains_agree_with_products_within_their_bound(hidden, activation, loss, bias):
    surface = landscape(dense(hidden, activation, bias), loss)
    theta = surface.vector()
    found = exact_hessian(surface, theta)
    expected = exact_hessian(surface, theta, route="products")
    assert found.route == "layers"
    assert found.certain
    assert spectral(found.matrix - expected.matrix) <= found.error + expected.error
    assert found.error < 1e-10 * spectral(found.matrix)
    assert torch.equal(found.matrix, found.matrix.mT)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_convolutional_chains_agree_with_products_within_their_bound(activation, bias):
    surface = landscape(convolutional(activation, bias), inputs=images())
    theta = surface.vector()
    found = exact_hessian(surface, theta)
    expected = exact_hessian(surface, theta, route="products")
    assert found.route == "layers"
    assert spectral(found.matrix - expected.matrix) <= found.error + expected.error
    assert found.error < 1e-9 * spectral(found.matrix)
    assert torch.equal(found.matrix, found.matrix.mT)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_pools_that_overlap_on_images_with_a_dark_half(activation):
    made = ACTIVATIONS[activation]
    module = nn.Sequential(
        nn.Conv2d(1, 2, 3, stride=2, padding=1),
        made(),
        nn.MaxPool2d(2, stride=1),
        nn.Conv2d(2, 2, 2),
        made(),
        nn.MaxPool2d(2, stride=1),
        nn.Flatten(),
        nn.Linear(8, 3),
    )
    inputs = images()
    inputs[:, :, :, :5] = 0
    surface = landscape(module, inputs=inputs)
    theta = surface.vector()
    found = exact_hessian(surface, theta)
    expected = exact_hessian(surface, theta, route="products")
    assert found.route == "layers"
    assert found.unsure_gates == 0
    assert spectral(found.matrix - expected.matrix) <= found.error + expected.error
    assert found.error < 1e-9 * spectral(found.matrix)


@pytest.mark.parametrize(
    "make", [lambda: dense((5,), "tanh"), lambda: nn.Sequential(nn.Linear(9, 5), nn.GELU(), nn.Linear(5, 3))]
)
def test_the_head_agrees_with_products_and_finite_differences(make):
    surface = landscape(make())
    theta = surface.vector()
    by_head, by_products = (exact_hessian(surface, theta, route=route) for route in ("head", "products"))
    torch.testing.assert_close(by_head.matrix, by_products.matrix, rtol=1e-10, atol=1e-14)
    torch.testing.assert_close(by_head.matrix, finite_differences(surface, theta), rtol=1e-6, atol=1e-8)


# Torch warns where it loads its rules of forward mode, which curvlinops uses (2026-11).
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize("make", [dense, lambda: dense((5,), "tanh")])
def test_curvlinops_finds_the_same(make):
    surface = landscape(make())
    theta = surface.vector()
    operator = curvlinops_hessian(surface, theta)
    columns = operator @ torch.eye(surface.dimension, dtype=torch.float64)
    torch.testing.assert_close(exact_hessian(surface, theta).matrix, columns.detach(), rtol=1e-10, atol=1e-13)


def test_float32_stays_within_its_bound_of_float64():
    surface = landscape(dense((5, 4), "tanh"))
    small = Landscape(
        dense((5, 4), "tanh"),
        "cross_entropy",
        (surface.data.arguments[0], surface.data.targets),
        dtype=torch.float32,
    )
    theta = surface.vector().float()
    found = exact_hessian(small, theta)
    assert found.matrix.dtype == torch.float32
    difference = found.matrix.double() - exact_hessian(surface, theta.double()).matrix
    assert 0 < spectral(difference) <= found.error < 0.1


class Tied(nn.Module):
    """Shared weights, and a parameter that is never used."""

    def __init__(self):
        super().__init__()
        self.inner, self.out, self.unused = nn.Linear(9, 9), nn.Linear(9, 3), nn.Linear(2, 2)

    def forward(self, x):
        return self.out(torch.tanh(self.inner(torch.tanh(self.inner(x)))))


class Shortcut(nn.Sequential):
    """Looks like a chain, but is none."""

    def forward(self, x):
        return super().forward(x) + x[:, :3]


@pytest.mark.parametrize(
    ("make", "route"),
    [
        (Tied, "head"),
        (lambda: Shortcut(nn.Linear(9, 4), nn.ReLU(), nn.Linear(4, 3)), "products"),
        (lambda: nn.Sequential(nn.Linear(9, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)), "head"),
        (lambda: nn.Sequential(nn.Linear(9, 3), nn.Tanh()), "layers"),
    ],
    ids=["tied", "shortcut", "batchnorm", "activated output"],
)
def test_other_modules_take_another_route(make, route):
    surface = landscape(make())
    theta = surface.vector()
    found = exact_hessian(surface, theta)
    assert found.route == route
    torch.testing.assert_close(found.matrix, finite_differences(surface, theta), rtol=1e-5, atol=1e-8)


def test_frozen_parameters_are_no_coordinates():
    net = dense((5,), "tanh")
    net[1].bias.requires_grad_(False)
    surface = landscape(net)
    found = exact_hessian(surface, surface.vector())
    assert found.dimension == surface.dimension == 9 * 5 + 5 * 3 + 3
    torch.testing.assert_close(
        found.matrix, finite_differences(surface, surface.vector()), rtol=1e-5, atol=1e-8
    )


def test_parts_name_the_coordinates():
    surface = landscape(dense((5,)))
    found = exact_hessian(surface, surface.vector())
    assert found.parts == surface.layout.slices


def test_many_rows_in_few_passes_change_rounding_only(monkeypatch):
    from lossbar_core.hessians import assembly

    surface = landscape(dense())
    theta = surface.vector()
    whole = exact_hessian(surface, theta).matrix
    monkeypatch.setattr(assembly, "ROWS", 7)
    torch.testing.assert_close(exact_hessian(surface, theta).matrix, whole, rtol=1e-12, atol=1e-15)


def test_results_repeat_bit_for_bit():
    surface = landscape(dense())
    theta = surface.vector()
    assert torch.equal(exact_hessian(surface, theta).matrix, exact_hessian(surface, theta).matrix)


def test_a_unit_at_its_kink_is_counted():
    net = nn.Sequential(nn.Linear(1, 1), nn.ReLU(), nn.Linear(1, 2))
    inputs = torch.tensor([[0.1], [0.3]], dtype=torch.float64)
    surface = Landscape(net.double(), "cross_entropy", (inputs, torch.tensor([0, 1])))
    theta = torch.tensor(
        [3.0, -0.3, 1.0, -1.0, 0.0, 0.0], dtype=torch.float64
    )  # 3 * 0.1 - 0.3 is only nearly 0
    assert exact_hessian(surface, theta).unsure_gates == 1


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, {"route": "fast"}, "route"),
        (ValueError, {"theta": [0.0]}, "shape"),
        (ValueError, {"theta": [float("nan")] * 68}, "finite"),
        (TypeError, {"theta": "here"}, "real numbers"),
    ],
)
def test_bad_arguments(error, arguments, message):
    surface = landscape(dense((5,)))
    with pytest.raises(error, match=message):
        exact_hessian(surface, arguments.pop("theta", surface.vector()), **arguments)


def test_routes_that_do_not_exist_are_refused():
    bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    for route in ("layers", "head"):
        with pytest.raises(ValueError, match="route='auto'"):
            exact_hessian(bowl, [0.0, 0.0], route=route)


def test_statistics_that_are_recomputed_have_no_hessian():
    net = nn.Sequential(nn.Linear(9, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    surface = landscape(net, batchnorm="recompute")
    with pytest.raises(ValueError, match="second derivatives"):
        exact_hessian(surface, surface.vector())


def test_what_does_not_fit_is_refused_before_any_work(monkeypatch):
    from lossbar_core.hessians import exact

    monkeypatch.setattr(exact, "available_memory", lambda: 1000)
    surface = landscape(dense((5,)))
    with pytest.raises(MemoryError, match="products alone"):
        exact_hessian(surface, surface.vector())
