"""What slopes give: false bars that a tilted grid would not have, larger where there are fewer neighbours."""

import numpy as np

from lossbar_core.papers.bsl.net_slopes import slope_noise

CUBE = np.array([[0.0, 1.0]] * 3)


def test_noise_falls_with_neighbours():
    few, many = (slope_noise(CUBE, 2000, multiple, 12, 0) for multiple in (2, 6))
    assert few.count.mean() > 4 * many.count.mean()
    assert np.median(few.size) >= np.median(many.size)
    assert (few.rise > 0).all()


def test_size_hardly_grows_with_the_cloud():
    small, large = (slope_noise(CUBE, n, 2, 12, 0) for n in (1000, 8000))
    assert np.median(large.size) < 4 * np.median(small.size)  # a basin would have 8 times as many points


def test_noise_is_seeded():
    one, same, other = (slope_noise(CUBE, 500, 2, 5, seed) for seed in (0, 0, 1))
    assert np.array_equal(one.size, same.size)
    assert np.array_equal(one.rise, same.rise)
    assert not np.array_equal(one.rise, other.rise)
