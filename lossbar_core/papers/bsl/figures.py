"""Barcodes of four functions of two variables from random points (BSL section 4.1.1, Figures 2 to 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.functions import BenchmarkFunction, exact_barcode, get, reference_barcode
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.comparison import (
    absolute_error,
    distinct_bars,
    largest_death,
    largest_error,
    level_errors,
    longest,
    persistence_levels,
    places,
    relative_births,
    relative_error,
    saddle_ranks,
    symmetry_gap,
    tied_bars,
)
from lossbar_core.papers.bsl.sampled import (
    NOTEBOOKS,
    SHOWN_SIZES,
    TEXT,
    Sampling,
    distance_sweep,
    dropped_values,
    kept,
    picture,
    plane_noise,
    sampled,
)

HALF_TURN = -np.eye(2)
MIRRORS = (np.diag([-1.0, 1.0]), np.diag([1.0, -1.0]))
QUARTER_TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
NEAREST = 3  # saddles that count as near to a minimum
INNER = 9.8  # no inner minimum of HolderTable has a coordinate as large as this

SMOKE: dict[str, Any] = {"sweep": (3000, 10_000), "repeats": 1, "resolution": 201}


@item(
    "BSL-Fig2",
    smoke=Sampling(100_000, **SMOKE),
    quick=Sampling(1_000_000),
    paper=Sampling(10_000_000, sweep=(10_000, 100_000, 1_000_000), repeats=20),
)
def hump_camel_6(config: Sampling) -> Result:
    r"""Six bars of the six-hump camel: BSL section 4.1.1, Figure 2.

    .. math:: f(x, y) = (4 - 2.1 x^2 + x^4/3) x^2 + x y + (4 y^2 - 4) y^2

    Parameters
    ----------
    config : Sampling

    Returns
    -------
    Result
        ``max_error`` of births and deaths, in all and with the notebooks' number of neighbours; ``mirror_gap``
        under :math:`p \mapsto -p`; what noise was dropped, and how large noise is on a plane.
    """
    function = get("HumpCamel6")
    reference = reference_barcode(function, function.bounds(), config.resolution)
    birth, death, multiplicity = distinct_bars(reference.birth, reference.death)
    bars, shared, arrays = _sample(function, config)
    errors = level_errors(bars, birth, death, multiplicity)
    other = kept(sampled(function, config.n_points, NOTEBOOKS, config.seed))
    noise = {m: plane_noise(config.n_points, m, config.seed) for m in (TEXT, NOTEBOOKS)}
    values = {
        "max_error": largest_error(errors),
        "max_error_notebooks": largest_error(level_errors(other, birth, death, multiplicity)),
        "mirror_gap": symmetry_gap(bars, [HALF_TURN]),
        "tied_grid_bars": tied_bars(_grid(function, config.resolution)),
        "plane_noise_text": int(noise[TEXT][0]),
        "plane_noise_notebooks": int(noise[NOTEBOOKS][0]),
    }
    arrays |= {
        "plane_sizes_text": noise[TEXT][:SHOWN_SIZES],
        "plane_sizes_notebooks": noise[NOTEBOOKS][:SHOWN_SIZES],
        "reference_minimum": reference.minimum,
        "reference_saddle": reference.saddle,
    }
    return Result(shared | values, arrays | errors | distance_sweep(function, reference.to_diagram(), config))


@item(
    "BSL-Fig3",
    smoke=Sampling(100_000, NOTEBOOKS, (), resolution=401),
    quick=Sampling(1_000_000, NOTEBOOKS, (), resolution=1501),
    paper=Sampling(10_000_000, NOTEBOOKS, (), resolution=1501),
)
def langermann(config: Sampling) -> Result:
    r"""Long bars of Langermann's function and how far their saddles are: BSL section 4.1.1, Figure 3.

    .. math:: f(x) = -\sum_i c_i \cos(\pi q_i) e^{-q_i/\pi}, \qquad q_i = \|x - (a_i, b_i)\|^2

    Parameters
    ----------
    config : Sampling

    Returns
    -------
    Result
        ``top5_relative_error`` of persistences; of the 30 finite bars with the largest components,
        ``share_not_among_3_nearest``: minima with three paired saddles nearer than their own.
    """
    function = get("Langermann")
    bars, shared, arrays = _sample(function, config)
    full, faces, share = _grid_of_langermann(function, config.resolution)
    reference = reference_barcode(function, function.bounds(), config.resolution, min_persistence=1.0)
    ten = longest(reference.persistence, 10)
    exact = reference.persistence[ten]
    other = kept(sampled(function, config.n_points, TEXT, config.seed))
    rank, distance = saddle_ranks(bars, top=30)
    values = {
        "top5_relative_error": relative_error(bars.persistence, exact[:5]),
        "top5_relative_error_text": relative_error(other.persistence, exact[:5]),
        "share_not_among_3_nearest": float(np.mean(rank >= NEAREST)),
        "share_not_nearest": float(np.mean(rank >= 1)),
        "largest_distance_to_saddle": float(distance.max()),
        "reference_share_not_among_3_nearest": share,
        "grid_bars": full,
        "grid_bars_faces": faces,
        "lowest_value": float(bars.birth[0]),
        "global_minimum": float(reference.birth[0]),
    }
    arrays |= {
        "saddle_rank": rank,
        "saddle_distance": distance,
        "reference_birth": reference.birth[ten],
        "reference_death": reference.death[ten],
        "reference_minimum": reference.minimum[ten],
        "reference_saddle": reference.saddle[ten],
        "reference_error": np.maximum(reference.birth_error, reference.death_error)[ten],
    }
    return Result(shared | values, arrays)


@item(
    "BSL-Fig4",
    smoke=Sampling(100_000, NOTEBOOKS, **SMOKE),
    quick=Sampling(4_000_000, NOTEBOOKS, resolution=1001),
    paper=Sampling(16_000_000, NOTEBOOKS, (10_000, 100_000, 1_000_000), 20, 1001),
)
def wavy(config: Sampling) -> Result:
    r"""Multiplets of bars of the Wavy function: BSL section 4.1.1, Figure 4.

    .. math:: f(x) = 1 - \tfrac12 \sum_i \cos(10 x_i) e^{-x_i^2/2}

    Parameters
    ----------
    config : Sampling

    Returns
    -------
    Result
        ``multiplicities`` of the three highest levels of persistence and ``max_error`` in them; ``d4_gap``, the
        largest difference between a bar and its images under the symmetries of the square; bars of equal birth
        on a symmetric grid that a rule without ties would lose (``tied_grid_bars``).
    """
    function = get("Wavy")
    exact = exact_barcode(function, 2)
    bars, shared, arrays = _sample(function, config)
    errors = level_errors(bars, exact.birth, exact.death, exact.multiplicity)
    other = kept(sampled(function, config.n_points, TEXT, config.seed))
    counts = [len(level) for level in persistence_levels(bars.persistence)]
    long = np.sort(exact.to_diagram()[:, 1] - exact.to_diagram()[:, 0])[::-1][1 : 1 + sum(counts[:3])]
    grid = _grid(function, config.resolution)
    values = {
        "multiplicities": counts[:3],
        "all_multiplicities": counts,
        "max_error": absolute_error(bars.persistence, long),
        "max_error_text": absolute_error(other.persistence, long),
        "d4_gap": symmetry_gap(bars, [QUARTER_TURN, MIRRORS[0]]),
        "exact_bars": exact.n_bars,
        "largest_level_error": float(
            np.nanmax(np.maximum(errors["level_birth_error"], errors["level_death_error"]))
        ),
        "grid_bars": len(grid),
        "grid_multiplicities": [len(level) for level in persistence_levels(grid.persistence)],
        "tied_grid_bars": tied_bars(grid),
    }
    return Result(shared | values, arrays | errors | distance_sweep(function, exact.to_diagram(), config))


@item(
    "BSL-Fig5",
    smoke=Sampling(100_000, **SMOKE),
    quick=Sampling(25_000_000),
    paper=Sampling(50_000_000, TEXT, (10_000, 100_000, 1_000_000), 20),
)
def holder_table(config: Sampling) -> Result:
    r"""One bar for each cell of HolderTable, all dying at 0: BSL section 4.1.1, Figure 5.

    .. math:: f(x, y) = -\left| \sin x \cos y \, e^{|1 - \sqrt{x^2 + y^2}/\pi|} \right|

    The zero lines of the sine and the cosine cut the square into 8 x 7 cells on which f < 0, with one minimum
    each: two cells join at level 0 and not below.

    Parameters
    ----------
    config : Sampling

    Returns
    -------
    Result
        ``birth_relative_error``, ``max_abs_death`` of the finite bars, and the same at a million points with
        both numbers of neighbours; ``printed_bars``, minima of the formula without its outer absolute value.
    """
    function = get("HolderTable")
    reference = reference_barcode(function, function.bounds(), config.resolution, min_persistence=0.1)
    death = np.where(np.isinf(reference.death), np.inf, 0.0)
    birth, death, multiplicity = distinct_bars(reference.birth, death)
    exact = np.repeat(np.stack([birth, death], axis=1), multiplicity, axis=0)
    bars, shared, arrays = _sample(function, config)
    small = min(config.n_points, 1_000_000)
    edge = np.abs(places(bars, bars.minimum)).max(axis=1) > INNER
    printed_values = _printed_holder(config.resolution)
    printed = grid_barcode(printed_values).filter(min_persistence=0.1)
    values = {
        "birth_relative_error": relative_births(bars.birth, reference.birth),
        "max_abs_death": largest_death(bars),
        "small_n_points": small,
        "max_abs_death_small_text": largest_death(kept(sampled(function, small, TEXT, config.seed))),
        "max_abs_death_small_notebooks": largest_death(
            kept(sampled(function, small, NOTEBOOKS, config.seed))
        ),
        "mirror_gap": symmetry_gap(bars, MIRRORS),
        "tied_grid_bars": tied_bars(_grid(function, config.resolution)),
        "boundary_minima": int(edge.sum()),
        "reference_bars": len(reference),
        "printed_bars": len(printed),
        "printed_highest": float(printed_values.max()),
    }
    arrays |= level_errors(bars, birth, death, multiplicity) | {"on_boundary": edge}
    return Result(shared | values, arrays | distance_sweep(function, exact, config))


def _sample(
    function: BenchmarkFunction, config: Sampling
) -> tuple[Barcode, dict[str, Any], dict[str, np.ndarray]]:
    """Bars that are no noise, and what all four figures report and draw."""
    everything = sampled(function, config.n_points, config.multiple, config.seed)
    bars = kept(everything)
    shared = {"n_points": config.n_points, "k": 2 * config.multiple, "n_bars": len(bars)}
    sizes = np.sort(everything.size)[::-1][:SHOWN_SIZES]
    return bars, shared | dropped_values(everything), picture(bars) | {"sizes": sizes}


def _grid_values(function: BenchmarkFunction, side: int) -> np.ndarray:
    """Values on a grid that is symmetric to the last bit where the box is."""
    axes = [_axis(low, high, side) for low, high in function.bounds(2)]
    return function(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)).reshape(side, side)


def _axis(low: float, high: float, side: int) -> np.ndarray:
    return (low + high) / 2 + (high - low) * (np.arange(side) - (side - 1) / 2) / (side - 1)


def _grid(function: BenchmarkFunction, side: int) -> Barcode:
    """Barcode of a function on a grid, without bars shorter than rounding."""
    return grid_barcode(_grid_values(function, side)).filter(min_persistence=1e-4)


def _grid_of_langermann(function: BenchmarkFunction, side: int) -> tuple[int, int, float]:
    """Finite bars above 0.001 with eight and four neighbours, and the share of large ones with far saddles."""
    values = _grid_values(function, side)
    counts = []
    for connectivity in ("faces", "full"):
        bars = grid_barcode(values, connectivity).filter(min_persistence=1e-3)
        counts.append(int((~bars.essential).sum()))
    x = _axis(0.0, 10.0, side)
    bars.points = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    share = float(np.mean(saddle_ranks(kept(bars), top=30)[0] >= NEAREST))
    return counts[1], counts[0], share


def _printed_holder(side: int) -> np.ndarray:
    """HolderTable as the text prints it, without the absolute value around the product."""
    x = np.linspace(-10.0, 10.0, side)
    radius = np.hypot(x[:, None], x[None])
    return -np.sin(x)[:, None] * np.cos(x)[None] * np.exp(np.abs(1 - radius / np.pi))
