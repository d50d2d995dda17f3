"""Benchmark functions: values against formulas written point by point, minima, boxes, bad input."""

import math

import numpy as np
import pytest

from lossbar_core.functions import FUNCTIONS, HOLDER_TABLE, NAMES, exact_barcode, get


def plain(name: str, x: list[float]) -> float:
    """The formula of one point in plain Python, as the papers write it (corrected)."""
    s, c, e = math.sin, math.cos, math.exp
    if name == "HumpCamel3":
        return 2 * x[0] ** 2 - 1.05 * x[0] ** 4 + x[0] ** 6 / 6 + x[0] * x[1] + x[1] ** 2
    if name == "HumpCamel6":
        return (
            (4 - 2.1 * x[0] ** 2 + x[0] ** 4 / 3) * x[0] ** 2 + x[0] * x[1] + (-4 + 4 * x[1] ** 2) * x[1] ** 2
        )
    if name == "Langermann":
        total = 0.0
        for a, b, w in ((3, 5, 1), (5, 2, 2), (2, 1, 5), (1, 4, 2), (7, 9, 3)):
            q = (x[0] - a) ** 2 + (x[1] - b) ** 2
            total += w * c(math.pi * q) / e(q / math.pi)
        return -total
    if name == "Wavy":
        return 1 - sum(c(10 * t) * e(-(t**2) / 2) for t in x) / len(x)
    if name == "HolderTable":
        return -abs(e(abs(1 - math.sqrt(x[0] ** 2 + x[1] ** 2) / math.pi)) * s(x[0]) * c(x[1]))
    if name == "Alpine01":
        return sum(abs(t * s(t) + 0.1 * t) for t in x)
    if name == "Schwefel26":
        return 418.9829 * len(x) - sum(t * s(math.sqrt(abs(t))) for t in x)
    if name == "XinSheYang04":
        waves = sum(s(t) ** 2 for t in x) - e(-sum(t**2 for t in x))
        return waves * e(-sum(s(math.sqrt(abs(t))) ** 2 for t in x))
    if name == "EggCrate":
        return sum(t**2 + 25 * s(t) ** 2 for t in x)
    cross = abs(s(x[0]) * s(x[1]) * e(abs(100 - math.hypot(*x) / math.pi)))
    return 0.0001 * (cross + 1) ** 0.1


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_formula(name):
    function = get(name)
    rng = np.random.default_rng(0)
    for d in (function.dimension,) if function.dimension else (1, 3, 7):
        box = np.array(function.bounds(d))
        points = rng.uniform(box[:, 0], box[:, 1], (50, d))
        expected = [plain(name, row) for row in points.tolist()]
        np.testing.assert_allclose(function(points), expected, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", NAMES)
def test_dtype_is_kept_and_chunks_do_not_matter(name):
    function = get(name)
    d = function.dimension or 2
    box = np.array(function.bounds(d))
    points = np.random.default_rng(1).uniform(box[:, 0], box[:, 1], (70_000, d))
    values = function(points)
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values[65_530:65_550], function(points[65_530:65_550]))
    single = function(points.astype(np.float32))
    assert single.dtype == np.float32
    scale = np.abs(values).max()
    assert np.abs(single - values).max() < 2e-4 * scale


@pytest.mark.parametrize("name", NAMES)
def test_known_minima_are_the_lowest_points(name):
    function = get(name)
    d = function.dimension or 2
    where, value = function.minimum(d)
    box = np.array(function.bounds(d))
    assert ((where >= box[:, 0]) & (where <= box[:, 1])).all()
    np.testing.assert_allclose(function(where), value, rtol=1e-9, atol=1e-9)
    points = np.random.default_rng(2).uniform(box[:, 0], box[:, 1], (100_000, d))
    assert function(points).min() >= value
    near = where[0] + np.random.default_rng(3).normal(scale=1e-3, size=(1000, d))
    assert function(np.clip(near, box[:, 0], box[:, 1])).min() >= value - 1e-12 * max(1, abs(value))


def test_holder_table_is_even_because_of_the_outer_absolute_value():
    points = np.random.default_rng(0).uniform(-10, 10, (100, 2))
    np.testing.assert_allclose(HOLDER_TABLE(points), HOLDER_TABLE(points * [-1, 1]))
    assert HOLDER_TABLE(points).max() <= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: get("Alpin01"),
            "expected the name of a benchmark function, got 'Alpin01'; did you mean 'Alpine01'",
        ),
        (lambda: get("Q"), "choose one of HumpCamel3, HumpCamel6"),
        (lambda: get("HumpCamel6")([1.0, 2.0]), "expected points of shape"),
        (lambda: get("HumpCamel6")([[1.0, 2.0, 3.0]]), "expected dimension 2 for HumpCamel6, got 3"),
        (lambda: get("Wavy").bounds(), "expected a dimension for Wavy, got none; call bounds"),
        (lambda: get("Wavy").minimum(0), "expected d >= 1, got 0; choose another d"),
        (lambda: exact_barcode(get("Wavy"), 2, -1.0), "expected min_persistence >= 0, got -1.0"),
        (lambda: exact_barcode(get("Wavy"), 2, float("nan")), "expected min_persistence >= 0, got nan"),
    ],
)
def test_bad_input_is_told(call, message):
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        call()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_points_that_are_not_finite_are_told(bad):
    points = np.zeros((10, 2))
    points[7, 1] = bad
    with pytest.raises(ValueError, match=f"expected finite points, got {bad} at flat position 15"):
        get("Wavy")(points)
    with pytest.raises(TypeError, match="expected points of real numbers, got dtype complex128"):
        get("Wavy")(points[:3] * 1j)


def test_crowned_cross_is_lowest_on_lines_and_concave_between():
    cross = get("CrownedCross")
    rng = np.random.default_rng(0)
    on_axis = np.stack(
        [np.zeros(50), rng.uniform(-10, 10, 50)], axis=1
    )  # multiples of pi are not exact in binary
    np.testing.assert_array_equal(cross(on_axis), 1e-4)
    cells = np.pi * rng.integers(-3, 2, (500, 1, 2)) + rng.uniform(0.01, 3.13, (500, 2, 2))
    heights = np.log(cross(cells.reshape(-1, 2))).reshape(500, 2)
    assert (np.log(cross(cells.mean(axis=1))) >= heights.mean(axis=1) - 1e-12).all()


def test_all_functions_are_listed():
    assert len(FUNCTIONS) == 10
    for function in FUNCTIONS.values():
        assert function.source
