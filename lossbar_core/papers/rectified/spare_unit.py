"""Hidden units change places without any change of a prediction, where one unit is to spare."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor


def permuted(inner: Tensor, outer: Tensor, order: Sequence[int]) -> tuple[Tensor, Tensor]:
    """The network whose unit i is unit ``order[i]`` of the given one: the same function.

    Parameters
    ----------
    inner : (m, n) tensor
    outer : (k, m) tensor
    order : permutation of 0..m-1

    Examples
    --------
    >>> permuted(torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0, 4.0]]), [1, 0])[1]
    tensor([[4., 3.]])
    """
    return inner[list(order)], outer[:, list(order)]


def path_with_spare(inner: Tensor, outer: Tensor, order: Sequence[int]) -> Tensor:
    r"""Pivots from a network to a permuted copy; on every segment the function stays. The last unit is the spare one.

    A unit is copied into one that nothing comes out of, then its outer weights are handed over: the sum of both
    stays, and both fire alike. So a cycle of units goes round with one more unit.

    Parameters
    ----------
    inner : (m, n) tensor
    outer : (k, m) tensor
        0 in its last column.
    order : permutation of 0..m-2
        As in `permuted`; the spare unit stays.

    Returns
    -------
    (N, m n + k m) tensor
        Inner weights, then outer ones.

    Raises
    ------
    ValueError
        If something comes out of the last unit, or the order is no permutation of the others.

    Examples
    --------
    >>> a = torch.tensor([[1.0], [2.0], [0.0]]), torch.tensor([[3.0, 4.0, 0.0]])
    >>> path_with_spare(*a, [1, 0])[-1]
    tensor([2., 1., 0., 4., 3., 0.])
    """
    spare = len(inner) - 1
    if bool(outer[:, spare].any()):
        raise ValueError("expected a last unit with outer weights 0, got others; free a unit first")
    if sorted(order) != list(range(spare)):
        raise ValueError(f"expected a permutation of 0..{spare - 1}, got {list(order)}; name every unit once")
    inner, outer = inner.clone(), outer.clone()
    own, pivots = inner[spare].clone(), [torch.cat([inner.flatten(), outer.flatten()])]

    def hand_over(source: int, target: int) -> None:
        inner[target] = inner[source]
        pivots.append(torch.cat([inner.flatten(), outer.flatten()]))
        outer[:, target], outer[:, source] = outer[:, source].clone(), 0.0
        pivots.append(torch.cat([inner.flatten(), outer.flatten()]))

    for cycle in cycles(order):
        hand_over(cycle[0], spare)
        for place, source in itertools.pairwise(cycle):
            hand_over(source, place)
        hand_over(spare, cycle[-1])
    inner[spare] = own
    return torch.stack([*pivots, torch.cat([inner.flatten(), outer.flatten()])])


def cycles(order: Sequence[int]) -> list[list[int]]:
    """Cycles of more than one place, each following ``order``.

    Examples
    --------
    >>> cycles([1, 2, 0, 3, 5, 4])
    [[0, 1, 2], [4, 5]]
    """
    found, seen = [], set()
    for start in range(len(order)):
        cycle, place = [], start
        while place not in seen:
            seen.add(place)
            cycle.append(place)
            place = order[place]
        if len(cycle) > 1:
            found.append(cycle)
    return found
