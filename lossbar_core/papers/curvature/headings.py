"""FB-4.2-4.3: two headings without text; whether strings join convolutional and recurrent networks at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lossbar_core.papers.base import ITEMS, Result, sweep_item
from lossbar_core.papers.curvature import image_tasks, text
from lossbar_core.papers.curvature.image_tasks import ImageLevels
from lossbar_core.papers.curvature.images import MNIST
from lossbar_core.papers.curvature.level_strings import LevelStrings, measure
from lossbar_core.papers.curvature.level_table import gathered
from lossbar_core.papers.curvature.text import TextLevels


@dataclass(frozen=True)
class Headings:
    """The networks of both sections, with the strings of `images` and `text`."""

    convolutional: ImageLevels
    recurrent: TextLevels
    seed: int = 0


def split(config: Headings) -> list[LevelStrings]:
    """Their levels, the images' first."""
    parts = [part for part in image_tasks.split(config.convolutional) if isinstance(part, LevelStrings)]
    return parts + text.split(config.recurrent)


PROFILES: dict[str, Any] = {
    name: Headings(MNIST[name], ITEMS["FBF-PTB"].profiles[name]) for name in ("smoke", "quick")
}


@sweep_item("FB-4.2-4.3", split=split, task=measure, **PROFILES)
def headings(config: Headings, results: Sequence[Result]) -> Result:
    """Whether all pairs of both kinds of networks are joined: sections 4.2 and 4.3, which say nothing.

    Parameters
    ----------
    config : Headings
    results : sequence of Result
        Of the levels, the images' first.

    Returns
    -------
    Result
        ``connected_share`` of both, and ``convolutional``, ``recurrent`` alone.
    """
    count = len(config.convolutional.levels)
    shares = [gathered(part)[0]["connected_share"] for part in (results[:count], results[count:])]
    return Result({"connected_share": min(shares), "convolutional": shares[0], "recurrent": shares[1]})
