"""Best paths form a spanning tree: a bad path is dropped as soon as another route is lower (NEB-MST)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.heights import Known, known
from lossbar_core.papers.sr.tasks import INNER
from lossbar_core.paths import ElasticBand, MinimaBarcode, barcode_of_minima, ultrametric_violation


@dataclass(frozen=True)
class Tree:
    """Bands of ``pivots`` between all minima, begun with noise of ``jitter`` gaps."""

    seed: int = 0
    pivots: int = 19
    steps: int = 600
    jitter: float = 0.01


@item("NEB-MST", smoke=Tree(pivots=9, steps=60), quick=Tree())
def spanning_tree(config: Tree) -> Result:
    r"""All pairs, and AutoNEB's order: everything to the lowest minimum, then across the highest edge of the tree.

    Six minima of HumpCamel6 and nine of Wavy. Concatenation makes :math:`w_{ij} \le \max(w_{ik}, w_{kj})`.

    Parameters
    ----------
    config : Tree

    Returns
    -------
    Result
        ``minima`` of both functions; ``violation``, the largest violation of that inequality by the closure, and
        ``direct_violation`` by the single paths, in persistences; ``tree_error`` of heights along the tree against
        the exact ones; ``lowered`` pairs whose own path is higher than the tree's; ``all_pairs`` and
        ``suggested_pairs`` that were relaxed, ``suggested_gap`` of the trees' heights. Arrays for each function:
        ``..._tops``, ``..._closure``, ``..._tree``, ``..._minima``, and ``camel_paths`` (pairs, N, 2).
    """
    method = ElasticBand(config.pivots, steps=config.steps, jitter=config.jitter, seed=config.seed)
    totals: dict[str, list[float]] = {}
    arrays: dict[str, np.ndarray] = {}
    for short, function in (("camel", known("HumpCamel6")), ("wavy", known("Wavy").within(INNER))):
        surface = function.landscape()
        found = barcode_of_minima(surface, function.minima, method)
        suggested = barcode_of_minima(surface, function.minima, method, "suggested")
        for name, value in _measured(function, found, suggested).items():
            totals.setdefault(name, []).append(value)
        arrays |= {
            f"{short}_minima": function.minima,
            f"{short}_tops": found.tops,
            f"{short}_closure": found.closure,
            f"{short}_tree": found.tree,
        }
        if short == "camel":
            arrays["camel_pairs"] = np.array(list(found.paths))
            arrays["camel_paths"] = np.stack([path.pivots.numpy() for path in found.paths.values()])
    counts = ("all_pairs", "suggested_pairs", "lowered")
    values = {name: int(sum(found)) if name in counts else max(found) for name, found in totals.items()}
    return Result(
        {"fewest_minima": int(min(totals["minima"])), "most_minima": int(max(totals["minima"])), **values},
        arrays,
    )


def _measured(function: Known, found: MinimaBarcode, suggested: MinimaBarcode) -> dict[str, float]:
    """Violations and errors, in units of the smallest persistence of two minima."""
    i, j = np.triu_indices(len(function.minima), 1)
    unit = min(function.persistence(a, b) for a, b in zip(i.tolist(), j.tolist(), strict=True))
    return {
        "minima": len(function.minima),
        "violation": ultrametric_violation(found.closure) / unit,
        "direct_violation": ultrametric_violation(found.tops) / unit,
        "tree_error": float(np.abs(found.closure - function.heights)[i, j].max()) / unit,
        "lowered": int((found.closure < found.tops - 0.01 * unit)[i, j].sum()),
        "all_pairs": len(found.paths),
        "suggested_pairs": len(suggested.paths),
        "suggested_gap": float(np.abs(found.closure - suggested.closure)[i, j].max()) / unit,
        "failures": len(found.failures) + len(suggested.failures),
    }
