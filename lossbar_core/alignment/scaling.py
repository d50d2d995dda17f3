"""Scales of ReLU units made definite, and random symmetries for tests and figures."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from lossbar_core.alignment.matching import layers_of
from lossbar_core.alignment.symmetry import Symmetry, check_same_function, outgoing_of
from lossbar_core.checks import as_count
from lossbar_core.landscapes import Landscape

SWEEPS = 1000  # coordinate steps of a convex problem; tens suffice in tests here


def balanced(landscape: Landscape, theta: Any) -> torch.Tensor:
    r"""The same ReLU network of least norm: every unit's incoming weights are as long as its outgoing ones.

    Scaling a unit by s gives :math:`s^2 |w_{in}|^2 + |w_{out}|^2 / s^2`, least at
    :math:`s^2 = |w_{out}| / |w_{in}|`; the layers are taken in turn until they rest. Of all networks that differ
    by positive scales this is one definite choice, so balance both before matching them. A unit without incoming
    or outgoing weights stays as it is.

    Parameters
    ----------
    landscape : Landscape
    theta : (M,) tensor or array

    Returns
    -------
    (M,) tensor

    Raises
    ------
    TypeError
        If the landscape is none of a module.
    ValueError
        If no layer has ReLU units without BatchNorm, or the shape is wrong.
    """
    layers = layers_of(landscape)
    if not any(layer.positive for layer in layers):
        raise ValueError(
            "expected a layer of ReLU modules without BatchNorm, got none; there is no scale to move"
        )
    start = landscape.as_points(torch.as_tensor(theta)[None])[0]
    moved = start
    for _ in range(SWEEPS):
        largest = 0.0
        for index, layer in enumerate(layers):
            if not layer.positive:
                continue
            parts = landscape.layout.split(moved[None])
            inward = sum(parts[name][0].reshape(layer.units, -1).square().sum(1) for name in layer.incoming)
            outward = outgoing_of(parts[layer.outgoing][0], layer.units).square().sum((0, 2))
            whole = (inward > 0) & (outward > 0)
            factor = torch.where(whole, (outward / torch.where(whole, inward, 1.0)) ** 0.25, 1.0)
            step = Symmetry.identity(layers, landscape.dtype)
            factors = (*step.factors[:index], factor, *step.factors[index + 1 :])
            moved = Symmetry(layers, step.permutations, factors).apply(moved, landscape.layout)
            largest = max(largest, float((factor - 1).abs().max()))
        if largest < 1e2 * torch.finfo(landscape.dtype).eps:
            break
    check_same_function(landscape, start, moved)
    return moved


def random_symmetry(
    landscape: Landscape, seed: int = 0, *, permute: bool = True, signs: bool = False, scales: bool = False
) -> Symmetry:
    """A random symmetry: permutations, signs of tanh units, scales of ReLU units between 1/2 and 2.

    Parameters
    ----------
    landscape : Landscape
    seed : int
    permute, signs, scales : bool
        What is moved; layers without a symmetry are left out of it.

    Returns
    -------
    Symmetry

    Raises
    ------
    TypeError
        If the landscape is none of a module, or the seed no integer.
    ValueError
        If the network is no plain chain, or the seed negative.
    """
    layers = layers_of(landscape)
    rng = np.random.default_rng(as_count(seed, "seed", low=0))
    orders, factors = [], []
    for layer in layers:
        order = rng.permutation(layer.units)
        sign, scale = rng.choice([-1.0, 1.0], layer.units), 2.0 ** rng.uniform(-1, 1, layer.units)
        factor = np.ones(layer.units)
        factor = factor * sign if signs and layer.odd else factor
        factor = factor * scale if scales and layer.positive else factor
        orders.append(torch.from_numpy(order) if permute else torch.arange(layer.units))
        factors.append(torch.from_numpy(factor).to(landscape.dtype))
    return Symmetry(layers, tuple(orders), tuple(factors))
