"""Random first values of the parameters, seeded, without touching torch's own random state."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from lossbar_core.checks import as_count

AUTHORS_SEED = 26  # of the first network in the TO authors' code; the next ones have 27, 28, ...
AUTHORS_BIAS = 0.01  # of all biases there


def initialise(module: nn.Module, seed: int, scheme: str = "torch") -> nn.Module:
    r"""Draw all parameters anew, in place; on every device the numbers are those of the CPU.

    Parameters
    ----------
    module : nn.Module
        Its parameters are replaced, and the running statistics of its BatchNorm layers are reset.
    seed : int
        At least 0.
    scheme : {"torch", "to", "autoneb", "uniform", "normal"}
        "torch": each layer's own rule. "to": the TO authors' code: weights
        :math:`N(0, 2 / \mathrm{fan\,in})`, biases 0.01, torch's seed 26 + seed, drawn in their order.
        "autoneb": weights :math:`N(0, 1 / \mathrm{fan\,in})`, biases 0. "uniform": all parameters on (-1, 1),
        the FB paper's quadratic task. "normal": all parameters N(0, 1), its cubic task. In "to" and "autoneb",
        normalisation layers keep scale 1 and shift 0.

    Returns
    -------
    nn.Module
        The same module.

    Raises
    ------
    TypeError
        If it is no module, or the seed no integer.
    ValueError
        If the scheme is unknown, the seed negative, or a layer with parameters of its own has no rule for them, or
        the module is spread over devices.

    Examples
    --------
    >>> layer = initialise(nn.Linear(2, 1), 0, "to")
    >>> layer.bias.tolist()
    [0.009999999776482582]
    """
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"expected a torch module, got {type(module).__name__}; pass an instance, such as MLP((2, 3, 1))"
        )
    as_count(seed, "seed", low=0)
    if scheme not in SCHEMES:
        raise ValueError(f"expected a scheme of {', '.join(SCHEMES)}, got {scheme!r}; choose one of them")
    device = _device(module)
    module.cpu()
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed + AUTHORS_SEED if scheme == "to" else seed)
        SCHEMES[scheme](module)
        for layer in module.modules():
            if isinstance(layer, _BatchNorm):
                layer.reset_running_stats()
    return module.to(device)


def _device(module: nn.Module) -> torch.device:
    devices = {value.device for value in module.parameters()}
    if len(devices) > 1:
        raise ValueError(
            f"expected a module on one device, got {sorted(map(str, devices))}; move it to one first"
        )
    return devices.pop() if devices else torch.device("cpu")


def _of_torch(module: nn.Module) -> None:
    for name, layer in module.named_modules():
        own = [key for key, _ in layer.named_parameters(recurse=False)]
        # nn.MultiheadAttention hides its rule behind an underscore.
        reset: Any = getattr(layer, "reset_parameters", getattr(layer, "_reset_parameters", None))
        if own and reset is not None:
            reset()
        elif own:
            raise ValueError(
                f"expected {type(layer).__name__} {name!r} to have reset_parameters(), since {', '.join(own)} are its "
                'own; add that method, or choose another scheme such as "to"'
            )


def _of_authors(module: nn.Module) -> None:
    # Their layers draw torch's defaults first, when they are made: the same numbers of the stream are used up here.
    _use_up(module)
    _by_shape(module, lambda weight: nn.init.kaiming_normal_(weight), AUTHORS_BIAS)


def _of_autoneb(module: nn.Module) -> None:
    def scaled(weight: Tensor) -> None:
        weight.normal_(0.0, 1 / math.sqrt(weight[0].numel()))

    _by_shape(module, scaled, 0.0)


def _use_up(module: nn.Module) -> None:
    for layer in module.modules():
        if isinstance(layer, (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)):
            layer.reset_parameters()


def _by_shape(module: nn.Module, draw: Callable[[Tensor], object], bias: float) -> None:
    """Weights of two axes or more are drawn, the others are constants; normalisation layers keep scale 1, shift 0."""
    for layer in module.modules():
        plain = [value for _, value in layer.named_parameters(recurse=False)]
        reset: Any = getattr(layer, "reset_parameters", None)
        if reset is not None and plain and all(value.ndim < 2 for value in plain):
            reset()
            continue
        for value in plain:
            draw(value) if value.ndim >= 2 else value.fill_(bias)


def _of_uniform(module: nn.Module) -> None:
    _everywhere(module, lambda value: value.uniform_(-1.0, 1.0))


def _of_normal(module: nn.Module) -> None:
    _everywhere(module, lambda value: value.normal_())


def _everywhere(module: nn.Module, draw: Callable[[Tensor], object]) -> None:
    for value in module.parameters():
        draw(value)


SCHEMES: dict[str, Callable[[nn.Module], None]] = {
    "torch": _of_torch,
    "to": _of_authors,
    "autoneb": _of_autoneb,
    "uniform": _of_uniform,
    "normal": _of_normal,
}
