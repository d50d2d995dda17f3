"""Operators that are never written down, against dense spectra."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape, rows  # noqa: E402
from torch import nn  # noqa: E402

from lossbar_core.hessians import (  # noqa: E402
    as_operator,
    curvlinops_hessian,
    exact_hessian,
    extremal_eigenvalues,
    spectral_density,
)

# Torch warns where it loads its rules of forward mode, which curvlinops uses (2026-11).
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def surface():
    return landscape(dense((6, 5), "tanh"), inputs=rows(100))


@pytest.fixture(scope="module")
def values(surface):
    return torch.linalg.eigvalsh(exact_hessian(surface, surface.vector()).matrix).numpy()


@pytest.mark.parametrize("which", ["lowest", "highest"])
def test_extremal_eigenvalues_are_those_of_the_dense_matrix(surface, values, which):
    found, vectors = extremal_eigenvalues(surface, surface.vector(), 4, which=which)
    expected = values[:4] if which == "lowest" else values[-4:]
    np.testing.assert_allclose(found, expected, rtol=1e-8)
    matrix = exact_hessian(surface, surface.vector()).matrix.numpy()
    np.testing.assert_allclose(matrix @ vectors, vectors * found, atol=1e-7)


def test_operators_multiply_matrices(surface):
    columns = np.random.default_rng(0).standard_normal((surface.dimension, 3))
    matrix = exact_hessian(surface, surface.vector()).matrix.numpy()
    np.testing.assert_allclose(
        as_operator(surface, surface.vector()) @ columns, matrix @ columns, rtol=1e-9, atol=1e-12
    )


def test_the_density_has_the_mass_and_mean_of_the_dense_spectrum(surface, values):
    places, density = spectral_density(surface, surface.vector(), steps=60, repeats=20)
    assert np.trapezoid(density, places) == pytest.approx(1, abs=0.02)
    assert np.trapezoid(places * density, places) == pytest.approx(values.mean(), abs=0.15 * values.std())
    counts, _ = np.histogram(values, bins=[-np.inf, 0.1 * values[-1], np.inf])
    assert np.trapezoid(np.where(places < 0.1 * values[-1], density, 0), places) == pytest.approx(
        counts[0] / len(values), abs=0.05
    )
    again = spectral_density(surface, surface.vector(), steps=60, repeats=20)[1]
    assert np.array_equal(again, density)


def test_torchs_random_state_stays(surface):
    state = torch.get_rng_state()
    spectral_density(surface, surface.vector(), steps=5, repeats=1)
    assert torch.equal(torch.get_rng_state(), state)


def test_rows_that_act_on_each_other_are_refused():
    net = nn.Sequential(nn.Linear(9, 4), nn.BatchNorm1d(4), nn.Linear(4, 3))
    normed = landscape(net)
    with pytest.raises(ValueError, match="as_operator"):
        curvlinops_hessian(normed, normed.vector())


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (ValueError, {"which": "middle"}),
        (ValueError, {"count": 0}),
        (ValueError, {"count": 1000}),
        (TypeError, {"count": 1.5}),
    ],
)
def test_bad_arguments(surface, error, options):
    with pytest.raises(error, match="expected"):
        extremal_eigenvalues(surface, surface.vector(), **options)
