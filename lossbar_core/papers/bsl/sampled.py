"""Barcodes of sampled functions without their noise, and how far they are from a reference."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import FIELDS, Barcode
from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_samples import sample_barcode
from lossbar_core.functions import BenchmarkFunction
from lossbar_core.papers.bsl.comparison import places

TEXT, NOTEBOOKS = 2, 4  # neighbours a dimension: in the paper's text, and in all notebooks of its authors
SLOPE = np.array([1.0, 0.618])  # of the plane on which noise is measured, along no edge of the box
SHOWN_SIZES = 1000  # largest components, of which a picture is drawn


@dataclass(frozen=True)
class Sampling:
    """``n_points`` uniform points joined to ``multiple`` * D neighbours.

    ``sweep`` are smaller numbers of points, each sampled ``repeats`` times, at which the error is measured;
    ``resolution`` is the side of the grid from which references are found.
    """

    n_points: int
    multiple: int = TEXT
    sweep: tuple[int, ...] = (10_000, 30_000, 100_000, 300_000)
    repeats: int = 3
    resolution: int = 801
    seed: int = 0


def sampled(function: BenchmarkFunction, n: int, multiple: int, seed: int) -> Barcode:
    """Barcode of a function of two variables on n uniform points with ``2 * multiple`` neighbours, no radius."""
    return sample_barcode(function, function.bounds(2), n, seed, k=2 * multiple)


def smallest_basin(n: int, d: int = 2) -> int:
    r"""Size :math:`\lceil N^{(D-1)/D} \rceil` from which a component is taken for more than noise.

    So many points lie in a slab one spacing thick that runs through the whole box. A basin of the function has
    a fixed share of the points and passes in the end; a false one on a slope is some spacings wide, whatever N.

    Examples
    --------
    >>> smallest_basin(1_000_000), smallest_basin(1000, d=3)
    (1000, 100)
    """
    return math.ceil(round(n ** (1 - 1 / d), 6))


def kept(bars: Barcode) -> Barcode:
    """Bars whose component had at least `smallest_basin` points; small infinite ones, islands, go too."""
    return bars.filter(min_size=smallest_basin(*places(bars, ...).shape))


def dropped_values(bars: Barcode) -> dict[str, Any]:
    """What `kept` takes away: how many bars, how large and how long."""
    least = smallest_basin(*places(bars, ...).shape)
    dropped = bars[bars.size < least]
    finite = dropped[~dropped.essential]
    islands = dropped[dropped.essential]
    return {
        "all_bars": len(bars),
        "smallest_basin": least,
        "smallest_kept_size": int(bars.size[bars.size >= least].min()),
        "largest_dropped_size": int(dropped.size.max(initial=0)),
        "longest_dropped_bar": float(finite.persistence.max(initial=0.0)),
        "islands": len(islands),
        "island_points": int(islands.size.sum()),
    }


def plane_noise(n: int, multiple: int, seed: int) -> np.ndarray:
    """Sizes of all components but the first on a plane, whose true barcode is one bar, largest first."""
    bars = sample_barcode(lambda x: x @ SLOPE.astype(x.dtype), [(0.0, 1.0)] * 2, n, seed, k=2 * multiple)
    return np.sort(bars.size[1:])[::-1]


def picture(bars: Barcode) -> dict[str, np.ndarray]:
    """Arrays of some bars without the sample: ids count into ``points``, which hold minima and saddles only."""
    ids = np.unique(np.concatenate([bars.minimum, bars.saddle[bars.saddle >= 0]]))
    arrays = {name: getattr(bars, name) for name in FIELDS}
    for name in ("minimum", "saddle", "swallower"):
        old = arrays[name]
        arrays[name] = np.where(old < 0, -1, np.searchsorted(ids, old))
    return {**arrays, "points": places(bars, ids)}


def bars_of(arrays: Mapping[str, np.ndarray]) -> Barcode:
    """The barcode of a `picture`, with the points of its minima and saddles."""
    fields: list[Any] = [arrays[name] for name in FIELDS]
    bars = Barcode(*fields)
    bars.points = arrays["points"]
    return bars


def distance_sweep(function: BenchmarkFunction, exact: Any, config: Sampling) -> dict[str, np.ndarray]:
    """Bottleneck distance of the kept bars to a reference for growing N, with the text's k = 2D.

    Returns
    -------
    dict
        ``sweep_n`` (s,) and ``sweep_distance`` (s, repeats); infinite where more than one bar is.
    """
    distance = [
        [
            bottleneck_distance(kept(sampled(function, n, TEXT, config.seed + repeat)), exact)
            for repeat in range(config.repeats)
        ]
        for n in config.sweep
    ]
    return {"sweep_n": np.array(config.sweep, np.int64), "sweep_distance": np.array(distance, np.float64)}
