"""Which pairs of minima are connected, and in which order: all at once, or as AutoNEB suggests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as File
from typing import Any

import numpy as np
import torch

from lossbar_core.landscapes import Surface
from lossbar_core.paths.checkpoint import Checkpoint, Keeper
from lossbar_core.paths.method import PathMethod, fingerprint
from lossbar_core.paths.path import Path
from lossbar_core.paths.spanning import minimum_spanning_tree, sides_of_edge

Pair = tuple[int, int]


def all_pairs(count: int) -> list[Pair]:
    """Pairs i < j of 0..count - 1 in lexicographic order.

    >>> all_pairs(3)
    [(0, 1), (0, 2), (1, 2)]
    """
    return [(i, j) for i in range(count) for j in range(i + 1, count)]


def relax_all(
    surface: Surface,
    points: torch.Tensor,
    pairs: Sequence[Pair],
    method: PathMethod,
    progress: bool = False,
    checkpoint: Any = None,
) -> dict[Pair, Path]:
    """Paths of all these pairs, relaxed in one batch."""
    ends = [(points[i], points[j]) for i, j in pairs]
    paths = method.connect_many(surface, ends, progress=progress, checkpoint=checkpoint)
    return dict(zip(pairs, paths, strict=True))


def suggest_pair(tops: np.ndarray, tested: set[Pair], distances: np.ndarray) -> Pair | None:
    """The closest untested pair that could replace the highest edge of the spanning tree; None without one.

    Parts that no path joins come first: any pair across them.

    Parameters
    ----------
    tops, distances : (K, K) arrays
        Tops infinite where there is no path.
    tested : set of pairs i < j

    Returns
    -------
    (i, j) or None
    """
    tree = minimum_spanning_tree(tops)
    if len(tree) < len(tops) - 1:
        label = np.arange(len(tops))
        for i, j in tree:
            label[label == label[j]] = label[i]
        across = label[:, None] != label[None, :]
    else:
        side = sides_of_edge(tree, len(tree) - 1, len(tops))
        across = side[:, None] != side[None, :]
    free = [pair for pair in all_pairs(len(tops)) if across[pair] and pair not in tested]
    return min(free, key=lambda pair: distances[pair], default=None)


def relax_suggested(
    surface: Surface,
    points: torch.Tensor,
    births: np.ndarray,
    method: PathMethod,
    limit: int,
    progress: bool = False,
    checkpoint: Any = None,
) -> dict[Pair, Path]:
    """AutoNEB's order (register NEB-MST, 4.b.6): all to the lowest minimum, then pair by pair."""
    request = {
        "pairs": "suggested",
        "limit": limit,
        "method": method.settings(),
        "surface": surface.settings(),
        "minima": fingerprint([tuple(points)]),
    }
    beside = None if checkpoint is None else _as_checkpoint(checkpoint)
    keeper = Keeper(None if beside is None else replace(beside, file=f"{File(beside.file)}.pairs"), request)
    stored = keeper.load()
    paths = {} if stored is None else _unpacked(*stored, surface)
    if not paths:
        lowest = int(births.argmin())
        first = [(min(lowest, k), max(lowest, k)) for k in range(len(points)) if k != lowest]
        paths = relax_all(surface, points, first, method, progress, beside)
        keeper.save(*_packed(paths))
    distances = torch.cdist(points, points).double().cpu().numpy()
    while len(paths) < limit:
        pair = suggest_pair(_tops(paths, len(points)), set(paths), distances)
        if pair is None:
            break
        paths |= relax_all(surface, points, [pair], method, progress, beside)
        keeper.save(*_packed(paths))
    keeper.remove()
    return paths


def _as_checkpoint(checkpoint: Any) -> Checkpoint:
    return checkpoint if isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)


def _tops(paths: dict[Pair, Path], count: int) -> np.ndarray:
    tops = np.full((count, count), np.inf)
    for (i, j), path in paths.items():
        if path.failure is None:
            tops[i, j] = tops[j, i] = path.top
    return tops


def _packed(paths: dict[Pair, Path]) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Paths as arrays and plain values."""
    arrays = {}
    for index, path in enumerate(paths.values()):
        arrays[f"{index}/pivots"] = path.pivots.cpu().numpy()
        arrays |= {f"{index}/history/{name}": np.asarray(entry) for name, entry in path.history.items()}
    facts = [[*pair, path.failure, path.gradient_evaluations, path.settings] for pair, path in paths.items()]
    return arrays, {"paths": facts}


def _unpacked(arrays: dict[str, np.ndarray], facts: dict[str, Any], surface: Surface) -> dict[Pair, Path]:
    paths = {}
    for index, (i, j, failure, evaluations, settings) in enumerate(facts["paths"]):
        start = f"{index}/history/"
        history = {
            name.removeprefix(start): entry for name, entry in arrays.items() if name.startswith(start)
        }
        pivots = torch.from_numpy(arrays[f"{index}/pivots"]).to(surface.device)
        paths[i, j] = Path(pivots, surface, settings, history, failure, evaluations)
    return paths
