"""FBF-PTB: lengths of strings between recurrent language models against the perplexity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.curvature.level_strings import Ends, LevelStrings, measure
from lossbar_core.papers.curvature.level_table import gathered
from lossbar_core.papers.curvature.problems import Text, unigram_perplexity


@dataclass(frozen=True)
class TextLevels:
    """Strings at several levels of the perplexity. The authors train by SGD with rate 1; here Adam has ``end_rate``
    for the ends and ``rate`` for the beads, tuned here.
    """

    problem: Text
    levels: tuple[float, ...]
    pairs: int
    tolerance: float = 1.1
    t_star: str = "middle"
    batch: int = 20
    end_rate: float = 3e-3
    epochs: int = 20
    rate: float = 3e-4
    bead_steps: int = 3000
    seed: int = 0


def split(config: TextLevels) -> list[LevelStrings]:
    """One part a level.

    Examples
    --------
    >>> len(split(TextLevels(Text(), (150.0, 100.0), 2)))
    2
    """
    ends = Ends(
        config.problem,
        config.levels,
        config.pairs,
        config.end_rate,
        config.batch,
        config.epochs,
        seed=config.seed,
    )
    return [
        LevelStrings(
            ends,
            level,
            tolerance=config.tolerance,
            t_star=config.t_star,
            rate=config.rate,
            bead_steps=config.bead_steps,
            seed=config.seed,
        )
        for level in config.levels
    ]


@sweep_item(
    "FBF-PTB",
    split=split,
    task=measure,
    smoke=TextLevels(Text(vocabulary=50, width=8, layers=1), (30.0, 25.0), 2, rate=3e-3, bead_steps=300),
    quick=TextLevels(Text(width=32), (150.0, 100.0, 80.0), 2, rate=1e-3),
    paper=TextLevels(Text(width=200), (150.0, 120.0, 100.0, 90.0, 80.0, 70.0), 3),
)
def treebank(config: TextLevels, results: Sequence[Result]) -> Result:
    """Strings between LSTM language models: final text, PTB task, on a text that everybody has.

    Parameters
    ----------
    config : TextLevels
    results : sequence of Result
        Of the levels.

    Returns
    -------
    Result
        As `level_table.gathered`; ``turns``: changes of direction of the mean length from level to level, 0 where
        it is monotone; ``peak_level`` of the mean length; ``unigram``: perplexity without any order of words;
        ``is_treebank``, ``data``, ``width``.
    """
    values, arrays = gathered(results)
    length = arrays["mean_length"][np.isfinite(arrays["mean_length"])]
    signs = np.sign(np.diff(length))
    values |= {
        "turns": int((np.diff(signs[signs != 0]) != 0).sum()),
        "peak_level": float(arrays["levels"][np.nanargmax(arrays["mean_length"])]),
        "unigram": unigram_perplexity(config.problem),
        "is_treebank": config.problem.source == "ptb",
        "data": config.problem.data().variant,
        "width": config.problem.width,
    }
    return Result(values, arrays)
