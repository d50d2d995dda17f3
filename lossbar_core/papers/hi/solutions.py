"""HI-PCA: many trained CNNs, their distances, and whether a picture of them shows clusters (HI section 5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.spatial.distance import pdist

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.hi.clusters import best_silhouettes, squared_distances
from lossbar_core.papers.hi.solution_tasks import SolutionTask, landscape_of, train
from lossbar_core.paths import StraightLine

BEST = 0.2  # share of the networks whose clusters and distances are looked at: the register's criterion
COUNTS = (2, 3, 4, 5, 6, 7, 8)  # of clusters
LEVEL = 95  # percent of the nulls below which a silhouette says nothing
BETTER = 1e-3  # than the best constant prediction; networks with dead units are not
POINTS = 9  # inside a segment between two solutions


@dataclass(frozen=True)
class Solutions:
    """Networks in tasks of ``group``, nulls of ``draws`` draws, segments between ``pairs`` of the best.

    Rate and batch are the usual ones of PyTorch and of its examples; few images ask for smaller batches.
    """

    networks: int
    n_train: int | None
    epochs: int
    batch: int
    draws: int = 100
    pairs: int = 50
    group: int = 25
    rate: float = 1e-3
    dataset: str = "mnist"
    variant: str = "small"
    seed: int = 0


SMOKE = Solutions(networks=20, n_train=100, epochs=3, batch=50, draws=4, pairs=3, group=10)
QUICK = Solutions(networks=100, n_train=500, epochs=100, batch=50)
PAPER = Solutions(networks=500, n_train=None, epochs=10, batch=64, pairs=25, variant="any")


def split(config: Solutions) -> list[SolutionTask]:
    """Tasks of ``group`` networks.

    Examples
    --------
    >>> [(task.first, task.count) for task in split(SMOKE)]
    [(0, 10), (10, 10)]
    """
    return [
        SolutionTask(
            first,
            min(config.group, config.networks - first),
            config.n_train,
            config.epochs,
            config.batch,
            config.rate,
            config.dataset,
            config.variant,
            config.seed,
        )
        for first in range(0, config.networks, config.group)
    ]


@sweep_item("HI-PCA", split=split, task=train, smoke=SMOKE, quick=QUICK, paper=PAPER)
def many_solutions(config: Solutions, results: Sequence[Result]) -> Result:
    """Two principal components of the solutions, silhouettes among the best, and distances: HI section 5.3.

    Two nulls have no clusters. "Shuffled" permutes every coordinate over the networks, so that each keeps its values;
    "isotropic" is a Gaussian in 552 dimensions.

    Parameters
    ----------
    config : Solutions
    results : sequence of Result

    Returns
    -------
    Result
        ``silhouette_plane``, the largest over the numbers of clusters, among the best in the plane of the picture;
        ``silhouette_space`` in all coordinates, ``silhouette_canonical`` there with symmetries removed; ``..._null`` is
        the 95th percentile of the shuffled null and ``..._excess`` the difference. ``ratio``: mean distance of the
        best over that of all; ``ratio_nearest`` the smallest distance of two of the best over the same mean;
        ``..._canonical`` with symmetries removed. ``explained`` by two components, with ``explained_shuffled`` and
        ``explained_isotropic`` on average. ``nearest_best``: mean distance from other networks to the nearest of the
        best, over the mean distance. ``start_correlation`` of distances with those of the starts; ``travelled``
        from the start over the mean distance. ``median_barrier`` and ``smallest_barrier`` of the losses on
        segments between pairs of the best, ``..._canonical`` with symmetries removed. ``no_better``: networks that
        are no better than a constant. Arrays: ``plane`` and ``shuffled_plane`` (n, 2), ``loss``, ``best``;
        ``counts``, and for the plane and the space ``silhouettes`` (2, k) and ``null`` (2, 2, k), low and high;
        distances of pairs over the mean as ``distances_...``; ``along`` (2, t), median losses on the segments.

    Raises
    ------
    ValueError
        If a training diverged.
    """
    arrays = {
        name: np.concatenate([r.arrays[name] for r in results]).astype(np.float64)
        for name in results[0].arrays
    }
    loss = arrays["loss"]
    if not np.isfinite(loss).all():
        raise ValueError(
            f"expected finite losses, got {int((~np.isfinite(loss)).sum())} that are not; lower the rate"
        )
    best = np.sort(np.argsort(loss, kind="stable")[: max(3, round(BEST * len(loss)))])
    rng = np.random.default_rng(config.seed)
    clusters = _clusters(arrays["theta"], arrays["canonical"], best, config, rng)
    apart = _distances(arrays, best, rng)
    straight = _segments(split(config)[0], arrays, best, config, rng)
    values: dict[str, Any] = {
        "networks": len(loss),
        "n_best": len(best),
        "no_better": int((loss > results[0].values["entropy"] - BETTER).sum()),
        "worst_best_loss": float(loss[best].max()),
        "lowest_loss": float(loss.min()),
        "median_loss": float(np.median(loss)),
        "smallest_best_accuracy": float(arrays["accuracy"][best].min()),
        "n_images": results[0].values["n_images"],
        "data": results[0].values["data"],
    }
    kept = {"loss": loss, "best": best}
    parts = (clusters, apart, straight)
    for part in parts:
        values |= part.values
        kept |= part.arrays
    return Result(values, kept)


def plane_of(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Coordinates (n, 2) along the first two principal components, and the share of the variance that they explain.

    Each component's largest coordinate in size is made positive, so that the picture is definite.

    Examples
    --------
    >>> plane, share = plane_of(np.array([[0.0, 0.0, 1.0], [2.0, 0.0, 1.0], [4.0, 0.0, 1.0]]))
    >>> plane[:, 0], share
    (array([-2.,  0.,  2.]), 1.0)
    """
    centred = points - points.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return centred @ axes.T, float((singular[:2] ** 2).sum() / (singular**2).sum())


