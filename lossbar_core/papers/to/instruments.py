"""One landscape, several instruments: deaths of the same minima by clouds, TO paths, AutoNEB, strings and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.landscapes import Surface
from lossbar_core.papers.base import Result
from lossbar_core.papers.bsl.low_paths import minimax_table
from lossbar_core.papers.bsl.net_cloud import fill
from lossbar_core.papers.bsl.net_models import network
from lossbar_core.papers.image_nets import as_table
from lossbar_core.papers.to.known_net import WIDTHS, KnownNet, known_net
from lossbar_core.papers.to.small_loss import small_landscape
from lossbar_core.paths import (
    AutoNEB,
    Fire,
    GradientFlow,
    Insertion,
    Path,
    PathMethod,
    StraightLine,
)
from lossbar_core.paths.curves import BezierCurve
from lossbar_core.paths.strings import StringSampling

HIDDEN, OUTPUT = 3.0, 10.0  # half sides of the cloud's box: all minima of the three seeds lie inside
LEVEL = 1.5  # of the clouds of chapter 7
HIGHEST = 1.0  # of the ladder of levels: a network that is switched off has 0.73
PIVOTS, SAMPLES = 19, 10  # of paths, as in TO section 2.6, and of a step of a curve
INSTRUMENTS = ("straight", "cloud", "reduced_cloud", "flow", "autoneb", "string", "bezier")


@dataclass(frozen=True)
class InstrumentTask:
    """A seed of the (2) network: the points of clouds and grid, gradient evaluations a path, levels of strings."""

    cloud_points: int
    grid: int
    budget: int
    levels: int
    seed: int = 0


def measure_instruments(task: InstrumentTask) -> Result:
    """Tops (K, K) of every instrument on the minima of one network, of TO paths with half the work too, and costs.

    Examples
    --------
    >>> found = measure_instruments(InstrumentTask(500, 101, budget=200, levels=3))
    >>> sorted(found.values)[:2]
    ['cost_autoneb', 'cost_bezier']
    """
    net = known_net(task.seed, task.grid)
    surface = small_landscape(net.model)
    tables, costs = {"exact": net.minimax}, {"cost_exact": task.grid**2}
    for name, reduced in (("cloud", False), ("reduced_cloud", True)):
        tables[name] = _cloud(task, net, reduced)
        costs[f"cost_{name}"] = task.cloud_points
    for name, method in _methods(task.budget).items():
        tables[name], costs[f"cost_{name}"] = _relaxed(surface, net, method)
    tables["half"], _ = _relaxed(surface, net, _methods(task.budget // 2)["flow"])
    tables["string"], costs["cost_string"] = _strings(surface, net, task)
    arrays = {f"tops_{name}": table for name, table in tables.items()}
    return Result({"minima": len(net.births), **costs}, {"births": net.births, **arrays})


def _cloud(task: InstrumentTask, net: KnownNet, reduced: bool) -> np.ndarray:
    """Minimax between the minima through a cloud below a level that contains them, k = 2D: as in the BSL paper."""
    model: SmallNetwork = network("fixed", WIDTHS, task.seed, reduced=True) if reduced else net.model
    half = np.array([HIDDEN, HIDDEN, OUTPUT, OUTPUT])[: model.dimension]
    cloud = fill(model, np.stack([-half, half], axis=1), task.cloud_points, LEVEL, task.seed)
    points = np.concatenate([net.thetas[:, : model.dimension], cloud.points])
    values = np.asarray(model(points))
    graph = knn_graph(points, 2 * model.dimension)
    bars = graph_barcode(values, graph)
    bars.points, bars.values, bars.graph = points, values, graph
    table = minimax_table(bars, np.arange(len(net.births)))
    table[~np.isfinite(table)] = np.inf  # on another island
    np.fill_diagonal(table, net.births)
    return np.maximum(
        np.maximum(table, table.T), np.maximum.outer(net.births, net.births)
    )  # what rounding took


def _methods(budget: int) -> dict[str, PathMethod]:
    """Every path gets at most so many gradients. Losses are exact here, so pivots move by FIRE, which has no rate."""
    steps = max(1, budget // (PIVOTS - 2))
    return {
        "straight": StraightLine(PIVOTS),
        "flow": GradientFlow(
            pivots=PIVOTS,
            steps=steps,
            optimiser=Fire(),
            insertion=Insertion("loss", every=max(1, steps // 12)),
        ),
        "autoneb": AutoNEB(budget=budget),
        "bezier": BezierCurve(steps=max(1, budget // SAMPLES), samples=SAMPLES, stratified=True, rate=0.05),
    }


def _relaxed(surface: Surface, net: KnownNet, method: PathMethod) -> tuple[np.ndarray, int]:
    """Tops of relaxed paths between all pairs, and the mean number of evaluations a path."""
    surface.evaluations.reset()
    pairs = list(combinations(range(len(net.births)), 2))
    paths = method.connect_many(surface, [(net.thetas[a], net.thetas[b]) for a, b in pairs])
    return tops_of(net.births, pairs, paths), surface.evaluations.gradients // len(pairs)


def tops_of(births: np.ndarray, pairs: Sequence[tuple[int, int]], paths: Sequence[Path]) -> np.ndarray:
    """Table (K, K) of the tops of paths, births on its diagonal; infinite where a path failed."""
    return as_table(births, pairs, [np.inf if path.failure else path.top for path in paths])


def _strings(surface: Surface, net: KnownNet, task: InstrumentTask) -> tuple[np.ndarray, int]:
    """Lowest level of a ladder at which string sampling joins each pair, and gradients a pair.

    The ladder ends above the loss of a network that is switched off, by which all minima are joined. A level at which
    it fails may still be joined, so lower ones are tried too.
    """
    pairs = list(combinations(range(len(net.births)), 2))
    found = dict.fromkeys(pairs, np.inf)
    surface.evaluations.reset()
    for level in np.linspace(HIGHEST, net.births.max(), task.levels + 1)[:-1]:
        method = StringSampling(
            float(level), alpha=0.99, tolerance=1.0, budget=task.budget // task.levels, rate=0.02, steps=400
        )
        paths = method.connect_many(surface, [(net.thetas[a], net.thetas[b]) for a, b in pairs])
        found |= {pair: float(level) for pair, path in zip(pairs, paths, strict=True) if path.failure is None}
    return as_table(net.births, pairs, list(found.values())), surface.evaluations.gradients // len(pairs)
