"""The three toy energies of the reviewed AutoNEB code: egg carton, curved valley, constant (NEB-Egg, -Curvy, -Flat)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.landscapes import CURVY_VALLEY, EGG_CARTON, FLAT, AnalyticLandscape
from lossbar_core.papers.base import Result, item
from lossbar_core.paths import SGD, AutoNEB, ElasticBand, Path, PathMethod, StraightLine
from lossbar_core.paths.tangents import TANGENTS

NEIGHBOURS = ((0, 1), (0, 2), (1, 3), (2, 3))
DIAGONALS = ((0, 3), (1, 2))
REACH = 0.3  # how far from a minimum descents begin: well inside its basin


@dataclass(frozen=True)
class Carton:
    """``seeds`` repeats of the descents and of the bands' first noise."""

    seed: int = 0
    seeds: int = 5
    pivots: int = 19
    jitter: float = 0.01


@dataclass(frozen=True)
class Valley:
    """A band of ``pivots``, shown at its start, after ``shown`` steps and at its end."""

    seed: int = 0
    pivots: int = 19
    shown: int = 10


@dataclass(frozen=True)
class Plateau:
    """``steps`` on a constant energy; ``seed`` draws the ends."""

    seed: int = 0
    pivots: int = 11
    steps: int = 10
    spring: float = 1e-9


@item("NEB-Egg", smoke=Carton(seeds=1, pivots=11), quick=Carton())
def egg_carton(config: Carton) -> Result:
    r"""Bands on :math:`\cos 2\pi x + \cos 2\pi y` between neighbours and across the hill.

    The chord of a diagonal pair runs over the hilltop along a mirror line, where no force points sideways; noise of
    ``jitter`` gaps on the first pivots breaks the symmetry.

    Parameters
    ----------
    config : Carton

    Returns
    -------
    Result
        ``minimum_error`` of descents; ``neighbour_error`` and ``diagonal_error``, the largest distance of a band's
        top from 0; ``line_top`` of the diagonal chord and ``still_top`` of a diagonal band without noise. Arrays
        ``neighbour``, ``diagonal`` (N, 2): bands of the first seed; ``minima``.
    """
    surface = EGG_CARTON.landscape()
    error, tops = 0.0, {"neighbour": 0.0, "diagonal": 0.0}
    shown: dict[str, np.ndarray] = {}
    for seed in range(config.seed, config.seed + config.seeds):
        minima = descended(surface, np.array(EGG_CARTON.minima), seed)
        error = max(error, float((surface.losses(minima) + 2).abs().max()))
        band = ElasticBand(config.pivots, jitter=config.jitter, seed=seed)
        for kind, pairs in (("neighbour", NEIGHBOURS), ("diagonal", DIAGONALS)):
            paths = band.connect_many(surface, [(minima[i], minima[j]) for i, j in pairs])
            tops[kind] = max(tops[kind], *(abs(path.top) for path in paths))
            shown.setdefault(kind, paths[0].pivots.numpy())
    exact = torch.tensor(EGG_CARTON.minima, dtype=torch.float64)
    return Result(
        {
            "seeds": config.seeds,
            "minimum_error": error,
            "neighbour_error": tops["neighbour"],
            "diagonal_error": tops["diagonal"],
            "line_top": StraightLine().connect(surface, exact[0], exact[3]).top,
            "still_top": ElasticBand(config.pivots).connect(surface, exact[0], exact[3]).top,
        },
        shown | {"minima": exact.numpy()},
    )


@item("NEB-Curvy", smoke=Valley(), quick=Valley())
def curvy_valley(config: Valley) -> Result:
    r"""A band along the valley :math:`y = \sin x` between the wells at :math:`x = \pm 5\pi/2`.

    Parameters
    ----------
    config : Valley

    Returns
    -------
    Result
        ``minimum_error`` and ``place_error`` of descents, ``saddle_error`` of loss and gradient at the origin,
        ``band_error`` of the top, ``line_top`` of the chord. Arrays ``start``, ``middle``, ``end`` (N, 2).
    """
    surface, exact = CURVY_VALLEY.landscape(), np.array(CURVY_VALLEY.minima)
    minima = descended(surface, exact, config.seed)
    at_saddle, slope = surface.losses_and_gradients([[0.0, 0.0]])
    chains: dict[int, np.ndarray] = {}

    def watch(step: int, now: list[torch.Tensor]) -> bool:
        """Keep the chains of the picture."""
        chains[step] = now[0].numpy().copy()
        return False

    path = ElasticBand(config.pivots).connect(surface, minima[0], minima[1], stop=watch)
    line = StraightLine(config.pivots).connect(surface, minima[0], minima[1])
    return Result(
        {
            "minimum_error": float(surface.losses(minima).abs().max()),
            "place_error": float(np.abs(minima.numpy() - exact).max()),
            "saddle_error": max(abs(float(at_saddle) - 1), float(slope.norm())),
            "band_error": abs(path.top - 1),
            "line_top": line.top,
            "steps": len(chains),
        },
        {
            "start": line.pivots.numpy(),
            "middle": chains[min(config.shown, max(chains))],
            "end": path.pivots.numpy(),
            "top": path.history["top"],
        },
    )


@item("NEB-Flat", smoke=Plateau(), quick=Plateau())
def flat(config: Plateau) -> Result:
    """Bands on a constant energy stay where they are: no tangent is 0 / 0, and springs have nothing to even out.

    All tangents, the soft spring of the reviewed code and stiff ones; and AutoNEB, whose insertion rule divides by
    a range that is 0 here.

    Parameters
    ----------
    config : Plateau

    Returns
    -------
    Result
        ``largest_offset`` of a pivot from the segment and ``gap_spread``, the largest deviation of a gap from the mean,
        both as shares of the chord; ``methods`` tried.
    """
    surface = FLAT.landscape()
    a, b = torch.from_numpy(np.random.default_rng(config.seed).uniform(-1, 1, (2, 2)))
    step = SGD(0.001)  # the rate of the reviewed code
    springs = (config.spring, float("inf"))
    methods: list[PathMethod] = [
        ElasticBand(config.pivots, spring, tangent, steps=config.steps, optimiser=step, tolerance=0.0)
        for spring in springs
        for tangent in TANGENTS
    ]
    methods.append(AutoNEB())
    offsets, spreads = zip(*(straightness(m.connect(surface, a, b)) for m in methods), strict=True)
    return Result({"methods": len(methods), "largest_offset": max(offsets), "gap_spread": max(spreads)})


def straightness(path: Path) -> tuple[float, float]:
    """Largest distance of a pivot from the chord, and of a gap from the mean gap, as shares of the chord's length.

    Examples
    --------
    >>> straightness(Path(torch.tensor([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])))
    (0.5, 0.0)
    """
    pivots = path.pivots.double()
    chord = (pivots[-1] - pivots[0]) / path.chord
    away = pivots - pivots[0]
    offset = away - (away @ chord)[:, None] * chord
    gaps = (pivots[1:] - pivots[:-1]).norm(dim=1)
    return float(offset.norm(dim=1).max()) / path.chord, float((gaps - gaps.mean()).abs().max()) / path.chord


def descended(
    surface: AnalyticLandscape, minima: np.ndarray, seed: int, rate: float = 0.01, steps: int = 3000
) -> torch.Tensor:
    """Minima by gradient descent from random places near the given ones; rate 0.01 as in the reviewed code."""
    noise = np.random.default_rng(seed).uniform(-REACH, REACH, minima.shape)
    places = torch.from_numpy(minima + noise)
    for _ in range(steps):
        places = places - rate * surface.gradients(places)
    return places
