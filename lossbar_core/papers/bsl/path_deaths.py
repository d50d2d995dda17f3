"""BSL-4.2.1: deaths by deforming a path, against deaths on point clouds, on HumpCamel6 and the (2x2) network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.functions import get
from lossbar_core.papers.base import Result, item
from lossbar_core.papers.bsl.deformation import deform, spread
from lossbar_core.papers.bsl.net_table import smallest_size
from lossbar_core.papers.bsl.net_tasks import CloudTask, SlopeTask, measure
from lossbar_core.papers.bsl.sampled import kept, sampled

WIDTHS = (2, 2)


@dataclass(frozen=True)
class Paths:
    """Points of the two clouds, and how the paths are moved."""

    camel_points: int
    network_points: int
    runs: int
    steps: int
    path_steps: int
    pivots: int
    slopes: int = 40
    deformed: int = 12
    multiple: int = 2
    seed: int = 0


@item(
    "BSL-4.2.1",
    smoke=Paths(20_000, 1000, runs=20, steps=100, path_steps=50, pivots=21, slopes=20),
    quick=Paths(1_000_000, 50_000, runs=100, steps=2000, path_steps=400, pivots=41),
    paper=Paths(1_000_000, 1_000_000, runs=1000, steps=3000, path_steps=1000, pivots=61),
)
def path_deaths(config: Paths) -> Result:
    r"""Highest values on deformed paths from minima to their swallowers against deaths: BSL section 4.2.1.

    Parameters
    ----------
    config : Paths

    Returns
    -------
    Result
        ``camel_gap`` and ``network_gap``: largest difference of the two deaths over the persistence, for the
        whole and ``..._reduced`` for the reduced loss; ``path_lower_share`` of bars whose path stays below the
        cloud's death; ``leap_share`` of bars on whose graph path an edge leaps over something higher.
    """
    values, arrays = _camel(config)
    for reduced, tail in ((False, ""), (True, "_reduced")):
        found, columns = _network(config, reduced)
        values |= {f"{name}{tail}": value for name, value in found.items()}
        arrays |= {f"network{tail}_{name}": column for name, column in columns.items()}
    return Result(values, arrays)


def camel_slope(x: np.ndarray) -> np.ndarray:
    """Gradient of the six-hump camel function, (n, 2).

    Examples
    --------
    >>> camel_slope(np.zeros((1, 2)))
    array([[0., 0.]])
    """
    a, b = x[:, 0], x[:, 1]
    return np.stack([8 * a - 8.4 * a**3 + 2 * a**5 + b, a - 8 * b + 16 * b**3], axis=1)


def _camel(config: Paths) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The straight line and the graph's path of every finite bar, moved down; the lower one counts."""
    function = get("HumpCamel6")
    bars = kept(sampled(function, config.camel_points, config.multiple, config.seed))
    finite = np.flatnonzero(~bars.essential)
    assert bars.points is not None
    points = bars.points.astype(np.float64)
    along = [spread(points[bars.path(int(i))][None], config.pivots) for i in finite]
    ends = points[np.stack([bars.minimum[finite], bars.swallower[finite]], axis=1)]
    starts = np.concatenate([*along, spread(ends, config.pivots)])
    box = np.array(function.bounds(2))
    _, highest = deform(
        function, camel_slope, starts, pivots=config.pivots, steps=config.path_steps, rate=0.02, box=box
    )
    path = highest.reshape(2, len(finite)).min(axis=0)
    birth, death = bars.birth[finite].astype(np.float64), bars.death[finite].astype(np.float64)
    gap = float((np.abs(path - death) / (death - birth)).max(initial=0.0)) if len(finite) else float("nan")
    return (
        {"camel_points": config.camel_points, "camel_bars": len(finite), "camel_gap": gap},
        {"camel_birth": birth, "camel_death": death, "camel_path": path},
    )


def _network(config: Paths, reduced: bool) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    sizes = (config.network_points,)
    task = CloudTask(
        "fixed",
        WIDTHS,
        sizes,
        config.runs,
        config.steps,
        config.deformed,
        config.path_steps,
        config.pivots,
        reduced,
        multiple=config.multiple,
        seed=config.seed,
    )
    slopes = SlopeTask("fixed", WIDTHS, sizes, config.slopes, reduced, config.multiple, config.seed)
    a, least = measure(task).arrays, smallest_size(measure(slopes).arrays["size"][0])
    some = a["size_0"][a["deformed"]] >= least
    which = a["deformed"][some]
    birth, death = a["birth_0"][which].astype(np.float64), a["death_0"][which].astype(np.float64)
    path, graph = a["path_highest"][some], a["graph_highest"][some]
    gap = np.abs(path - death) / (death - birth)
    values = {
        "network_points": config.network_points,
        "network_bars": len(which),
        "network_gap": float(gap.max()) if len(gap) else float("nan"),
        "network_median_gap": float(np.median(gap)) if len(gap) else float("nan"),
        "path_lower_share": float((path < death - 0.05 * (death - birth)).mean())
        if len(gap)
        else float("nan"),
        "leap_share": float((graph > death + 0.05 * (death - birth)).mean()) if len(gap) else float("nan"),
    }
    return values, {"birth": birth, "death": death, "path": path, "graph": graph}
