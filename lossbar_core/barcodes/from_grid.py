"""The barcode of minima of an n-dimensional array, on an implicit grid graph."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_graph import assemble
from lossbar_core.checks import as_real, check_memory, thread_count
from lossbar_core.kernels.elder import index_dtype
from lossbar_core.kernels.grid import merge_grid

CONNECTIVITY = ("faces", "full")


def grid_barcode(array: Any, connectivity: str = "faces") -> Barcode:
    r"""Degree-0 sublevel barcode of an array whose cells are joined to their neighbours.

    Algorithm 1 of BSL on a regular grid; no edge is stored. "faces" joins the 2n cells that differ by one in
    one index (pixels as vertices of a cubical complex), "full" all :math:`3^n - 1` cells that differ by at
    most one in every index (pixels as top-dimensional cubes).

    Parameters
    ----------
    array : n-dimensional array of float32 or float64, n >= 1
        Indexed [i, j, ...] (numpy's "ij" order).
    connectivity : {"faces", "full"}

    Returns
    -------
    Barcode
        Vertex ids are flat indices in C order: ``np.unravel_index(bc.minimum, array.shape)``.

    Raises
    ------
    TypeError
        If the entries are no real numbers.
    ValueError
        If the array is empty or zero-dimensional, not finite, or the connectivity is another word.
    MemoryError
        If the work would not fit.

    Examples
    --------
    >>> image = [[0.0, 5.0], [5.0, 1.0]]
    >>> grid_barcode(image).to_diagram()
    array([[ 0., inf],
           [ 1.,  5.]])
    >>> len(grid_barcode(image, connectivity="full"))
    1
    """
    if connectivity not in CONNECTIVITY:
        raise ValueError(
            f"expected connectivity 'faces' or 'full', got {connectivity!r}; choose one of the two"
        )
    array = as_real(array, "array")
    if array.ndim == 0 or array.size == 0:
        raise ValueError(
            f"expected an array with at least one axis and one cell, got shape {array.shape}; add cells"
        )
    shape = tuple(length for length in array.shape if length > 1) or (1,)  # an axis of length 1 joins nothing
    padded_shape = tuple(length + 2 for length in shape)
    n = int(np.prod(padded_shape, dtype=object))
    check_memory(n * (array.itemsize + 1 + 2 * (4 if n < 2**31 else 8)), f"the merge of {array.size} cells")
    padded = np.pad(array.reshape(shape), 1, constant_values=np.inf)
    offsets = grid_offsets(len(shape), connectivity) @ _strides(padded_shape)
    dtype = index_dtype(n)
    row = n // padded_shape[0]
    threads = thread_count(array.size)
    merged = merge_grid(padded.reshape(-1), np.sort(offsets).astype(dtype), row, threads)

    def to_id(places: np.ndarray) -> np.ndarray:
        index = np.unravel_index(places, padded_shape)
        return np.ravel_multi_index(tuple(i - 1 for i in index), shape)

    def to_place(cell: int) -> int:
        index = np.unravel_index(cell, shape)
        return int(np.ravel_multi_index(tuple(i + 1 for i in index), padded_shape))

    bars = assemble(padded.reshape(-1), *merged, ids=None, to_id=to_id, to_place=to_place, threads=threads)
    bars.values = array.reshape(-1)
    return bars


def grid_offsets(ndim: int, connectivity: str) -> np.ndarray:
    """Index differences of the neighbours of a cell: (2n, n) or (3^n - 1, n) int64.

    Examples
    --------
    >>> len(grid_offsets(3, "faces")), len(grid_offsets(3, "full"))
    (6, 26)
    """
    steps = np.array(list(product((-1, 0, 1), repeat=ndim)), np.int64)
    reach = np.abs(steps).sum(axis=1)
    return steps[reach == 1] if connectivity == "faces" else steps[reach > 0]


def _strides(shape: tuple[int, ...]) -> np.ndarray:
    """Steps of the flat index along each axis, in C order."""
    return np.concatenate([np.cumprod(shape[:0:-1])[::-1], [1]]).astype(np.int64)
