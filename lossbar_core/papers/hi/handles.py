"""HI-Rem1-2: which critical points change the components and holes of a sublevel set (HI section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.barcodes.canonical import canonical_form
from lossbar_core.barcodes.morse import MorseComplex, morse_complex
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.morse import hump_camel_grid
from lossbar_core.papers.hi.betti import betti_sweep
from lossbar_core.papers.hi.ridged_waves import RidgedWaves

SHOWN = 0  # the function whose Betti numbers are kept for the picture


@dataclass(frozen=True)
class Handles:
    """Random waves with a ridge on grids of ``resolution`` squared pixels; all chosen here.

    The shortest wave is ``shortest`` long, on a square with sides of length 2. A grid that is too coarse for the
    smooth critical points of a function is halved at most ``refinements`` times.
    """

    functions: int = 40
    waves: int = 5
    shortest: float = 0.2
    resolution: int = 161
    refinements: int = 2
    seed: int = 0


@item("HI-Rem1-2", smoke=Handles(functions=3, resolution=81), quick=Handles(), paper=Handles(functions=400))
def attached_handles(config: Handles) -> Result:
    r"""Betti numbers of :math:`M_t = \{f \le t\}` against critical points: HI section 3.1, Remarks 1 and 2.

    The Betti numbers come from pixels alone. Critical points come twice: as cells of the grid's discrete gradient,
    and as zeros of the gradient with the index of the Hessian.

    Parameters
    ----------
    config : Handles

    Returns
    -------
    Result
        Counts over all functions: ``minima``, ``saddles``, ``maxima`` of the grids; ``raised``, ``joined``, ``opened``
        and ``filled``, pixels at which b0 grows and falls and b1 grows and falls by 1; ``violations``, pixels whose
        change is not that of the critical cells there, or that change a number without any;
        ``smooth_mismatches``, functions for which the levels at which Betti numbers change are not the critical values
        of the right index, one to one, within the error of the grid; ``largest_shift`` between the two, over the range
        of the function; ``refined``, functions that needed a finer grid; ``euler_violations``, functions with
        minima - saddles + maxima other than 1; ``inequality_violations``, with fewer saddles than minima - 1;
        ``largest_jump``, change of b0 at one level of the symmetric HumpCamel6. Arrays for one function, (m,) each:
        ``value`` and ``index`` of its smooth critical points, ``b0`` and ``b1`` between each and the next one.
    """
    rng = np.random.default_rng(config.seed)
    rows, arrays = [], {}
    for i in range(config.functions):
        function = RidgedWaves.random(rng, config.waves, config.shortest)
        values = function.on_grid(config.resolution)
        complex_ = morse_complex(values)
        order, betti = betti_sweep(values)
        points, index = function.critical_points()
        critical = function(points)
        matched, steps = _against_smooth(function, critical, index, config)
        rows.append(_changes(complex_, order, betti) | matched)
        if i == SHOWN:
            arrays = steps | {"value": critical, "index": index}
    table = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    sums = {name: int(column.sum()) for name, column in table.items() if name != "largest_shift"}
    alternating = table["minima"] - table["saddles"] + table["maxima"]
    return Result(
        sums
        | {
            "functions": config.functions,
            "largest_shift": float(table["largest_shift"].max()),
            "euler_violations": int((alternating != 1).sum()),
            "inequality_violations": int((table["saddles"] < table["minima"] - 1).sum()),
            "largest_jump": symmetric_jump(),
        },
        arrays,
    )


def _changes(complex_: MorseComplex, order: np.ndarray, betti: np.ndarray) -> dict[str, int]:
    """What each pixel changes, and whether the critical cells that it brings say the same."""
    steps = np.diff(betti, axis=0)
    expected = np.zeros((len(order), 3), np.int64)  # critical cells of each index that come with a pixel
    for degree, cells in enumerate(complex_.cells):
        np.add.at(expected[:, degree], complex_.gradient.apex[cells], 1)
    minima, saddles, maxima = expected[order].T
    # A saddle joins two components or opens a hole: which one is what the index does not say.
    joined, opened = minima - steps[:, 0], maxima + steps[:, 1]
    wrong = (joined < 0) | (opened < 0) | (joined + opened != saddles)
    return {
        "minima": len(complex_.cells[0]),
        "saddles": len(complex_.cells[1]),
        "maxima": len(complex_.cells[2]),
        "raised": int((steps[:, 0] == 1).sum()),
        "joined": int((steps[:, 0] == -1).sum()),
        "opened": int((steps[:, 1] == 1).sum()),
        "filled": int((steps[:, 1] == -1).sum()),
        "larger_steps": int((np.abs(steps) > 1).sum()),
        "violations": int(wrong.sum()),
    }


def _against_smooth(
    function: RidgedWaves, value: np.ndarray, index: np.ndarray, config: Handles
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Match the ends of the grid's bars with smooth critical values, by index and in order.

    A grid cuts valleys that run across it into bars shorter than the error of its interpolation. So of the grid's bars
    as many of the longest are taken as there are smooth minima and maxima, and all others must be as short as that.
    """
    by_index = [np.sort(value[index == k]) for k in range(3)]
    for refinement in range(config.refinements + 1):
        values = function.on_grid((config.resolution - 1) * 2**refinement + 1)
        error = function.interpolation_error(len(values))
        components, holes, left = _longest_bars(morse_complex(values), len(by_index[0]), len(by_index[2]))
        dying = np.isfinite(components[:, 1])
        ends = [components[:, 0], np.append(components[dying, 1], holes[:, 0]), holes[:, 1]]
        if left <= error and [len(part) for part in ends] == [len(part) for part in by_index]:
            smooth = [by_index[k][np.argsort(np.argsort(ends[k]))] for k in range(3)]
            shift = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(ends, smooth, strict=True))
            if shift <= error:
                found = {"smooth_mismatches": 0, "largest_shift": shift / float(np.ptp(values))}
                return found | {"refined": refinement > 0}, _steps(value, smooth, int(dying.sum()))
    nothing = np.full(len(value), -1)
    return {"smooth_mismatches": 1, "largest_shift": 0.0, "refined": True}, {"b0": nothing, "b1": nothing}


