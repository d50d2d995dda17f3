"""Small convolutional chains: what passes through, and its derivatives in the parameters of the convolutions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossbar_core.hessians.activations import Activated, activated, known_activation
from lossbar_core.hessians.balls import Ball, einsum, growth, joined
from lossbar_core.hessians.chains import plain_sequence
from lossbar_core.hessians.heads import Head, head_of, predicts
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.blocks import LossBlock

Pair = tuple[int, int]

MOST = 1000  # parameters of convolutions: with more, products are cheaper; tuned here


@dataclass(frozen=True)
class Convolution:
    """A convolution, the activation and the max-pool behind it.

    Attributes
    ----------
    places : (channels, K) int64 tensor
        Of its parameters in a vector: K weights of a channel, its bias the last of them.
    module : nn.Conv2d
    activation : nn.Module
    pool : nn.MaxPool2d
        Of size 1 where there is none.
    """

    places: Tensor
    module: nn.Conv2d
    activation: nn.Module = field(default_factory=nn.Identity)
    pool: nn.MaxPool2d = field(default_factory=lambda: nn.MaxPool2d(1))

    @property
    def biased(self) -> bool:
        """Whether there is a bias."""
        return self.module.bias is not None


@dataclass(frozen=True)
class ConvolutionalChain:
    """Convolutions, and the linear layer behind them."""

    layers: list[Convolution]
    head: Head

    @property
    def places(self) -> Tensor:
        """Places of the parameters of all convolutions."""
        return torch.cat([layer.places.flatten() for layer in self.layers])


def convolutions_of(landscape: Landscape) -> ConvolutionalChain | None:
    """The layers of a small convolutional chain with cross-entropy or square loss; None for anything else.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    ConvolutionalChain or None
    """
    module = plain_sequence(landscape)
    if module is None:
        return None
    layers: list[Convolution] = []
    parts = [part for part in module if not isinstance(part[1], (nn.Flatten, nn.Dropout))]
    for name, part in parts[:-1]:
        layer = _with(layers[-1] if layers else None, name, part, landscape)
        if layer is None:
            return None
        layers = [*layers, layer] if isinstance(part, nn.Conv2d) else [*layers[:-1], layer]
    if not layers or sum(layer.places.numel() for layer in layers) > MOST:
        return None
    head = head_of(landscape)
    chain = ConvolutionalChain(layers, head) if head is not None else None
    return chain if chain is not None and _agrees(landscape, chain) else None


def _with(last: Convolution | None, name: str, part: nn.Module, landscape: Landscape) -> Convolution | None:
    """A new convolution, or the last one with its activation or pool; None for what is not known here."""
    if isinstance(part, nn.Conv2d):
        plain = part.groups == 1 and part.dilation == (1, 1) and part.padding_mode == "zeros"
        return _convolution(name, part, landscape) if plain and not isinstance(part.padding, str) else None
    if last is None or last.pool.kernel_size != 1:
        return None
    if isinstance(part, nn.MaxPool2d):
        plain = part.padding == 0 and part.dilation == 1 and not part.ceil_mode and not part.return_indices
        return replace(last, pool=part) if plain else None
    fresh = isinstance(last.activation, nn.Identity)
    return replace(last, activation=part) if fresh and known_activation(part) else None


def _convolution(name: str, part: nn.Conv2d, landscape: Landscape) -> Convolution | None:
    slices = landscape.layout.slices
    weight, bias = (slices.get(f"{name}.{which}", slice(0, 0)) for which in ("weight", "bias"))
    if weight.stop - weight.start + bias.stop - bias.start != sum(p.numel() for p in part.parameters()):
        return None  # frozen or tied
    places = torch.arange(weight.start, weight.stop).view(part.out_channels, -1)
    if part.bias is not None:
        places = torch.cat([places, torch.arange(bias.start, bias.stop)[:, None]], dim=1)
    return Convolution(places, part)


def _agrees(landscape: Landscape, chain: ConvolutionalChain) -> bool:
    """Whether the chain predicts what the module does."""
    inputs = landscape.data.arguments[0]
    if inputs.ndim != 4:
        return False

    def predicted(theta: Tensor, rows: LossBlock) -> Tensor:
        stages = followed(chain, theta, inputs[: rows.n_rows])
        return chain.head.outputs(theta, stages[-1].features).mid

    return predicts(landscape, predicted)


@dataclass(frozen=True)
class Stage:
    """What a convolution makes of b rows, at the L places a channel that win the pool.

    Attributes
    ----------
    activated : Activated (b, channels, L)
    derivatives : Ball (b, m, channels, L)
        Of the activation's arguments, in the parameters of this convolution and, before them, of the earlier ones.
    before : Ball (b, m before, channels, L, K without bias)
        Derivatives of the patches that reach the winners.
    sources : (b, channels, L, K) int64 tensor
        Where the patches lie in the padded input.
    size : (height, width)
        Of a channel of winners.
    unsure : int
        Kinks and pools that rounding may decide otherwise.
    """

    activated: Activated
    derivatives: Ball
    before: Ball
    sources: Tensor
    size: Pair
    unsure: int

    @property
    def features(self) -> Ball:
        """Values (b, F)."""
        return self.activated.value.moved(lambda part: part.flatten(1))

    @property
    def jacobian(self) -> Ball:
        """Derivatives of the values, (b, m, channels, L)."""
        return self.derivatives * self.activated.slope.moved(lambda part: part[:, None])


def followed(chain: ConvolutionalChain, theta: Tensor, inputs: Tensor) -> list[Stage]:
    """Pass rows (b, channels, height, width) through the convolutions."""
    stages: list[Stage] = []
    values = Ball.exact(inputs)
    jacobian = Ball.exact(inputs.new_zeros(len(inputs), 0, *inputs.shape[1:]))
    for layer in chain.layers:
        stage = _stage(layer, theta, values, jacobian)
        values = _unfolded(stage.activated.value, stage.size)
        jacobian = _unfolded(stage.jacobian, stage.size)
        stages.append(stage)
    return stages


def _stage(layer: Convolution, theta: Tensor, values: Ball, jacobian: Ball) -> Stage:
    weights = Ball.exact(theta[layer.places.to(theta.device)])
    n_inputs = weights.mid.shape[1] - layer.biased
    flat = values.moved(lambda part: _padded(layer, part).flatten(1))
    table, size = patch_table(layer, values.mid.shape[1:], theta.device)  # (K, places)
    patches = flat.moved(lambda part: part[:, table].mT)  # (b, places, K)
    if layer.biased:
        patches = joined([patches, Ball.exact(torch.ones_like(patches.mid[:, :, :1]))], 2)
    arguments = (patches @ weights.mT).mT  # (b, channels, places)
    winners, size, unsure = _winners(layer, arguments, patches.mid, size)
    rows = torch.arange(len(winners), device=theta.device)[:, None, None]
    own = patches.moved(lambda part: part[rows, winners])  # (b, channels, L, K with the bias)
    sources = table.mT[winners]  # (b, channels, L, K)
    spread = jacobian.moved(lambda part: _padded(layer, part).flatten(2))
    before = spread.moved(lambda part: _gathered(part, sources))
    earlier = einsum("bmolk,ok->bmol", before, weights[:, :n_inputs])
    derivatives = joined([earlier, own.moved(_own)], 1)
    found = activated(layer.activation, arguments.moved(lambda part: part.gather(2, winners)))
    return Stage(found, derivatives, before, sources, size, unsure + found.unsure)


def _unfolded(ball: Ball, size: Pair) -> Ball:
    return ball.moved(lambda part: part.unflatten(-1, size))


def _padded(layer: Convolution, images: Tensor) -> Tensor:
    high, wide = _pair(layer.module.padding)
    return functional.pad(images, (wide, wide, high, high))


def patch_table(layer: Convolution, shape: tuple[int, ...], device: torch.device) -> tuple[Tensor, Pair]:
    """Places (K, P) in the padded flat input that each of P positions of the filter reads, and the map's size."""
    padded = _padded(layer, torch.zeros(1, *shape)).shape[1:]
    numbers = torch.arange(padded.numel(), dtype=torch.float64).view(1, *padded)
    kernel, stride = _pair(layer.module.kernel_size), _pair(layer.module.stride)
    table = functional.unfold(numbers, kernel, stride=stride)[0].long().to(device)
    return table, _map_size(tuple(padded[1:]), kernel, stride)


