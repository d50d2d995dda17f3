r"""Directions of a chain of pivots at its inner pivots, and the part of a gradient that is normal to it.

All functions take pivots (N, M) and their losses (N,) and look at the N - 2 inner pivots.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Tangent = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def unit(vectors: torch.Tensor) -> torch.Tensor:
    """Rows divided by their lengths; a row of zeros stays: where two pivots coincide there is no direction.

    >>> unit(torch.tensor([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6..., 0.8...], [0.0, 0.0]]
    """
    lengths = vectors.norm(dim=-1, keepdim=True)
    return vectors / torch.where(lengths > 0, lengths, torch.ones_like(lengths))


def bisector(pivots: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
    r"""Unit :math:`\hat t_i \propto \hat e_{i-} + \hat e_{i+}`, the sum of the unit vectors of both segments.

    Henkelman and Jonsson (2000), eq. 3. Losses are not looked at.
    """
    gaps = unit(pivots[1:] - pivots[:-1])
    both = unit(gaps[1:] + gaps[:-1])
    # A chain that turns straight back has no bisector; its way in is as good as its way out.
    return torch.where(both.norm(dim=1, keepdim=True) > 0, both, gaps[1:])


def improved(pivots: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
    r"""The segment towards the higher neighbour; at an extremum both, the larger weight on the higher side.

    Henkelman and Jonsson (2000), eqs. 8 to 11:
    :math:`t_i = w_+ (p_{i+1} - p_i) + w_- (p_i - p_{i-1})`.
    """
    gaps = pivots[1:] - pivots[:-1]
    return _mixed(gaps, _weights(losses, exchanged=False), pivots, losses)


def autoneb_code(pivots: torch.Tensor, losses: torch.Tensor) -> torch.Tensor:
    r"""As :func:`improved`, but at an extremum the AutoNEB authors' weights: the larger one on the lower side.

    Their code mixes unit vectors. It leaves the mixture shorter than 1, so that the projection is not one;
    here it is normalised.
    """
    gaps = unit(pivots[1:] - pivots[:-1])
    return _mixed(gaps, _weights(losses, exchanged=True), pivots, losses)


TANGENTS: dict[str, Tangent] = {"improved": improved, "bisector": bisector, "autoneb_code": autoneb_code}


def _weights(losses: torch.Tensor, exchanged: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights of the segments before and after every inner pivot."""
    low, here, high = losses[:-2], losses[1:-1], losses[2:]
    rises, falls = high > here, here < low
    to_low, to_high = (here - low).abs(), (high - here).abs()
    larger, smaller = torch.maximum(to_low, to_high), torch.minimum(to_low, to_high)
    extremum = rises == falls
    favours_after = (high > low) != exchanged
    one, zero = torch.ones_like(here), torch.zeros_like(here)
    before = torch.where(extremum, torch.where(favours_after, smaller, larger), torch.where(rises, zero, one))
    after = torch.where(extremum, torch.where(favours_after, larger, smaller), torch.where(rises, one, zero))
    return before, after


def _mixed(
    gaps: torch.Tensor, weights: tuple[torch.Tensor, torch.Tensor], pivots: torch.Tensor, losses: torch.Tensor
) -> torch.Tensor:
    """Unit mixtures of the gaps before and after; the bisector where both weights are 0, as on a plateau."""
    before, after = weights
    tangents = (before[:, None] * gaps[:-1]).addcmul_(after[:, None], gaps[1:])
    lengths = tangents.norm(dim=1, keepdim=True)
    flat = lengths == 0
    if flat.any():
        return torch.where(flat, bisector(pivots, losses), tangents / torch.where(flat, 1, lengths))
    return tangents.div_(lengths)


def tangential_part(gradients: torch.Tensor, tangents: torch.Tensor) -> torch.Tensor:
    r""":math:`\langle g, \hat t \rangle \hat t`, row by row; (N - 2, M)."""
    return row_dot(gradients, tangents)[:, None] * tangents


def row_dot(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Inner products row by row, (n,), without a product in between.

    >>> row_dot(torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0]])).tolist()
    [11.0]
    """
    return torch.linalg.vecdot(a, b)


def mean_of_projections(pivots: torch.Tensor, gradients: torch.Tensor) -> torch.Tensor:
    r""":math:`\tfrac12 (\langle g, \hat e_- \rangle \hat e_- + \langle g, \hat e_+ \rangle \hat e_+)`; (N - 2, M).

    TO, Algorithm 2, which takes it off the gradient. The rest is no projection where the segments are not in line:
    with the angle :math:`\alpha` between them the share :math:`\sin^2(\alpha / 2)` of the tangential part is left.

    >>> corner = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    >>> mean_of_projections(corner, torch.tensor([[1.0, 3.0]])).tolist()
    [[0.5, 1.5]]
    """
    gaps = pivots[1:] - pivots[:-1]
    squares = gaps.norm(dim=1).square_()
    squares = torch.where(squares > 0, squares, torch.ones_like(squares))
    # Pivots of networks are long and each pass over them costs: no unit vectors, both products in one pass.
    both = torch.bmm(gradients[:, None], gaps.unfold(0, 2, 1))[:, 0]
    left, right = both[:, :1] / squares[:-1, None], both[:, 1:] / squares[1:, None]
    return (0.5 * left * gaps[:-1]).addcmul_(right, gaps[1:], value=0.5)
