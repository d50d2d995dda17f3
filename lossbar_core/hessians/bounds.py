r"""How many negative eigenvalues a Hessian can have: theorems, for any parameters, trained or not.

Let a loss be convex in the network's outputs. A symmetric matrix that is positive semidefinite on a subspace of
dimension s has an index of at most :math:`M - s` (Courant and Fischer). So:

last layer
    Outputs are linear in the last layer's parameters, the loss is convex in them: the index is at most M less their
    number.
first layer
    With piecewise linear activations the outputs are, between kinks, linear in the parameters of any one layer, so
    the same holds for the largest one.
one hidden layer
    Then the Hessian is a positive semidefinite matrix and one that couples each unit's incoming weights to its
    outgoing ones, as a matrix of d + 1 lines and C columns. With cross-entropy the derivatives in the outputs add
    to 0 in every row, so its rank is at most C - 1, and the index at most h (C - 1); else h C.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from lossbar_core.hessians.chains import LinearLayer, chain_of
from lossbar_core.hessians.heads import head_of
from lossbar_core.landscapes import Landscape

CONVEX = ("cross_entropy", "mse", "mae", "bce")


class BoundViolatedError(RuntimeError):
    """An index above a theorem's bound: the computation is wrong, or the theorem's conditions do not hold."""


@dataclass(frozen=True)
class Bound:
    """A theorem's bound on the index.

    Attributes
    ----------
    theorem : {"last layer", "first layer", "one hidden layer"}
    value : int
    """

    theorem: str
    value: int


def index_bounds(landscape: Landscape) -> list[Bound]:
    """All bounds that hold for a network and its loss, the smallest first; proved in the chapter on HI section 5.2.

    Parameters
    ----------
    landscape : Landscape

    Returns
    -------
    list of Bound
        Empty where no theorem applies: a loss of one's own, or outputs that do not come out of a linear layer.

    Examples
    --------
    >>> import torch
    >>> from lossbar_core.networks import MLP
    >>> data = torch.rand(5, 6), torch.arange(5) % 3
    >>> [(bound.theorem, bound.value) for bound in index_bounds(Landscape(MLP((6, 4, 3)), "cross_entropy", data))]
    [('one hidden layer', 8), ('first layer', 15), ('last layer', 28)]
    """
    found: list[Bound] = []
    if landscape.loss.name not in CONVEX:
        return found
    head = head_of(landscape)
    if head is not None:
        found.append(Bound("last layer", landscape.dimension - head.size))
    layers = chain_of(landscape)
    if layers is not None and all(_piecewise_linear(layer) for layer in layers):
        largest = max(layer.places.numel() for layer in layers)
        found.append(Bound("first layer", landscape.dimension - largest))
        if len(layers) == 2:
            found.append(Bound("one hidden layer", _one_hidden_layer(layers, landscape.loss.name)))
    return sorted(found, key=lambda bound: bound.value)


def _piecewise_linear(layer: LinearLayer) -> bool:
    return isinstance(layer.activation, (nn.Identity, nn.ReLU, nn.LeakyReLU))


def _one_hidden_layer(layers: list[LinearLayer], loss: str) -> int:
    first, last = layers
    plain = loss == "cross_entropy" and isinstance(last.activation, nn.Identity)
    rank = last.units - plain  # an activation behind the outputs spoils the sum of the derivatives
    return first.units * min(rank, first.inputs)


def check_bounds(smallest: int, bounds: list[Bound]) -> None:
    """Refuse an index that a theorem excludes.

    Parameters
    ----------
    smallest : int
        The smallest index that rounding allows.
    bounds : list of Bound

    Raises
    ------
    BoundViolatedError
        If it is above a bound.
    """
    for bound in bounds:
        if smallest > bound.value:
            raise BoundViolatedError(
                f"expected an index of at most {bound.value} (theorem of the {bound.theorem}), got at least "
                f"{smallest}; the Hessian is wrong: report it"
            )
