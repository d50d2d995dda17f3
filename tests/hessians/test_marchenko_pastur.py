"""The law against numerical integration and random matrices."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest

from lossbar_core.hessians.marchenko_pastur import MarchenkoPastur

RATIOS = (0.1, 0.5, 0.9, 1.0, 1.5, 4.0)


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("scale", [0.25, 3.0])
def test_the_distribution_is_the_integral_of_the_density(ratio, scale):
    law = MarchenkoPastur(ratio, scale)
    low, high = law.edges
    atom = max(1 - 1 / ratio, 0)
    for share in (0.1, 0.5, 0.9):
        place = low + share * (high - low)
        mass = quad(lambda t: law.density(low + t * t) * 2 * t, 0, np.sqrt(place - low))[0]
        assert law.cdf(place) == pytest.approx(atom + mass, abs=1e-6)
    assert law.cdf(-1e-9) == 0
    assert law.cdf(0.0) == pytest.approx(atom, abs=1e-12)
    assert law.cdf(high) == pytest.approx(1)


@pytest.mark.parametrize("ratio", [0.4, 2.0])
def test_random_matrices_follow_it(ratio):
    n = 600
    rows = 0.5 * np.random.default_rng(0).standard_normal((n, int(ratio * n)))
    values = np.linalg.eigvalsh(rows.T @ rows / n)
    values[np.abs(values) < 1e-10] = 0
    law = MarchenkoPastur(ratio, 0.25)
    positive = values[values > 0]
    atom = max(1 - 1 / ratio, 0)
    assert 1 - len(positive) / len(values) == pytest.approx(atom)
    assert kstest(positive, lambda x: (law.cdf(x) - atom) / (1 - atom)).statistic < 0.02


def test_density_vanishes_outside():
    law = MarchenkoPastur(0.5)
    assert (law.density([-1.0, 0.0, 100.0]) == 0).all()


@pytest.mark.parametrize(
    ("error", "arguments"), [(ValueError, (0.0,)), (ValueError, (0.5, -1.0)), (TypeError, ("half",))]
)
def test_bad_numbers(error, arguments):
    with pytest.raises(error, match="expected"):
        MarchenkoPastur(*arguments)
