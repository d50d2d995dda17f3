"""Counting by factorisation against eigenvalues."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nets import dense, landscape  # noqa: E402
from test_eigenvalues import made  # noqa: E402

from lossbar_core.hessians import certified_index, exact_hessian, inertia, spectrum_of  # noqa: E402


@pytest.mark.parametrize("seed", range(5))
def test_signs_are_those_of_the_eigenvalues(seed):
    rng = np.random.default_rng(seed)
    half = rng.standard_normal((40, 40))
    matrix = half + half.T
    found = inertia(matrix)
    values = np.linalg.eigvalsh(matrix)
    assert (found.negative, found.zero, found.positive) == ((values < 0).sum(), 0, (values > 0).sum())
    assert 0 < found.residual < 1e-9


def test_blocks_of_two_count_one_sign_each():
    assert inertia(np.array([[0.0, 1.0], [1.0, 0.0]])).negative == 1


def test_zeros_are_zeros():
    found = inertia(np.diag([0.0, -1.0, 2.0]))
    assert (found.negative, found.zero, found.positive) == (1, 1, 1)


def test_the_certified_interval_holds_the_index():
    truth = np.concatenate([[-3.0, -1e-3, -1e-15], np.zeros(10), [1e-3, 5.0]])
    low, high = certified_index(made(truth, error=1e-9))
    assert low == 2
    assert high == 13


def test_a_large_error_is_said():
    low, high = certified_index(made(np.array([-1.0, -0.1, 0.1, 1.0]), error=0.2))
    assert (low, high) == (1, 3)


def test_networks_agree_with_their_eigenvalues():
    surface = landscape(dense())
    hessian = exact_hessian(surface, surface.vector())
    assert certified_index(hessian) == spectrum_of(hessian).interval
