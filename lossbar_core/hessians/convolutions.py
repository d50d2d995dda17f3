"""Small convolutional chains: what passes through, and its derivatives in the parameters of the convolutions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from lossbar_core.hessians.activations import Activated, activated, known_activation
from lossbar_core.hessians.balls import SLACK, Ball, growth, joined, product
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

    def matrix(self, theta: Tensor) -> Tensor:
        """Parameters (channels, K)."""
        return theta[self.places.to(theta.device)]

    def filters(self, theta: Tensor) -> Tensor:
        """Weights alone, (channels, K without bias)."""
        return self.matrix(theta)[:, : self.places.shape[1] - self.biased]


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
        winners = passed_on(chain, theta, inputs[: rows.n_rows])
        return chain.head.outputs(theta, winners[-1].features).mid

    return predicts(landscape, predicted)


@dataclass(frozen=True)
class Winners:
    """What a convolution makes of b rows, at the L places a channel that win the pool.

    Attributes
    ----------
    activated : Activated (b, channels, L)
    patches : Ball (b, channels, L, K)
        What reaches the winners, with a 1 for the bias.
    sources : (b, channels, L, K without bias) int64 tensor
        Where the patches lie in the padded input.
    size : (height, width)
        Of a channel of winners.
    unsure : int
        Kinks and pools that rounding may decide otherwise.
    """

    activated: Activated
    patches: Ball
    sources: Tensor
    size: Pair
    unsure: int

    @property
    def features(self) -> Ball:
        """Values (b, F)."""
        return self.activated.value.shaped((len(self.sources), -1))


@dataclass(frozen=True)
class Stage:
    """A convolution's winners and their derivatives.

    Attributes
    ----------
    winners : Winners
    derivatives : Ball (b, m, channels, L)
        Of the activation's arguments, in the parameters of this convolution and, before them, of the earlier ones.
    reaching : Ball (b, m before, padded inputs)
        Derivatives of what reaches the convolution, in the parameters of the earlier ones.
    """

    winners: Winners
    derivatives: Ball
    reaching: Ball

    @property
    def jacobian(self) -> Ball:
        """Derivatives of the values, (b, m, channels, L)."""
        return self.derivatives * self.winners.activated.slope[:, None]


def passed_on(chain: ConvolutionalChain, theta: Tensor, inputs: Tensor) -> list[Winners]:
    """Pass rows (b, channels, height, width) through the convolutions."""
    found: list[Winners] = []
    values = Ball.exact(inputs)
    for layer in chain.layers:
        found.append(_winners(layer, theta, values))
        values = _unfolded(found[-1].activated.value, found[-1].size)
    return found


def followed(chain: ConvolutionalChain, theta: Tensor, inputs: Tensor) -> list[Stage]:
    """The same with derivatives."""
    stages: list[Stage] = []
    for layer, winners in zip(chain.layers, passed_on(chain, theta, inputs), strict=True):
        if stages:
            jacobian = _unfolded(stages[-1].jacobian, stages[-1].winners.size)
        else:
            jacobian = Ball.exact(inputs.new_zeros(len(inputs), 0, *inputs.shape[1:]))
        stages.append(_stage(layer, theta, winners, jacobian))
    return stages


def _stage(layer: Convolution, theta: Tensor, winners: Winners, jacobian: Ball) -> Stage:
    reaching = jacobian.moved(lambda part: _padded(layer, part).flatten(2))
    derivatives = winners.patches.moved(_own)
    if reaching.mid.shape[1]:
        b, channels, places, k = winners.sources.shape
        weights = layer.filters(theta)[:, None].expand(channels, places, k)
        # The convolution as a matrix, for the winners alone: k weights in each column, so k products in each sum.
        matrix = placed(weights.expand(b, -1, -1, -1), winners.sources, reaching.mid.shape[2])
        earlier = product(reaching, Ball.exact(matrix), k).shaped((b, -1, channels, places))
        derivatives = joined([earlier, derivatives], 1)
    return Stage(winners, derivatives, reaching)


def placed(values: Tensor, sources: Tensor, size: int) -> Tensor:
    """Columns (b, size, channels * L) with the values (b, channels, L, K) where the padded input has their sources."""
    lines = sources.flatten(1, 2)
    found = values.new_zeros(len(values), lines.shape[1], size)
    return found.scatter_add_(2, lines, values.flatten(1, 2)).mT


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


def _winners(layer: Convolution, theta: Tensor, values: Ball) -> Winners:
    """All activations here rise, so the largest argument of a pool's window wins."""
    flat = values.moved(lambda part: _padded(layer, part).flatten(1))
    table, size = patch_table(layer, values.mid.shape[1:], theta.device)  # (K, places)
    arguments = _arguments(layer, theta, values)
    ones = torch.ones_like(layer.filters(theta)[:1])
    empty = _convolved(layer, ones, values.mid.abs()).flatten(2).eq(0)  # a sum of sizes is 0 where all are
    winners, size, unsure = _pooled(layer, arguments, flat.mid, empty, table, size)
    sources = table.mT[winners]  # (b, channels, L, K)
    patches = flat.moved(lambda part: part.gather(1, sources.flatten(1)).view(sources.shape))
    if layer.biased:
        patches = joined([patches, Ball.exact(torch.ones_like(patches.mid[..., :1]))], 3)
    found = activated(layer.activation, arguments.moved(lambda part: part.gather(2, winners)))
    return Winners(found, patches, sources, size, unsure + found.unsure)


