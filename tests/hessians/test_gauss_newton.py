"""The decomposition of a Hessian against its definition, and the rank of its first part."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape, rows  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import decomposed, exact_hessian, gauss_newton, least_nullity  # noqa: E402
from lossbar_core.landscapes import Landscape  # noqa: E402


def by_definition(surface, theta):
    """Mean of J^T S J, row by row."""
    total = torch.zeros(len(theta), len(theta), dtype=theta.dtype)
    (inputs, *_), targets = surface.data.arguments, surface.data.targets
    for row in range(surface.n_rows):
        one = Landscape(
            surface.module(theta), surface.loss.name, (inputs[[row]], targets[[row]]), dtype=torch.float64
        )
        block = one.blocks()[0]
        jacobian = torch.func.jacrev(block.outputs)(theta)[0]
        curvature = torch.func.jacrev(torch.func.grad(block.loss))(block.outputs(theta))[0, :, 0]
        total += jacobian.mT @ curvature @ jacobian / surface.n_rows
    return total


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
@pytest.mark.parametrize(
    "make",
    [dense, lambda: dense((5,), "tanh"), lambda: nn.Sequential(nn.Linear(9, 4), nn.GELU(), nn.Linear(4, 3))],
)
def test_the_first_part_is_what_it_is_defined_as(make, loss):
    surface = landscape(make(), loss, rows(12))
    theta = surface.vector()
    torch.testing.assert_close(
        gauss_newton(surface, theta), by_definition(surface, theta), rtol=1e-10, atol=1e-14
    )


def test_parts_add_up_and_the_first_is_convex():
    surface = landscape(dense((5, 4), "tanh"))
    found = decomposed(surface, surface.vector())
    assert torch.equal(found.hessian, exact_hessian(surface, surface.vector()).matrix)
    assert torch.linalg.eigvalsh(found.gauss_newton)[0] > -1e-14
    assert torch.linalg.eigvalsh(found.second)[0] < -1e-3
    assert 0 < found.share < 2


def test_a_linear_model_has_no_second_part():
    surface = landscape(nn.Sequential(nn.Linear(9, 3)))
    assert decomposed(surface, surface.vector()).share < 1e-15


@pytest.mark.parametrize(
    ("n", "classes", "loss"),
    [(4, 3, "cross_entropy"), (4, 3, "mse"), (1, 2, "cross_entropy"), (50, 3, "mse")],
)
def test_nullity_is_at_least_what_the_theorem_says(n, classes, loss):
    surface = (
        landscape(dense((5,), "tanh", classes=classes), inputs=rows(n, dark=0))
        if loss == "cross_entropy"
        else landscape(dense((5,), "tanh"), loss, rows(n, dark=0))
    )
    values = torch.linalg.eigvalsh(gauss_newton(surface, surface.vector())).numpy()
    zeros = int((np.abs(values) < 1e-12).sum())
    least = least_nullity(surface.dimension, n, classes, softmax=loss == "cross_entropy")
    assert zeros >= least
    if n < 50:
        assert zeros == least


@pytest.mark.parametrize(
    ("error", "arguments"), [(ValueError, (0, 1)), (TypeError, (2.5, 1)), (ValueError, (3, 1, 0))]
)
def test_bad_numbers(error, arguments):
    with pytest.raises(error, match="expected"):
        least_nullity(*arguments)


def test_outputs_that_are_no_matrix_are_refused():
    surface = Landscape(
        nn.Conv1d(1, 1, 2),
        lambda outputs, targets: (outputs**2).mean(),
        (torch.rand(4, 1, 5), torch.zeros(4)),
    )
    with pytest.raises(ValueError, match=r"\(b, C\)"):
        gauss_newton(surface, surface.vector())
