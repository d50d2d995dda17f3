"""Copies of a user's module: the module itself is never changed."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import nn

from lossbar_core.landscapes.batchnorm import norms, use_batch_statistics
from lossbar_core.landscapes.surface import as_dtype


def dtype_of(module: nn.Module, dtype: Any = None) -> torch.dtype:
    """The given dtype, or the one that all real parameters of the module have.

    Raises
    ------
    TypeError
        If it is neither float32 nor float64, or parameters differ and none is given.
    """
    if dtype is not None:
        return as_dtype(dtype)
    found = {parameter.dtype for parameter in module.parameters()}
    if len(found) > 1:
        raise TypeError(
            f"expected parameters of one dtype, got {', '.join(sorted(map(str, found)))}; "
            "pass dtype=torch.float32 or torch.float64"
        )
    return as_dtype(found.pop() if found else torch.float32)


def template_of(module: Any, dtype: Any, device: Any) -> nn.Module:
    """A copy of the module with a dtype, on a device; by default its own.

    Raises
    ------
    TypeError
        If it is no module, or has another dtype than float32 or float64.
    ValueError
        If it is lazy and has seen no data, holds complex parameters, or cannot be copied.
    """
    if not isinstance(module, nn.Module):
        raise TypeError(f"expected a torch.nn.Module, got {type(module).__name__}; pass an instance")
    for name, value in (*module.named_parameters(), *module.named_buffers()):
        if nn.parameter.is_lazy(value):
            raise ValueError(
                f"expected a module with all shapes known, got {name} uninitialised; run it once on a batch first"
            )
        if value.is_complex():
            raise ValueError(
                f"expected real parameters, got {name} of {value.dtype}; split it in two real ones"
            )
    dtype = dtype_of(module, dtype)
    try:
        copied = deepcopy(module)
    except RuntimeError as error:
        raise ValueError(
            f"expected {type(module).__name__} to allow copy.deepcopy, got: {error}; a tensor that was computed in "
            "forward is kept as an attribute: use torch.nn.utils.parametrizations, or a fresh module"
        ) from error
    first = next(module.parameters(), None)
    return copied.to(device=device or (first.device if first is not None else "cpu"), dtype=dtype)


def evaluated_copy(template: nn.Module, random: bool, batch_statistics: bool) -> nn.Module:
    """A copy in evaluation mode, or in training mode but for BatchNorm where dropout is to act."""
    copied = deepcopy(template).requires_grad_(False).train(random)
    for norm in norms(copied).values():
        norm.eval()
    if batch_statistics:
        use_batch_statistics(copied)
    return copied
