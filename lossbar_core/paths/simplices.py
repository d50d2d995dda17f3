r"""Barcodes of r-saddles by simplices of minima: TO section 1.4.

An r-simplex on r + 1 minima is a lattice of points whose faces are simplices relaxed before. Interior points move
by the part of :math:`-\nabla L` normal to the tangent plane; what is tangential would only move the points within the
simplex. The maxima of L filter the complex, and its boundary operator is brought to canonical form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import torch

from lossbar_core.barcodes.canonical import canonical_form
from lossbar_core.barcodes.filtered import FilteredComplex, from_boundaries
from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import Surface
from lossbar_core.paths.lattice import lattice, refined
from lossbar_core.paths.method import PathMethod, check_surface
from lossbar_core.paths.path import Path
from lossbar_core.progress import progress_bar

Simplex = tuple[int, ...]
MAX_DEGREE = 4  # lattices of higher simplices have too many points to be of use


@dataclass(frozen=True)
class SimplexRelaxation:
    r"""How simplices of degree 2 and more are relaxed.

    Parameters
    ----------
    divisions : int
        n of the lattice: 8, chosen here.
    steps, rate : int, float
        Steps :math:`\theta \leftarrow \theta - \eta (\nabla L)_n`; chosen here. In as many dimensions as the
        simplex has, nothing is normal to it and no step is taken.
    smoothing : float
        Share of the way to the mean of the neighbours, within the tangent plane, a step: keeps the lattice even.
    refinements : int
        The maximum is taken on a lattice 2 to this power times as fine.

    Raises
    ------
    TypeError
        If a parameter is of another kind.
    ValueError
        If a parameter is out of range.
    """

    divisions: int = 8
    steps: int = 200
    rate: float = 0.01
    smoothing: float = 0.1
    refinements: int = 2

    def __post_init__(self) -> None:
        for name, low in (("divisions", 2), ("steps", 0), ("refinements", 0)):
            as_count(getattr(self, name), name, low=low)
        as_positive(self.rate, "rate")
        if isinstance(self.smoothing, bool) or not isinstance(self.smoothing, (int, float)):
            raise TypeError(f"expected a number as smoothing, got {self.smoothing!r}; pass a float")
        if not 0 <= self.smoothing <= 1:
            raise ValueError(f"expected smoothing in [0, 1], got {self.smoothing}; choose another")

    def relaxed(self, surface: Surface, points: torch.Tensor, degree: int, advance: Any) -> torch.Tensor:
        """Simplices (S, Q, M) with their faces fixed, interior points moved along the normal."""
        grid = lattice(degree, self.divisions)
        points = grid.harmonic.to(points) @ points
        if surface.dimension <= degree or len(grid.interior) == 0:
            return points
        for _ in range(self.steps):
            inner = points[:, grid.interior]
            gradients = surface.gradients(inner.flatten(0, 1)).reshape(inner.shape)
            ahead, behind = (points[:, place] for place in grid.along)
            basis = torch.linalg.qr((ahead - behind).transpose(-1, -2)).Q  # (S, I, M, r)
            pull = points[:, grid.neighbours].mean(dim=2) - inner
            tangent = _projected(basis, pull)
            normal = gradients - _projected(basis, gradients)
            points = points.clone()
            points[:, grid.interior] = inner - self.rate * normal + self.smoothing * tangent
            advance(1)
        return points

    def tops(self, surface: Surface, points: torch.Tensor, degree: int) -> np.ndarray:
        """Highest losses (S,) of simplices on the refined lattice; NaN where a loss is."""
        fine = refined(points, degree, self.divisions, self.refinements)
        losses = surface.losses(fine.flatten(0, 1)).reshape(fine.shape[:2])
        return losses.max(dim=1).values.double().cpu().numpy()


@dataclass(frozen=True)
class SaddleComplex:
    """A filtered complex of relaxed simplices.

    Attributes
    ----------
    simplices : tuple of tuples of numbers of minima
        By degree, then in lexicographic order; cell i of the complex is simplex i.
    complex : FilteredComplex
        Values are the maxima of the loss, never below those of the faces.
    points : dict from simplex to (Q, M) tensor
        Lattices of degree 1 and more.
    paths : dict from (i, j) to Path
    """

    simplices: tuple[Simplex, ...]
    complex: FilteredComplex
    points: Mapping[Simplex, torch.Tensor] = field(repr=False)
    paths: Mapping[Simplex, Path] = field(repr=False)

    def barcode(self, index: int) -> np.ndarray:
        """Bars of the index-``index`` barcode, (b, 2) float64: classes of that degree, from saddle to saddle.

        A bar of the top degree never dies: no simplex of one degree more was relaxed.

        Raises
        ------
        TypeError
            If the index is no integer.
        ValueError
            If it is out of range.
        """
        index = as_count(index, "index", low=0, high=self.complex.top)
        return canonical_form(self.complex).barcode(index)

    def boundary_products(self) -> list[np.ndarray]:
        """Products of consecutive boundary operators, all 0: TO appendix H."""
        matrices = [self.complex.boundary_matrix(degree) for degree in range(1, self.complex.top + 1)]
        return [(low @ high).toarray() for low, high in pairwise(matrices)]


def saddle_complex(
    surface: Surface,
    minima: Any,
    method: PathMethod,
    simplices: Sequence[Simplex] | None = None,
    *,
    degree: int = 2,
    relaxation: SimplexRelaxation | None = None,
    progress: bool = False,
    checkpoint: Any = None,
) -> SaddleComplex:
    """Simplices on minima, relaxed degree by degree and filtered by their highest loss: TO section 1.4.

    Parameters
    ----------
    surface : Surface
    minima : (K, M) tensor or array
    method : PathMethod
        For the edges.
    simplices : list of tuples of numbers of minima, optional
        The highest ones; their faces come along. By default all r + 1 out of K, for r up to ``degree``: K minima
        have K (K - 1) (K - 2) / 6 triangles, so name those of a triangulation where K is large.
    degree : int
        Of the default simplices.
    relaxation : SimplexRelaxation, optional
    progress : bool
        Show a bar for the paths, then one for the simplices.
    checkpoint : Checkpoint or file name, optional
        For the paths, which cost most; simplices begin anew.

    Returns
    -------
    SaddleComplex

    Raises
    ------
    TypeError
        If an argument is of another kind.
    ValueError
        If minima or simplices are out of range, or a path or simplex diverged.

    Examples
    --------
    >>> from lossbar_core.landscapes import EGG_CARTON
    >>> from lossbar_core.paths import StraightLine
    >>> square = saddle_complex(
    ...     EGG_CARTON.landscape(), EGG_CARTON.minima, StraightLine(), [(0, 1, 2), (1, 2, 3)]
    ... )
    >>> square.barcode(1).round(6).tolist()  # a loop over four saddles around one hill
    [[0.0, 2.0]]
    """
    check_surface(surface)
    if not isinstance(method, PathMethod):
        raise TypeError(f"expected a path method for the edges, got {method!r}; pass one such as AutoNEB()")
    relaxation = SimplexRelaxation() if relaxation is None else relaxation
    if not isinstance(relaxation, SimplexRelaxation):
        raise TypeError(f"expected a SimplexRelaxation, got {relaxation!r}; pass SimplexRelaxation(...)")
    points = surface.as_points(minima)
    if simplices is None:
        degree = as_count(degree, "degree", high=min(MAX_DEGREE, max(1, len(points) - 1)))
        simplices = list(combinations(range(len(points)), degree + 1))
    by_degree = with_faces(simplices, len(points))
    return _relax(surface, points, method, by_degree, relaxation, progress, checkpoint)


def with_faces(simplices: Any, count: int) -> list[list[Simplex]]:
    """All faces of simplices on 0..count - 1, by degree, each in lexicographic order; all vertices among them.

    Raises
    ------
    TypeError
        If a vertex is no integer, or simplices no list.
    ValueError
        If a vertex is out of range or twice in a simplex, or a degree is above 4.

    Examples
    --------
    >>> with_faces([(2, 0, 1)], 3)[1]
    [(0, 1), (0, 2), (1, 2)]
    """
    if isinstance(simplices, str) or not isinstance(simplices, (Sequence, np.ndarray)) or len(simplices) == 0:
        raise TypeError(f"expected simplices as a list of tuples of numbers of minima, got {simplices!r}")
    found: set[Simplex] = {(vertex,) for vertex in range(count)}
    for simplex in simplices:
        ends = tuple(sorted(as_count(end, "number of a minimum", low=0, high=count - 1) for end in simplex))
        if len(set(ends)) < len(ends) or not 1 <= len(ends) <= MAX_DEGREE + 1:
            raise ValueError(
                f"expected simplices of 1 to {MAX_DEGREE + 1} different minima, got {tuple(simplex)}; mend that one"
            )
        found.update(face for size in range(1, len(ends) + 1) for face in combinations(ends, size))
    top = max(len(simplex) for simplex in found)
    return [sorted(simplex for simplex in found if len(simplex) == size) for size in range(1, top + 1)]


def _relax(
    surface: Surface,
    minima: torch.Tensor,
    method: PathMethod,
    by_degree: list[list[Simplex]],
    relaxation: SimplexRelaxation,
    progress: bool,
    checkpoint: Any,
) -> SaddleComplex:
    tops = dict(zip(by_degree[0], surface.losses(minima).double().tolist(), strict=True))
    points: dict[Simplex, torch.Tensor] = {(vertex,): minima[vertex][None] for (vertex,) in by_degree[0]}
    paths: dict[Simplex, Path] = {}
    if len(by_degree) > 1:
        ends = [(minima[i], minima[j]) for i, j in by_degree[1]]
        found = method.connect_many(surface, ends, progress=progress, checkpoint=checkpoint)
        paths = dict(zip(by_degree[1], found, strict=True))
        for pair, path in paths.items():
            # In lexicographic order the point (0, n) comes first: the lattice begins at the second end.
            points[pair] = path.at(np.linspace(1, 0, relaxation.divisions + 1))
            tops[pair] = _checked(path.top, pair, path.failure)
    work = relaxation.steps * max(len(by_degree) - 2, 0)
    with progress_bar("relaxation of simplices", work, progress and work > 0) as advance:
        for degree in range(2, len(by_degree)):
            batch = torch.stack([_bounded(points, simplex, relaxation) for simplex in by_degree[degree]])
            batch = relaxation.relaxed(surface, batch, degree, advance)
            heights = relaxation.tops(surface, batch, degree)
            for simplex, lattice_points, top in zip(by_degree[degree], batch, heights, strict=True):
                points[simplex], tops[simplex] = lattice_points, _checked(top, simplex, None)
    simplices = tuple(simplex for group in by_degree for simplex in group)
    kept = {simplex: points[simplex] for simplex in simplices if len(simplex) > 1}
    return SaddleComplex(simplices, _filtered(simplices, tops), kept, paths)


def _bounded(
    points: Mapping[Simplex, torch.Tensor], simplex: Simplex, relaxation: SimplexRelaxation
) -> torch.Tensor:
    """A lattice (Q, M) with the faces of a simplex put in; interior points are 0."""
    degree = len(simplex) - 1
    grid = lattice(degree, relaxation.divisions)
    face_points = points[simplex[1:]]
    bounded = face_points.new_zeros(len(grid.points), face_points.shape[1])
    for without in range(degree + 1):
        bounded[grid.face(without)] = points[simplex[:without] + simplex[without + 1 :]]
    return bounded


def _projected(basis: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """Parts of vectors (S, I, M) in the planes of orthonormal bases (S, I, M, r)."""
    return (basis @ (basis.transpose(-1, -2) @ vectors[..., None]))[..., 0]


def _checked(top: float, simplex: Simplex, failure: str | None) -> float:
    if failure is not None or not np.isfinite(top):
        raise ValueError(
            f"expected finite losses on the simplex {simplex}, got {failure or top}; take a smaller rate, or leave "
            "that simplex out"
        )
    return float(top)


def _filtered(simplices: tuple[Simplex, ...], tops: Mapping[Simplex, float]) -> FilteredComplex:
    """Alternating boundaries; a simplex enters no earlier than its faces, whose points it holds on a coarser grid."""
    number = {simplex: cell for cell, simplex in enumerate(simplices)}
    values: dict[Simplex, float] = {}
    boundaries: list[dict[int, int]] = []
    for simplex in simplices:
        faces = [] if len(simplex) == 1 else [simplex[:i] + simplex[i + 1 :] for i in range(len(simplex))]
        values[simplex] = max([tops[simplex], *(values[face] for face in faces)])
        boundaries.append({number[face]: (-1) ** i for i, face in enumerate(faces)})
    return from_boundaries([len(simplex) - 1 for simplex in simplices], list(values.values()), boundaries)
