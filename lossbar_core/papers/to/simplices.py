"""Barcodes of r-saddles from relaxed simplices (TO section 1.4), and boundary of boundary (TO appendix H)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.spatial import Delaunay

from lossbar_core.barcodes.canonical import canonical_form
from lossbar_core.barcodes.morse import morse_complex
from lossbar_core.landscapes import AnalyticLandscape, Surface
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.heights import known
from lossbar_core.paths import ElasticBand, SaddleComplex, SimplexRelaxation, saddle_complex

LONGEST = 3  # bars that the criterion is about


@dataclass(frozen=True)
class Triangles:
    """Wavy's minima within ``box``, triangles of ``divisions`` a side, against a grid of ``resolution`` a side."""

    seed: int = 0
    box: float = 1.3
    divisions: int = 8
    pivots: int = 19
    resolution: int = 401


@item("TO-1.4", smoke=Triangles(divisions=4, pivots=9, resolution=101), quick=Triangles())
def saddle_bars(config: Triangles) -> Result:
    r"""Degree-1 bars of simplices on minima, filtered by their highest loss, against those of sublevel sets.

    Edges are relaxed bands; triangles are those of a Delaunay triangulation of the minima. In the plane nothing is
    normal to a triangle, so that its lattice only follows its edges. The other side is the Morse complex of a grid.

    Parameters
    ----------
    config : Triangles

    Returns
    -------
    Result
        ``largest_difference`` of births and deaths of the three longest bars, over their length; ``bars_compared``;
        ``triangles``. Arrays ``simplicial`` and ``cubical`` (b, 2), all bars of degree 1; ``minima``, ``edges``.
    """
    function = known("Wavy").within(config.box)
    complex_ = _complex(config.box, config.pivots, config.divisions)
    simplicial = longest(complex_.barcode(1), LONGEST)
    reach = function.minima.max() + np.pi / 20  # half a period beyond the outermost minima
    axis = np.linspace(-reach, reach, config.resolution)
    places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    grid = function.landscape().losses(places).numpy().reshape(config.resolution, -1)
    everything = canonical_form(morse_complex(grid).filtered_complex()).barcode(1)
    cubical = longest(everything, LONGEST)
    length = (cubical[:, 1] - cubical[:, 0])[:, None]
    return Result(
        {
            "largest_difference": float((np.abs(simplicial - cubical) / length).max())
            if simplicial.shape == cubical.shape
            else float("nan"),
            "bars_compared": len(simplicial),
            "minima": len(function.minima),
            "triangles": sum(len(simplex) == 3 for simplex in complex_.simplices),
            "simplicial_bars": len(complex_.barcode(1)),
            "cubical_bars": len(everything),
        },
        {
            "simplicial": longest(complex_.barcode(1), 16),
            "cubical": longest(everything, 16),
            "minima": function.minima,
            "edges": np.array([simplex for simplex in complex_.simplices if len(simplex) == 2]),
        },
    )


@dataclass(frozen=True)
class Solids:
    """Simplices of the complex of TO-1.4, and tetrahedra on random minima of a sum of cosines in three dimensions."""

    seed: int = 0
    box: float = 1.3
    divisions: int = 8
    pivots: int = 19
    vertices: int = 6


@item("TO-AppH", smoke=Solids(divisions=4, pivots=9, vertices=5), quick=Solids())
def boundary_of_boundary(config: Solids) -> Result:
    r""":math:`\partial_r \partial_{r+1} = 0` on the complexes of TO-1.4, in degrees 1 to 3: TO appendix H.

    Parameters
    ----------
    config : Solids

    Returns
    -------
    Result
        ``products`` of consecutive boundary matrices, ``nonzero_products`` among them, ``entries`` that were
        compared with 0, ``nonzero_boundaries`` (entries of the matrices themselves: a zero matrix would prove nothing).
    """
    complexes = [_complex(config.box, config.pivots, config.divisions), _solid(config)]
    products = [product for each in complexes for product in each.boundary_products()]
    matrices = [
        each.complex.boundary_matrix(degree)
        for each in complexes
        for degree in range(1, each.complex.top + 1)
    ]
    return Result(
        {
            "products": len(products),
            "nonzero_products": sum(bool(product.any()) for product in products),
            "entries": int(sum(product.size for product in products)),
            "nonzero_boundaries": int(sum(matrix.nnz for matrix in matrices)),
        }
    )


def longest(bars: np.ndarray, count: int) -> np.ndarray:
    """The longest bars that end, (count, 2), longest first; bars of nearly equal length by their birth.

    Examples
    --------
    >>> longest(np.array([[0.0, 1.0], [0.0, 3.0], [1.0, np.inf]]), 1)
    array([[0., 3.]])
    """
    finite = bars[np.isfinite(bars[:, 1])]
    length = (finite[:, 1] - finite[:, 0]).round(4)
    return finite[np.lexsort((finite[:, 0], -length))][:count]


@cache
def _complex(box: float, pivots: int, divisions: int) -> SaddleComplex:
    """Triangles on Wavy's minima; both items look at the same one."""
    function = known("Wavy").within(box)
    triangles = [tuple(sorted(t)) for t in Delaunay(function.minima).simplices.tolist()]
    return _relaxed(function.landscape(), function.minima, triangles, pivots, divisions)


def _solid(config: Solids) -> SaddleComplex:
    """All tetrahedra on some minima of a sum of cosines, drawn without order."""
    places = np.stack(np.meshgrid(*[[1.0, 3.0]] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * np.pi / 3
    chosen = np.random.default_rng(config.seed).permutation(len(places))[: config.vertices]
    surface = AnalyticLandscape(lambda x: (3 * x).cos().sum(1), 3)
    relaxation = SimplexRelaxation(divisions=4, steps=5)
    return saddle_complex(surface, places[chosen], ElasticBand(9, steps=20), degree=3, relaxation=relaxation)


def _relaxed(
    surface: Surface, minima: np.ndarray, triangles: list[tuple[int, ...]], pivots: int, divisions: int
) -> SaddleComplex:
    return saddle_complex(
        surface, minima, ElasticBand(pivots, steps=200), triangles, relaxation=SimplexRelaxation(divisions)
    )
