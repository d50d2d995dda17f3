"""Barcodes of r-saddles against cubical homology, and simplices relaxed off their flat start."""

import numpy as np
import pytest
import torch
from surfaces import double_well

from lossbar_core.landscapes import EGG_CARTON, AnalyticLandscape, benchmark_toy
from lossbar_core.paths import ElasticBand, StraightLine
from lossbar_core.paths.lattice import lattice
from lossbar_core.paths.minima import barcode_of_minima
from lossbar_core.paths.simplices import SimplexRelaxation, saddle_complex, with_faces

WAVY = benchmark_toy("Wavy")


def wavy_minima():
    """The 25 central minima, a grid, polished by Newton's method in one coordinate."""
    t = np.arange(-2, 3) * 0.2 * np.pi
    for _ in range(20):
        shape = np.exp(-t * t / 2)
        slope = shape * (10 * np.sin(10 * t) + t * np.cos(10 * t))
        curvature = shape * ((101 - t * t) * np.cos(10 * t) - 20 * t * np.sin(10 * t))
        t = t - slope / curvature
    assert np.abs(slope).max() < 1e-12
    assert np.all(curvature > 0)
    return np.array([(x, y) for x in t for y in t])


def triangles_of_a_grid(n):
    corners = [(i * n + j) for i in range(n - 1) for j in range(n - 1)]
    return [(c, c + 1, c + n) for c in corners] + [(c + 1, c + n, c + n + 1) for c in corners]


def longest(bars, count):
    return bars[np.argsort(bars[:, 0] - bars[:, 1], kind="stable")][:count]


@pytest.mark.parametrize("method", [StraightLine(), ElasticBand()], ids=["straight", "band"])
def test_wavy_against_cubical_homology(method):
    """Register TO-1.4: the three longest index-1 bars within 5 percent."""
    gudhi = pytest.importorskip("gudhi")
    line = np.linspace(-np.pi, np.pi, 401)
    plane = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    heights = WAVY.function(torch.from_numpy(plane)).numpy().reshape(401, 401)
    cubical = gudhi.CubicalComplex(vertices=heights)
    cubical.compute_persistence()
    expected = longest(cubical.persistence_intervals_in_dimension(1), 3)
    found = saddle_complex(WAVY.landscape(), wavy_minima(), method, triangles_of_a_grid(5))
    bars = longest(found.barcode(1), 3)
    lengths = expected[:, 1] - expected[:, 0]
    assert np.all(lengths > 0.8)
    assert np.abs(bars - expected).max() < 0.05 * lengths.min()
    assert all(not product.any() for product in found.boundary_products())
    assert len(found.boundary_products()) == 1


def test_index_0_is_the_barcode_of_minima():
    found = saddle_complex(WAVY.landscape(), wavy_minima(), StraightLine(), triangles_of_a_grid(5))
    assert np.isinf(found.barcode(0)[:, 1]).sum() == 1
    assert len(found.barcode(0)) == 25
    separate = barcode_of_minima(
        WAVY.landscape(), wavy_minima(), StraightLine(), [pair for pair in found.simplices if len(pair) == 2]
    )
    np.testing.assert_allclose(found.barcode(0), separate.barcode.to_diagram(), atol=1e-12)


def test_tetrahedra_have_a_complex_with_products_zero():
    landscape = AnalyticLandscape(lambda x: torch.cos(3 * x).sum(1), 3)
    minima = np.pi / 3 * np.array([[1, 1, 1], [3, 1, 1], [1, 3, 1], [1, 1, 3.0]])
    relaxation = SimplexRelaxation(divisions=4, steps=5)
    found = saddle_complex(landscape, minima, StraightLine(), degree=3, relaxation=relaxation)
    assert [len(simplex) for simplex in found.simplices].count(4) == 1
    assert len(found.boundary_products()) == 2
    assert all(not product.any() for product in found.boundary_products())
    assert len(found.barcode(0)) == 4
    for simplex, cell in zip(found.simplices, range(15), strict=True):
        for face in found.complex.column(cell):
            assert found.complex.value[face] <= found.complex.value[cell], simplex


