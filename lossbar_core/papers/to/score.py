"""TO-score: by its definition and by half the longest bar, on known and measured barcodes (TO equations 3 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.barcodes.distances import bottleneck_distance, to_score
from lossbar_core.functions import get
from lossbar_core.functions.separable import exact_barcode
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.to.claim import comparisons, falls, split_claim
from lossbar_core.papers.to.depth import PROFILES as SWEEPS
from lossbar_core.papers.to.depth import Depth
from lossbar_core.papers.to.instruments import INSTRUMENTS, InstrumentTask
from lossbar_core.papers.to.tasks import Task, measure
from lossbar_core.paths import MinimaBarcode

KNOWN = (
    ("Alpine01", 2),
    ("Alpine01", 3),
    ("Schwefel26", 2),
    ("Wavy", 2),
    ("Wavy", 3),
)  # exact in any dimension
LONGEST = {
    "sup": 0.5,
    "euclidean": 1 / np.sqrt(2),
}  # of the longest bar, to its nearest point of the diagonal


@dataclass(frozen=True)
class Scores:
    """The sweep over depth and width, whose barcodes are scored, and ``nets`` small networks with known deaths."""

    sweep: Depth
    instruments: InstrumentTask
    nets: int
    seed: int = 0


SMALL = {
    "smoke": InstrumentTask(300, 41, budget=60, levels=2),
    "quick": InstrumentTask(50_000, 401, budget=4000, levels=7),
    "paper": InstrumentTask(1_000_000, 1601, budget=40_000, levels=10),
}
NETS = {"smoke": 1, "quick": 3, "paper": 3}
PROFILES: dict[str, Any] = {name: Scores(SWEEPS[name], SMALL[name], NETS[name]) for name in SWEEPS}


def split_score(config: Scores) -> list[Task]:
    """The parts of TO-Claim1, then one a small network."""
    small = [replace(config.instruments, seed=config.seed + i) for i in range(config.nets)]
    return [*split_claim(replace(config.sweep, seed=config.seed)), *small]


@sweep_item("TO-score", split=split_score, task=measure, **PROFILES)
def scores(config: Scores, results: Sequence[Result]) -> Result:
    r"""Bottleneck distance to the barcode of one bar against half the longest bar: TO section 1.3, equations 3 and 4.

    Parameters
    ----------
    config : Scores
    results : sequence of Result

    Returns
    -------
    Result
        ``sup_gap`` and ``euclidean_gap``: largest difference of the two over ``n_barcodes`` barcodes;
        ``orderings_hold``: the orderings of TO-Claim1, for the score. Then deaths of small networks by several
        instruments: mean errors ``bias_...``, ``spread_...`` and ``cost_...``, and ``settled_flow``. Arrays:
        ``score_...`` by depth and width, ``deaths_...`` (bars of all small networks), ``births_small``, ``exact``.
    """
    n_small = config.nets
    tables = comparisons(config.sweep, results[:-n_small])
    diagrams = [exact_barcode(get(name), d, min_persistence=1e-3).to_diagram() for name, d in KNOWN]
    diagrams += [
        np.stack([births, deaths], axis=1)
        for table in tables.values()
        for name in ("deaths", "closed_deaths")
        for births, deaths in zip(table.arrays["births"], table.arrays[name], strict=True)
    ]
    values: dict[str, Any] = {"n_barcodes": len(diagrams), **gaps(diagrams)}
    arrays = {f"score_{name}": table.arrays["score"] for name, table in tables.items()}
    arrays |= {f"parameters_{name}": table.arrays["parameters"] for name, table in tables.items()}
    values["orderings_hold"] = all(_score_falls(name, table) for name, table in tables.items())
    for name, table in tables.items():
        values[f"falls_{name}"] = _score_falls(name, table)
    values["claim_holds"] = all(falls(table) for name, table in tables.items() if name.endswith("depth"))
    values["convolutional"] = False
    small, columns = side_by_side(results[-n_small:])
    return Result(values | small, arrays | columns)


def gaps(diagrams: Sequence[np.ndarray]) -> dict[str, float]:
    """Largest differences between the score by its definition and the share of the longest finite bar.

    Examples
    --------
    >>> gaps([np.array([[0.0, np.inf], [1.0, 4.0]])])
    {'sup_gap': 0.0, 'euclidean_gap': 0.0}
    """
    found = {}
    for norm, share in LONGEST.items():
        differences = [0.0]
        for diagram in diagrams:
            finite = diagram[np.isfinite(diagram[:, 1])]
            longest = float((finite[:, 1] - finite[:, 0]).max(initial=0.0))
            distance = bottleneck_distance(diagram, [(diagram[:, 0].min(), np.inf)], norm)
            differences += [abs(distance - share * longest), abs(to_score(diagram, norm) - share * longest)]
        found[f"{norm}_gap"] = float(max(differences))
    return found


def _score_falls(name: str, table: Result) -> bool:
    """From the shallowest to the deepest network; from every width to the next."""
    column = table.arrays["score"]
    if name.endswith("width"):
        return bool((column[1:] < column[:-1]).all())
    return bool(column[-1] < column[0])


def side_by_side(results: Sequence[Result]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Deaths of the same minima by every instrument, networks one after another, against the exact ones.

    Bars are those of the minimax closure; an instrument that joins nothing leaves its deaths infinite.
    """
    columns: dict[str, np.ndarray] = {}
    exact = np.concatenate([_deaths(r, "exact") for r in results])
    columns["exact"] = exact
    columns["births_small"] = np.concatenate([np.sort(r.arrays["births"])[1:] for r in results])
    columns["net"] = np.repeat(np.arange(len(results)), [len(r.arrays["births"]) - 1 for r in results])
    values: dict[str, Any] = {"n_known": len(exact), "settled_flow": settled(results)}
    for name in INSTRUMENTS:
        deaths = np.concatenate([_deaths(r, name) for r in results])
        error = deaths - exact
        columns[f"deaths_{name}"] = deaths
        columns[f"direct_{name}"] = np.concatenate([_deaths(r, name, closed=False) for r in results])
        joined = np.isfinite(error)
        values |= {
            f"joined_{name}": int(joined.sum()),
            f"bias_{name}": float(error[joined].mean()) if joined.any() else float("nan"),
            f"spread_{name}": float(error[joined].std()) if joined.any() else float("nan"),
            f"largest_error_{name}": float(np.abs(error[joined]).max()) if joined.any() else float("nan"),
            f"below_{name}": int((error < -1e-3).sum()),
            f"cost_{name}": int(np.mean([r.values[f"cost_{name}"] for r in results])),
            f"lowered_{name}": int((columns[f"direct_{name}"] > deaths + 1e-9).sum()),
        }
    return values, columns


def settled(results: Sequence[Result]) -> float:
    """Share of the TO paths whose top moved by less than 0.01 in the second half of the work."""
    changes = []
    for result in results:
        above = np.triu_indices(len(result.arrays["births"]), 1)
        changes.append(result.arrays["tops_half"][above] - result.arrays["tops_flow"][above])
    return float((np.abs(np.concatenate(changes)) < 0.01).mean())


def _deaths(result: Result, name: str, closed: bool = True) -> np.ndarray:
    """Deaths of all minima but the lowest, in the order of births."""
    found = MinimaBarcode.from_tops(result.arrays["births"], result.arrays[f"tops_{name}"])
    return (found.closed_deaths if closed else found.direct_deaths)[1:]
