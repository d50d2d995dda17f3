"""Inputs and targets as checked tensors, a row per example."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


class TrainingData:
    """Inputs and targets of a loss; kept without a copy where dtype and device fit, so do not change them later.

    Parameters
    ----------
    data : (inputs, targets)
        Inputs: a tensor or array whose first axis counts the rows, a tuple of such (``module(*inputs)``), or a
        dictionary (``module(**inputs)``). Targets: a tensor or array with as many rows.
    dtype, device
        Real inputs and targets get the dtype; integers stay integers, int64 for targets.

    Raises
    ------
    TypeError
        If the data are no pair, or a part is no array of numbers.
    ValueError
        If there are no rows, numbers of rows differ, or an entry is NaN or infinite.

    Examples
    --------
    >>> data = TrainingData(([[1.0], [2.0]], [0, 1]), torch.float32, torch.device("cpu"))
    >>> data.n_rows, data.arguments[0].dtype, data.targets.dtype
    (2, torch.float32, torch.int64)
    """

    def __init__(self, data: Any, dtype: torch.dtype, device: torch.device) -> None:
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise TypeError(
                f"expected data as a pair (inputs, targets), got {type(data).__name__}; "
                "give a tuple of two, such as (images, labels)"
            )
        inputs, targets = data
        self.arguments: tuple[Tensor, ...] = ()
        self.keywords: dict[str, Tensor] = {}
        if isinstance(inputs, dict):
            self.keywords = {key: _as_rows(part, f"inputs[{key!r}]", dtype) for key, part in inputs.items()}
        elif isinstance(inputs, tuple):
            self.arguments = tuple(_as_rows(part, f"inputs[{i}]", dtype) for i, part in enumerate(inputs))
        else:
            self.arguments = (_as_rows(inputs, "inputs", dtype),)
        self.targets = _as_rows(targets, "targets", dtype)
        if not self.targets.dtype.is_floating_point:
            self.targets = self.targets.to(torch.int64)
        self.n_rows = len(self.targets)
        counts = [len(part) for part in (*self.arguments, *self.keywords.values())]
        if not counts or any(count != self.n_rows for count in counts) or self.n_rows == 0:
            raise ValueError(
                f"expected as many rows of inputs as of targets, at least 1, got {counts} and {self.n_rows}; "
                "the first axis of every part counts the rows"
            )
        self._map(lambda part: part.to(device))

    def _map(self, change: Callable[[Tensor], Tensor]) -> None:
        self.arguments = tuple(change(part) for part in self.arguments)
        self.keywords = {key: change(part) for key, part in self.keywords.items()}
        self.targets = change(self.targets)

    @property
    def parts(self) -> tuple[Any, ...]:
        """Arguments, keywords and targets, as one evaluation takes them."""
        return self.arguments, self.keywords, self.targets

    @property
    def row_bytes(self) -> int:
        """Bytes of one row of inputs and targets."""
        tensors = (*self.arguments, *self.keywords.values(), self.targets)
        return sum(part.element_size() * (part.numel() // len(part)) for part in tensors)

    def take(self, rows: Tensor | slice) -> tuple[Any, ...]:
        """The parts on some rows: a slice, (b,) row numbers, or (P, b) for parts (P, b, ...)."""
        return (
            tuple(part[rows] for part in self.arguments),
            {key: part[rows] for key, part in self.keywords.items()},
            self.targets[rows],
        )

    def fingerprint(self) -> str:
        """SHA-256 of names, shapes, dtypes and bytes: equal data on any device have the same."""
        digest = hashlib.sha256()
        named = [*((str(i), part) for i, part in enumerate(self.arguments)), *sorted(self.keywords.items())]
        for name, part in [*named, ("targets", self.targets)]:
            digest.update(f"{name} {tuple(part.shape)} {part.dtype};".encode())
            digest.update(np.ascontiguousarray(part.detach().cpu().numpy()).data)
        return digest.hexdigest()


def _as_rows(part: Any, name: str, dtype: torch.dtype) -> Tensor:
    try:
        tensor = torch.as_tensor(part).detach()
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(
            f"expected {name} as a tensor or array of numbers, got {type(part).__name__}; "
            "convert it with torch.as_tensor (a tuple means several inputs, a dict keyword inputs)"
        ) from None
    if tensor.ndim == 0:
        raise ValueError(f"expected {name} with rows, got one number; the first axis counts the rows")
    if tensor.dtype.is_complex:
        raise TypeError(f"expected {name} of real numbers, got {tensor.dtype}; convert them first")
    if not tensor.dtype.is_floating_point:
        return tensor
    bad = ~torch.isfinite(tensor)
    if bad.any():
        place = bad.nonzero()[0].tolist()
        raise ValueError(
            f"expected finite {name}, got {tensor[tuple(place)].item()} at {place} ({int(bad.sum())} such "
            "entries); remove or replace those rows"
        )
    return tensor.to(dtype)