def bowl_over_a_triangle():
    """A hill that a triangle in space can leave downwards: the valley is the surface z = 1 - |x|^2."""

    def values(x):
        return (x[:, 2] - 1 + (x[:, :2] ** 2).sum(1)) ** 2

    return AnalyticLandscape(values, 3, name="dome")


def test_triangles_move_along_their_normal_into_the_valley():
    angles = 2 * np.pi / 3 * np.arange(3)
    minima = np.stack([np.cos(angles), np.sin(angles), np.zeros(3)], axis=1)
    surface = bowl_over_a_triangle()
    tops = []
    for steps in (0, 300):
        relaxation = SimplexRelaxation(steps=steps, rate=0.1)
        found = saddle_complex(surface, minima, ElasticBand(), relaxation=relaxation)
        inner = found.points[0, 1, 2][lattice(2, relaxation.divisions).interior]
        tops.append(float(surface.losses(inner).max()))
    assert tops[0] > 0.02
    assert tops[1] < 0.05 * tops[0]


def test_faces_of_simplices_fit():
    found = saddle_complex(EGG_CARTON.landscape(), EGG_CARTON.minima, StraightLine())
    assert len(found.simplices) == 4 + 6 + 4
    corners = torch.tensor(EGG_CARTON.minima, dtype=torch.float64)
    for simplex, points in found.points.items():
        first, last = points[-1], points[0]
        torch.testing.assert_close(torch.stack([first, last]), corners[[simplex[0], simplex[-1]]])
    np.testing.assert_allclose(found.barcode(1), [[0, 2]], atol=1e-9)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"method": "neb"}, TypeError, "expected a path method for the edges"),
        ({"simplices": [(0, 0, 1)]}, ValueError, r"different minima, got \(0, 0, 1\)"),
        ({"simplices": [(0, 1, 7)]}, ValueError, r"in 0..3, got 7"),
        ({"simplices": "all"}, TypeError, "expected simplices as a list of tuples"),
        ({"simplices": [(0, 1.5)]}, TypeError, "an integer number of a minimum, got 1.5"),
        ({"degree": 9}, ValueError, r"degree in 1..3, got 9"),
        ({"relaxation": 8}, TypeError, "expected a SimplexRelaxation, got 8"),
        ({"minima": [[0.0]]}, ValueError, r"thetas of shape \(P, 2\)"),
        ({"surface": None}, TypeError, "expected a Surface, got NoneType"),
    ],
)
def test_bad_input(changes, error, message):
    settings = {
        "surface": EGG_CARTON.landscape(),
        "minima": EGG_CARTON.minima,
        "method": StraightLine(),
    } | changes
    with pytest.raises(error, match=message):
        saddle_complex(**settings)


def test_bad_relaxations_and_divergence():
    for changes, message in (
        ({"divisions": 1}, "divisions >= 2, got 1"),
        ({"rate": 0.0}, "positive finite rate"),
        ({"smoothing": 1.5}, r"smoothing in \[0, 1\], got 1.5"),
    ):
        with pytest.raises(ValueError, match=message):
            SimplexRelaxation(**changes)
    wild = SimplexRelaxation(rate=1e6)
    corners = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    with pytest.raises(ValueError, match=r"finite losses on the simplex \(0, 1, 2\)"):
        saddle_complex(bowl_over_a_triangle(), corners, StraightLine(), relaxation=wild)
    with pytest.raises(ValueError, match=r"index in 0..1, got 2"):
        saddle_complex(double_well(), [[-1.0, 0.0], [1.0, 0.0]], StraightLine(), degree=1).barcode(2)


def test_faces():
    assert with_faces([(2, 1)], 4) == [[(0,), (1,), (2,), (3,)], [(1, 2)]]
