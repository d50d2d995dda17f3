"""The facts that the toys state: by Newton's method, by the grid barcode, and against the numpy functions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import lossbar_core as lb  # noqa: E402
from lossbar_core.functions import get  # noqa: E402
from lossbar_core.landscapes import (  # noqa: E402
    BENT_DOUBLE_WELL,
    CURVY_VALLEY,
    EGG_CARTON,
    FLAT,
    TOYS,
    benchmark_toy,
)
from lossbar_core.landscapes.toys import BENCHMARKS  # noqa: E402

WITH_WELLS = [EGG_CARTON, CURVY_VALLEY, BENT_DOUBLE_WELL]


def value_and_hessian(toy, point):
    def at(x):
        return toy.function(x[None])[0]

    hessian = torch.autograd.functional.hessian(at, point)
    return at(point).item(), torch.autograd.functional.jacobian(at, point), hessian


def critical_point(toy, start):
    point = torch.tensor(start, dtype=torch.float64)
    for _ in range(20):
        _, slope, hessian = value_and_hessian(toy, point)
        point = point - torch.linalg.solve(hessian, slope)
    return point


@pytest.mark.parametrize("toy", WITH_WELLS, ids=lambda toy: toy.name)
def test_minima_and_saddles_are_where_newton_finds_them(toy):
    stated = [(point, value, 0) for point, value in zip(toy.minima, toy.minimum_values, strict=True)]
    stated += [(point, toy.saddle_height, 1) for point in toy.saddles]
    for point, value, index in stated:
        nearby = [entry + shift for entry, shift in zip(point, (0.01, -0.02), strict=True)]
        found = critical_point(toy, nearby)
        height, _, hessian = value_and_hessian(toy, found)
        assert np.allclose(found, point, rtol=0, atol=1e-10)
        assert height == pytest.approx(value, rel=0, abs=1e-10)
        assert int((torch.linalg.eigvalsh(hessian) < 0).sum()) == index


@pytest.mark.parametrize("toy", WITH_WELLS, ids=lambda toy: toy.name)
def test_the_grid_barcode_has_the_stated_bars(toy):
    axes = [torch.linspace(*pair, 801, dtype=torch.float64) for pair in toy.box]
    points = torch.cartesian_prod(*axes)
    bars = lb.grid_barcode(toy.function(points).reshape(801, 801).numpy(), connectivity="full")
    bars = bars.filter(min_persistence=0.1)  # a valley that is oblique to the grid has small pits
    assert len(bars) == len(toy.minima)
    assert np.allclose(np.sort(bars.birth), np.sort(toy.minimum_values), atol=5e-3)
    assert np.allclose(bars.death[~bars.essential], toy.saddle_height, atol=5e-3)


@pytest.mark.parametrize("toy", [CURVY_VALLEY, BENT_DOUBLE_WELL], ids=lambda toy: toy.name)
def test_the_chord_is_far_above_the_saddle(toy):
    ends = torch.tensor(toy.minima, dtype=torch.float64)
    shares = torch.linspace(0, 1, 201, dtype=torch.float64)[:, None]
    assert toy.function(ends[0] + shares * (ends[1] - ends[0])).max() > 1.5 * toy.saddle_height


def test_flat_is_flat():
    losses, gradients = FLAT.landscape().losses_and_gradients([[1.0, -3.0], [0.0, 0.5]])
    assert losses.tolist() == [0.0, 0.0]
    assert gradients.tolist() == [[0.0, 0.0]] * 2


@pytest.mark.parametrize("name", TOYS)
def test_every_toy_makes_a_surface(name):
    surface = TOYS[name].landscape(torch.float32)
    assert surface.dtype == torch.float32
    assert surface.settings()["function"] == name


@pytest.mark.parametrize(
    ("name", "dimension"),
    [(name, 2) for name in BENCHMARKS] + [("Wavy", 5), ("Alpine01", 3), ("Schwefel26", 1)],
)
def test_benchmark_functions_equal_the_numpy_ones(name, dimension):
    toy, original = benchmark_toy(name, dimension), get(name)
    low, high = np.array(toy.box).T
    points = np.random.default_rng(0).uniform(low, high, (2000, dimension))
    points[0] = 0.0
    surface = toy.landscape()
    assert np.allclose(surface.losses(points), original(points), rtol=1e-12, atol=1e-12)
    step = 1e-6 * (high - low).max()
    inner = points[1:20]
    for axis in range(dimension):
        shift = step * np.eye(dimension)[axis]
        slopes = (original(inner + shift) - original(inner - shift)) / (2 * step)
        assert np.allclose(surface.gradients(inner)[:, axis], slopes, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_gradients_are_finite_at_kinks(name):
    gradients = benchmark_toy(name).landscape().gradients([[0.0, 0.0], [0.0, 1.0], [np.pi, 0.0]])
    assert gradients.isfinite().all()


def test_minima_of_a_benchmark_toy():
    toy = benchmark_toy("HolderTable")
    assert toy.landscape().losses(toy.minima).tolist() == pytest.approx(toy.minimum_values)
    assert len(toy.minima) == 4


@pytest.mark.parametrize(
    ("error", "arguments", "message"),
    [
        (ValueError, ("Rastrigin",), "expected one of Wavy.* got 'Rastrigin'"),
        (ValueError, ("HumpCamel6", 3), "dimension 2 for HumpCamel6, got 3"),
        (ValueError, ("Wavy", 0), "dimension >= 1"),
        (TypeError, ("Wavy", 2.0), "integer dimension"),
    ],
)
def test_bad_input(error, arguments, message):
    with pytest.raises(error, match=message):
        benchmark_toy(*arguments)