def _map_size(size: tuple[int, ...], kernel: Pair, stride: Pair) -> Pair:
    """Height and width of what a window of this size makes of a map."""
    height, width = ((size[i] - kernel[i]) // stride[i] + 1 for i in (0, 1))
    return height, width


def _pair(value: object) -> Pair:
    """Height and width, as torch keeps one number for both, or two."""
    height, width = value if isinstance(value, tuple) else (value, value)
    return int(height), int(width)


def _winners(layer: Convolution, arguments: Ball, patches: Tensor, size: Pair) -> tuple[Tensor, Pair, int]:
    """The places (b, channels, L) that win the pool, the size of the pooled map, and how many are not sure to.

    All activations here rise, so the largest argument wins. Places with the same patch win together: they are the
    same function of the parameters, as far as the patch is.
    """
    numbers = torch.arange(size[0] * size[1], dtype=torch.float64).view(1, 1, *size)
    pool = layer.pool
    kernel, stride = _pair(pool.kernel_size), _pair(pool.stride)
    windows = functional.unfold(numbers, kernel, stride=stride)[0].long().to(patches.device)  # (q, L)
    candidates = arguments.moved(lambda part: part[:, :, windows])  # (b, channels, q, L)
    best = candidates.mid.argmax(dim=2, keepdim=True)
    winners = windows[best[:, :, 0], torch.arange(windows.shape[1], device=windows.device)]
    top = candidates.moved(lambda part: part.gather(2, best))
    near = top.mid - candidates.mid <= top.rad + candidates.rad
    if isinstance(layer.activation, nn.ReLU):
        near &= candidates.mid + candidates.rad > 0  # else it hands on 0, whoever wins
    row, channel, place, spot = near.nonzero(as_tuple=True)
    same = (patches[row, windows[place, spot]] == patches[row, winners[row, channel, spot]]).all(dim=1)
    return winners, _map_size(size, kernel, stride), int((~same).sum())


def _gathered(part: Tensor, sources: Tensor) -> Tensor:
    """Entries (b, m, channels, L, K) of (b, m, F) at places (b, channels, L, K)."""
    found = part.gather(2, sources.flatten(1)[:, None].expand(-1, part.shape[1], -1))
    return found.view(*part.shape[:2], *sources.shape[1:])


def _own(patches: Tensor) -> Tensor:
    """Derivatives (b, channels * K, channels, L) of arguments in a convolution's own parameters: its patches."""
    b, channels, places, k = patches.shape
    found = patches.new_zeros(b, channels, k, channels, places)
    for channel in range(channels):
        found[:, channel, :, channel] = patches[:, channel].mT
    return found.flatten(1, 2)


def pulled_back(
    layer: Convolution, theta: Tensor, stage: Stage, slopes: Ball, shape: tuple[int, ...]
) -> Ball:
    """Derivatives (b, *shape) in a convolution's input from those (b, channels, L) in the activation's arguments."""
    n_inputs = stage.sources.shape[-1]
    weights = Ball.exact(theta[layer.places.to(theta.device)][:, None, :n_inputs])
    terms = slopes.moved(lambda part: part[..., None]) * weights
    padded = _padded(layer, torch.zeros(1, *shape)).shape[1:]

    def added(part: Tensor) -> Tensor:
        empty = part.new_zeros(len(part), padded.numel())
        return empty.scatter_add_(1, stage.sources.flatten(1), part.flatten(1)).view(-1, *padded)

    gamma = growth(stage.sources[0].numel(), theta.dtype)
    found = Ball(added(terms.mid), added(terms.rad + gamma * terms.high))
    high, wide = _pair(layer.module.padding)
    return found.moved(lambda part: part[:, :, high : high + shape[1], wide : wide + shape[2]])
