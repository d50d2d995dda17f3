"""The configurations of the small-network sweep and its independent parts (BSL section 4.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lossbar_core.papers.bsl.net_models import NETS, VARIANTS
from lossbar_core.papers.bsl.net_tasks import CloudTask, GridTask, SlopeTask, Task

Shape = tuple[int, ...]

DEEPER: tuple[Shape, ...] = ((2,), (2, 2), (2, 2, 2))  # the networks of observation 2
NOTEBOOK_GRIDS = (((2,), (30, 36, 20, 10, 10)), ((3,), (16, 15, 11, 10, 10, 10, 6)))


@dataclass(frozen=True)
class Networks:
    """Seven networks in three variants, whole and with the output layer eliminated, on clouds of several sizes.

    ``repeats`` counts seeds for each of `VARIANTS`: a seed draws the fixed biases, the starts of the descents and
    the points. ``references`` are grids of reduced losses (variant, widths, shape), ``grids`` grids of whole
    normalised losses (widths, shape). ``ladder`` are smaller numbers of descents, tried on networks of growing depth.
    """

    sizes: tuple[int, ...]
    repeats: tuple[int, ...]
    runs: int
    steps: int
    deformed: int
    path_steps: int
    pivots: int
    slopes: int
    references: tuple[tuple[str, Shape, Shape], ...]
    grids: tuple[tuple[Shape, Shape], ...]
    ladder: tuple[int, ...]
    nets: tuple[Shape, ...] = NETS
    seed: int = 0


PROFILES: dict[str, Any] = {
    "smoke": Networks(
        sizes=(500, 1000),
        repeats=(3, 1, 1),
        runs=20,
        steps=100,
        deformed=2,
        path_steps=10,
        pivots=11,
        slopes=20,
        references=(("fixed", (2,), (41, 41)),),
        grids=(((2,), (5, 6, 4, 3, 3)),),
        ladder=(5,),
    ),
    "quick": Networks(
        sizes=(5000, 10_000),
        repeats=(3, 1, 1),
        runs=200,
        steps=1000,
        deformed=6,
        path_steps=80,
        pivots=25,
        slopes=20,
        references=(
            ("fixed", (2,), (201, 201)),
            ("fixed", (3,), (41, 41, 41)),
            ("normalised", (2,), (201, 201)),
            ("normalised", (3,), (41, 41, 41)),
        ),
        grids=(((2,), (30, 36, 20, 10, 10)),),
        ladder=(5, 50),
    ),
    "paper": Networks(
        sizes=(100_000, 200_000),
        repeats=(3, 3, 3),
        runs=1000,
        steps=3000,
        deformed=12,
        path_steps=400,
        pivots=41,
        slopes=60,
        references=(
            ("fixed", (2,), (801, 801)),
            ("fixed", (3,), (121, 121, 121)),
            ("fixed", (2, 2), (13,) * 6),
            ("free", (2,), (41,) * 4),
            ("normalised", (2,), (801, 801)),
            ("normalised", (3,), (121, 121, 121)),
        ),
        grids=NOTEBOOK_GRIDS,
        ladder=(10, 100),
    ),
}


def split(config: Networks) -> list[Task]:
    """All parts: clouds of every variant, network and seed, slopes beside them, grids, clouds with fewer descents.

    Examples
    --------
    >>> parts = split(PROFILES["quick"])
    >>> sum(isinstance(part, CloudTask) for part in parts)
    106
    """
    parts: list[Task] = []
    for variant, repeats in zip(VARIANTS, config.repeats, strict=True):
        for reduced in (False, True):
            for widths in config.nets:
                parts += [_cloud(config, variant, widths, reduced, r) for r in range(repeats)]
                parts.append(
                    SlopeTask(variant, widths, config.sizes, config.slopes, reduced, seed=config.seed)
                )
    for variant, widths, shape in config.references:
        seeds = config.repeats[0] if variant == "fixed" else 1
        parts += [GridTask(variant, widths, shape, True, config.seed + r) for r in range(seeds)]
    parts += [GridTask("normalised", widths, shape, False, config.seed) for widths, shape in config.grids]
    return parts + _ladder(config)


def _ladder(config: Networks) -> list[Task]:
    """Clouds with fewer descents: their ends are added to a cloud, so their number may matter."""
    return [
        replace(_cloud(config, "fixed", widths, reduced, r), runs=runs, deformed=0, path_steps=1)
        for runs in config.ladder
        for reduced in (False, True)
        for widths in DEEPER
        for r in range(config.repeats[0])
    ]


def _cloud(config: Networks, variant: str, widths: Shape, reduced: bool, repeat: int) -> CloudTask:
    return CloudTask(
        variant,
        widths,
        config.sizes,
        config.runs,
        config.steps,
        config.deformed,
        config.path_steps,
        config.pivots,
        reduced,
        seed=config.seed + repeat,
    )
