"""TO Algorithm 1: the barcode from optimised paths between minima, against exact deaths; and its minimax closure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.heights import Known, known, random_waves
from lossbar_core.papers.sr.tasks import curvature_around, overlooked
from lossbar_core.paths import SGD, GradientFlow, Insertion, MinimaBarcode, StraightLine, barcode_of_minima

LOWERED = 0.01  # of the persistence


@dataclass(frozen=True)
class FromPaths:
    """All minima of HumpCamel6, those of Wavy within ``box``, and ``waves`` random functions; paths of ``pivots``
    that flow for ``steps``.

    The flow is Algorithm 2 with the rate 1 / Lipschitz and Algorithm 3's insertion twelve times; ``jitter`` gaps of
    noise keep it off mirror lines.
    """

    seed: int = 0
    box: float = 1.3
    pivots: int = 19
    steps: int = 200
    jitter: float = 0.01
    waves: int = 6


@item("TO-Alg1", smoke=FromPaths(box=0.7, pivots=9, steps=60, waves=1), quick=FromPaths())
def barcode_from_paths(config: FromPaths) -> Result:
    r""":math:`h_p = \min_{q: L(q) < L(p)} \max_t L(\gamma_{pq}(t))` over relaxed paths: TO Algorithm 1.

    Parameters
    ----------
    config : FromPaths

    Returns
    -------
    Result
        ``largest_excess`` of an estimate over the exact death and ``largest_deficit`` below it, over the persistence;
        ``discretisation``, what can lie between the points of the path that decides, and ``too_low`` estimates that
        lie below by more; ``bars_compared``; ``closure_lowers`` of them, by more than a percent, and
        ``line_closure_lowers`` with straight lines instead of relaxed paths;
        ``closed_excess`` and ``line_excess`` as the first; ``tied_minima`` that share the lowest value. The same for
        the random functions, which the criterion does not ask for, as ``waves_...``.
        Arrays ``<function>_exact``, ``_direct``, ``_closed``,
        ``_line_direct``, ``_line_closed``, ``_births``.
    """
    arrays: dict[str, np.ndarray] = {}
    totals: dict[str, list[float]] = {}
    functions = {"camel": known("HumpCamel6"), "wavy": known("Wavy").within(config.box)}
    functions |= {f"waves_{k}": random_waves(config.seed + k) for k in range(config.waves)}
    for short, function in functions.items():
        found, lines = _barcodes(function, config)
        group = "waves_" if short.startswith("waves") else ""
        for name, value in _measured(function, found, lines).items():
            totals.setdefault(group + name, []).append(value)
        arrays |= {
            f"{short}_births": found.births,
            f"{short}_exact": function.deaths(),
            f"{short}_direct": found.direct_deaths,
            f"{short}_closed": found.closed_deaths,
            f"{short}_line_direct": lines.direct_deaths,
            f"{short}_line_closed": lines.closed_deaths,
        }
    worst = ("excess", "deficit", "discretisation")
    return Result(
        {name: max(each) if name.endswith(worst) else int(sum(each)) for name, each in totals.items()}, arrays
    )


def _barcodes(function: Known, config: FromPaths) -> tuple[MinimaBarcode, MinimaBarcode]:
    """From relaxed paths, and from straight lines."""
    surface = function.landscape()
    flow = GradientFlow(
        config.pivots,
        config.steps,
        insertion=Insertion(every=max(1, config.steps // 12)),
        optimiser=SGD(1 / curvature_around(function)),
        jitter=config.jitter,
        seed=config.seed,
    )
    found = barcode_of_minima(surface, function.minima, flow)
    return found, barcode_of_minima(surface, function.minima, StraightLine(config.pivots))


def _measured(function: Known, found: MinimaBarcode, lines: MinimaBarcode) -> dict[str, float]:
    """Errors in persistences of the bars with an exact end, and counts."""
    exact = function.deaths()
    finite = np.isfinite(exact)
    unit = (exact - function.values)[finite]
    error = (found.direct_deaths[finite] - exact[finite]) / unit
    closed = (found.closed_deaths[finite] - exact[finite]) / unit
    miss = overlooked_by_bar(function, found)[finite] / unit

    def lowered(bars: MinimaBarcode) -> int:
        """Finite bars that the closure lowers by more than a percent of their length."""
        return int(((bars.direct_deaths[finite] - bars.closed_deaths[finite]) / unit > LOWERED).sum())

    return {
        "bars_compared": int(finite.sum()),
        "paths": len(found.paths),
        "failures": len(found.failures),
        "largest_excess": float(error.max()),
        "largest_deficit": float((-error).max()),
        "discretisation": float(miss.max()),
        "too_low": int((-error > miss + 1e-9).sum()),
        "closure_lowers": lowered(found),
        "line_closure_lowers": lowered(lines),
        "closed_excess": float(closed.max()),
        "line_excess": float(((lines.direct_deaths[finite] - exact[finite]) / unit).max()),
        "tied_minima": int(np.isinf(exact).sum()),
    }


def overlooked_by_bar(function: Known, found: MinimaBarcode) -> np.ndarray:
    """What lies between the points of the path that decides about a bar, at most, (K,); 0 where none does."""
    curvature = curvature_around(function)
    bounds = np.zeros(len(found.births))
    for p in np.flatnonzero(np.isfinite(found.direct_deaths)).tolist():
        lower = np.where(found.births < found.births[p], found.tops[p], np.inf)
        q = int(lower.argmin())
        bounds[p] = overlooked(found.paths[min(p, q), max(p, q)], curvature)
    return bounds
