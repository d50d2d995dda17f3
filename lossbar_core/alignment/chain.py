"""Hidden layers of plain networks: which weights enter a layer's units, and which leave them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from lossbar_core.landscapes.layout import ParameterLayout

WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
HOMOGENEOUS = (nn.ReLU, nn.LeakyReLU)  # g(c x) = c g(x) for c > 0
ODD = (nn.Tanh, nn.Softsign, nn.Tanhshrink)  # g(-x) = -g(x)
POINTWISE = (
    nn.Sigmoid,
    nn.Softplus,
    nn.ELU,
    nn.CELU,
    nn.SELU,
    nn.GELU,
    nn.SiLU,
    nn.Mish,
    nn.ReLU6,
    nn.Hardtanh,
)
LINEAR = (
    nn.Identity,
    nn.Flatten,
    nn.AvgPool1d,
    nn.AvgPool2d,
    nn.AvgPool3d,
    nn.AdaptiveAvgPool1d,
    nn.AdaptiveAvgPool2d,
)
POOLS = (
    nn.MaxPool1d,
    nn.MaxPool2d,
    nn.MaxPool3d,
    nn.AdaptiveMaxPool1d,
    nn.AdaptiveMaxPool2d,
)  # homogeneous, not odd
LAST = (nn.Softmax, nn.LogSoftmax)  # mix units: only behind the last weights


@dataclass(frozen=True)
class HiddenLayer:
    """The units of one hidden layer and the parameters that they touch.

    Attributes
    ----------
    units : int
    incoming : tuple of str
        Parameters whose first axis is the units: weight and, where there is one, bias.
    norm : tuple of str
        Those of a BatchNorm behind them, statistics too where they are coordinates.
    outgoing : str
        The next weight; its second axis holds the units, each a block of neighbours behind a Flatten.
    positive, odd : bool
        Whether a unit may be scaled by a positive number, or its sign flipped.
    """

    units: int
    incoming: tuple[str, ...]
    norm: tuple[str, ...]
    outgoing: str
    positive: bool
    odd: bool


def hidden_layers(module: nn.Module, layout: ParameterLayout | None = None) -> tuple[HiddenLayer, ...]:
    """Hidden layers of a plain chain: linear or convolution, BatchNorm, pointwise activation, pooling, flattening.

    The order is that of registration. A forward pass that goes another way (residual connections, reuse) is not
    seen here; `check_same_function` finds it out. Functions called in ``forward`` instead of modules are not seen
    either: permutations hold for every pointwise one, signs and scales are then refused.

    Parameters
    ----------
    module : nn.Module
    layout : ParameterLayout, optional
        Of the vectors; the module's parameters by default.

    Returns
    -------
    tuple of HiddenLayer
        From the input on; empty for a single layer.

    Raises
    ------
    ValueError
        If the module is no plain chain, or a weight is no coordinate of its own.

    Examples
    --------
    >>> net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> hidden_layers(net)[0].incoming, hidden_layers(net)[0].outgoing
    (('0.weight', '0.bias'), '2.weight')
    """
    layout = ParameterLayout.of(module) if layout is None else layout
    leaves = list(_leaves(module))
    weighted = [place for place, (_, leaf) in enumerate(leaves) if isinstance(leaf, WEIGHTED)]
    if not weighted:
        raise ValueError(f"expected linear or convolution layers, got none in {type(module).__name__}")
    layers = []
    for here, following in pairwise(weighted):
        between = leaves[here + 1 : following]
        layers.append(_layer(leaves[here], between, leaves[following], layout))
    for name, leaf in leaves[weighted[-1] + 1 :]:
        if isinstance(leaf, NORMS):
            raise ValueError(
                f"expected no BatchNorm behind the last weights, got {name}; this is no plain chain"
            )
    return tuple(layers)


def _leaves(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Named modules without children, of the kinds that commute with permutations."""
    known = (
        *WEIGHTED,
        *NORMS,
        *HOMOGENEOUS,
        *ODD,
        *POINTWISE,
        *LINEAR,
        *POOLS,
        *LAST,
        nn.Dropout,
        nn.Dropout2d,
    )
    for name, leaf in module.named_modules(remove_duplicate=False):
        if next(leaf.children(), None) is not None:
            continue
        if not isinstance(leaf, known):
            raise ValueError(
                f"expected a plain chain of linear, convolution, BatchNorm, activation and pooling modules, got "
                f"{type(leaf).__name__} at {name or 'the top'}; align such networks by hand with Symmetry"
            )
        if isinstance(leaf, WEIGHTED) and getattr(leaf, "groups", 1) != 1:
            raise ValueError(
                f"expected convolutions with groups=1, got {leaf.groups} at {name}; grouped units are tied"
            )
        yield name, leaf


def _layer(
    here: tuple[str, nn.Module],
    between: list[tuple[str, nn.Module]],
    following: tuple[str, nn.Module],
    layout: ParameterLayout,
) -> HiddenLayer:
    shapes = dict(zip(layout.names, layout.shapes, strict=True))
    incoming = tuple(f"{here[0]}.{part}".lstrip(".") for part, _ in here[1].named_parameters(recurse=False))
    outgoing = f"{following[0]}.weight"
    for name in (*incoming, outgoing):
        if name not in shapes:
            raise ValueError(
                f"expected {name} among the coordinates, got a frozen or tied one; unfreeze or untie it: a symmetry "
                "moves all weights of a unit"
            )
    units = shapes[incoming[0]][0]
    if shapes[outgoing][1] % units:
        raise ValueError(
            f"expected {outgoing} to read the {units} units of {here[0]}, got shape {tuple(shapes[outgoing])}; this is "
            "no plain chain"
        )
    kinds = [leaf for _, leaf in between]
    normed = any(isinstance(leaf, NORMS) for leaf in kinds)
    if any(isinstance(leaf, LAST) for leaf in kinds):
        raise ValueError(f"expected softmax behind the last weights only, got one behind {here[0]}")
    active = any(isinstance(leaf, (*HOMOGENEOUS, *ODD, *POINTWISE)) for leaf in kinds)
    free = active and not normed  # without a module the activation is unknown
    return HiddenLayer(
        units,
        incoming,
        tuple(
            name
            for name in shapes
            if any(name.rpartition(".")[0] == n for n, m in between if isinstance(m, NORMS))
        ),
        outgoing,
        positive=free and not any(isinstance(leaf, (*ODD, *POINTWISE)) for leaf in kinds),
        odd=free and not any(isinstance(leaf, (*HOMOGENEOUS, *POINTWISE, *POOLS)) for leaf in kinds),
    )
