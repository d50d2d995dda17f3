"""Strings against geodesics: on surfaces of two parameters the shortest path inside a level set can be computed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import AnalyticLandscape
from lossbar_core.landscapes.toys import BENT_DOUBLE_WELL, CURVY_VALLEY
from lossbar_core.levelsets import LevelGrid, distances_from
from lossbar_core.papers.base import Result
from lossbar_core.paths import Path, StringSampling

RADIUS = 1.5
LIFT = -min(
    BENT_DOUBLE_WELL.minimum_values
)  # so that the lowest loss is 0: levels are multiplied by a tolerance


def ring(x: Tensor) -> Tensor:
    r""":math:`(\|x\| - 3/2)^2`: its level sets are rings, whose geodesics are known."""
    return (x.norm(dim=1) - RADIUS) ** 2


def bent(x: Tensor) -> Tensor:
    """The bent double well, lifted to the minimum 0."""
    return BENT_DOUBLE_WELL.function(x) + LIFT


def product(x: Tensor) -> Tensor:
    r""":math:`(ab - 1)^2`, the risk of a linear network with one hidden unit: in two pieces below the level 1."""
    return (x[:, 0] * x[:, 1] - 1) ** 2


@dataclass(frozen=True)
class Plane:
    """A surface of two parameters, where it is looked at, and the levels."""

    function: Callable[[Tensor], Tensor]
    box: tuple[tuple[float, float], ...]
    levels: tuple[float, ...]
    rate: float

    @property
    def surface(self) -> AnalyticLandscape:
        """The loss, float64."""
        return AnalyticLandscape(self.function, 2)


# Levels from where the set is a narrow valley to where it is nearly convex; rates of Adam follow the size of the box.
PLANES = {
    "ring": Plane(ring, ((-2.6, 2.6), (-2.6, 2.6)), (0.02, 0.1, 0.3, 0.6), 0.01),
    "bent": Plane(bent, ((-2.2, 2.2), (-2.2, 3.2)), (1.4, 2.0, 3.0, 4.5), 0.01),
    "valley": Plane(CURVY_VALLEY.function, ((-13.0, 13.0), (-3.5, 3.5)), (1.1, 1.5, 2.5, 4.0), 0.05),
    "product": Plane(product, ((-4.0, 4.0), (-4.0, 4.0)), (0.02, 0.1, 0.4, 0.8), 0.02),
}


@dataclass(frozen=True)
class Rule:
    """How a string is made: the settings that FB's lengths depend on (register 3.c.9)."""

    t_star: str = "middle"
    alpha: float = 0.95
    slower: float = 1.0  # the rate is divided by it


RULES = {
    "code": Rule(),
    "argmax": Rule("argmax"),
    "low": Rule(alpha=0.7),
    "slow": Rule(slower=10.0),
}


@dataclass(frozen=True)
class Calibration:
    """Strings of one plane at all its levels.

    ``cells`` on the longer side of the box; ``pairs`` of random points of a component of the level set, as far from
    each other as ``apart`` times the diagonal of the box.
    """

    plane: str
    cells: int = 520
    pairs: int = 6
    apart: float = 0.2
    tolerance: float = 1.1
    steps: int = 20_000
    rules: tuple[str, ...] = tuple(RULES)
    seed: int = 0


def calibrate(config: Calibration) -> Result:
    r"""Lengths of strings over lengths of geodesics in the set that the strings are certified for.

    Parameters
    ----------
    config : Calibration

    Returns
    -------
    Result
        Arrays over (levels, pairs): ``geodesic`` and ``chord``; over (rules, levels, pairs), NaN where no string was
        found: ``length``, ``straight_length`` after straightening, in the plane's unit; ``levels``;
        ``ends`` (levels, pairs, 2, 2). Values ``plane``, ``cell``, ``tolerance``.
    """
    torch.set_num_threads(1)
    plane = PLANES[config.plane]
    cell = max(high - low for low, high in plane.box) / config.cells
    grid = LevelGrid.of(plane.surface, plane.box, cell)
    ends, geodesics = [], []
    for number, level in enumerate(plane.levels):
        pairs = random_pairs(grid, level, config, np.random.default_rng((config.seed, number)))
        limit = config.tolerance * level
        ends.append(pairs)
        geodesics.append([distances_from(grid, limit, a).to(b) for a, b in pairs])
    shape = (len(config.rules), len(plane.levels), config.pairs)
    length, straight = np.full(shape, np.nan), np.full(shape, np.nan)
    for i, rule in enumerate(config.rules):
        for j, level in enumerate(plane.levels):
            method = method_of(config, RULES[rule], level)
            strings = method.connect_many(plane.surface, [tuple(torch.from_numpy(pair)) for pair in ends[j]])
            length[i, j], straight[i, j] = np.array([_lengths(method, string) for string in strings]).T
    pairs = np.array(ends)
    arrays = {
        "geodesic": np.array(geodesics),
        "chord": np.linalg.norm(pairs[:, :, 1] - pairs[:, :, 0], axis=2),
        "length": length,
        "straight_length": straight,
        "levels": np.array(plane.levels),
        "ends": pairs,
    }
    return Result({"plane": config.plane, "cell": cell, "tolerance": config.tolerance}, arrays)


