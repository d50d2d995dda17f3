"""Barcodes of four functions of two variables from random points (BSL section 4.1.1, Figures 2 to 5)."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.functions import (
    BenchmarkFunction,
    exact_barcode,
    get,
    reference_barcode,
)
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.comparison import (
    absolute_error,
    distinct_bars,
    largest_death,
    largest_error,
    level_errors,
    longest,
    longest_of_both,
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
    axis,
    error_sweep,
    grid_bars,
    grid_values,
    kept,
    plane_noise,
    sample_and_keep,
    sampled,
)

HALF_TURN = -np.eye(2)
MIRRORS = (np.diag([-1.0, 1.0]), np.diag([1.0, -1.0]))
QUARTER_TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
SHORTEST = 1e-3  # length from which bars of Langermann are counted
NEAREST = 3  # saddles that count as near to a minimum
MILLION = 1_000_000  # points at which the two numbers of neighbours are compared on HolderTable
INNER = 9.8  # no inner minimum of HolderTable has a coordinate as large as this

SMOKE: dict[str, Any] = {"sweep": (30_000, 100_000), "repeats": 1, "resolution": 201}
LARGE = (30_000, 100_000, 300_000, 1_000_000, 3_000_000)


@item(
    "BSL-Fig2",
    smoke=Sampling(100_000, **SMOKE),
    quick=Sampling(1_000_000),
    paper=Sampling(10_000_000, sweep=LARGE, repeats=10),
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
    exact = distinct_bars(reference.birth, reference.death)

    def error(bars: Barcode) -> float:
        return largest_error(level_errors(bars, *exact))

    bars, shared, arrays = sample_and_keep(function, config)
    other = kept(sampled(function, config.n_points, NOTEBOOKS, config.seed))
    noise = {multiple: plane_noise(config.n_points, multiple, config.seed) for multiple in (TEXT, NOTEBOOKS)}
    values = {
        "max_error": error(bars),
        "max_error_notebooks": error(other),
        "mirror_gap": symmetry_gap(bars, [HALF_TURN]),
        "bottleneck_distance": bottleneck_distance(bars, reference.to_diagram()),
        "tied_grid_bars": tied_bars(grid_bars(function, config.resolution)),
        "plane_noise_text": int(noise[TEXT][0]),
        "plane_noise_notebooks": int(noise[NOTEBOOKS][0]),
    }
    arrays |= level_errors(bars, *exact) | error_sweep(function, error, config)
    arrays |= {
        "plane_sizes_text": noise[TEXT][:SHOWN_SIZES],
        "plane_sizes_notebooks": noise[NOTEBOOKS][:SHOWN_SIZES],
    }
    return Result(shared | values, arrays)


@item(
    "BSL-Fig3",
    smoke=Sampling(100_000, NOTEBOOKS, **SMOKE | {"resolution": 401}),
    quick=Sampling(1_000_000, NOTEBOOKS, resolution=1501),
    paper=Sampling(10_000_000, NOTEBOOKS, LARGE, 10, 1501),
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
    reference = reference_barcode(function, function.bounds(), config.resolution, min_persistence=1.0)
    grid = _grid_of_langermann(function, config.resolution)
    ten = longest_of_both(grid["full"], reference, top=10)
    exact = (ten["reference_death"] - ten["reference_birth"])[:5]

    def error(bars: Barcode) -> float:
        return relative_error(bars.persistence, exact)

    bars, shared, arrays = sample_and_keep(function, config)
    other = kept(sampled(function, config.n_points, TEXT, config.seed))
    rank, distance = saddle_ranks(bars, top=30)
    own = longest(bars.persistence, 10)
    values = {
        "top5_relative_error": error(bars),
        "top5_relative_error_text": error(other),
        "share_not_among_3_nearest": float(np.mean(rank >= NEAREST)),
        "share_not_nearest": float(np.mean(rank >= 1)),
        "largest_distance_to_saddle": float(distance.max()),
        "grid_share_not_among_3_nearest": float(
            np.mean(saddle_ranks(kept(grid["full"]), top=30)[0] >= NEAREST)
        ),
        "grid_bars": int((~grid["full"].essential).sum()),
        "grid_bars_faces": int((~grid["faces"].essential).sum()),
        "lowest_value": float(bars.birth[0]),
        "global_minimum": float(reference.birth[0]),
        "reference_error": float(ten["reference_error"].max()),
    }
    arrays |= ten | {"longest_birth": bars.birth[own], "longest_death": bars.death[own]}
    arrays |= {"saddle_rank": rank, "saddle_distance": distance}
    return Result(shared | values, arrays | error_sweep(function, error, config))


@item(
    "BSL-Fig4",
    smoke=Sampling(100_000, NOTEBOOKS, **SMOKE),
    quick=Sampling(4_000_000, NOTEBOOKS, resolution=1001),
    paper=Sampling(16_000_000, NOTEBOOKS, LARGE, 10, 1001),
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
    diagram = exact.to_diagram()
    three = np.concatenate(persistence_levels(diagram[:, 1] - diagram[:, 0])[:3])

    def error(bars: Barcode) -> float:
        return absolute_error(bars.persistence, three)

    bars, shared, arrays = sample_and_keep(function, config)
    other = kept(sampled(function, config.n_points, TEXT, config.seed))
    counts = [len(level) for level in persistence_levels(bars.persistence)]
    errors = level_errors(bars, exact.birth, exact.death, exact.multiplicity)
    grid = grid_bars(function, config.resolution)
    values = {
        "multiplicities": counts[:3],
        "all_multiplicities": counts,
        "max_error": error(bars),
        "max_error_text": error(other),
        "largest_level_error": float(np.nanmax([errors["level_birth_error"], errors["level_death_error"]])),
        "d4_gap": symmetry_gap(bars, [QUARTER_TURN, MIRRORS[0]]),
        "bottleneck_distance": bottleneck_distance(bars, diagram),
        "exact_bars": exact.n_bars,
        "grid_bars": len(grid),
        "grid_multiplicities": [len(level) for level in persistence_levels(grid.persistence)],
        "tied_grid_bars": tied_bars(grid),
    }
    return Result(shared | values, arrays | errors | error_sweep(function, error, config))


@item(
    "BSL-Fig5",
    smoke=Sampling(100_000, **SMOKE),
    quick=Sampling(25_000_000),
    paper=Sampling(50_000_000, sweep=LARGE, repeats=10),
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
    exact = distinct_bars(reference.birth, np.where(np.isinf(reference.death), np.inf, 0.0))
    diagram = np.repeat(np.stack(exact[:2], axis=1), exact[2], axis=0)
    bars, shared, arrays = sample_and_keep(function, config)
    small = min(config.n_points, MILLION)
    less = {m: largest_death(kept(sampled(function, small, m, config.seed))) for m in (TEXT, NOTEBOOKS)}
    printed_values = _printed_holder(config.resolution)
    values = {
        "birth_relative_error": relative_births(bars.birth, reference.birth),
        "max_abs_death": largest_death(bars),
        "small_n_points": small,
        "max_abs_death_small_text": less[TEXT],
        "max_abs_death_small_notebooks": less[NOTEBOOKS],
        "mirror_gap": symmetry_gap(bars, MIRRORS),
        "bottleneck_distance": bottleneck_distance(bars, diagram),
        "tied_grid_bars": tied_bars(grid_bars(function, config.resolution)),
        "boundary_minima": int((~_inner(bars)).sum()),
        "reference_bars": len(reference),
        "printed_bars": len(grid_barcode(printed_values).filter(min_persistence=0.1)),
        "printed_highest": float(printed_values.max()),
    }

    def error(bars: Barcode) -> float:
        return largest_death(bars[_inner(bars)])  # those are kept for every N of the sweep

    arrays |= level_errors(bars, *exact) | error_sweep(function, error, config)
    return Result(shared | values, arrays)


def _inner(bars: Barcode) -> np.ndarray:
    """Bars of HolderTable whose minimum is not on the edge of the box."""
    return np.abs(places(bars, bars.minimum)).max(axis=1) < INNER


def _grid_of_langermann(function: BenchmarkFunction, side: int) -> dict[str, Barcode]:
    """Bars above `SHORTEST` of a grid with eight ("full") and with four neighbours, with their points."""
    values = grid_values(function, side)
    x = axis(0.0, 10.0, side)
    points = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    bars = {way: grid_barcode(values, way).filter(min_persistence=SHORTEST) for way in ("full", "faces")}
    for found in bars.values():
        found.points = points
    return bars


def _printed_holder(side: int) -> np.ndarray:
    """HolderTable as the text prints it, without the absolute value around the product."""
    x = np.linspace(-10.0, 10.0, side)
    radius = np.hypot(x[:, None], x[None])
    return -np.sin(x)[:, None] * np.cos(x)[None] * np.exp(np.abs(1 - radius / np.pi))
