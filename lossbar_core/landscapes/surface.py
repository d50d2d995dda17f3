"""What every path method needs of a loss: dimension, losses and gradients of many parameter vectors at once."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes.batches import MiniBatches

DTYPES = (torch.float32, torch.float64)


@dataclass
class Evaluations:
    """How many parameter vectors were evaluated: a vector on any number of rows counts 1.

    Attributes
    ----------
    losses : int
        Vectors whose loss or accuracy alone was asked for.
    gradients : int
        Vectors whose gradient was asked for, with or without the loss.

    Examples
    --------
    >>> evaluations = Evaluations(losses=3)
    >>> evaluations.reset()
    >>> evaluations
    Evaluations(losses=0, gradients=0)
    """

    losses: int = 0
    gradients: int = 0

    def reset(self) -> None:
        """Count from 0 again."""
        self.losses = self.gradients = 0


class Surface(ABC):
    r"""A loss :math:`L: \mathbb R^M \to \mathbb R`, evaluated at P parameter vectors at once.

    Attributes
    ----------
    dimension : int
        Number M of coordinates.
    dtype : torch.dtype
        float32 or float64.
    device : torch.device
    n_rows : int
        Rows of the data that the loss is a mean over; 0 where there are no data.
    evaluations : Evaluations
        Counts what was evaluated so far.

    Raises
    ------
    TypeError
        If the dtype is neither float32 nor float64.
    """

    def __init__(
        self, dimension: int, dtype: torch.dtype, device: torch.device | str | None, n_rows: int = 0
    ) -> None:
        self.dimension = dimension
        self.dtype = as_dtype(dtype)
        self.device = torch.empty(0, device=device or "cpu").device  # "cuda" becomes "cuda:0"
        self.n_rows = n_rows
        self.evaluations = Evaluations()

    @abstractmethod
    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        """Losses (P,) of checked vectors (P, M)."""

    @abstractmethod
    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        """Losses (P,) and gradients (P, M) of checked vectors (P, M)."""

    def losses(self, thetas: Any, rows: Any = None) -> Tensor:
        r"""Losses :math:`L(\theta_p)`.

        Parameters
        ----------
        thetas : (P, M) tensor
            NaN and infinity are no error here: a path that diverges gets the loss NaN.
        rows : None, (b,) or (P, b) int64 tensor
            All data, the same rows for every vector, or own rows for each.

        Returns
        -------
        (P,) tensor

        Raises
        ------
        TypeError
            If thetas are no real numbers, or rows no integers.
        ValueError
            If a shape is wrong, a row out of range, or rows are given where there are no data.
        """
        thetas = self._as_batch(thetas)
        chosen = self.as_rows(rows, len(thetas))
        self.evaluations.losses += len(thetas)
        with torch.no_grad():
            return self._losses(thetas, chosen)

    def losses_and_gradients(self, thetas: Any, rows: Any = None) -> tuple[Tensor, Tensor]:
        r"""Losses :math:`L(\theta_p)` and gradients :math:`\nabla L(\theta_p)`; arguments and errors as in `losses`.

        Returns
        -------
        (P,) tensor and (P, M) tensor
        """
        thetas = self._as_batch(thetas)
        chosen = self.as_rows(rows, len(thetas))
        self.evaluations.gradients += len(thetas)
        with torch.enable_grad():  # also where the caller has switched gradients off
            losses, gradients = self._losses_and_gradients(thetas, chosen)
        return losses.detach(), gradients.detach()

    def gradients(self, thetas: Any, rows: Any = None) -> Tensor:
        r"""Gradients :math:`\nabla L(\theta_p)` alone; arguments and errors as in `losses`.

        Returns
        -------
        (P, M) tensor
        """
        return self.losses_and_gradients(thetas, rows)[1]

    def accuracies(self, thetas: Any, rows: Any = None) -> Tensor | None:
        """Shares of rows that are classified rightly, in [0, 1]; arguments and errors as in `losses`.

        Returns
        -------
        (P,) tensor, or None where the loss has no notion of it
        """
        return None

    def at_once(self, n_rows: int | None = None) -> int:
        """Vectors that one pass evaluates together on so many rows, by default all; more take several passes.

        Who cuts his vectors there himself loses no time, and holds fewer gradients in memory.
        """
        return sys.maxsize

    statistics = slice(0, 0)
    """Coordinates that are BatchNorm statistics: training passes move them, gradients do not. By default none."""

    def updated_statistics(self, thetas: Any, rows: Any = None) -> Tensor:
        """The vectors (P, M) after a training pass that moves their statistics.

        Raises
        ------
        ValueError
            If no coordinates are statistics.
        """
        raise ValueError(
            f"expected a surface with statistics as coordinates, got {type(self).__name__}, which has none"
        )

    def mini_batches(self, size: int, seed: int = 0, independent: bool = False) -> MiniBatches:
        """Seeded mini-batches of the rows, on all of which losses can be computed.

        Raises
        ------
        TypeError
            If a number is no integer.
        ValueError
            If a number is out of range, or the last batch of an epoch is too small for the surface.
        """
        return MiniBatches(self.n_rows, size, seed, independent)

    @cached_property
    def probe(self) -> list[str]:
        """Losses at two fixed vectors, to four digits: other formulas, activations or frozen weights differ in them."""
        normal = torch.from_numpy(np.random.default_rng(0).standard_normal(self.dimension))
        thetas = torch.stack([0.1 * normal, normal.abs()]).to(self.device, self.dtype)
        rows = torch.arange(min(self.n_rows, 8), device=self.device) if self.n_rows else None
        with torch.no_grad():
            return [f"{loss:.4g}" for loss in self._losses(thetas, rows).tolist()]

    def settings(self) -> dict[str, Any]:
        """What belongs to a result's provenance, as plain values."""
        return {
            "kind": type(self).__name__,
            "dimension": self.dimension,
            "dtype": str(self.dtype).removeprefix("torch."),
            "device": self.device.type,
            "n_rows": self.n_rows,
            "probe": self.probe,
        }

    def as_points(self, thetas: Any) -> Tensor:
        """A checked copy (P, M) of parameter vectors, with the surface's dtype, on its device.

        Raises
        ------
        TypeError
            If the entries are no real numbers.
        ValueError
            If the shape is another one, P is 0, or an entry is NaN or infinite in the surface's dtype.
        """
        points = self._converted(thetas)
        bad = ~torch.isfinite(points)
        if bad.any():
            p, m = bad.nonzero()[0].tolist()
            raise ValueError(
                f"expected finite thetas, got {points[p, m].item()} at vector {p}, coordinate {m} "
                f"({int(bad.sum())} such entries); remove or replace them"
            )
        return points.clone()

    def as_rows(self, rows: Any, n_vectors: int) -> Tensor | None:
        """Checked row numbers on the surface's device: None, (b,) or (n_vectors, b) int64.

        Raises
        ------
        TypeError
            If they are no integers.
        ValueError
            If there are no data, the shape is wrong, or a row is out of range.
        """
        if rows is None:
            return None
        if self.n_rows == 0:
            raise ValueError(
                f"expected rows=None for {type(self).__name__}, which has no data, got rows; leave rows out"
            )
        rows = torch.as_tensor(rows)
        if rows.dtype.is_floating_point or rows.dtype.is_complex or rows.dtype == torch.bool:
            raise TypeError(
                f"expected rows of integers, got {rows.dtype}; give row numbers, not a mask or values"
            )
        if rows.ndim not in (1, 2) or rows.numel() == 0 or (rows.ndim == 2 and len(rows) != n_vectors):
            raise ValueError(
                f"expected rows of shape (b,) or ({n_vectors}, b) with b >= 1, got {tuple(rows.shape)}; "
                "give the same rows for all vectors, or one line a vector"
            )
        low, high = (int(bound) for bound in torch.aminmax(rows))
        if low < 0 or high >= self.n_rows:
            raise ValueError(
                f"expected rows in 0..{self.n_rows - 1}, got {low if low < 0 else high}; take rows of these data"
            )
        return rows.to(self.device, torch.int64)

    def _as_batch(self, thetas: Any) -> Tensor:
        """Vectors (P, M) of the right kind; what is so already passes without a copy."""
        right = (
            isinstance(thetas, Tensor)
            and thetas.dtype == self.dtype
            and thetas.device == self.device
            and thetas.ndim == 2
            and thetas.shape[1] == self.dimension
            and len(thetas) > 0
        )
        return (thetas if right else self._converted(thetas)).detach()

    def _converted(self, thetas: Any) -> Tensor:
        try:
            # A list of Python floats has their 53 bits; torch would round it to float32 first.
            points = torch.as_tensor(thetas if hasattr(thetas, "dtype") else np.asarray(thetas))
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(
                f"expected thetas as a tensor or array of real numbers, got {type(thetas).__name__}; "
                "stack vectors of equal length with torch.stack"
            ) from None
        if points.dtype.is_complex or points.dtype == torch.bool:
            raise TypeError(f"expected thetas of real numbers, got {points.dtype}; convert them first")
        if points.ndim != 2 or points.shape[1] != self.dimension or len(points) == 0:
            raise ValueError(
                f"expected thetas of shape (P, {self.dimension}) with P >= 1, got {tuple(points.shape)}; "
                "write a single vector as theta[None]"
            )
        return points.detach().to(self.device, self.dtype)


def as_dtype(dtype: Any) -> torch.dtype:
    """float32 or float64.

    Raises
    ------
    TypeError
        If it is another dtype: with less than 24 bits, differences of losses along a path are lost in rounding.
    """
    if dtype not in DTYPES:
        raise TypeError(
            f"expected dtype torch.float32 or torch.float64, got {dtype}; "
            "convert the module with module.float(), or pass dtype=torch.float32"
        )
    return dtype
