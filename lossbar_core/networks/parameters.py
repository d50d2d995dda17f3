"""Counting parameters and checking what architectures are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import nn

from lossbar_core.checks import as_count


def n_parameters(module: nn.Module) -> int:
    """Number of trainable parameters; tied weights count once, buffers not at all.

    Raises
    ------
    TypeError
        If it is no module.

    Examples
    --------
    >>> n_parameters(nn.Linear(3, 2))
    8
    """
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"expected a torch module, got {type(module).__name__}; pass an instance, such as MLP((2, 3, 1))"
        )
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def as_sizes(values: Any, name: str, length: int | None = None, least: int = 1) -> tuple[int, ...]:
    """A sequence of positive integers.

    Raises
    ------
    TypeError
        If it is no sequence of integers.
    ValueError
        If it is too short, of another length than wanted, or a number is below 1.
    """
    if isinstance(values, (str, bytes)) or not isinstance(values, (Sequence, np.ndarray)):
        raise TypeError(f"expected {name} as a sequence of integers, got {values!r}; write (a, b, ...)")
    sizes = tuple(as_count(value, f"entry of {name}") for value in values)
    if len(sizes) < least or (length is not None and len(sizes) != length):
        wanted = f"{length}" if length is not None else f"at least {least}"
        raise ValueError(
            f"expected {wanted} numbers as {name}, got {len(sizes)} in {sizes}; mend the sequence"
        )
    return sizes


def as_image(image: Any) -> tuple[int, int, int]:
    """Shape (channels, height, width) of an image.

    Raises
    ------
    TypeError
        If it is no sequence of integers.
    ValueError
        If there are not three positive numbers.
    """
    channels, height, width = as_sizes(image, "image", length=3)
    return channels, height, width


def as_flag(value: Any, name: str) -> bool:
    """A truth value; a number or text in its place is more often a slip than meant.

    Raises
    ------
    TypeError
        If it is neither True nor False.
    """
    if not isinstance(value, bool):
        raise TypeError(f"expected {name} True or False, got {value!r}; pass a bool")
    return value
