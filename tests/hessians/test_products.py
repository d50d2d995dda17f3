"""Hessian-vector products."""

import pytest

torch = pytest.importorskip("torch")

from nets import dense, finite_differences, landscape  # noqa: E402

from lossbar_core.hessians import hessian_products, products  # noqa: E402


def test_products_are_those_of_finite_differences():
    surface = landscape(dense((5,), "tanh"))
    theta = surface.vector()
    vectors = torch.randn(
        3, surface.dimension, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    expected = vectors @ finite_differences(surface, theta)
    torch.testing.assert_close(hessian_products(surface, theta, vectors), expected, rtol=1e-6, atol=1e-8)


def test_little_memory_changes_rounding_only(monkeypatch):
    surface = landscape(dense())
    theta, vectors = surface.vector(), torch.eye(surface.dimension, dtype=torch.float64)
    whole = hessian_products(surface, theta, vectors)
    monkeypatch.setattr(products, "MEMORY", 1e5)
    monkeypatch.setattr(products, "TOGETHER", 3)
    assert products.rows_at_once(surface, 3, 1e5) < surface.n_rows
    torch.testing.assert_close(hessian_products(surface, theta, vectors), whole, rtol=1e-12, atol=1e-15)


def test_what_vmap_cannot_do_runs_in_a_loop():
    class Branching(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.tensor([0.3, -0.2], dtype=torch.float64))

        def forward(self, x):
            return Cube.apply(x[:, :2] * self.weight)

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x**3

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])

        @staticmethod
        def backward(ctx, grad):
            return 3 * ctx.saved_tensors[0] ** 2 * grad

    from lossbar_core.landscapes import Landscape

    inputs = torch.rand(5, 2, dtype=torch.float64)
    surface = Landscape(Branching(), "mse", (inputs, torch.zeros(5, 2)))
    theta = surface.vector()
    found = hessian_products(surface, theta, torch.eye(2, dtype=torch.float64))
    torch.testing.assert_close(found, finite_differences(surface, theta), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("error", "vectors"), [(ValueError, [[1.0]]), (ValueError, [[float("inf")] * 68]), (TypeError, "all")]
)
def test_bad_vectors(error, vectors):
    surface = landscape(dense((5,)))
    with pytest.raises(error, match="expected"):
        hessian_products(surface, surface.vector(), vectors)
