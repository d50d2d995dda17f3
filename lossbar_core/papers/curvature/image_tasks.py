"""What is computed for FB's image networks: strings at levels of the test error, and the best error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.papers.curvature.level_strings import Ends, LevelStrings, measure, trained_ends
from lossbar_core.papers.curvature.problems import Images
from lossbar_core.training import Adam, train_ensemble


@dataclass(frozen=True)
class ImageLevels:
    """Strings at several levels of the test error. ``further`` epochs of training look for the best error."""

    problem: Images
    levels: tuple[float, ...]
    pairs: int
    tolerance: float
    batch: int = 100
    end_rate: float = 1e-3
    epochs: int = 40
    rate: float = 1e-4
    bead_steps: int = 6000
    further: int = 10
    seed: int = 0


@dataclass(frozen=True)
class BestOf:
    """How low the test error gets when the ends of the lowest level are trained on."""

    ends: Ends
    epochs: int
    seed: int = 0


def ends_of(config: ImageLevels) -> Ends:
    """The networks of a configuration."""
    return Ends(
        config.problem,
        config.levels,
        config.pairs,
        config.end_rate,
        config.batch,
        config.epochs,
        seed=config.seed,
    )


def split(config: ImageLevels) -> list[LevelStrings | BestOf]:
    """One part a level, and one that looks for the best error.

    Examples
    --------
    >>> len(split(ImageLevels(Images("mnist"), (20.0, 10.0), 2, 1.02)))
    3
    """
    ends = ends_of(config)
    strings = [
        LevelStrings(
            ends,
            level,
            tolerance=config.tolerance,
            rate=config.rate,
            bead_steps=config.bead_steps,
            seed=config.seed,
        )
        for level in config.levels
    ]
    return [*strings, BestOf(ends, config.further, config.seed)]


def task(part: LevelStrings | BestOf) -> Result:
    """Strings of a level, or the best error."""
    return measure(part) if isinstance(part, LevelStrings) else best_of(part)


def best_of(config: BestOf) -> Result:
    """Lowest test error of each network at the ends of so many further epochs.

    Returns
    -------
    Result
        ``best`` over all networks; array ``errors`` (networks,).
    """
    surface = config.ends.problem.surface()
    thetas, _ = trained_ends(config.ends)
    trained = train_ensemble(
        surface,
        range(len(thetas[-1])),
        schedule=config.ends.rate,
        epochs=config.epochs,
        batch=config.ends.batch,
        optimizer=Adam(),
        starts=thetas[-1],
        stop_at=0.0,  # so that the error is looked at after every epoch
        batch_seed=1000 * config.seed + len(thetas),
    )
    before = surface.losses(thetas[-1]).numpy()
    errors = np.minimum(before, np.nanmin(trained.history["full_loss"], axis=0))
    return Result({"best": float(errors.min())}, {"errors": errors})
