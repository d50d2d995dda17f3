"""Barcodes of sampled functions without their noise, how their error falls, and exactly symmetric grids."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import FIELDS, Barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.barcodes.from_samples import sample_barcode
from lossbar_core.functions import BenchmarkFunction
from lossbar_core.papers.bsl.comparison import places

TEXT, NOTEBOOKS = 2, 4  # neighbours a dimension: in the paper's text, and in all notebooks of its authors
SLOPE = np.array([1.0, 0.618])  # of the plane on which noise is measured, along no edge of the box
SHOWN_SIZES = 1000  # largest components, of which a picture is drawn


@dataclass(frozen=True)
class Sampling:
    """``n_points`` uniform points joined to ``multiple`` * D neighbours.

    The error is measured for the numbers of points in ``sweep`` too, each sampled ``repeats`` times;
    ``resolution`` is the side of the grid from which references are found.
    """

    n_points: int
    multiple: int = TEXT
    sweep: tuple[int, ...] = (30_000, 100_000, 300_000)
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


def sample_and_keep(
    function: BenchmarkFunction, config: Sampling
) -> tuple[Barcode, dict[str, Any], dict[str, np.ndarray]]:
    """Bars of a sample that are no noise, and what every figure reports and draws: values and arrays."""
    everything = sampled(function, config.n_points, config.multiple, config.seed)
    bars = kept(everything)
    shared = {"n_points": config.n_points, "k": 2 * config.multiple, "n_bars": len(bars)}
    sizes = np.sort(everything.size)[::-1][:SHOWN_SIZES]
    return bars, shared | dropped_values(everything), picture(bars) | {"sizes": sizes}


def bars_of(arrays: Mapping[str, np.ndarray]) -> Barcode:
    """The barcode of a `picture`, with the points of its minima and saddles."""
    fields: list[Any] = [arrays[name] for name in FIELDS]
    bars = Barcode(*fields)
    bars.points = arrays["points"]
    return bars


def error_sweep(
    function: BenchmarkFunction, measure: Callable[[Barcode], float], config: Sampling
) -> dict[str, np.ndarray]:
    """An error of the kept bars for growing N, with the text's number of neighbours and the notebooks'.

    Returns
    -------
    dict
        ``sweep_n`` (s,), ``sweep_text`` and ``sweep_notebooks`` (s, repeats).
    """
    arrays: dict[str, np.ndarray] = {"sweep_n": np.array(config.sweep, dtype=np.int64)}
    for name, multiple in (("sweep_text", TEXT), ("sweep_notebooks", NOTEBOOKS)):
        errors = [
            [measure(kept(sampled(function, n, multiple, config.seed + r))) for r in range(config.repeats)]
            for n in config.sweep
        ]
        arrays[name] = np.array(errors, dtype=np.float64).reshape(len(config.sweep), config.repeats)
    return arrays


def grid_values(function: BenchmarkFunction, side: int) -> np.ndarray:
    """Values on a grid that is symmetric to the last bit where the box is."""
    axes = [axis(low, high, side) for low, high in function.bounds(2)]
    return function(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(side, side)


def axis(low: float, high: float, side: int) -> np.ndarray:
    """Points from low to high whose mirror images are exact, which `numpy.linspace` does not promise."""
    return (low + high) / 2 + (high - low) * (np.arange(side) - (side - 1) / 2) / (side - 1)


def grid_bars(function: BenchmarkFunction, side: int) -> Barcode:
    """Barcode of a function on a grid, without bars shorter than rounding."""
    return grid_barcode(grid_values(function, side)).filter(min_persistence=1e-4)
