"""Along an eigenvector a loss bends as its eigenvalue says."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape  # noqa: E402

from lossbar_core.hessians import descent_test, exact_hessian  # noqa: E402


@pytest.mark.parametrize("which", [0, -1])
def test_the_change_is_that_of_the_eigenvalue(which):
    surface = landscape(dense((5, 4), "tanh"))
    theta = surface.vector()
    values, vectors = torch.linalg.eigh(exact_hessian(surface, theta).matrix)
    found = descent_test(surface, theta, 7 * vectors[:, which], float(values[which]), [1e-3, 1e-2])
    np.testing.assert_allclose(found.agreement, 1, atol=1e-3)
    assert (np.sign(found.measured) == np.sign(float(values[which]))).all()
    assert (found.lower <= found.measured).all()


@pytest.mark.parametrize(
    ("direction", "eigenvalue"),
    [([0.0, 0.0], -1.0), ([1.0, 0.0], 0.0), ([1.0], -1.0), ([float("nan"), 0.0], -1.0)],
)
def test_bad_arguments(direction, eigenvalue):
    from lossbar_core.landscapes import AnalyticLandscape

    bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 2)
    with pytest.raises(ValueError, match="expected"):
        descent_test(bowl, [0.0, 0.0], direction, eigenvalue, [0.1])
