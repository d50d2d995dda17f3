"""Inputs and targets of the networks."""

import math

import numpy as np
import pytest

from lossbar_core.functions.training_data import as_inputs, target, training_data


def test_the_target_is_the_papers():
    for x in (-2.0, 0.3, 1.7):
        expected = 0.31 * math.sin(-x) - 0.72 * math.sin(-2 * x) - 0.21 * math.cos(x) + 0.89 * math.cos(2 * x)
        assert float(target(x)) == pytest.approx(expected, rel=1e-14)
    assert target([[0, 1]]).shape == (1, 2)
    with pytest.raises(ValueError, match="finite x"):
        target([np.nan])


def test_the_reference_levels_of_the_target():
    x, y = training_data()
    assert len(x) == 101
    assert np.var(y) == pytest.approx(0.7300, abs=5e-5)  # the best constant leaves this
    rows = np.stack([x, np.ones_like(x)], axis=1)
    line = rows @ np.linalg.lstsq(rows, y, rcond=None)[0]
    assert np.mean((line - y) ** 2) == pytest.approx(0.5991, abs=5e-5)  # the best straight line


def test_given_data_are_copied():
    x, y = np.zeros(2), np.ones(2)
    kept = training_data(x, y)
    x[0] = y[0] = 5.0
    assert kept[0].tolist() == [0, 0]
    assert kept[1].tolist() == [1, 1]
    np.testing.assert_array_equal(training_data([0.5, 1.0])[1], target([0.5, 1.0]))


def test_bad_data():
    for x in ([], 1.0, [[1.0]]):
        with pytest.raises(ValueError, match="inputs x"):
            as_inputs(x)
    with pytest.raises(TypeError, match="real numbers"):
        as_inputs(["a"])
    with pytest.raises(ValueError, match="one target an input"):
        training_data([1.0], [1.0, 2.0])
