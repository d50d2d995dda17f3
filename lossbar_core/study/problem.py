"""From three names to a landscape and starting points, everything checked before anything is trained."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.losses import NAMED
from lossbar_core.study.config import Study
from lossbar_core.study.named import call_without_arguments, label, resolve, source_sum


@dataclass(frozen=True)
class Problem:
    """A study's landscape and where its networks start.

    Attributes
    ----------
    landscape : Landscape
        Of the mean training loss.
    starts : (P, M) tensor
        Start k is ``model()`` under torch's seed ``seed + k``.
    seeds : tuple of int
    code : dict
        sha256 of the files that define the functions, None where there is no file.
    network : nn.Module
        That of the first start.
    data : (inputs, targets)
    """

    landscape: Landscape
    starts: torch.Tensor
    seeds: tuple[int, ...]
    code: dict[str, str | None]
    network: nn.Module
    data: Any


def load_problem(study: Study) -> Problem:
    """Resolve, call and check the three functions of a study.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Problem

    Raises
    ------
    TypeError
        If a function returns another kind of thing, or needs arguments.
    ValueError
        If the network, the loss and the data do not fit each other, data are not finite, or the network's random
        weights do not depend on torch's seed.
    ImportError, AttributeError
        If a name leads nowhere.
    MemoryError
        If a single network does not fit.
    """
    functions = {"model": resolve(study.model, "model"), "data": resolve(study.data, "data")}
    loss = _loss(study.loss)
    if callable(loss):
        functions["loss"] = loss
    data = _data(functions["data"], study.seed)
    networks = [_network(functions["model"], study.seed + k) for k in range(study.n_minima)]
    landscape = landscape_of(study, networks[0], data)
    starts = torch.stack([_vector(landscape, network, functions["model"]) for network in networks])
    seeds = tuple(range(study.seed, study.seed + study.n_minima))
    _check_starts(landscape, starts, functions["model"])
    code = {name: source_sum(function) for name, function in functions.items()}
    return Problem(landscape, starts, seeds, code, networks[0], data)


def landscape_of(study: Study, network: nn.Module, data: Any) -> Landscape:
    """The landscape of a network and data under a study's settings.

    Parameters
    ----------
    study : Study
    network : nn.Module
    data : (inputs, targets)

    Returns
    -------
    Landscape
    """
    return Landscape(
        network,
        _loss(study.loss),
        data,
        batchnorm=study.batchnorm,
        dtype=None if study.dtype is None else getattr(torch, study.dtype),
        device=_device(study.device),
        memory=study.memory,
        dropout=study.dropout,
    )


def _loss(loss: Any) -> Any:
    """The name of a loss of the library's, or the function that a name stands for."""
    if isinstance(loss, str) and ":" not in loss:
        if loss not in NAMED:
            raise ValueError(
                f"expected loss {', '.join(NAMED)} or 'module:function', got {loss!r}; write for instance "
                "'torch.nn.functional:huber_loss'"
            )
        return loss
    function = resolve(loss, "loss")
    if inspect.isclass(function):
        raise TypeError(
            f"expected a function (outputs, targets) -> mean loss, got the class {label(loss)}; "
            f"name an instance of it, such as loss = {function.__name__}() in a module of your own"
        )
    return function


def _data(make: Callable[[], Any], seed: int) -> Any:
    with _torch_seed(seed):
        data = call_without_arguments(make, "data")
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        kind = (
            f"{type(data).__name__} of {len(data)}"
            if isinstance(data, (tuple, list))
            else type(data).__name__
        )
        raise TypeError(
            f"expected {label(make)}() to return (inputs, targets), got {kind}; "
            "stack a Dataset or DataLoader into two tensors first"
        )
    return data


def _network(make: Callable[[], Any], seed: int) -> nn.Module:
    with _torch_seed(seed):
        network = call_without_arguments(make, "model")
    if not isinstance(network, nn.Module):
        hint = "call the class: return Net()" if inspect.isclass(network) else "return the module itself"
        raise TypeError(
            f"expected {label(make)}() to return a torch.nn.Module, got {type(network).__name__}; {hint}"
        )
    return network


def _vector(landscape: Landscape, network: nn.Module, make: Any) -> torch.Tensor:
    try:
        return landscape.vector(network)
    except ValueError as error:
        raise ValueError(
            f"expected {label(make)}() to return the same architecture at every call, got another one ({error}); "
            "draw weights at random there, not sizes"
        ) from None


def _check_starts(landscape: Landscape, starts: torch.Tensor, make: Any) -> None:
    if any(torch.equal(starts[0], start) for start in starts[1:]):
        raise ValueError(
            f"expected {label(make)}() to draw other weights under another torch seed, got the same ones; "
            "take torch.manual_seed, or the loading of trained weights, out of it"
        )
    bad = [k for k, loss in enumerate(landscape.losses(starts).tolist()) if not abs(loss) < float("inf")]
    if bad:
        raise ValueError(
            f"expected a finite loss at the start, got none for network {bad[0]}; check the loss and the first weights"
        )


def _device(device: str | None) -> torch.device | None:
    """A device that is there."""
    if device is None:
        return None
    try:
        found = torch.device(device)
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise ValueError(
            f"expected a device of this machine, got {device!r} ({str(error).splitlines()[0]}); use 'cpu', or 'cuda' "
            "where torch.cuda.is_available()"
        ) from None
    return found


@contextmanager
def _torch_seed(seed: int) -> Iterator[None]:
    """Torch's random state set by a seed; the caller's comes back afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
