"""The plane in which a path varies most, and the loss on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import Surface


@dataclass(frozen=True)
class PathPlane:
    r"""A plane :math:`o + x\,u + y\,v` with orthonormal u, v, and losses on a grid of it.

    Attributes
    ----------
    origin : (M,) tensor
        Mean of the pivots.
    axes : (2, M) tensor
        Their first two principal directions.
    coordinates : (N, 2) float64 array
        Pivots, projected.
    explained : float
        Share of the pivots' variance that the plane holds; the rest is how far they lie beside it.
    x, y : (m,) float64 arrays
    losses : (m, m) float64 array
        ``losses[i, j]`` belongs to ``(x[i], y[j])``.
    """

    origin: torch.Tensor
    axes: torch.Tensor
    coordinates: np.ndarray
    explained: float
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray


def path_plane(
    surface: Surface, pivots: torch.Tensor, resolution: int = 31, margin: float = 0.25
) -> PathPlane:
    r"""The plane of the first two principal directions of a path's pivots, with the loss on a grid around them.

    Parameters
    ----------
    surface : Surface
    pivots : (N, M) tensor with N >= 3 and M >= 2
    resolution : int
        Points in each direction; the square of it is evaluated.
    margin : float
        What the grid shows beyond the path, as a share of the path's largest extent.

    Returns
    -------
    PathPlane

    Raises
    ------
    TypeError
        If resolution or margin is no number.
    ValueError
        If there are fewer than three pivots, fewer than two coordinates, or a number is out of range.

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> bowl = AnalyticLandscape(lambda x: (x * x).sum(dim=1), 3)
    >>> plane = path_plane(bowl, torch.tensor([[-1.0, 0, 0], [0, 1, 0], [1, 0, 0]], dtype=torch.float64))
    >>> round(plane.explained, 6), plane.losses.shape
    (1.0, (31, 31))
    """
    points = surface.as_points(pivots)
    resolution = as_count(resolution, "resolution", low=2)
    margin = as_positive(margin, "margin")
    if len(points) < 3 or points.shape[1] < 2:
        raise ValueError(
            f"expected at least 3 pivots with 2 coordinates, got {tuple(points.shape)}; a straight line spans no "
            "plane: draw its profile, or resample a bent path"
        )
    origin = points.mean(dim=0)
    _, sizes, directions = torch.linalg.svd(points - origin, full_matrices=False)
    axes = _definite(directions[:2])
    places = ((points - origin) @ axes.T).double().cpu().numpy()
    reach = margin * max(float(np.ptp(places, axis=0).max()), 1e-12)
    x, y = (np.linspace(low - reach, high + reach, resolution) for low, high in _ends(places))
    grid = torch.as_tensor(np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 2)).to(axes)
    losses = surface.losses(origin + grid @ axes).double().cpu().numpy().reshape(resolution, resolution)
    variance = (sizes.double() ** 2).cpu().numpy()
    explained = float(variance[:2].sum() / variance.sum()) if variance.sum() > 0 else 1.0
    return PathPlane(origin, axes, places, explained, x, y, losses)


def _definite(axes: torch.Tensor) -> torch.Tensor:
    """Signs such that each axis' largest entry is positive: otherwise they would depend on the machine."""
    largest = axes.abs().argmax(dim=1, keepdim=True)
    return axes * axes.gather(1, largest).sign()


def _ends(places: np.ndarray) -> np.ndarray:
    """Lowest and highest coordinate in each direction, (2, 2)."""
    return np.stack([places.min(axis=0), places.max(axis=0)], axis=1)