def shuffled(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Every coordinate permuted over the points: the same values one by one, nothing that joins them."""
    return rng.permuted(points, axis=0)


def _clusters(
    theta: np.ndarray, canonical: np.ndarray, best: np.ndarray, config: Solutions, rng: np.random.Generator
) -> Result:
    """Silhouettes of the best in the plane, in space and with symmetries removed, beside those of the nulls."""
    counts = tuple(k for k in COUNTS if k < len(best))
    plane, explained = plane_of(theta)
    measured = {
        "plane": best_silhouettes(plane[best], counts, rng),
        "space": best_silhouettes(theta[best], counts, rng),
        "canonical": best_silhouettes(canonical[best], counts, rng),
    }
    nulls: dict[str, list[np.ndarray]] = {name: [] for name in measured}
    drawn: list[np.ndarray] = []
    shares: dict[str, list[float]] = {"shuffled": [], "isotropic": []}
    for _ in range(config.draws):
        mixed = shuffled(theta, rng)
        mixed_plane, share = plane_of(mixed)
        drawn.append(mixed_plane)
        shares["shuffled"].append(share)
        shares["isotropic"].append(plane_of(rng.normal(size=theta.shape))[1])
        nulls["plane"].append(best_silhouettes(mixed_plane[best], counts, rng))
        nulls["space"].append(best_silhouettes(mixed[best], counts, rng))
        nulls["canonical"].append(best_silhouettes(shuffled(canonical, rng)[best], counts, rng))
    values: dict[str, float] = {"explained": explained}
    values |= {f"explained_{name}": float(np.mean(part)) for name, part in shares.items()}
    for name, found in measured.items():
        null = float(np.percentile(np.max(nulls[name], axis=1), LEVEL))
        values |= {f"silhouette_{name}": float(found.max()), f"silhouette_{name}_null": null}
        values[f"silhouette_{name}_excess"] = float(found.max()) - null
        values[f"clusters_{name}"] = int(counts[int(found.argmax())])
    bands = [np.percentile(nulls[name], (100 - LEVEL, LEVEL), axis=0) for name in ("plane", "space")]
    return Result(
        values,
        {
            "plane": plane,
            "shuffled_plane": drawn[0],
            "counts": np.array(counts),
            "silhouettes": np.stack([measured["plane"], measured["space"]]),
            "null": np.stack(bands),
        },
    )


def pair_distances(points: np.ndarray) -> np.ndarray:
    """Distances of all pairs, (n (n - 1) / 2,).

    Examples
    --------
    >>> pair_distances(np.array([[0.0], [1.0], [3.0]]))
    array([1., 3., 2.])
    """
    return np.asarray(pdist(points))


def _distances(arrays: dict[str, np.ndarray], best: np.ndarray, rng: np.random.Generator) -> Result:
    """How far apart solutions are, in units of the mean distance of all."""
    theta, canonical, start = arrays["theta"], arrays["canonical"], arrays["start"]
    every, aligned = pair_distances(theta), pair_distances(canonical)
    mean, aligned_mean = every.mean(), aligned.mean()
    parts = {
        "all": every / mean,
        "best": pair_distances(theta[best]) / mean,
        "canonical": pair_distances(canonical[best]) / aligned_mean,
    }
    cloud = pair_distances(rng.normal(size=theta.shape))
    others = np.setdiff1d(np.arange(len(theta)), best)
    nearest = np.sqrt(squared_distances(theta[others], theta[best]).min(axis=1))
    values = {
        "mean_distance": float(mean),
        "mean_distance_canonical": float(aligned_mean),
        "mean_distance_start": float(pair_distances(start).mean()),
        "ratio": float(parts["best"].mean()),
        "ratio_nearest": float(parts["best"].min()),
        "ratio_canonical": float(parts["canonical"].mean()),
        "ratio_nearest_canonical": float(parts["canonical"].min()),
        "spread": float(parts["all"].std()),
        "nearest_best": float(nearest.mean() / mean),
        "start_correlation": float(np.corrcoef(every, pair_distances(start))[0, 1]),
        "travelled": float(np.linalg.norm(theta - start, axis=1).mean() / mean),
    }
    small = {f"distances_{name}": part.astype(np.float32) for name, part in parts.items()}
    return Result(values, small | {"distances_isotropic": (cloud / cloud.mean()).astype(np.float32)})


def _segments(
    task: SolutionTask,
    arrays: dict[str, np.ndarray],
    best: np.ndarray,
    config: Solutions,
    rng: np.random.Generator,
) -> Result:
    """Losses on segments between pairs of the best, as they were found and with symmetries removed."""
    landscape = landscape_of(task)
    first, second = np.triu_indices(len(best), 1)
    chosen = np.sort(rng.choice(len(first), min(config.pairs, len(first)), replace=False))
    pairs = np.column_stack([best[first[chosen]], best[second[chosen]]])
    values: dict[str, float] = {}
    along = []
    for name, suffix in (("theta", ""), ("canonical", "_canonical")):
        points = torch.from_numpy(arrays[name].astype(np.float32))
        paths = StraightLine().connect_many(landscape, [(points[a], points[b]) for a, b in pairs])
        losses = np.stack([np.asarray(path.profile(POINTS).losses) for path in paths])
        barrier = losses.max(axis=1) - losses[:, [0, -1]].max(axis=1)
        values |= {
            f"median_barrier{suffix}": float(np.median(barrier)),
            f"smallest_barrier{suffix}": float(barrier.min()),
        }
        along.append(np.median(losses, axis=0))
    return Result(values, {"along": np.stack(along)})
