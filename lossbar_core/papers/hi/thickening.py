"""HI-thicken: by how much the level must rise until a minimum's component joins a lower one (HI section 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.barcodes.pairs import vertex_ranks
from lossbar_core.functions import SmallNetwork, exact_barcode, get, reference_barcode
from lossbar_core.papers.base import Result, item

Function = Callable[[np.ndarray], np.ndarray]

BENCHMARKS = ("HumpCamel3", "HumpCamel6", "EggCrate", "Wavy", "HolderTable")
SEPARABLE = ("EggCrate", "Wavy")
NETWORK = "tanh network"
WEIGHTS = 4.0  # the network's box: the input weights, within which its residual minima lie
PENALTY = 1e-4  # of the eliminated output layer
NEIGHBOURS = np.ones((3, 3))  # pixels that touch, as in the reference barcodes
SHORTEST = 1e-6  # shorter bars are rounding, as in the reference barcodes


@dataclass(frozen=True)
class Thickening:
    """Functions of two variables on grids of ``resolution`` squared pixels; ``seed`` is unused."""

    functions: tuple[str, ...] = (*BENCHMARKS, NETWORK)
    resolution: int = 801
    seed: int = 0


@item(
    "HI-thicken",
    smoke=Thickening(functions=("HumpCamel6", NETWORK), resolution=101),
    quick=Thickening(),
    paper=Thickening(resolution=1601),
)
def thickening(config: Thickening) -> Result:
    r"""The rise :math:`d - b` that joins a minimum of value b to a lower one: HI section 1, where it is proposed.

    It is the length of the minimum's bar. Each bar of the grid is checked by flooding: at all pixels lower than its
    saddle the minimum's component has no lower pixel than the minimum, and with the saddle it has one.

    Parameters
    ----------
    config : Thickening

    Returns
    -------
    Result
        ``checked`` bars and ``failures`` of the floods; ``alone``, minima whose sublevel set had no other component
        when they appeared; ``minima`` of the polished barcodes, and how many are not the lowest, ``others``;
        ``largest_error``, of a polished rise, over the range of its function, ``largest_grid_gap`` between the rises
        of grid and polished barcode. Arrays (functions,): ``count``, ``smallest``, ``median``, ``largest`` rise,
        ``above`` (level that joins all, less the lowest value) and ``range``; ``bars_<i>`` (b, 2), polished.
    """
    found = [_measure(name, config.resolution) for name in config.functions]
    counts = {name: int(sum(row[name] for row, _ in found)) for name in ("checked", "failures", "alone")}
    columns = ("count", "smallest", "median", "largest", "above", "range")
    arrays = {name: np.array([row[name] for row, _ in found]) for name in columns}
    total = int(arrays["count"].sum())
    return Result(
        counts
        | {
            "functions": len(found),
            "minima": total,
            "others": total - sum(int(np.isinf(bars[:, 1]).sum()) for _, bars in found),
            "largest_error": max(row["error"] for row, _ in found),
            "largest_grid_gap": max(row["grid_gap"] for row, _ in found),
        },
        arrays | {f"bars_{i}": bars for i, (_, bars) in enumerate(found)},
    )


def function_named(name: str) -> tuple[Function, list[tuple[float, float]]]:
    """A function of two variables and its box.

    The network has two tanh units without biases; its output layer is eliminated, so that its two input weights are
    all that is left.

    Examples
    --------
    >>> function, box = function_named("tanh network")
    >>> function(np.zeros((1, 2))).shape, box
    ((1,), [(-4.0, 4.0), (-4.0, 4.0)])
    """
    if name != NETWORK:
        return get(name), get(name).bounds(2)
    network = SmallNetwork((2,), "tanh", l2=PENALTY, free=(0, 1), eliminate="layer")
    return network, [(-WEIGHTS, WEIGHTS)] * 2


def _measure(name: str, resolution: int) -> tuple[dict[str, float], np.ndarray]:
    function, box = function_named(name)
    axes = [np.linspace(low, high, resolution) for low, high in box]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    values = function(places).reshape(resolution, resolution)
    on_grid = grid_barcode(values, connectivity="full").filter(min_persistence=SHORTEST)
    bars, error = polished_bars(name, resolution)
    rises = (bars[:, 1] - bars[:, 0])[np.isfinite(bars[:, 1])]
    spread = float(np.ptp(values))
    longest = np.sort(on_grid.persistence[~on_grid.essential])[::-1][: len(rises)]
    gap = np.abs(longest - np.sort(rises)[::-1][: len(longest)]).max(initial=0.0)
    row = flood_check(values, on_grid.minimum, on_grid.saddle) | {
        "count": len(bars),
        "smallest": float(rises.min()),
        "median": float(np.median(rises)),
        "largest": float(rises.max()),
        "above": float(bars[np.isfinite(bars[:, 1]), 1].max() - bars[:, 0].min()),
        "range": spread,
        "error": error / spread,
        "grid_gap": float(gap) / spread,
    }
    return row, bars


def polished_bars(name: str, resolution: int) -> tuple[np.ndarray, float]:
    """Bars (b, 2) with critical points in full precision, and the largest error of one's length.

    From the closed form where the function is separable.
    """
    function, box = function_named(name)
    if name in SEPARABLE:
        exact = exact_barcode(get(name), 2)
        return np.repeat(np.column_stack([exact.birth, exact.death]), exact.multiplicity, axis=0), 0.0
    found = reference_barcode(function, box, resolution, SHORTEST)
    errors = (found.birth_error + found.death_error)[np.isfinite(found.death)]
    return found.to_diagram(), float(errors.max(initial=0.0))


def flood_check(values: np.ndarray, minima: np.ndarray, saddles: np.ndarray) -> dict[str, int]:
    """Flood the grid up to each saddle, without and with it.

    Parameters
    ----------
    values : (H, W) array
    minima, saddles : (b,) flat pixel ids
        -1 for the saddle of an essential bar.

    Returns
    -------
    dict
        ``checked``, ``failures`` and ``alone``, as in `thickening`.

    Examples
    --------
    >>> flood_check(np.array([[0.0, 5.0, 1.0]]), np.array([0, 2]), np.array([-1, 1]))
    {'checked': 1, 'failures': 0, 'alone': 0}
    """
    rank = vertex_ranks(values.ravel())[1].reshape(values.shape)
    flat = rank.ravel()
    failures = alone = checked = 0
    for minimum, saddle in zip(minima, saddles, strict=True):
        if saddle < 0:
            continue
        lowest = [
            _lowest_joined(rank, rank < flat[saddle], minimum),
            _lowest_joined(rank, rank <= flat[saddle], minimum),
        ]
        failures += lowest[0] != flat[minimum] or lowest[1] >= flat[minimum]
        alone += int(label(rank <= flat[minimum], NEIGHBOURS)[1] < 2)
        checked += 1
    return {"checked": checked, "failures": int(failures), "alone": alone}


def _lowest_joined(rank: np.ndarray, below: np.ndarray, pixel: int) -> int:
    """Lowest rank in the component of a pixel."""
    parts = label(below, NEIGHBOURS)[0]
    return int(rank[parts == parts.ravel()[pixel]].min())
