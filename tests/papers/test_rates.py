"""Curves against N: means with infinite ones, bands, slopes, onset."""

import numpy as np
import pytest

from lossbar_core.papers.bsl.rates import curve, last_decade, onset_size, slope_between

INF = np.inf
SIZES = 10.0 ** np.arange(3, 6)


def power(exponent, noise=0.0, repetitions=20, sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    return (sizes**exponent)[:, None] * np.exp(noise * rng.standard_normal((len(sizes), repetitions)))


def test_means_of_the_equation_and_of_the_code():
    found = curve([10, 100, 1000], [[1.0, 100.0], [10.0, INF], [INF, INF]])
    assert found.mean.tolist() == [50.5, INF, INF]
    assert found.mean_of_finite[:2].tolist() == [50.5, 10.0]
    assert np.isnan(found.mean_of_finite[2])
    assert found.mean_log10[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found.mean_log10[2])
    assert found.infinite.tolist() == [0.0, 0.5, 1.0]


def test_a_band_holds_the_mean_and_narrows_with_repetitions():
    few, many = (curve(SIZES, power(-0.3, 0.5, n)) for n in (10, 1000))
    for found in (few, many):
        assert (found.low < found.mean_of_finite).all()
        assert (found.mean_of_finite < found.high).all()
    assert ((many.high - many.low) < 0.3 * (few.high - few.low)).all()


def test_the_bootstrap_is_seeded():
    samples = power(-0.3, 0.5)
    first, again, other = (curve(SIZES, samples, seed).low for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("exponent", [-1 / 3, 0.2])
@pytest.mark.parametrize("logs", [False, True])
def test_slopes_of_power_laws(exponent, logs):
    fit = slope_between(SIZES, power(exponent), 1000, 100_000, logs=logs)
    assert fit.slope == pytest.approx(exponent)
    fits = [slope_between(SIZES, power(exponent, 0.3, seed=s), 1000, 100_000, logs=logs) for s in range(40)]
    assert all(noisy.low < noisy.slope < noisy.high for noisy in fits)
    # 95 percent of the intervals should; 40 trials and a bootstrap of 20 leave room for a few less.
    assert 33 <= sum(noisy.low < exponent < noisy.high for noisy in fits) <= 40


def test_the_last_decade_is_that_of_the_sizes_that_were_run():
    sizes = np.round(10.0 ** np.array([3, 3.5, 4, 4.5, 5]))
    samples = np.array([8.0, 8.0, 8.0, 4.0, 2.0])[:, None] * np.ones(3)
    assert last_decade(sizes, samples).slope == pytest.approx(np.log10(2 / 8), rel=1e-4)
    cut = samples.copy()
    cut[4] = np.nan
    fit = last_decade(sizes, cut)
    assert (fit.first_size, fit.last_size) == (3162.0, 31623.0)
    assert fit.slope == pytest.approx(np.log10(4 / 8), rel=1e-3)


def test_infinite_repetitions_leave_the_slope_of_the_others():
    samples = power(-0.5)
    samples[2, :5] = INF
    assert last_decade(SIZES, samples).slope == pytest.approx(-0.5)
    samples[1:] = INF
    assert np.isnan(last_decade(SIZES, samples).slope)


def test_onset_is_the_top_unless_that_is_the_end():
    assert onset_size(SIZES, power(-0.3)) == 1000
    assert np.isnan(onset_size(SIZES, power(0.3)))
    assert onset_size(SIZES, [[1.0], [2.0], [1.5]]) == 10_000
    assert np.isnan(onset_size(SIZES, [[INF], [INF], [INF]]))
    assert onset_size(SIZES, [[1.0], [0.5], [np.nan]]) == 1000


def test_what_is_no_sample():
    with pytest.raises(ValueError, match=r"one row of repetitions a size \(3\), got shape \(2, 2\)"):
        curve(SIZES, np.ones((2, 2)))
    with pytest.raises(ValueError, match="finish the size or leave it out"):
        curve(SIZES, [[1.0, np.nan], [1.0, 1.0], [1.0, 1.0]])