def _arguments(layer: Convolution, theta: Tensor, values: Ball) -> Ball:
    """Of the activation, at all places, (b, channels, places)."""
    filters = layer.filters(theta)
    rad = values.rad + growth(filters.shape[1] + 1, theta.dtype) * values.mid.abs()
    found = Ball(_convolved(layer, filters, values.mid), SLACK * _convolved(layer, filters.abs(), rad))
    found = found.moved(lambda part: part.flatten(2))
    return found + Ball.exact(layer.matrix(theta)[:, -1:]) if layer.biased else found


def _convolved(layer: Convolution, filters: Tensor, images: Tensor) -> Tensor:
    """Sums of products in one order for all places, so that equal patches win a pool together.

    A library's fast algorithms round otherwise, and the bound on the rounding would not hold.
    """
    padded, (high, wide) = _padded(layer, images), _pair(layer.module.kernel_size)
    down, across = _pair(layer.module.stride)
    rows, columns = _map_size(tuple(padded.shape[2:]), (high, wide), (down, across))
    found = images.new_zeros(len(images), len(filters), rows, columns)
    for k, weights in enumerate(filters.mT[:, :, None, None]):
        channel, row, column = k // (high * wide), k // wide % high, k % wide
        moved = padded[:, channel, None, row::down, column::across]
        found.addcmul_(moved[:, :, :rows, :columns], weights)
    return found


def _pooled(
    layer: Convolution, arguments: Ball, flat: Tensor, empty: Tensor, table: Tensor, size: Pair
) -> tuple[Tensor, Pair, int]:
    """The places (b, channels, L) that win the pool, the size of the pooled map, and how many are not sure to.

    Places with the same patch win together: they are the same function of the parameters, as far as the patch is.
    """
    kernel, stride = _pair(layer.pool.kernel_size), _pair(layer.pool.stride)

    def windows(part: Tensor) -> Tensor:  # (b, channels, L, q)
        found = part.unflatten(-1, size).unfold(-2, kernel[0], stride[0]).unfold(-2, kernel[1], stride[1])
        return found.flatten(-2).flatten(-3, -2)

    places = windows(torch.arange(size[0] * size[1], device=flat.device))  # (L, q)
    candidates = arguments.moved(windows)
    best = candidates.mid.argmax(dim=3, keepdim=True)
    winners = places.expand(best.shape[:2] + places.shape).gather(3, best)[..., 0]
    top = candidates.moved(lambda part: part.gather(3, best))
    near = top.mid - candidates.mid <= top.rad + candidates.rad
    near.scatter_(3, best, False)
    nothing = windows(empty).expand_as(near)
    near &= ~(nothing & nothing.gather(3, best))  # most of an image is background
    if isinstance(layer.activation, nn.ReLU):
        near &= candidates.mid + candidates.rad > 0  # else it hands on 0, whoever wins
    row, channel, spot, place = near.nonzero(as_tuple=True)
    rival, winner = places[spot, place], winners[row, channel, spot]
    same = (flat[row[:, None], table.mT[rival]] == flat[row[:, None], table.mT[winner]]).all(dim=1)
    return winners, _map_size(size, kernel, stride), int((~same).sum())


def _own(patches: Tensor) -> Tensor:
    """Derivatives (b, channels * K, channels, L) of arguments in a convolution's own parameters: its patches."""
    b, channels, places, k = patches.shape
    if channels == 1:
        return patches[:, 0].mT[:, :, None]
    found = patches.new_zeros(b, channels, k, channels, places)
    for channel in range(channels):
        found[:, channel, :, channel] = patches[:, channel].mT
    return found.flatten(1, 2)


def pulled_back(
    layer: Convolution, theta: Tensor, winners: Winners, slopes: Ball, shape: tuple[int, ...]
) -> Ball:
    """Derivatives (b, *shape) in a convolution's input from those (b, channels, L) in the activation's arguments."""
    weights = Ball.exact(layer.filters(theta)[:, None])
    terms = slopes.moved(lambda part: part[..., None]) * weights
    padded = _padded(layer, torch.zeros(1, *shape)).shape[1:]

    def added(part: Tensor) -> Tensor:
        empty = part.new_zeros(len(part), padded.numel())
        return empty.scatter_add_(1, winners.sources.flatten(1), part.flatten(1)).view(-1, *padded)

    gamma = growth(winners.sources[0].numel(), theta.dtype)
    found = Ball(added(terms.mid), added(terms.rad + gamma * terms.high))
    high, wide = _pair(layer.module.padding)
    return found.moved(lambda part: part[:, :, high : high + shape[1], wide : wide + shape[2]])