def _longest_bars(complex_: MorseComplex, minima: int, maxima: int) -> tuple[np.ndarray, np.ndarray, float]:
    """So many of the longest bars of components and of holes, and the length of the longest that is left out."""
    form = canonical_form(complex_.filtered_complex(), 2)
    kept, left = [], 0.0
    for degree, count in ((0, minima), (1, maxima)):
        bars = form.barcode(degree)
        lengths = bars[:, 1] - bars[:, 0]
        order = np.argsort(-lengths, kind="stable")
        kept.append(bars[order[:count]])
        left = max(left, float(lengths[order[count:]].max(initial=0.0)))
    return kept[0], kept[1], left


def _steps(value: np.ndarray, ends: list[np.ndarray], joins: int) -> dict[str, np.ndarray]:
    """Betti numbers after each critical value, from the levels of births, of joins and openings, and of fillings."""
    born, (joined, opened), filled = ends[0], np.split(ends[1], [joins]), ends[2]
    passed = {
        name: (part <= value[:, None]).sum(axis=1) for name, part in (("born", born), ("joined", joined))
    }
    holes = (opened <= value[:, None]).sum(axis=1) - (filled <= value[:, None]).sum(axis=1)
    return {"b0": passed["born"] - passed["joined"], "b1": holes}


def symmetric_jump(rows: int = 81, columns: int = 61) -> int:
    """Largest change of b0 from one value to the next for HumpCamel6, whose critical points come in mirror pairs."""
    values = hump_camel_grid(rows, columns)
    values = (values + values[::-1, ::-1]) / 2  # equal to the last digit
    order, betti = betti_sweep(values)
    levels = values.ravel()[order]
    ends = np.append(np.flatnonzero(np.diff(levels) > 0) + 1, len(levels))
    return int(np.abs(np.diff(betti[ends, 0], prepend=0)).max())
