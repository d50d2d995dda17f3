"""Weight matching: the permutation of hidden units that brings one network closest to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from lossbar_core.alignment.chain import HiddenLayer, hidden_layers
from lossbar_core.alignment.symmetry import Symmetry, check_same_function, outgoing_of
from lossbar_core.checks import as_count
from lossbar_core.landscapes import Landscape
from lossbar_core.landscapes.layout import ParameterLayout

GAIN = 1e-10  # relative gain of the inner product below which a sweep counts as rest: rounding


@dataclass(frozen=True)
class Alignment:
    """A network moved by a symmetry towards another.

    Attributes
    ----------
    theta : (M,) tensor
        The moved vector; the same function as before, which was checked.
    symmetry : Symmetry
        What was done to it.
    distance_before, distance_after : float
        Euclidean, to the other network.
    sweeps : int
        Rounds over all hidden layers.
    difference : float
        Largest relative difference of losses before and after, from the check.
    """

    theta: torch.Tensor
    symmetry: Symmetry
    distance_before: float
    distance_after: float
    sweeps: int
    difference: float


def weight_matching(
    landscape: Landscape,
    a: Any,
    b: Any,
    *,
    signs: bool = False,
    seed: int = 0,
    restarts: int = 1,
    max_sweeps: int = 100,
) -> Alignment:
    r"""Permute the hidden units of b so that :math:`\langle \theta_a, \pi(\theta_b) \rangle` grows until it rests.

    One hidden layer at a time, in random order, is matched exactly by a linear assignment while the others stay;
    each such step cannot lower the inner product, and the norm does not change, so the distance falls. The result
    is a local optimum (the problem for all layers at once is NP-hard).

    Parameters
    ----------
    landscape : Landscape
        Of a plain chain: an MLP or a convolutional network without branches.
    a, b : (M,) tensors or arrays
    signs : bool
        Flip signs of tanh units too.
    seed : int
        Of the order of layers, and of the starts.
    restarts : int
        Starts: b as it is, then randomly permuted ones; the closest result is kept. 1 by default, as is usual;
        small or signed networks gain from more.
    max_sweeps : int
        100, never reached in tests here.

    Returns
    -------
    Alignment

    Raises
    ------
    TypeError
        If the landscape is none of a module, or an argument is of another kind.
    ValueError
        If the network is no plain chain, has no layer with the symmetry, or a vector has the wrong shape.

    Examples
    --------
    >>> from torch import nn
    >>> from lossbar_core.alignment import random_symmetry
    >>> net = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 1)).double()
    >>> data = torch.randn(20, 2, dtype=torch.float64), torch.randn(20, 1, dtype=torch.float64)
    >>> landscape = Landscape(net, "mse", data)
    >>> theta = landscape.vector()
    >>> moved = random_symmetry(landscape, seed=1).apply(theta, landscape.layout)
    >>> bool(torch.equal(weight_matching(landscape, theta, moved).theta, theta))
    True
    """
    layers = layers_of(landscape)
    if not isinstance(signs, bool):
        raise TypeError(f"expected signs True or False, got {signs!r}; pass a bool")
    if not layers:
        raise ValueError(
            "expected a network with hidden layers, got none; a single layer has no hidden symmetry"
        )
    if signs and not any(layer.odd for layer in layers):
        raise ValueError("expected tanh modules for signs=True, got none; leave signs out")
    rng = np.random.default_rng(as_count(seed, "seed", low=0))
    max_sweeps = as_count(max_sweeps, "max_sweeps")
    start, end = _as_vector(landscape, a, "a"), _as_vector(landscape, b, "b")
    best: tuple[float, Symmetry, int] | None = None
    for trial in range(as_count(restarts, "restarts")):
        first = _shuffled(layers, landscape.dtype, rng if trial else None)
        done, sweeps = _rest(first, start, end, landscape.layout, signs, rng, max_sweeps)
        closeness = float(start.double() @ done.apply(end, landscape.layout).double())
        if best is None or closeness > best[0]:
            best = closeness, done, sweeps
    assert best is not None  # restarts >= 1
    _, done, sweeps = best
    moved = done.apply(end, landscape.layout)
    difference = check_same_function(landscape, end, moved)
    distances = (float((start - end).norm()), float((start - moved).norm()))
    return Alignment(moved, done, *distances, sweeps, difference)


def _shuffled(
    layers: tuple[HiddenLayer, ...], dtype: torch.dtype, rng: np.random.Generator | None
) -> Symmetry:
    """Random permutations, or none where there is no generator."""
    identity = Symmetry.identity(layers, dtype)
    if rng is None:
        return identity
    orders = tuple(torch.from_numpy(rng.permutation(layer.units)) for layer in layers)
    return Symmetry(layers, orders, identity.factors)


def _rest(
    done: Symmetry,
    start: torch.Tensor,
    end: torch.Tensor,
    layout: ParameterLayout,
    signs: bool,
    rng: np.random.Generator,
    max_sweeps: int,
) -> tuple[Symmetry, int]:
    """Match layer after layer until the inner product rests; the symmetry and the sweeps."""
    moved = done.apply(end, layout)
    sweeps = 0
    while sweeps < max_sweeps:
        sweeps += 1
        before = float(start.double() @ moved.double())
        for index in rng.permutation(len(done.layers)):
            step = _match(done.layers, int(index), start, moved, layout, signs)
            moved, done = step.apply(moved, layout), done.then(step)
        if float(start.double() @ moved.double()) - before <= GAIN * float(start.norm() * moved.norm()):
            break
    return done, sweeps


def layers_of(landscape: Any) -> tuple[HiddenLayer, ...]:
    """Hidden layers of a landscape's module.

    Raises
    ------
    TypeError
        If it is no landscape of a module.
    ValueError
        If the module is no plain chain.
    """
    if not isinstance(landscape, Landscape):
        raise TypeError(
            f"expected a Landscape of a module, got {type(landscape).__name__}; wrap the network in one"
        )
    zero = torch.zeros(landscape.dimension, dtype=landscape.dtype, device=landscape.device)
    return hidden_layers(landscape.module(zero), landscape.layout)


def _as_vector(landscape: Landscape, theta: Any, name: str) -> torch.Tensor:
    vector = torch.as_tensor(theta)
    if vector.ndim != 1:
        raise ValueError(f"expected {name} of shape ({landscape.dimension},), got {tuple(vector.shape)}")
    return landscape.as_points(vector[None])[0]


def _match(
    layers: tuple[HiddenLayer, ...],
    index: int,
    a: torch.Tensor,
    b: torch.Tensor,
    layout: ParameterLayout,
    signs: bool,
) -> Symmetry:
    """The best symmetry of one layer while the others stay as they are."""
    layer, flips = layers[index], signs and layers[index].odd
    gains = _inner_products(layer, a, b, layout)
    _, order = linear_sum_assignment(np.abs(gains) if flips else gains, maximize=True)
    chosen = gains[np.arange(layer.units), order]
    step = Symmetry.identity(layers, a.dtype)
    orders, factors = list(step.permutations), list(step.factors)
    orders[index] = torch.from_numpy(order.astype(np.int64))
    if flips:
        factors[index] = torch.from_numpy(np.where(chosen < 0, -1.0, 1.0)).to(a.dtype)
    return Symmetry(layers, tuple(orders), tuple(factors))


def _inner_products(
    layer: HiddenLayer, a: torch.Tensor, b: torch.Tensor, layout: ParameterLayout
) -> np.ndarray:
    """Inner products of all weights at unit i of a with those at unit j of b, (units, units) float64."""
    parts = layout.split(torch.stack([a, b]).double())
    gains = torch.zeros(layer.units, layer.units, dtype=torch.float64, device=a.device)
    for name in (*layer.incoming, *layer.norm):
        if not name.endswith(("running_mean", "running_var")):
            one, two = parts[name].reshape(2, layer.units, -1)
            gains += one @ two.T
    one, two = (outgoing_of(part, layer.units).transpose(0, 1).flatten(1) for part in parts[layer.outgoing])
    return (gains + one @ two.T).cpu().numpy()
