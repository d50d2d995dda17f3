"""BSL-Fig7: barcodes of seven small networks in three parameterisations, with what sampling makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossbar_core.barcodes.distances import bottleneck_distance
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.bsl.net_models import NETS, VARIANTS, title
from lossbar_core.papers.bsl.net_sweep import PROFILES, Networks, split
from lossbar_core.papers.bsl.net_table import AUTHORS, CloudBars, read_clouds, read_grids, select
from lossbar_core.papers.bsl.net_tasks import measure

ONE_LAYER = ((2,), (3,))
LISTED = 8  # a component of fewer points is not listed unless it is kept
SHOWN = 6  # bars of each network whose parameters and paths are kept for pictures
LONG = 0.01  # bars of a grid that are as long are shown and compared
GRID_SIZES: dict[tuple[int, ...], int] = {
    (2,): 100,
    (3,): 10_000,
}  # from which the authors' notebook keeps a bar of its grids


@sweep_item("BSL-Fig7", split=split, task=measure, **PROFILES)
def figure_7(config: Networks, results: Sequence[Result]) -> Result:
    r"""Barcodes of minima of :math:`L(\theta) = \frac1m \sum_i (N_\theta(x_i) - g(x_i))^2 + \lambda |\theta|^2`.

    BSL section 4.2, Figure 7: seven networks, each on a cloud of parameters of small loss.

    Parameters
    ----------
    config : Networks
    results : sequence of Result
        Of the parts, in their order.

    Returns
    -------
    Result
        ``one_layer_bars``: fewest bars that are no noise of a one-layer network with fixed biases, and for the
        other variants; ``birth_undershoot`` below the best descent, ``highest_upper_end``; how bars change when
        N is doubled, and the distance of clouds from exact references. Arrays: a table of bars and what to draw.
    """
    parts = split(config)
    clouds = read_clouds(parts, results, config.runs)
    last = [cloud for cloud in clouds if cloud.last and not cloud.task.reduced]
    values: dict[str, Any] = {
        "n_networks": len({cloud.task.widths for cloud in last}),
        "n_points": max(config.sizes),
        "runs": config.runs,
        "birth_undershoot": max(c.values["lowest_minimum"] - c.values["lowest_birth"] for c in last),
        "highest_upper_end": max((float(c.ends.max()) for c in last if len(c.ends)), default=0.0),
        "settled_share": float(np.mean([c.values["settled_share"] for c in last])),
        "smallest_least": min(c.least for c in last),
        "largest_least": max(c.least for c in last),
    }
    for variant in VARIANTS:
        tail = "" if variant == "fixed" else f"_{variant}"
        values[f"one_layer_bars{tail}"] = _fewest(select(clouds, variant, reduced=False), ONE_LAYER)
        values |= _doubling(clouds, variant)
    reference_values, reference_arrays = _references(config, clouds, results)
    grid_values, grid_arrays = _grids(config, results)
    arrays = bar_table(clouds) | cloud_table(clouds) | reference_arrays | grid_arrays | _shown(config, clouds)
    return Result(values | reference_values | grid_values, arrays)


def _fewest(clouds: Sequence[CloudBars], nets: Sequence[tuple[int, ...]]) -> int:
    return min(int(cloud.kept.sum()) for cloud in clouds if cloud.task.widths in nets)


def _doubling(clouds: Sequence[CloudBars], variant: str) -> dict[str, float]:
    """Mean change of the mean upper end and of the number of kept bars from the shorter to the longest clouds."""
    values = {}
    for reduced, kind in ((False, "whole"), (True, "reduced")):
        pairs = list(
            zip(
                select(clouds, variant, reduced=reduced, last=False),
                select(clouds, variant, reduced=reduced),
                strict=True,
            )
        )
        shifts = [b.ends.mean() - a.ends.mean() for a, b in pairs if len(a.ends) and len(b.ends)]
        counts = [int(b.kept.sum()) / int(a.kept.sum()) for a, b in pairs]
        values[f"end_shift_{variant}_{kind}"] = float(np.mean(np.abs(shifts))) if shifts else float("nan")
        values[f"count_ratio_{variant}_{kind}"] = float(np.mean(counts))
    return values


def bar_table(clouds: Sequence[CloudBars]) -> dict[str, np.ndarray]:
    """One row a bar of every cloud that is kept or not tiny; ``bar_cloud`` counts into the table of clouds.

    ``bar_path`` is the highest value on the deformed path and ``bar_graph`` that along the edges of the graph's
    path; both are NaN for bars that were not looked at.
    """
    rows: dict[str, list[np.ndarray]] = {}
    for number, cloud in enumerate(clouds):
        a = cloud.arrays
        listed = cloud.kept | (a["size"] >= LISTED)
        path, graph = np.full((2, len(listed)), np.nan)
        if cloud.last:
            path[a["deformed"]], graph[a["deformed"]] = a["path_highest"], a["graph_highest"]
        columns = {name: a[name] for name in ("birth", "death", "size", "rise", "descended")}
        columns |= {"path": path, "graph": graph, "kept": cloud.kept, "cloud": np.full(len(listed), number)}
        for name, column in columns.items():
            rows.setdefault(f"bar_{name}", []).append(column[listed])
    table = {name: np.concatenate(columns) for name, columns in rows.items()}
    return {
        name: column.astype(np.float32) if column.dtype == np.float64 else column
        for name, column in table.items()
    }


def cloud_table(clouds: Sequence[CloudBars]) -> dict[str, np.ndarray]:
    """One row a cloud: variant and network as numbers into `VARIANTS` and `NETS`, and what is counted.

    ``cloud_authors`` (clouds, 3) holds the bars that the authors' filters of 20, 25 and 100 points keep, as far
    as they are stored; ``cloud_steep`` how many kept bars rise more than noise does on a slope.
    """
    rows = [
        (
            VARIANTS.index(cloud.task.variant),
            NETS.index(cloud.task.widths),
            cloud.task.reduced,
            cloud.task.seed,
            cloud.n,
            cloud.values["dimension"],
            cloud.values["all_bars"],
            cloud.kept.sum(),
            cloud.least,
            (cloud.kept & (cloud.arrays["rise"] > cloud.steepest)).sum(),
            cloud.values["n_minima"],
        )
        for cloud in clouds
    ]
    names = (
        "variant",
        "net",
        "reduced",
        "seed",
        "n",
        "dimension",
        "all_bars",
        "kept",
        "least",
        "steep",
        "minima",
    )
    table = {
        f"cloud_{name}": np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }
    real = ("acceptance", "highest", "lowest_minimum", "limit_share", "settled_share")
    table |= {f"cloud_{name}": np.array([cloud.values[name] for cloud in clouds]) for name in real}
    authors = [[int((cloud.arrays["sizes"] >= size).sum()) for size in AUTHORS] for cloud in clouds]
    return table | {"cloud_authors": np.array(authors)}


def _references(
    config: Networks, clouds: Sequence[CloudBars], results: Sequence[Result]
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Bars of reduced losses on grids, and how far the kept bars of whole and reduced clouds are from them."""
    values: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    gaps: dict[str, list[float]] = {}
    for task, result in read_grids(split(config), results, reduced=True):
        long = result.arrays["death"] - result.arrays["birth"] >= LONG
        diagram = np.stack([result.arrays["birth"], result.arrays["death"]], axis=1)[long].astype(np.float64)
        name = f"{task.variant}_{'x'.join(map(str, task.widths))}"
        arrays[f"reference_{name}_{task.seed - config.seed}"] = diagram
        for cloud in clouds:
            same = (cloud.task.variant, cloud.task.widths, cloud.task.seed) == (
                task.variant,
                task.widths,
                task.seed,
            )
            if same and cloud.last:
                kind = "reduced" if cloud.task.reduced else "whole"
                gaps.setdefault(f"gap_{name}_{kind}", []).append(_distance(cloud, diagram))
    return values | {name: float(np.mean(found)) for name, found in gaps.items()}, arrays


