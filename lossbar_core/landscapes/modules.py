"""The loss of any torch module as a function of its flat parameters, for P vectors at once."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property, partial
from typing import Any, cast

import torch
from torch import Tensor, nn

from lossbar_core.checks import as_count, as_positive
from lossbar_core.landscapes import trials
from lossbar_core.landscapes.batches import MiniBatches
from lossbar_core.landscapes.batchnorm import (
    Moments,
    MomentsRecorder,
    check_norms,
    norms,
    per_call,
    statistics_name,
    statistics_names,
)
from lossbar_core.landscapes.blocks import LossBlock
from lossbar_core.landscapes.copies import evaluated_copy, template_of
from lossbar_core.landscapes.data import TrainingData
from lossbar_core.landscapes.dropout import as_dropout, seeded
from lossbar_core.landscapes.evaluation import Parts, Result, plain_attention, run, run_many
from lossbar_core.landscapes.layout import ParameterLayout
from lossbar_core.landscapes.losses import as_loss
from lossbar_core.landscapes.memory import even_blocks, keep_freed_memory
from lossbar_core.landscapes.surface import Surface

STATISTICS_ROWS = 1000  # rows that share batch statistics: tuned here, several times the papers' 128 to 512
MEMORY = 4e9  # bytes: tuned here, half of a small laptop
CACHED = 4e8  # bytes a chunk on the CPU: smaller ones cost calls, larger ones leave the cache; tuned here


class Landscape(Surface):
    r"""Mean loss :math:`L(\theta) = \frac1n \sum_i \ell(N_\theta(x_i), y_i)` of a module over its trainable parameters.

    The module is copied and never changed, nor is torch's random state. Its copy is evaluated in evaluation mode.
    What BatchNorm does is chosen by name:

    "batch"
        normalises with the statistics of the rows given (the TO authors' code, register 2.b.4). More than
        ``statistics_rows`` rows are cut into equal blocks of at most so many, each with its own statistics.
    "recompute"
        measures mean and variance of all data at every vector, then normalises with them (Garipov et al.).
        Each block of ``statistics_rows`` rows passes with its own batch statistics, their moments are merged; with
        one block that is exactly a training pass on all data with momentum 1. The gradient takes the statistics
        as constants.
    "frozen"
        normalises with the module's running statistics.
    "coordinates"
        appends running means and variances to :math:`\theta`, with gradient 0 (the AutoNEB code, register
        4.b.5); `updated_statistics` moves them as a training pass does.

    Parameters
    ----------
    module : nn.Module
        Parameters with ``requires_grad=False`` are constants, not coordinates.
    loss : str or callable
        "cross_entropy" (of logits), "mse", "mae", "bce" (of logits), or (outputs, targets) -> mean over rows.
    data : (inputs, targets)
        Tensors or arrays with a row an example; a tuple or dictionary of inputs for several arguments.
    batchnorm : {"batch", "recompute", "frozen", "coordinates"}
    dtype : torch.float32 or torch.float64, optional
    device : optional
        By default the module's own dtype and device.
    memory : float
        Bytes that an evaluation may take beside its arguments, its results and the data: vectors and rows come
        in chunks. Another value changes results by rounding only.
    dropout : None, "off" or int
        A module that drops values at random is refused, unless this says "off", or gives the seed of a mask that
        all vectors and evaluations share. With a seed the copy is in training mode, BatchNorm apart.
    statistics_rows : int
        Rows a block of batch statistics, and of a dropout mask.
    accuracy : callable, optional
        (outputs, targets) -> share of rows that are right; known for "cross_entropy" and "bce".

    Attributes
    ----------
    layout : ParameterLayout
    vectorised : bool
        Whether P vectors run at once; a module that ``torch.func.vmap`` cannot do runs once a vector.

    Raises
    ------
    TypeError
        If an argument has the wrong type, or a dtype has fewer than 32 bits.
    ValueError
        If the module cannot run on the data or is random, or the loss is no mean over rows.
    MemoryError
        If a single vector does not fit in ``memory``.

    Examples
    --------
    >>> x = torch.linspace(-1, 1, 5)[:, None]
    >>> landscape = Landscape(nn.Linear(1, 1), "mse", (x, 2 * x + 1))
    >>> landscape.losses([[2.0, 1.0], [2.0, 0.0]])
    tensor([0., 1.])
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Any,
        data: Any,
        *,
        batchnorm: str = "batch",
        dtype: torch.dtype | None = None,
        device: torch.device | str | None = None,
        memory: float = MEMORY,
        dropout: int | str | None = None,
        statistics_rows: int = STATISTICS_ROWS,
        accuracy: Any = None,
    ) -> None:
        self._template = template_of(module, dtype, device)
        self.loss = as_loss(loss, accuracy)
        self.dropout = as_dropout(dropout)
        self.memory = as_positive(memory, "memory")
        self.statistics_rows = as_count(statistics_rows, "statistics_rows")
        check_norms(self._template, batchnorm)
        self.batchnorm = batchnorm if norms(self._template) else None
        statistics = statistics_names(self._template) if self.batchnorm == "coordinates" else ()
        self.layout = ParameterLayout.of(self._template, statistics)
        first = next(self._template.parameters())
        self.data = TrainingData(data, first.dtype, first.device)
        super().__init__(self.layout.dimension, first.dtype, first.device, self.data.n_rows)
        self._seed = self.dropout if isinstance(self.dropout, int) else None
        random = self._seed is not None
        self._active = evaluated_copy(self._template, random, self.batchnorm == "batch")
        self._measured = evaluated_copy(self._template, random, True)
        self._recorder = MomentsRecorder(self._measured)
        self.data.targets = trials.check_module(self)
        self.vectorised = trials.can_be_vectorised(self)
        self.footprint = trials.measured_footprint(self)
        self._check_memory()
        self.statistics = slice(sum(self.layout.sizes[: self.layout.n_parameters]), self.dimension)
        keep_freed_memory()

    def __repr__(self) -> str:
        return (
            f"Landscape({type(self._template).__name__}, {self.loss.name!r}, dimension={self.dimension}, "
            f"n_rows={self.n_rows}, batchnorm={self.batchnorm!r}, vectorised={self.vectorised})"
        )

    def settings(self) -> dict[str, Any]:
        """What belongs to a result's provenance; see :meth:`Surface.settings`. The data by their SHA-256."""
        return super().settings() | {
            "module": type(self._template).__qualname__,
            "frozen_parameters": sum(p.numel() for p in self._template.parameters() if not p.requires_grad),
            "loss": self.loss.name,
            "batchnorm": self.batchnorm,
            "dropout": self.dropout,
            "statistics_rows": self.statistics_rows,
            "memory": self.memory,
            "vectorised": self.vectorised,
            "data": self.fingerprint,
        }

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the data."""
        return self.data.fingerprint()

    def accuracies(self, thetas: Any, rows: Any = None) -> Tensor | None:
        """Shares (P,) of rows that are classified rightly; see :meth:`Surface.accuracies`. None for other losses."""
        if self.loss.accuracy is None:
            return None
        thetas = self._as_batch(thetas)
        chosen = self.as_rows(rows, len(thetas))
        self.evaluations.losses += len(thetas)
        with torch.no_grad():
            return self._swept(thetas, chosen, self._accuracy)[0]

    def vector(self, module: nn.Module | None = None) -> Tensor:
        """The vector (M,) of a module of this architecture; by default of the one that the landscape was made of.

        Raises
        ------
        ValueError
            If the module has other parameters.
        """
        return self.layout.vector(module or self._template).to(self.device, self.dtype)

    def module(self, theta: Any) -> nn.Module:
        """A new module with the parameters of a vector (M,), in the mode that the user's was in.

        Its BatchNorm statistics are those of the vector for "coordinates", measured at it for "recompute", and the
        user's otherwise.

        Raises
        ------
        TypeError
            If theta is no real numbers.
        ValueError
            If it is not (M,) or not finite.
        """
        theta = self.as_points(torch.as_tensor(theta)[None])
        made = deepcopy(self._template)
        self.layout.write(made, theta[0])
        if self.batchnorm == "recompute":
            with torch.no_grad():
                for name, value in self._recomputed(theta).items():
                    made.get_buffer(name).copy_(value[0])
        return made

    def updated_statistics(self, thetas: Any, rows: Any = None) -> Tensor:
        r"""Vectors whose BatchNorm statistics have moved by a training pass: :math:`s \leftarrow (1 - m) s + m \hat s`.

        :math:`\hat s` are the mean and unbiased variance of the rows, m is the layer's momentum; parameters stay.
        More than ``statistics_rows`` rows are several batches, one after another.

        Returns
        -------
        (P, M) tensor

        Raises
        ------
        TypeError
            If thetas are no real numbers, or rows no integers.
        ValueError
            If statistics are no coordinates, a shape is wrong, or a row out of range.
        """
        if self.batchnorm != "coordinates":
            raise ValueError(
                f"expected batchnorm='coordinates' of a module with BatchNorm, got {self.batchnorm!r}; "
                "statistics are coordinates only there"
            )
        thetas = self._as_batch(thetas)
        chosen = self.as_rows(rows, len(thetas))
        with torch.no_grad():
            moved = [
                self._moved(thetas[chunk], self._rows_of(chosen, chunk))
                for chunk in even_blocks(len(thetas), self.at_once(self.statistics_rows))
            ]
        return torch.cat(moved)

    def mini_batches(self, size: int, seed: int = 0, independent: bool = False) -> MiniBatches:
        """Seeded mini-batches of the rows; see :meth:`Surface.mini_batches`.

        Raises
        ------
        ValueError
            If a number is out of range, or the last batch of an epoch is a single row, which has no batch statistics.
        """
        batches = super().mini_batches(size, seed, independent)
        if self.batchnorm == "batch" and batches.smallest == 1:
            try:
                self._losses(self.vector()[None], torch.zeros(1, dtype=torch.int64, device=self.device))
            except ValueError:  # torch's, where a layer has a single number to take the variance of
                raise ValueError(
                    f"expected batches of at least 2 rows for batchnorm='batch', got {self.n_rows} rows in batches of "
                    f"{size}, the last one with a single row; choose another batch"
                ) from None
        return batches

    def blocks(self, size: int | None = None) -> list[LossBlock]:
        """The loss on all data as a sum of functions of one vector, for second derivatives.

        Parameters
        ----------
        size : int, optional
            Rows a block, at most. Where rows act on each other (batch statistics, masks) it is ``statistics_rows``
            instead: other blocks would be another loss.

        Returns
        -------
        list of LossBlock

        Raises
        ------
        TypeError
            If the size is no integer.
        ValueError
            If the size is below 1, or BatchNorm's statistics are recomputed or coordinates: the gradient takes them as
            constants, so there is no second derivative that belongs to it.
        """
        if self.batchnorm in ("recompute", "coordinates"):
            raise ValueError(
                f"expected batchnorm='batch' or 'frozen' for second derivatives, got {self.batchnorm!r}, whose "
                "gradient takes the statistics as constants; choose one of the two"
            )
        size = self._block_rows if size is None else as_count(size, "size")
        if self.batchnorm == "batch" or self._seed is not None:
            size = self.statistics_rows
        return [
            LossBlock(
                (block.stop - block.start) / self.n_rows,
                block.stop - block.start,
                partial(self._outputs, block, number),
                partial(self._block_loss, block),
            )
            for number, block in enumerate(even_blocks(self.n_rows, size))
        ]

    def at_once(self, n_rows: int | None = None) -> int:
        """Vectors that fit in the memory with so many rows; see :meth:`Surface.at_once`."""
        if not self.vectorised:
            return 1
        rows = min(self.n_rows if n_rows is None else n_rows, self._block_rows)
        memory = min(self.memory, CACHED) if self.device.type == "cpu" else self.memory
        return max(self.footprint.vectors(memory, rows), 1)

    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        return self._swept(thetas, rows, self._loss)[0]

    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        losses, gradients = self._swept(thetas, rows, self._loss, gradient=True)
        assert gradients is not None
        return losses, gradients

    def _loss(self, outputs: Any, targets: Tensor) -> Tensor:
        return self.loss.mean(outputs, targets)

    def _outputs(self, block: slice, number: int, theta: Tensor) -> Any:
        """What the module gives for a block of rows at one vector (M,), with the graph."""
        parts = {name: part[0] for name, part in self.layout.split(theta[None]).items()}
        with seeded(self._seed, number, self.device), plain_attention():
            return run(self._active, parts, self.data.take(block), lambda outputs, _: outputs)

    def _block_loss(self, block: slice, outputs: Any) -> Tensor:
        return self._loss(outputs, self.data.targets[block])

    def _accuracy(self, outputs: Any, targets: Tensor) -> Tensor:
        assert self.loss.accuracy is not None
        return torch.as_tensor(self.loss.accuracy(outputs, targets)).to(self.device, self.dtype)

    def _swept(
        self, thetas: Tensor, rows: Tensor | None, result: Result, gradient: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Means over rows of a result (P,), and its gradients (P, M): chunks of vectors, blocks of rows."""
        count = self.n_rows if rows is None else rows.shape[-1]
        size = min(count, self._block_rows)
        means = thetas.new_zeros(len(thetas))
        slopes = torch.empty_like(thetas) if gradient else None
        for chunk in even_blocks(len(thetas), self.at_once(size)):
            statistics = self._statistics(thetas[chunk])
            mine = self._rows_of(rows, chunk)
            for number, block in enumerate(even_blocks(count, size)):
                data = self.data.take(block if mine is None else mine[..., block])
                own = mine is not None and mine.ndim == 2
                share = (block.stop - block.start) / count
                value, slope = self._block(thetas[chunk], statistics, data, own, number, result, gradient)
                means[chunk] += share * value
                if slopes is not None:
                    self.layout.add(slopes[chunk], slope, share, first=number == 0)
        return means, slopes

    def _block(
        self,
        thetas: Tensor,
        statistics: Parts,
        data: tuple[Any, ...],
        own: bool,
        number: int,
        result: Result,
        gradient: bool,
        vectorised: bool | None = None,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Result (P,) on one block of rows, and its gradient by parameter (P, *shape), none where none is wanted."""
        parts = self.layout.split(thetas.detach())
        leaves = [parts[name].requires_grad_(gradient) for name in self.layout.parameters]
        fixed = partial(seeded, self._seed, number, self.device)
        chosen = self.vectorised if vectorised is None else vectorised
        with plain_attention():
            value = run_many(self._active, parts | statistics, data, own, result, chosen, fixed)
            if not gradient:
                return value, ()
            slopes = torch.autograd.grad(value.sum(), leaves, materialize_grads=True)
        return value.detach(), slopes

    def _statistics(self, thetas: Tensor) -> Parts:
        return self._recomputed(thetas) if self.batchnorm == "recompute" else {}

    def _recomputed(self, thetas: Tensor) -> Parts:
        """Running means and variances (P, C) of all data; fewer vectors at a time than a mini-batch would allow."""
        chunks = even_blocks(len(thetas), self.at_once(self.statistics_rows))
        found = [self._merged_moments(thetas[chunk]) for chunk in chunks]
        return {name: torch.cat([part[name] for part in found]) for name in found[0]}

    def _merged_moments(self, thetas: Tensor) -> Parts:
        """The same for vectors that fit at once, merged over blocks of rows."""
        merged: dict[str, Moments] = {}
        for number, block in enumerate(even_blocks(self.n_rows, self.statistics_rows)):
            for name, moments in self._moments(thetas, self.data.take(block), False, number):
                merged[name] = merged[name].merged(moments) if name in merged else moments
        means = {statistics_name(name, "mean"): moments.mean for name, moments in merged.items()}
        return means | {statistics_name(name, "var"): moments.unbiased for name, moments in merged.items()}

    def _moved(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        parts = {name: part.clone() for name, part in self.layout.split(thetas).items()}
        layers = norms(self._template)
        count = self.n_rows if rows is None else rows.shape[-1]
        for number, block in enumerate(even_blocks(count, self.statistics_rows)):
            data = self.data.take(block if rows is None else rows[..., block])
            own = rows is not None and rows.ndim == 2
            for name, moments in self._moments(thetas, data, own, number):
                momentum = cast(float, layers[name].momentum)  # checked at construction
                for which, value in (("mean", moments.mean), ("var", moments.unbiased)):
                    parts[statistics_name(name, which)].lerp_(value, momentum)
        return self.layout.join(parts)

    def _moments(
        self, thetas: Tensor, data: tuple[Any, ...], own: bool, number: int
    ) -> Iterator[tuple[str, Moments]]:
        """Moments (P, C) of each call of each BatchNorm, normalising with batch statistics on the way."""
        counts: dict[str, list[int]] = {}

        def noted(outputs: Any, targets: Tensor) -> Any:
            found, seen = self._recorder.take()
            counts.update(seen)
            return found

        parts = self.layout.split(thetas)
        parts = {name: parts[name] for name in self.layout.parameters}
        fixed = partial(seeded, self._seed, number, self.device)
        with torch.no_grad(), plain_attention():
            found = run_many(self._measured, parts, data, own, noted, self.vectorised, fixed)
        return per_call(found, counts)

    @property
    def _block_rows(self) -> int:
        """Rows of one evaluation: fixed where rows act on each other, else what fits beside a vector."""
        if self.batchnorm == "batch" or self._seed is not None:
            return self.statistics_rows
        return self.footprint.rows(self.memory)

    @staticmethod
    def _rows_of(rows: Tensor | None, chunk: slice) -> Tensor | None:
        return rows if rows is None or rows.ndim == 1 else rows[chunk]

    def _check_memory(self) -> None:
        blocks = self.batchnorm in ("batch", "recompute", "coordinates") or self._seed is not None
        rows = min(self.n_rows, self.statistics_rows) if blocks else 1
        if self.footprint.vectors(self.memory, rows) < 1:
            needed = self.footprint.vector + self.footprint.cell * rows
            raise MemoryError(
                f"expected memory for one vector on {rows} rows, about {needed:.2g} bytes, got {self.memory:.2g}; "
                "raise memory" + (", or lower statistics_rows" if rows > 1 else "")
            )
