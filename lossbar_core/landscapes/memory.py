"""How many vectors and rows of an evaluation fit in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

SAFETY = (
    3.0  # peak over saved bytes: backward and temporaries come on top. Measured here: 2.0 for convolutions,
)
# less for dense networks


@dataclass(frozen=True)
class Footprint:
    """Bytes that one evaluation with gradients takes at its peak: ``vector * P + cell * P * b``.

    Attributes
    ----------
    vector : float
        Bytes a vector, whatever the rows.
    cell : float
        Bytes a vector and row.

    Examples
    --------
    >>> Footprint(vector=100.0, cell=10.0).rows(1000.0), Footprint(100.0, 10.0).vectors(1000.0, rows=40)
    (90, 2)
    """

    vector: float
    cell: float

    def rows(self, memory: float) -> int:
        """Rows that fit beside one vector."""
        return max(int((memory - self.vector) // self.cell), 0)

    def vectors(self, memory: float, rows: int) -> int:
        """Vectors that fit with so many rows."""
        return max(int(memory // (self.vector + self.cell * rows)), 0)


class _Saved:
    """Bytes of the storages that autograd keeps for the backward pass, each counted once."""

    def __init__(self) -> None:
        self.storages: dict[int, Tensor] = {}

    def pack(self, tensor: Tensor) -> Tensor:
        self.storages[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    @property
    def bytes(self) -> int:
        return sum(tensor.untyped_storage().nbytes() for tensor in self.storages.values())


def footprint(evaluate: Callable[[int], Tensor], n_vectors: int, vector: int, row: int) -> Footprint:
    """The footprint from what autograd saves on 2 and on 4 rows, times `SAFETY`.

    Parameters
    ----------
    evaluate : callable
        Number of rows -> losses of n_vectors vectors, traced by autograd.
    n_vectors : int
    vector, row : int
        Bytes of a vector, and of a row of the data.

    Returns
    -------
    Footprint
    """
    saved = []
    for rows in (2, 4):
        keeper = _Saved()
        with torch.autograd.graph.saved_tensors_hooks(keeper.pack, lambda tensor: tensor):
            kept = evaluate(rows)  # alive while its storages are counted
        saved.append(keeper.bytes)
        del kept
    cell = max((saved[1] - saved[0]) / (2 * n_vectors), 0.0) + row
    fixed = max(saved[0] / n_vectors - 2 * cell, 0.0) + 2 * vector
    return Footprint(SAFETY * fixed, SAFETY * cell)


def keep_freed_memory() -> None:
    """Let the C library keep the memory of one evaluation for the next.

    glibc gives blocks above a threshold back to the system when they are freed, and each page of the next one is a
    fault: a fifth of a step's time, measured here. The thresholds follow the largest block that was mapped and freed,
    up to 32 MB, so one such block is enough. Elsewhere it does nothing.
    """
    torch.empty(31 * 2**20, dtype=torch.uint8)


def even_blocks(n: int, size: int) -> Iterator[slice]:
    """Cut 0..n-1 into the fewest blocks of at most `size`, as equal as can be.

    Examples
    --------
    >>> [block.stop - block.start for block in even_blocks(11, 5)]
    [4, 4, 3]
    """
    count = -(-n // size)
    small, larger = divmod(n, count)
    begin = 0
    for block in range(count):
        end = begin + small + (block < larger)
        yield slice(begin, end)
        begin = end
