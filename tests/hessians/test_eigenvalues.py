"""Eigenvalues, counts and their intervals."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape  # noqa: E402

from lossbar_core.hessians import Hessian, Spectrum, exact_hessian, index_curve, layer_indexes, spectrum_of  # noqa: E402


def made(eigenvalues, error=0.0, dtype=torch.float64, seed=0):
    """A Hessian with these eigenvalues in a random basis."""
    basis = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(eigenvalues),) * 2))[0]
    matrix = basis @ np.diag(eigenvalues) @ basis.T
    return Hessian(torch.from_numpy((matrix + matrix.T) / 2).to(dtype), error, True, "made", {})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_eigenvalues_lie_within_their_error(dtype):
    truth = np.concatenate([[-3.0, -1e-3], np.zeros(20), np.geomspace(1e-8, 5.0, 30)])
    spectrum = spectrum_of(made(truth, 0.0 if dtype == torch.float64 else 1e-5, dtype))
    assert np.abs(spectrum.eigenvalues - np.sort(truth)).max() <= spectrum.error
    low, high = spectrum.interval
    assert low <= 2 <= high
    assert low == 2
    assert spectrum.nullity >= 20


def test_a_count_without_threshold_takes_half_of_the_zeros():
    truth = np.concatenate([np.full(3, -1.0), np.zeros(200), np.ones(3)])
    spectrum = spectrum_of(made(truth, dtype=torch.float32))
    assert spectrum.interval[0] == 3
    assert 50 < spectrum.index(0.0) - 3 < 150


def test_thresholds_are_shares_of_the_largest():
    spectrum = Spectrum(np.array([-4.0, -1e-2, -1e-6, 2.0]), 0.0, True)
    assert index_curve(spectrum, [1e-1, 1e-3, 1e-8, 0.0]).tolist() == [1, 2, 3, 3]
    assert spectrum.index(1e-2) == 1  # a value at the threshold is not below it


def test_layers_of_a_dense_network_are_convex():
    surface = landscape(dense((5,)))
    found = layer_indexes(exact_hessian(surface, surface.vector()))
    assert set(found) == {"1", "3"}
    assert all(low == 0 for low, _ in found.values())
