"""The drawing of BSL section 2: four minima on a line, and which saddle ends which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.papers.base import Result, item

# Minima and saddles from left to right; the saddles rise in the paper's order of merges, q3, q4, q2.
PLACES = ("left", "p1", "q4", "p4", "q2", "p3", "q3", "p2", "right")
HEIGHTS = (7.0, 0.0, 3.8, 2.2, 5.4, 1.6, 3.0, 0.9, 6.4)
STATED = (("p1", None), ("p2", "q2"), ("p3", "q3"), ("p4", "q4"))


@dataclass(frozen=True)
class Line:
    """``steps`` straight steps between neighbouring critical points; ``seed`` is unused, nothing is drawn."""

    seed: int = 0
    steps: int = 20


@item("BSL-Fig1", smoke=Line(steps=4), quick=Line())
def which_saddle_ends_which_minimum(config: Line) -> Result:
    """Four minima on a line: BSL figure 1 and definition 1.

    Parameters
    ----------
    config : Line

    Returns
    -------
    Result
        ``pairs_as_stated``: the bars are (p1, never), (p2, q2), (p3, q3), (p4, q4);
        ``minima_between_p2_and_q2``. Arrays ``x``, ``f`` (the function), ``at`` (index of each of `PLACES`),
        ``levels`` (a little below and at each merge) and ``components`` (levels, n): the bar whose component
        holds the point, -1 above the level.
    """
    n = (len(PLACES) - 1) * config.steps + 1
    x = np.linspace(0.0, len(PLACES) - 1.0, n)
    f = np.interp(x, np.arange(len(PLACES)), HEIGHTS)
    at = {name: i * config.steps for i, name in enumerate(PLACES)}
    bars = grid_barcode(f)
    found = {(int(p), int(q)) for p, q in zip(bars.minimum, bars.saddle, strict=True)}
    stated = {(at[p], -1 if q is None else at[q]) for p, q in STATED}
    p2, q2 = sorted((at["p2"], at["q2"]))
    between = int(((bars.minimum > p2) & (bars.minimum < q2)).sum())
    death = np.sort(bars.death[~bars.essential])
    levels = np.stack([death - 0.25, death], axis=1).ravel()
    return Result(
        {"n_bars": len(bars), "pairs_as_stated": found == stated, "minima_between_p2_and_q2": between},
        {
            "x": x,
            "f": f,
            "at": np.array(list(at.values())),
            "levels": levels,
            "components": np.stack([_oldest(f, bars, level) for level in levels]),
        },
    )


def _oldest(f: np.ndarray, bars: Barcode, level: float) -> np.ndarray:
    """For each point of the sublevel set, the bar of the lowest minimum in its interval; -1 above it."""
    inside = f <= level
    interval = np.cumsum(np.diff(inside, prepend=False) & inside)
    owner = np.full(len(f), -1, dtype=np.int64)
    for bar in range(len(bars) - 1, -1, -1):  # lower minima last: they own what they share
        if inside[bars.minimum[bar]]:
            owner[inside & (interval == interval[bars.minimum[bar]])] = bar
    return owner
