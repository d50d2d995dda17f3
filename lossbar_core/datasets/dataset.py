"""What a loader returns: two splits, with what a result must say about its data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor


class Split(NamedTuple):
    """Inputs and targets of the same length; a pair, as `Landscape` wants its data."""

    inputs: Tensor
    targets: Tensor


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test rows, where they come from, and their fingerprint.

    Attributes
    ----------
    name : str
        Of the data set, such as "mnist".
    train, test : Split
        Pairs (inputs, targets). Images: float32 (n, channels, height, width), or (n, pixels) where flattened, and
        int64 (n,). Text: int64 (n, length) twice, the targets one word ahead.
    classes : tuple of str
        Names of the targets' values: classes, or words.
    fingerprint : str
        sha256 of dtype, shape and bytes of the four arrays, in the order above.
    variant : str
        What a table may call the data: "MNIST" only for the official content, "MNIST (small)" for the embedded set,
        "CIFAR-10 (JPEG q75)" for one of the re-encoded ones.
    licence : str
    settings : mapping
        The options that made the arrays, as plain values.
    """

    name: str
    train: Split
    test: Split
    classes: tuple[str, ...]
    variant: str
    licence: str
    settings: Mapping[str, Any]
    fingerprint: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "fingerprint", fingerprint((*self.train, *self.test)))

    def __repr__(self) -> str:
        shape = "x".join(str(side) for side in self.train.inputs.shape[1:])
        return (
            f"Dataset({self.variant!r}, {len(self.train.inputs)} + {len(self.test.inputs)} rows of {shape}, "
            f"{len(self.classes)} classes, {self.fingerprint[:12]})"
        )


def fingerprint(tensors: Iterable[Tensor]) -> str:
    """Hexadecimal sha256 of dtype, shape and bytes of every tensor in turn.

    Examples
    --------
    >>> import torch
    >>> fingerprint([torch.zeros(2)])[:8], fingerprint([torch.zeros(2, 1)])[:8]
    ('30f43590', '036b449f')
    """
    digest = hashlib.sha256()
    for tensor in tensors:
        array = tensor.numpy()
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
