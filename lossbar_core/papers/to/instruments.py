"""One landscape, several instruments: deaths of the same minima by clouds, TO paths, AutoNEB, strings and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch

from lossbar_core.barcodes.from_graph import graph_barcode
from lossbar_core.barcodes.neighbours import knn_graph
from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.landscapes import Surface
from lossbar_core.papers.base import Result
from lossbar_core.papers.bsl.low_paths import minimax_table
from lossbar_core.papers.bsl.net_models import network
from lossbar_core.papers.to.known_net import KnownNet, WIDTHS, known_net
from lossbar_core.papers.to.small_loss import small_landscape
from lossbar_core.paths import AutoNEB, BezierCurve, GradientFlow, Path, PathMethod, StraightLine, StringSampling

HIDDEN, OUTPUT = 3.0, 10.0  # half sides of the cloud's box: all minima of the three seeds lie inside
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
    """Tops (K, K) of every instrument on the minima of one network, and what they cost.

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
    tables["string"], costs["cost_string"] = _strings(surface, net, task)
    arrays = {f"tops_{name}": table for name, table in tables.items()}
    return Result({"minima": len(net.births), **costs}, {"births": net.births, **arrays})


def _cloud(task: InstrumentTask, net: KnownNet, reduced: bool) -> np.ndarray:
    """Minimax between the minima through a cloud that contains them, k = 2D as in the BSL paper."""
    model: SmallNetwork = network("fixed", WIDTHS, task.seed, reduced=True) if reduced else net.model
    half = np.array([HIDDEN, HIDDEN, OUTPUT, OUTPUT])[: model.dimension]
    cloud = np.random.default_rng(task.seed).uniform(-half, half, (task.cloud_points, model.dimension))
    points = np.concatenate([net.thetas[:, : model.dimension], cloud])
    values = np.asarray(model(points))
    graph = knn_graph(points, 2 * model.dimension)
    bars = graph_barcode(values, graph)
    bars.points, bars.values, bars.graph = points, values, graph
    table = minimax_table(bars, np.arange(len(net.births)))
    table[~np.isfinite(table)] = np.inf  # of another island
    np.fill_diagonal(table, net.births)
    return table


def _methods(budget: int) -> dict[str, PathMethod]:
    """Every path gets about the same number of gradients."""
    raise NotImplementedError


def _relaxed(surface: Surface, net: KnownNet, method: PathMethod) -> tuple[np.ndarray, int]:
    """Tops of relaxed paths between all pairs, and the mean number of evaluations a path."""
    surface.evaluations.reset()
    pairs = list(combinations(range(len(net.births)), 2))
    paths = method.connect_many(surface, [(net.thetas[a], net.thetas[b]) for a, b in pairs])
    return tops_of(net.births, pairs, paths), surface.evaluations.gradients // len(pairs)


def tops_of(births: np.ndarray, pairs: Sequence[tuple[int, int]], paths: Sequence[Path]) -> np.ndarray:
    """Symmetric table (K, K) of the tops of paths, births on its diagonal; infinite where a path failed."""
    table = np.full((len(births), len(births)), np.inf)
    np.fill_diagonal(table, births)
    for (a, b), path in zip(pairs, paths, strict=True):
        if path.failure is None:
            table[a, b] = table[b, a] = path.top
    return table


def _strings(surface: Surface, net: KnownNet, task: InstrumentTask) -> tuple[np.ndarray, int]:
    """Lowest level at which string sampling joins each pair, levels equally spaced from the births up."""
    surface.evaluations.reset()
    pairs = list(combinations(range(len(net.births)), 2))
    table = np.full((len(net.births),) * 2, np.inf)
    np.fill_diagonal(table, net.births)
    straight = StraightLine().connect_many(surface, [(net.thetas[a], net.thetas[b]) for a, b in pairs])
    highest = tops_of(net.births, pairs, straight)
    table = highest.copy()
    surface.evaluations.reset()
    for a, b in pairs:
        table[a, b] = table[b, a] = _lowest_level(surface, net, (a, b), highest[a, b], task)
    return table, surface.evaluations.gradients // len(pairs)


def _lowest_level(
    surface: Surface, net: KnownNet, pair: tuple[int, int], high: float, task: InstrumentTask
) -> float:
    """Bisection between the higher birth and the straight line's top: a level that fails is no proof, only a failure."""
    low = float(net.births[list(pair)].max())
    for _ in range(task.levels):
        level = (low + high) / 2
        method = StringSampling(level, alpha=0.99, tolerance=1.0, budget=task.budget, rate=0.02, steps=500)
        joined = method.connect(surface, *(torch.from_numpy(net.thetas[i]) for i in pair)).failure is None
        low, high = (low, level) if joined else (level, high)
    return high
