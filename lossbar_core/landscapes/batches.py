"""Mini-batches as a pure function of seed and step, so that a run resumes where it was."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from lossbar_core.checks import as_count


class MiniBatches:
    """Rows of each step: every epoch is a new permutation of all rows, cut into batches.

    The last batch of an epoch is smaller where the size does not divide the number of rows. Nothing depends on
    what was asked before, nor on torch's random state: the rows of (seed, step) are the same after a restart.

    Parameters
    ----------
    n_rows : int
    size : int
        Rows a batch, at most n_rows.
    seed : int
    independent : bool
        By default all vectors see the same rows, as in the TO authors' code (register 2.b.2); True gives each
        vector its own permutation, the same whatever the number of vectors. It keeps 4 bytes a row and vector.

    Raises
    ------
    TypeError
        If a number is no integer, or independent no truth value.
    ValueError
        If n_rows or size is below 1, size above n_rows, or the seed negative.

    Examples
    --------
    >>> batches = MiniBatches(5, 2, seed=0)
    >>> batches.per_epoch, [len(batches.rows(step)) for step in range(3)]
    (3, [2, 2, 1])
    """

    def __init__(self, n_rows: int, size: int, seed: int = 0, independent: bool = False) -> None:
        self.n_rows = as_count(n_rows, "n_rows", high=2**31 - 1)
        self.size = as_count(size, "size", high=self.n_rows)
        self.seed = as_count(seed, "seed", low=0)
        if not isinstance(independent, bool):
            raise TypeError(f"expected independent True or False, got {independent!r}; pass a bool")
        self.independent = independent
        self._epoch, self._orders = -1, np.empty((0, self.n_rows), np.int32)

    def __repr__(self) -> str:
        return f"MiniBatches({self.n_rows}, {self.size}, seed={self.seed}, independent={self.independent})"

    @property
    def per_epoch(self) -> int:
        """Batches an epoch."""
        return -(-self.n_rows // self.size)

    @property
    def smallest(self) -> int:
        """Rows of an epoch's last batch."""
        return self.n_rows % self.size or self.size

    def rows(self, step: int, n_vectors: int = 1) -> Tensor:
        """Row numbers of a step, counted from 0: (b,), or (n_vectors, b) where independent; int64, on the CPU.

        Raises
        ------
        TypeError
            If step or n_vectors is no integer.
        ValueError
            If step is negative, or n_vectors below 1.
        """
        step, n_vectors = as_count(step, "step", low=0), as_count(n_vectors, "n_vectors")
        epoch, batch = divmod(step, self.per_epoch)
        orders = self._of_epoch(epoch, n_vectors if self.independent else 1)
        chosen = orders[:, batch * self.size : (batch + 1) * self.size].astype(np.int64)
        return torch.from_numpy(chosen if self.independent else chosen[0])

    def _of_epoch(self, epoch: int, n_vectors: int) -> np.ndarray:
        """Permutations (n_vectors, n_rows) of an epoch; the last epoch's are kept, since the next step needs them."""
        if epoch != self._epoch or len(self._orders) < n_vectors:
            generators = (np.random.default_rng([self.seed, epoch, vector]) for vector in range(n_vectors))
            orders = [generator.permutation(self.n_rows).astype(np.int32) for generator in generators]
            self._epoch, self._orders = epoch, np.stack(orders)
        return self._orders[:n_vectors]
