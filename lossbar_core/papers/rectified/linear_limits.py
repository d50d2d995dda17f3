"""Where linear networks are parted: as many hidden units as outputs, a ridge on three layers. Heights are exact."""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import minimize_scalar

from lossbar_core import grid_barcode
from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.papers.rectified.curve import Weights, flat
from lossbar_core.papers.rectified.linear_regression import LinearRegression
from lossbar_core.paths import ElasticBand, StringSampling

LARGEST_RIDGE = 0.35  # of a chain of three, with a margin: up to 0.38 zero is no global minimum
GRID_ERROR = 0.01  # bars that are shorter come from a grid across a curved valley
SHORTEST = (
    0.002  # of a bar; at a ridge of 0.2 that of zero is four times as long, shorter ones may be the lattice's
)
DENSE = 199  # points inside a segment: a top is compared with an exact height
BANDS = 20  # tries; the segment's middle is a place of symmetry, so each is jittered


def mirrored(weights: Weights) -> Weights:
    r"""Two layers :math:`(R W_1, W_2 R)` with R = diag(-1, 1, ..., 1): the same product, the other sign of det.

    Examples
    --------
    >>> mirrored((np.eye(2), np.ones((1, 2))))[1].tolist()
    [[-1.0, 1.0]]
    """
    inner, outer = (layer.copy() for layer in weights)
    inner[0] *= -1
    outer[:, 0] *= -1
    return inner, outer


def narrow_pass(task: LinearRegression, weights: Weights, *, band_steps: int, seed: int) -> dict[str, float]:
    r"""The pass between a network with h = n_K units and its mirror image: least risk of rank h - 1, exactly.

    On every path the determinant of the last layer passes 0, so the product has rank h - 1 at most somewhere. A network
    of that risk is reached from both sides: the bound is the height of the pass.

    Returns
    -------
    dict
        ``bound``, ``band``: the lowest top of some elastic bands, and ``strings``: 1 if string sampling joins both
        at a level between the end's risk and the bound, else 0.
    """
    units = len(weights[0])
    widths = (weights[0].shape[1], units, len(weights[1]))
    surface, bound = task.landscape(widths), task.least_of_rank(units - 1)
    ends = [torch.from_numpy(flat(side)) for side in (weights, mirrored(weights))]
    tops = [
        ElasticBand(31, steps=band_steps, jitter=0.3, seed=seed + i)
        .connect(surface, *ends)
        .profile(DENSE)
        .top
        for i in range(BANDS)
    ]
    level = (task.risk(weights) + bound) / 2
    string = StringSampling(level, tolerance=1.0, rate=0.01, steps=2000, depth=6).connect(surface, *ends)
    return {"bound": bound, "band": min(tops), "strings": float(string.failure is None)}


def chain(layers: int, ridge: float) -> AnalyticLandscape:
    r"""Layers of one unit each: :math:`(w_K \cdots w_1 - 1)^2 + \kappa |w|^2`."""
    return AnalyticLandscape(
        lambda w: (w.prod(dim=1) - 1).square() + ridge * w.square().sum(1), layers, name=f"chain of {layers}"
    )


def two_layer_bars(ridge: float, side: int = 401) -> np.ndarray:
    """Births and deaths (bars, 2) of a chain of two layers on a grid.

    Examples
    --------
    >>> two_layer_bars(0.05).round(3).tolist()
    [[0.098, inf], [0.098, 1.0]]
    """
    axis = np.linspace(-2, 2, side)
    places = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    values = chain(2, ridge).losses(torch.from_numpy(places)).numpy()
    return (
        grid_barcode(values.reshape(side, side), connectivity="full")
        .filter(min_persistence=GRID_ERROR)
        .to_diagram()
    )


def deep_bars(ridge: float, side: int = 121) -> np.ndarray:
    r"""Births and deaths (bars, 2) of a chain of three layers on a lattice with all 26 neighbours.

    Between :math:`\pm 1.2` in every weight, the global minima included. A path of the lattice may step over the top of
    a pass or miss its lowest place, so deaths are off by about the square of the spacing.

    Examples
    --------
    >>> deep_bars(0.2, side=25).round(3).tolist()
    [[0.559, inf], [0.559, 1.008], [0.559, 1.008], [0.559, 1.008], [1.0, 1.008]]
    """
    axis = np.linspace(-1.2, 1.2, side)
    places = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    values = chain(3, ridge).losses(torch.from_numpy(places)).numpy()
    found = grid_barcode(values.reshape(side, side, side), connectivity="full")
    return found.filter(min_persistence=SHORTEST).to_diagram()


def deep_ridge(ridge: float) -> dict[str, float]:
    r"""A chain of three layers with a ridge: 0 is a strict local minimum, as :math:`w_3 w_2 w_1` has no second order.

    On the sphere of radius r the product is at most :math:`(r / \sqrt 3)^3`, where all weights are equal. So the
    least value on the sphere is that of equal weights, and the pass from 0 to the global minimum is the largest of
    them, exactly.

    Returns
    -------
    dict
        ``zero``, the height 1 of 0; ``best`` of the global minimum; ``pass``, by the formula. ``lattice``: the death of
        the bar that is born highest in `deep_bars`, which knows nothing of spheres, and ``miss``, its distance from
        the pass over the pass' height above 0.

    Raises
    ------
    ValueError
        If the ridge is so large that 0 is the global minimum, or so small that the lattice does not see the pass.

    Examples
    --------
    >>> found = deep_ridge(0.2)
    >>> found["best"] < found["zero"] < found["pass"]
    True
    >>> found["miss"] < 0.02
    True
    """
    found = deep_pass(ridge)
    bars = deep_bars(ridge)
    birth, death = bars[bars[:, 0].argmax()]
    if birth != found["zero"]:
        raise ValueError(
            f"expected a bar of height {SHORTEST} or more that begins at 0, got the highest at {birth:.4g}; the "
            "pass is too low for the lattice: take a larger ridge"
        )
    miss = abs(float(death) - found["pass"]) / (found["pass"] - found["zero"])
    return {**found, "lattice": float(death), "miss": miss}


def deep_pass(ridge: float) -> dict[str, float]:
    """The formula's part of `deep_ridge`: ``zero``, ``best`` and ``pass`` along the ray of equal weights.

    Raises
    ------
    ValueError
        If the ridge is so large that 0 is the global minimum.

    Examples
    --------
    >>> round(deep_pass(0.2)["pass"], 4)
    1.0081
    """
    if not 0 < ridge < LARGEST_RIDGE:
        raise ValueError(
            f"expected a ridge in (0, {LARGEST_RIDGE}), got {ridge}; with more, 0 is the global minimum: take less"
        )

    def ray(s: float) -> float:
        """The risk of three equal weights."""
        return (s**3 - 1) ** 2 + 3 * ridge * s**2

    top = minimize_scalar(
        lambda s: -ray(s), bounds=(0.0, 2 * ridge), method="bounded", options={"xatol": 1e-12}
    )
    low = minimize_scalar(ray, bounds=(2 * ridge, 1.0), method="bounded", options={"xatol": 1e-12})
    return {"zero": ray(0.0), "best": float(low.fun), "pass": float(-top.fun)}
