"""Where the networks of an ensemble start."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.checks import as_count
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import initialise


def initial_vectors(landscape: Any, seeds: Any, scheme: str = "torch") -> Tensor:
    """Random first vectors (P, M) of a landscape's module, one a seed, by a scheme of `networks.initialise`.

    Parameters
    ----------
    landscape : Landscape
        Of a module: a formula has no layers whose rule could be followed.
    seeds : sequence of P different int
    scheme : str

    Returns
    -------
    (P, M) tensor
        Each row depends on its own seed alone.

    Raises
    ------
    TypeError
        If the landscape has no module, or the seeds are no sequence of integers.
    ValueError
        If two seeds are equal, one is negative, there is none, or the scheme does not fit the module.

    Examples
    --------
    >>> from lossbar_core.landscapes import Landscape
    >>> from lossbar_core.networks import MLP
    >>> landscape = Landscape(MLP((1, 2, 1)), "mse", (torch.zeros(3, 1), torch.zeros(3, 1)))
    >>> initial_vectors(landscape, range(4)).shape
    torch.Size([4, 7])
    """
    numbers = as_seeds(seeds)
    if not isinstance(landscape, Landscape):
        raise TypeError(
            f"expected a landscape of a module, got {type(landscape).__name__}; pass starts=(P, M) numbers instead"
        )
    module = landscape.module(torch.zeros(landscape.dimension))
    return torch.stack(
        [landscape.vector(initialise(module, seed, scheme)).detach().clone() for seed in numbers]
    )


def as_seeds(seeds: Any) -> tuple[int, ...]:
    """Different seeds, one a network.

    Raises
    ------
    TypeError
        If they are no sequence of integers.
    ValueError
        If two are equal, one is negative, or there is none.
    """
    if isinstance(seeds, (int, np.integer)):
        raise TypeError(
            f"expected a sequence of seeds, got {seeds}; pass range({seeds}) for {seeds} networks"
        )
    try:
        numbers = tuple(as_count(seed, "seed", low=0) for seed in seeds)
    except TypeError as error:
        raise TypeError(f"expected a sequence of integer seeds, got {seeds!r} ({error})") from None
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(
            f"expected different seeds, at least one, got {list(numbers)}; equal seeds give equal networks"
        )
    return numbers
