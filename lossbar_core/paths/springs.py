"""Springs between neighbouring pivots: finite ones as forces, infinitely stiff ones as redistribution."""

from __future__ import annotations

import torch

from lossbar_core.paths.path import points_at
from lossbar_core.paths.profile import arc_lengths


def spring_force(pivots: torch.Tensor, stiffness: float, weights: torch.Tensor) -> torch.Tensor:
    r""":math:`k\,[(d_{i+} - \ell_{i+}) - (d_{i-} - \ell_{i-})]`: the force along the tangent, (N - 2, 1).

    d are the gaps, :math:`\ell` their shares ``weights`` of the whole length. With equal weights that is
    Henkelman and Jonsson (2000), eq. 12, and SR section 3.1 without its second dot product (register 4.c.1).

    >>> pivots = torch.tensor([[0.0], [1.0], [4.0]])
    >>> spring_force(pivots, 2.0, torch.tensor([0.5, 0.5])).tolist()
    [[4.0]]
    """
    gaps = (pivots[1:] - pivots[:-1]).norm(dim=1)
    surplus = gaps - weights * gaps.sum()
    return stiffness * (surplus[1:] - surplus[:-1])[:, None]


def full_spring_force(pivots: torch.Tensor, stiffness: float) -> torch.Tensor:
    r""":math:`k\,(p_{i+1} - 2 p_i + p_{i-1})`: minus the gradient of the springs' energy, (N - 2, M).

    SR section 3.1, before nudging.

    >>> full_spring_force(torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]), 0.5).tolist()
    [[0.0, -1.0]]
    """
    return stiffness * (pivots[2:] - 2 * pivots[1:-1] + pivots[:-2])


def redistributed(pivots: torch.Tensor, weights: torch.Tensor, fixed: int | None = None) -> torch.Tensor:
    """Pivots moved along their polygon until the gaps, as arc lengths, have the ratios of the weights; (N, M).

    The limit of infinitely stiff springs (SR section 3.1). Both ends stay bit for bit, and so does the pivot
    ``fixed``: each side of it is then redistributed by itself.

    >>> redistributed(torch.tensor([[0.0], [3.0], [4.0]]), torch.tensor([0.5, 0.5])).tolist()
    [[0.0], [2.0], [4.0]]
    """
    if fixed is not None and 0 < fixed < len(pivots) - 1:
        left = redistributed(pivots[: fixed + 1], weights[:fixed])
        return torch.cat([left, redistributed(pivots[fixed:], weights[fixed:])[1:]])
    if len(pivots) < 3:
        return pivots
    lengths = arc_lengths(pivots)
    shares = weights.cumsum(0)
    places = shares[:-1] / shares[-1] * lengths[-1]
    return torch.cat([pivots[:1], points_at(pivots, lengths, places), pivots[-1:]])
