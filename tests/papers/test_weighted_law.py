"""The general law: Marchenko and Pastur's for equal weights, moments, and a large sample."""

import numpy as np
import pytest

from lossbar_core.hessians import MarchenkoPastur
from lossbar_core.papers.sr.logistic import distance
from lossbar_core.papers.sr.weighted_law import WeightedLaw

RATIO = 0.4


def test_equal_weights_give_the_plain_law():
    plain, general = MarchenkoPastur(RATIO, 0.25), WeightedLaw.of_sigmoid(RATIO, 0.0)
    x = np.linspace(*plain.edges, 30)
    np.testing.assert_allclose(general.cdf(x), plain.cdf(x), atol=2e-3)
    np.testing.assert_allclose(general.density(x[1:-1]), plain.density(x[1:-1]), rtol=0.01)
    assert general.top == pytest.approx(plain.edges[1])


@pytest.mark.parametrize("norm", [1.0, 4.0])
def test_first_two_moments(norm):
    law = WeightedLaw.of_sigmoid(RATIO, norm)
    x = np.linspace(1e-5, law.top, 4001)
    density = law.density(x)
    square = law.mean**2 + RATIO * (law.shares @ law.weights**2)  # of the trace of H^2 over M, in the limit
    for power, moment in ((1, law.mean), (2, square)):
        assert np.trapezoid(density * x**power, x) == pytest.approx(moment, rel=5e-3)


def test_mean_weight_is_that_of_a_sample():
    u = 2.0 * np.random.default_rng(0).standard_normal(400_000)
    s = 1 / (1 + np.exp(-u))
    assert WeightedLaw.of_sigmoid(RATIO, 2.0).mean == pytest.approx((s * (1 - s)).mean(), rel=3e-3)


def test_sample_with_independent_weights():
    generator = np.random.default_rng(1)
    inputs = generator.standard_normal((750, 300))
    weights = generator.choice([0.1, 1.0], size=750)
    eigenvalues = np.linalg.eigvalsh((inputs * weights[:, None]).T @ inputs / 750)
    law = WeightedLaw(RATIO, np.array([0.1, 1.0]), np.array([0.5, 0.5]))
    assert distance(eigenvalues, law) < 0.03
    assert distance(eigenvalues, MarchenkoPastur(RATIO, law.mean)) > 0.05


@pytest.mark.parametrize(
    ("ratio", "weights", "shares", "message"),
    [
        (1.0, [1.0], [1.0], "expected a ratio between 0 and 1, got 1.0"),
        (0.5, [0.0, 1.0], [0.5, 0.5], "expected positive weights"),
        (0.5, [1.0], [0.5], "expected positive weights and shares that add up to 1"),
    ],
)
def test_bad_input(ratio, weights, shares, message):
    with pytest.raises(ValueError, match=message):
        WeightedLaw(ratio, np.array(weights), np.array(shares))
