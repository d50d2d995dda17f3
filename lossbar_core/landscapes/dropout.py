"""Dropout and other randomness in a module: found, refused, switched off, or tied to a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.dropout import _DropoutNd


def random_parts(module: nn.Module) -> list[str]:
    """Names of the parts that drop values in training: dropout layers, recurrent and attention layers."""
    found = []
    for name, part in module.named_modules():
        share = part.p if isinstance(part, _DropoutNd) else getattr(part, "dropout", 0.0)
        if isinstance(share, (int, float)) and share > 0:
            found.append(f"{name or 'the module'} ({type(part).__name__})")
    return found


def as_dropout(dropout: Any) -> int | str | None:
    """None, "off", or a seed.

    Raises
    ------
    ValueError
        If it is something else.
    """
    if dropout is None or dropout == "off":
        return dropout
    if isinstance(dropout, bool) or not isinstance(dropout, (int, np.integer)) or dropout < 0:
        raise ValueError(
            f"expected dropout None, 'off' or a seed >= 0, got {dropout!r}; 'off' evaluates without dropout, "
            "a seed gives every evaluation the same mask"
        )
    return int(dropout)


@contextmanager
def seeded(seed: int | None, block: int, device: torch.device) -> Iterator[None]:
    """Torch's random state from a seed and a block of rows; the caller's state comes back afterwards."""
    if seed is None:
        yield
        return
    state = int(np.random.SeedSequence([seed, block]).generate_state(1, np.uint64)[0] >> np.uint64(1))
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(state)
        yield


def is_random(outputs: Callable[[], list[torch.Tensor]], device: torch.device) -> bool:
    """Whether the outputs change with torch's random state; the state itself stays as it was."""
    with seeded(0, 0, device):
        first = outputs()
    with seeded(1, 0, device):
        second = outputs()
    return any(not torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(first, second, strict=True))
