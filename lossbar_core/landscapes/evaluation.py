"""One module at P parameter vectors at once: by vmap where it can, else one after another."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

Parts = dict[str, Tensor]
Result = Callable[[Any, Tensor], Any]


def run(module: nn.Module, parameters: Parts, data: tuple[Any, ...], result: Result) -> Any:
    """``result(outputs, targets)`` of the module with other parameters and buffers; the module is not changed."""
    arguments, keywords, targets = data
    return result(functional_call(module, parameters, arguments, keywords), targets)


def run_many(
    module: nn.Module,
    parameters: Parts,
    data: tuple[Any, ...],
    own: bool,
    result: Result,
    vectorised: bool,
    randomness: Callable[[], AbstractContextManager[None]],
) -> Any:
    """The same for parameters (P, ...) and data shared by all vectors, or (P, b, ...) where each has its own.

    ``randomness`` fixes torch's random state: every vector starts from the same, and so has the same dropout mask.
    """
    if vectorised:

        def one(parameters: Parts, data: tuple[Any, ...]) -> Any:
            return run(module, parameters, data, result)

        with randomness():
            return vmap(one, in_dims=(0, 0 if own else None), randomness="same")(parameters, data)
    found = []
    for p in range(len(next(iter(parameters.values())))):
        mine = pick(data, p) if own else data
        with randomness():
            found.append(run(module, pick(parameters, p), mine, result))
    return stack(found)


def pick(tree: Any, index: Any) -> Any:
    """Index every tensor of a nested structure."""
    if isinstance(tree, Tensor):
        return tree[index]
    if isinstance(tree, dict):
        return {key: pick(value, index) for key, value in tree.items()}
    return tuple(pick(part, index) for part in tree)


def stack(trees: list[Any]) -> Any:
    """One structure of stacked tensors from equal structures."""
    first = trees[0]
    if isinstance(first, Tensor):
        return torch.stack(trees)
    if isinstance(first, dict):
        return {key: stack([tree[key] for tree in trees]) for key in first}
    return type(first)(stack([tree[i] for tree in trees]) for i in range(len(first)))


def tensors_of(tree: Any) -> list[Tensor]:
    """All tensors of a nested structure of tuples, lists, dictionaries and the like."""
    if isinstance(tree, Tensor):
        return [tree]
    if isinstance(tree, dict):
        return [tensor for part in tree.values() for tensor in tensors_of(part)]
    if isinstance(tree, (tuple, list)):
        return [tensor for part in tree for tensor in tensors_of(part)]
    return []


@contextmanager
def plain_attention() -> Iterator[None]:
    """Attention by matrix products: vmap lacks the fused kernels, and those of inference round differently."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)


def agrees_with_loop(evaluate: Callable[[bool], Any], tolerance: float) -> bool:
    """Whether vmap runs without error, without slow substitutes, and gives what the loop gives.

    Parameters
    ----------
    evaluate : callable
        vectorised -> tuple of tensors.
    tolerance : float
        Relative, of each tensor's largest entry.
    """
    expected = evaluate(False)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*performance drop.*")
            found = evaluate(True)
    except Exception:  # what a foreign module raises under vmap is not known; the loop has just worked
        return False
    return all(
        torch.allclose(
            a, b, rtol=tolerance, atol=tolerance * float(b.nan_to_num().abs().max()), equal_nan=True
        )
        for a, b in zip(found, expected, strict=True)
    )
