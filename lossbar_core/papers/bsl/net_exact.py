"""Barcodes of networks on grids: exact ones of reduced losses, and the regular grids of the authors' notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.functions.networks import SmallNetwork

CHUNK = 2**18  # points of a grid that are evaluated at once


def grid_points(box: np.ndarray, shape: Sequence[int], flat: np.ndarray) -> np.ndarray:
    """Coordinates (m, d) of points of a regular grid by their flat index in C order, both ends of the box included.

    Examples
    --------
    >>> grid_points(np.array([[0.0, 1.0], [0.0, 2.0]]), (2, 3), np.array([0, 5, 1]))
    array([[0., 0.],
           [1., 2.],
           [0., 1.]])
    """
    places = np.stack(np.unravel_index(flat, tuple(shape)), axis=1)
    return box[:, 0] + places * (box[:, 1] - box[:, 0]) / (np.array(shape) - 1)


def grid_losses(model: SmallNetwork, box: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """Losses on a regular grid, float32, of the given shape; the points themselves are never all in memory."""
    values = np.empty(math.prod(shape), np.float32)
    for start in range(0, len(values), CHUNK):
        flat = np.arange(start, min(start + CHUNK, len(values)))
        values[flat] = model(grid_points(box, shape, flat).astype(np.float32))
    return values.reshape(tuple(shape))


def grid_bars(model: SmallNetwork, box: np.ndarray, shape: Sequence[int]) -> Barcode:
    """Barcode of a loss on a regular grid, face neighbours joined, with the coordinates of minima and saddles.

    Vertex ids stay flat indices; `grid_points` gives their coordinates.
    """
    return grid_barcode(grid_losses(model, box, shape))
