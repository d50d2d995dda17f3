"""A symmetry of a network: hidden units permuted and multiplied by factors, with the function unchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from lossbar_core.alignment.chain import HiddenLayer
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.layout import ParameterLayout

TOLERANCE = {
    torch.float32: 1e-4,
    torch.float64: 1e-9,
}  # relative; what summing in another order costs, measured here
BLOCKS = 8  # pieces of the data on which losses are compared beside the whole


@dataclass(frozen=True)
class Symmetry:
    r"""New unit j of a hidden layer is old unit :math:`\pi(j)` times :math:`s_j`; outgoing weights are divided by it.

    Attributes
    ----------
    layers : tuple of HiddenLayer
    permutations : tuple of (units,) int64 tensors
    factors : tuple of (units,) tensors

    Raises
    ------
    ValueError
        If a permutation or a factor does not belong to its layer.

    Examples
    --------
    >>> from torch import nn
    >>> from lossbar_core.alignment import hidden_layers
    >>> net = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU(), nn.Linear(2, 1, bias=False))
    >>> swap = Symmetry(hidden_layers(net), (torch.tensor([1, 0]),), (torch.tensor([1.0, 2.0]),))
    >>> swap.apply(torch.tensor([3.0, 4.0, 5.0, 6.0]), ParameterLayout.of(net)).tolist()
    [4.0, 6.0, 6.0, 2.5]
    """

    layers: tuple[HiddenLayer, ...]
    permutations: tuple[torch.Tensor, ...]
    factors: tuple[torch.Tensor, ...]

    def __post_init__(self) -> None:
        if not len(self.layers) == len(self.permutations) == len(self.factors):
            raise ValueError(
                f"expected {len(self.layers)} permutations and factors, one a hidden layer, got "
                f"{len(self.permutations)} and {len(self.factors)}"
            )
        for layer, order, factor in zip(self.layers, self.permutations, self.factors, strict=True):
            _check(layer, order, factor)

    @classmethod
    def identity(cls, layers: tuple[HiddenLayer, ...], dtype: torch.dtype = torch.float64) -> Symmetry:
        """Nothing moved."""
        orders = tuple(torch.arange(layer.units) for layer in layers)
        return cls(layers, orders, tuple(torch.ones(layer.units, dtype=dtype) for layer in layers))

    def apply(self, theta: torch.Tensor, layout: ParameterLayout) -> torch.Tensor:
        """The moved vector (M,), a copy.

        Raises
        ------
        ValueError
            If theta is no vector of the layout.
        """
        if theta.shape != (layout.dimension,):
            raise ValueError(f"expected theta of shape ({layout.dimension},), got {tuple(theta.shape)}")
        parts = {name: part[0].clone() for name, part in layout.split(theta[None]).items()}
        for layer, order, factor in zip(self.layers, self.permutations, self.factors, strict=True):
            order, factor = order.to(theta.device), factor.to(theta)
            for name in (*layer.incoming, *layer.norm):
                parts[name] = parts[name][order]
            for name in layer.incoming:
                parts[name] = parts[name] * _column(factor, parts[name].ndim)
            wide = outgoing_of(parts[layer.outgoing], layer.units)
            wide = wide[:, order] / factor[:, None]
            parts[layer.outgoing] = wide.reshape(parts[layer.outgoing].shape)
        return layout.join({name: part[None] for name, part in parts.items()})[0]

    def then(self, other: Symmetry) -> Symmetry:
        """First this symmetry, then another of the same layers."""
        pairs = zip(self.permutations, other.permutations, strict=True)
        orders = tuple(first[second] for first, second in pairs)
        triples = zip(self.factors, other.factors, other.permutations, strict=True)
        factors = tuple(second * first[order] for first, second, order in triples)
        return Symmetry(self.layers, orders, factors)

    def inverse(self) -> Symmetry:
        """The symmetry that takes everything back."""
        orders = tuple(torch.argsort(order) for order in self.permutations)
        factors = tuple(1 / factor[back] for factor, back in zip(self.factors, orders, strict=True))
        return Symmetry(self.layers, orders, factors)


def outgoing_of(weight: torch.Tensor, units: int) -> torch.Tensor:
    """An outgoing weight as (outputs, units, rest): behind a Flatten every unit owns a block of columns."""
    return weight.reshape(len(weight), units, -1)


def check_same_function(
    landscape: Landscape, theta: torch.Tensor, other: torch.Tensor, tolerance: float | None = None
) -> float:
    r"""Assert :math:`f(\pi(\theta)) = f(\theta)` by losses on all data and on pieces of it.

    Parameters
    ----------
    landscape : Landscape
    theta, other : (M,) tensors
    tolerance : float, optional
        Relative; by default 1e-4 in float32 and 1e-9 in float64, what rounding costs (measured here).

    Returns
    -------
    float
        The largest relative difference.

    Raises
    ------
    ValueError
        If a loss differs by more.
    """
    tolerance = TOLERANCE[landscape.dtype] if tolerance is None else tolerance
    both = torch.stack([theta, other])
    pieces: list[Any] = [
        None,
        *torch.arange(landscape.n_rows).chunk(max(1, min(BLOCKS, landscape.n_rows // 2))),
    ]
    worst = 0.0
    for rows in pieces:
        one, two = landscape.losses(both, rows).double().tolist()
        worst = max(worst, abs(one - two) / max(abs(one), abs(two), 1e-3))
    if not worst <= tolerance:
        raise ValueError(
            f"expected the moved network to be the same function, got losses that differ by {worst:.3g} (relative); "
            "its forward pass is no plain chain in the order of its modules, or frozen BatchNorm statistics stayed "
            "behind (use batchnorm='batch', 'recompute' or 'coordinates')"
        )
    return worst


def _check(layer: HiddenLayer, order: torch.Tensor, factor: torch.Tensor) -> None:
    if not torch.equal(torch.sort(order).values.cpu(), torch.arange(layer.units)):
        raise ValueError(f"expected a permutation of 0..{layer.units - 1}, got {order.tolist()}")
    if factor.shape != (layer.units,) or not bool((torch.isfinite(factor) & (factor != 0)).all()):
        raise ValueError(
            f"expected {layer.units} finite factors other than 0, got shape {tuple(factor.shape)} or such an entry"
        )
    scaled, flipped = bool((factor.abs() != 1).any()), bool((factor < 0).any())
    if (scaled and not layer.positive) or (flipped and not layer.odd):
        raise ValueError(
            f"expected factors 1 for the units of {layer.incoming[0]}, got others: positive ones need ReLU or "
            "LeakyReLU, signs need tanh, as modules, without BatchNorm in between; leave them out"
        )


def _column(factor: torch.Tensor, ndim: int) -> torch.Tensor:
    return factor.reshape(-1, *[1] * (ndim - 1))