def method_of(config: Calibration, rule: Rule, level: float) -> StringSampling:
    """String sampling by a rule on a plane."""
    plane = PLANES[config.plane]
    return StringSampling(
        level,
        alpha=rule.alpha,
        tolerance=config.tolerance,
        t_star=rule.t_star,
        rate=plane.rate / rule.slower,
        steps=config.steps,
    )


def _lengths(method: StringSampling, string: Path) -> tuple[float, float]:
    if string.failure is not None:
        return float("nan"), float("nan")
    return string.length, method.straightened(string).length


def random_pairs(
    grid: LevelGrid, level: float, config: Calibration, generator: np.random.Generator
) -> np.ndarray:
    """Pairs of random grid points of the level set in one component of it, far enough from each other, (pairs, 2, 2).

    Raises
    ------
    ValueError
        If no two points of a component are so far apart.
    """
    numbers, _ = grid.components(level)
    index = np.argwhere(numbers > 0)
    (x0, x1), (y0, y1) = PLANES[config.plane].box
    least = config.apart * float(np.hypot(x1 - x0, y1 - y0))
    found: list[np.ndarray] = []
    for _ in range(1000):
        first, second = index[generator.integers(len(index), size=(2, 64))]
        there = numbers[tuple(first.T)] == numbers[tuple(second.T)]
        there &= grid.cell * np.linalg.norm(first - second, axis=1) >= least
        found += list(np.stack([first, second], axis=1)[there])
        if len(found) >= config.pairs:
            return np.asarray(grid.origin) + grid.cell * np.array(found[: config.pairs])
    raise ValueError(
        f"expected pairs at least {least:g} apart in a component at level {level:g}, got {len(found)}; lower apart"
    )


def ring_geodesic(inner: float, a: np.ndarray, b: np.ndarray) -> float:
    r"""Shortest way from a to b around a disc of radius r: the segment, or two tangents and an arc.

    With :math:`|a|, |b| \ge r` at the angle :math:`\phi` the way around is :math:`\sqrt{|a|^2 - r^2} +
    \sqrt{|b|^2 - r^2} + r\,(\phi - \arccos(r/|a|) - \arccos(r/|b|))`, where the arc is not negative.

    Examples
    --------
    >>> round(ring_geodesic(1.0, np.array([-1.0, 0.0]), np.array([1.0, 0.0])), 6)
    3.141593
    """
    first, second = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    angle = float(np.arccos(np.clip(a @ b / (first * second), -1, 1)))
    arc = angle - np.arccos(min(1.0, inner / first)) - np.arccos(min(1.0, inner / second))
    if arc <= 0:
        return float(np.linalg.norm(a - b))
    return float(np.sqrt(first**2 - inner**2) + np.sqrt(second**2 - inner**2) + inner * arc)


@dataclass(frozen=True)
class Shells:
    r"""Strings of :math:`(\|x\| - 3/2)^2` in more dimensions, where geodesics are those of a ring."""

    dimensions: tuple[int, ...]
    level: float = 0.1
    pairs: int = 8
    tolerance: float = 1.1
    rate: float = 0.01
    seed: int = 0


def shells(config: Shells) -> Result:
    """Lengths of strings over those of geodesics, between random points at the middle radius.

    The shortest way runs in the plane of both ends and the centre.

    Parameters
    ----------
    config : Shells

    Returns
    -------
    Result
        Arrays ``ratio`` and ``normalised``, of the geodesics, (dimensions, pairs); ``dimensions``.
    """
    inner = RADIUS - (config.tolerance * config.level) ** 0.5
    method = StringSampling(config.level, tolerance=config.tolerance, rate=config.rate)
    ratios, normalised = [], []
    for dimension in config.dimensions:
        drawn = np.random.default_rng((config.seed, dimension)).standard_normal((config.pairs, 2, dimension))
        ends = RADIUS * drawn / np.linalg.norm(drawn, axis=2, keepdims=True)
        exact = np.array([ring_geodesic(inner, a, b) for a, b in ends])
        strings = method.connect_many(
            AnalyticLandscape(ring, dimension), [tuple(torch.from_numpy(pair)) for pair in ends]
        )
        lengths = np.array([_lengths(method, string)[0] for string in strings])
        ratios.append(lengths / exact)
        normalised.append(exact / np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1))
    arrays = {
        "ratio": np.array(ratios),
        "normalised": np.array(normalised),
        "dimensions": np.array(config.dimensions),
    }
    return Result({}, arrays)


@dataclass(frozen=True)
class Acrosses:
    """Pairs in different pieces of the product's level sets: a mirror image (-a, -b) of (a, b)."""

    places: tuple[float, ...] = (0.5, 1.0, 2.0)
    steps: int = 300
    seed: int = 0


def acrosses(config: Acrosses) -> Result:
    """How many strings between pieces are certified, at the levels of the product.

    Parameters
    ----------
    config : Acrosses

    Returns
    -------
    Result
        ``certified``, of ``pairs``: there is no path, so that it must be 0.
    """
    plane, count = PLANES["product"], 0
    ends = [(torch.tensor([s, 1 / s]).double(), torch.tensor([-s, -1 / s]).double()) for s in config.places]
    for level in plane.levels:
        method = method_of(Calibration("product", steps=config.steps), RULES["code"], level)
        count += sum(string.failure is None for string in method.connect_many(plane.surface, ends))
    return Result({"certified": count, "pairs": len(ends) * len(plane.levels)})
