"""A surface of two parameters on a square grid, and its sublevel sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import label

from lossbar_core.checks import as_positive
from lossbar_core.landscapes import Surface

Box = Sequence[tuple[float, float]]


@dataclass(frozen=True, eq=False)
class LevelGrid:
    r"""Losses on the points :math:`(x_0 + i h,\; y_0 + j h)`.

    Attributes
    ----------
    origin : (float, float)
    cell : float
        Side h of a cell.
    values : (nx, ny) float64 array

    Examples
    --------
    >>> from lossbar_core.landscapes import AnalyticLandscape
    >>> bowl = AnalyticLandscape(lambda x: (x * x).sum(1), 2)
    >>> grid = LevelGrid.of(bowl, ((-2, 2), (-1, 1)), 0.5)
    >>> grid.values.shape, int(grid.inside(0.25).sum()), grid.components(0.25)[1]
    ((9, 5), 5, 1)
    """

    origin: tuple[float, float]
    cell: float
    values: np.ndarray

    @classmethod
    def of(cls, surface: Surface, box: Box, cell: float) -> LevelGrid:
        """Evaluate a surface on a box.

        Parameters
        ----------
        surface : Surface
            Of dimension 2.
        box : two pairs (low, high)
        cell : float
            The upper ends of the box move by less than a cell, so that cells are squares.

        Raises
        ------
        ValueError
            If the dimension is not 2, a side is empty, or the cell is not positive.
        """
        if surface.dimension != 2:
            raise ValueError(
                f"expected a surface of 2 parameters, got {surface.dimension}; restrict it to a plane first"
            )
        as_positive(cell, "cell")
        if len(box) != 2 or any(not low < high for low, high in box):
            raise ValueError(f"expected box as two pairs (low, high), got {box}; give low < high twice")
        axes = [low + cell * np.arange(int(np.ceil((high - low) / cell)) + 1) for low, high in box]
        places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
        losses = surface.losses(torch.from_numpy(places)).double().cpu().numpy()
        shape = (len(axes[0]), len(axes[1]))
        return cls((float(axes[0][0]), float(axes[1][0])), float(cell), losses.reshape(shape))

    @property
    def points(self) -> np.ndarray:
        """The grid's points, (nx, ny, 2)."""
        index = np.stack(np.meshgrid(*map(np.arange, self.values.shape), indexing="ij"), axis=-1)
        return np.asarray(self.origin) + self.cell * index

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom, top: as matplotlib wants them."""
        (x, y), (nx, ny) = self.origin, self.values.shape
        return x, x + self.cell * (nx - 1), y, y + self.cell * (ny - 1)

    def inside(self, level: float) -> np.ndarray:
        """Which points have a loss of at most the level, (nx, ny) bool: a level set includes its level (FB eq. 3)."""
        return self.values <= level

    def components(self, level: float) -> tuple[np.ndarray, int]:
        """Number 1, 2, ... of each point's component, 0 outside, (nx, ny) int; and how many there are.

        Points are neighbours along the axes alone, as fast marching sees them.
        """
        numbers, count = label(self.inside(level))
        return numbers, int(count)

    def touches_edge(self, level: float) -> bool:
        """Whether the set reaches the edge of the grid, where it may have been cut off."""
        inside = self.inside(level)
        return bool(inside[[0, -1]].any() or inside[:, [0, -1]].any())