def _distance(cloud: CloudBars, diagram: np.ndarray) -> float:
    """Bottleneck distance of the kept bars to a reference, the infinite one of the lowest minimum included."""
    kept = cloud.kept & (np.isfinite(cloud.arrays["death"]) | (np.arange(len(cloud.kept)) == 0))
    own = np.stack([cloud.arrays["birth"], cloud.arrays["death"]], axis=1)[kept].astype(np.float64)
    return float(bottleneck_distance(own, diagram))


def _grids(config: Networks, results: Sequence[Result]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Bars of the notebook's grids with as many points as the authors asked for."""
    values: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for task, result in read_grids(split(config), results, reduced=False):
        a, name = result.arrays, "x".join(map(str, task.widths))
        kept = a["size"] > GRID_SIZES[task.widths]
        arrays[f"grid_{name}"] = np.stack([a["birth"], a["death"]], axis=1)[kept].astype(np.float64)
        values |= {f"grid_{name}_points": result.values["n_points"], f"grid_{name}_bars": int(kept.sum())}
        values[f"grid_{name}_lowest"] = float(a["birth"].min())
    return values, arrays


def _shown(config: Networks, clouds: Sequence[CloudBars]) -> dict[str, np.ndarray]:
    """Parameters and deformed paths of some bars of the first seed with fixed biases, for pictures of fits."""
    arrays: dict[str, np.ndarray] = {}
    for cloud in select(clouds, "fixed", reduced=False):
        if cloud.task.seed != config.seed:
            continue
        a = cloud.arrays
        deformed = a["deformed"]
        order = np.argsort(-a["size"][deformed], kind="stable")[:SHOWN]
        order = order[np.argsort(a["birth"][deformed[order]], kind="stable")]
        chosen = deformed[order]
        name = "x".join(map(str, cloud.task.widths))
        thetas = [a[f"{mark}_theta"][chosen] for mark in ("minimum", "saddle", "swallower")]
        arrays[f"shown_theta_{name}"] = np.stack(thetas, axis=1)
        arrays[f"shown_path_{name}"] = a["paths"][order]
        ends = [a["birth"][chosen], a["death"][chosen], a["path_highest"][order], a["size"][chosen]]
        arrays[f"shown_bars_{name}"] = np.stack(ends, axis=1).astype(np.float64)
    return arrays


def describe_grid(widths: tuple[int, ...], shape: Sequence[int]) -> str:
    """A grid in words, for instance for a caption.

    Examples
    --------
    >>> describe_grid((2,), (30, 36))
    '(2) on 30 x 36 = 1,080 points'
    """
    return f"{title(widths)} on {' x '.join(map(str, shape))} = {int(np.prod(shape)):,} points"
