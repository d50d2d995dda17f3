r"""The Hessian of a small convolutional chain, with a bound on its error: the CNN of the HI paper.

Convolutions, each with an activation and perhaps a max-pool, then one linear layer :math:`f = W \phi + b`. With u
the few parameters of the convolutions, :math:`J = \partial \phi / \partial u`, and r and S as in `chains`, it is
the mean over rows of

.. math::
    H_{uu} = (W J)^T S\, W J + \sum_f (W^T r)_f \nabla^2 \phi_f, \qquad
    H_{uW} = (W J)^T S \otimes \tilde\phi + r \otimes J, \qquad H_{WW} = S \otimes \tilde\phi \tilde\phi^T .

The :math:`\nabla^2 \phi` couples each convolution to those before it, and is not 0 where an activation bends.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from lossbar_core.hessians.assembly import Assembled
from lossbar_core.hessians.balls import Ball, einsum, growth, product, reciprocal
from lossbar_core.hessians.chains import loss_derivatives, with_constant
from lossbar_core.hessians.convolutions import ConvolutionalChain, Stage, followed, placed, pulled_back
from lossbar_core.landscapes.memory import even_blocks

ROWS = 100  # of a pass: their derivatives at the winners stay in the cache; tuned here
MEMORY = 1e9  # bytes of one pass; tuned here
COPIES = 8  # of the derivatives, with their radii and what is made of them; measured here


def assembled_convolutions(
    chain: ConvolutionalChain,
    loss: str,
    theta: Tensor,
    inputs: Tensor,
    targets: Tensor,
    passed: Callable[[int], object] | None = None,
) -> Assembled:
    """The Hessian of the mean loss of a convolutional chain.

    Parameters
    ----------
    chain : ConvolutionalChain
    loss : {"cross_entropy", "mse"}
    theta : (M,) tensor
    inputs : (n, channels, height, width) tensor
    targets : (n,) classes, or (n, C)
    passed : callable, optional
        Is told after each pass how many more rows are done.

    Returns
    -------
    Assembled
    """
    total = Ball.exact(theta.new_zeros(len(theta), len(theta)))
    unsure, share = 0, reciprocal(len(inputs), theta)
    for block in even_blocks(len(inputs), _rows_of_a_pass(chain, theta, inputs)):
        stages = followed(chain, theta, inputs[block])
        unsure += sum(stage.winners.unsure for stage in stages)
        total = total + _rows(chain, loss, theta, stages, inputs.shape[1:], targets[block], share)
        if passed is not None:
            passed(block.stop - block.start)
    order = torch.cat([chain.places, chain.head.places()]).to(theta.device)
    symmetric = total + total.moved(lambda part: part.mT)  # twice the matrix, and its error
    matrix, error = torch.empty_like(total.mid), float(symmetric.rad.sum(dim=1).max()) / 2
    matrix[order[:, None], order] = symmetric.mid / 2
    return Assembled(matrix, error, unsure)


def _rows_of_a_pass(chain: ConvolutionalChain, theta: Tensor, inputs: Tensor) -> int:
    stages = followed(chain, theta, inputs[:1])
    cells = sum(
        stage.reaching.mid.numel()
        + stage.derivatives.mid.numel()
        + stage.reaching.mid.shape[2] * stage.winners.sources[..., 0].numel()
        for stage in stages
    )
    return max(min(ROWS, int(MEMORY / (COPIES * theta.element_size() * cells))), 1)


def _rows(
    chain: ConvolutionalChain,
    loss: str,
    theta: Tensor,
    stages: list[Stage],
    shape: torch.Size,
    targets: Tensor,
    share: Ball,
) -> Ball:
    """What some rows contribute, in the order of the convolutions' parameters and the head's."""
    head, features = chain.head, stages[-1].winners.features
    slope, bend = loss_derivatives(loss, head.outputs(theta, features), targets)
    slope, bend = slope * share, bend * share
    weights = Ball.exact(head.weights(theta))
    jacobian = stages[-1].jacobian.moved(lambda part: part.flatten(2))  # (b, m, F)
    moved = einsum("bmf,cf->bmc", jacobian, weights)
    bent = moved @ bend
    extended = with_constant(features, 1.0) if head.biased else features
    own = einsum("bmc,bnc->mn", bent, moved) + _curvature(chain, theta, stages, shape, slope @ weights)
    cross = einsum("bmc,bf->mcf", bent, extended)
    coupled = einsum("bc,bmf->mcf", slope, jacobian)
    coupled = coupled.moved(lambda part: pad(part, (0, int(head.biased))))
    outer = bend.moved(lambda part: part[:, :, :, None]) * extended.moved(lambda part: part[:, None, None, :])
    last = einsum("bcdf,bg->cgdf", outer, extended).moved(lambda part: part.flatten(0, 1).flatten(1))
    corner = (cross + coupled).moved(lambda part: part.flatten(1))
    return _square(own, corner, last)


def _square(own: Ball, corner: Ball, last: Ball) -> Ball:
    def joined(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        return torch.cat([torch.cat([a, b], dim=1), torch.cat([b.mT, c], dim=1)])

    return Ball(*(joined(*parts) for parts in zip(own.parts, corner.parts, last.parts, strict=True)))


def _curvature(
    chain: ConvolutionalChain, theta: Tensor, stages: list[Stage], shape: torch.Size, delta: Ball
) -> Ball:
    """Sum over rows and features of delta times the second derivatives of the features, from the last layer on."""
    size = sum(layer.places.numel() for layer in chain.layers)
    total = Ball.exact(theta.new_zeros(size, size))
    for i in range(len(stages) - 1, -1, -1):
        layer, stage, winners = chain.layers[i], stages[i], stages[i].winners
        delta = delta.shaped(winners.activated.value.mid.shape)
        if winners.activated.bend is not None:
            bent = stage.derivatives * (delta * winners.activated.bend)[:, None]
            total = total + _inside(einsum("bmol,bnol->mn", bent, stage.derivatives), 0, 0, size)
        slopes = delta * winners.activated.slope
        m = stage.reaching.mid.shape[1]
        if m:
            mixed = _flat(_mixed(stage, slopes), int(layer.biased))
            total = total + _inside(mixed, 0, m, size) + _inside(mixed.mT, m, 0, size)
            before = stages[i - 1].winners
            inner = (before.activated.value.mid.shape[1], *before.size)
            delta = pulled_back(layer, theta, winners, slopes, inner)
    return total


def _mixed(stage: Stage, slopes: Ball) -> Ball:
    """Sum over rows of second derivatives in the earlier parameters and this layer's weights, (m, channels, K)."""
    sources = stage.winners.sources.movedim(3, 2)  # (b, channels, K, L)
    b, channels, k, places = sources.shape

    def spread(part: Tensor) -> Tensor:
        found = placed(part[:, :, None].expand(sources.shape), sources, stage.reaching.mid.shape[2])
        return found.flatten(0, 1)

    # Pools that overlap may have one winner, whose slopes add.
    matrix = Ball(spread(slopes.mid), spread(slopes.rad + growth(places, slopes.mid.dtype) * slopes.high))
    lines = stage.reaching.moved(lambda part: part.movedim(1, 0).flatten(1))
    found = product(lines, matrix, b * places)
    return found.moved(lambda part: part.unflatten(1, (channels, k)))


def _inside(ball: Ball, line: int, column: int, size: int) -> Ball:
    """A block of a larger matrix that is 0 elsewhere."""
    lines, columns = ball.mid.shape
    around = (column, size - column - columns, line, size - line - lines)
    return ball.moved(lambda part: pad(part, around))


def _flat(ball: Ball, constants: int) -> Ball:
    """Lines (m, channels * K) of (m, channels, K), with a 0 for the bias, which no patch moves."""
    return ball.moved(lambda part: pad(part, (0, constants)).flatten(1))
