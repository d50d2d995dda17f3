"""TO-Fig2a, TO-Fig2b: barcodes of dense networks of growing depth (TO section 2.1, Figure 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.to.net_bars import (
    jackknife,
    mean_birth,
    mean_closed_death,
    mean_death,
    rank_correlation,
    score,
)
from lossbar_core.papers.to.net_tasks import NetTask
from lossbar_core.papers.to.tasks import measure
from lossbar_core.paths import MinimaBarcode

MNIST, FASHION = "mnist", "fashion-mnist"


@dataclass(frozen=True)
class Depth:
    """Dense networks of several depths and one width, and of several widths at the first depth, on image sets.

    ``groups`` are independent repeats: other images where not all are taken, other networks, other mini-batches.
    """

    datasets: tuple[str, ...]
    depths: tuple[int, ...]
    widths: tuple[int, ...]
    minima: int
    n_train: int | None
    side: int
    variant: str
    epochs: int
    pivots: int
    path_steps: int
    path_batch: int
    insert_every: int
    groups: int = 1
    width: int = 32
    seed: int = 0

    def task(self, dataset: str, hidden: tuple[int, ...], group: int = 0) -> NetTask:
        """The part of the sweep about one shape."""
        return NetTask(
            dataset,
            hidden,
            self.minima,
            self.n_train,
            self.side,
            self.variant,
            self.epochs,
            self.pivots,
            self.path_steps,
            self.path_batch,
            self.insert_every,
            seed=self.seed + group,
        )

    def depth_tasks(self, dataset: str, group: int = 0) -> list[NetTask]:
        """One part a depth, shallow first."""
        return [self.task(dataset, (self.width,) * depth, group) for depth in self.depths]

    def width_tasks(self, dataset: str) -> list[NetTask]:
        """One part a width, narrow first."""
        return [self.task(dataset, (width,) * self.depths[0]) for width in self.widths]


BOTH = (MNIST, FASHION)
PROFILES: dict[str, Any] = {
    "smoke": Depth(BOTH, (1, 2), (4, 32), 3, 100, 14, "small", 2, 5, 6, 50, 2),
    "quick": Depth(BOTH, (2, 4, 8), (8, 32), 5, 1000, 14, "small", 60, 9, 200, 100, 40),
    "paper": Depth(BOTH, (2, 3, 4, 6, 8), (8, 16, 32, 64), 10, 5_000, 28, "any", 60, 19, 500, 64, 60),
}


def of_dataset(dataset: str) -> dict[str, Any]:
    """The profiles with one data set."""
    return {name: replace(config, datasets=(dataset,)) for name, config in PROFILES.items()}


def split_depths(config: Depth) -> list[NetTask]:
    """All depths, data sets and groups.

    Examples
    --------
    >>> [len(task.hidden) for task in split_depths(of_dataset("mnist")["paper"])]
    [2, 3, 4, 6, 8]
    """
    return [
        task
        for dataset in config.datasets
        for group in range(config.groups)
        for task in config.depth_tasks(dataset, group)
    ]


@sweep_item("TO-Fig2a", split=split_depths, task=measure, **of_dataset(MNIST))
def depth_mnist(config: Depth, results: Sequence[Result]) -> Result:
    r"""Bars :math:`[L(p), h_p]` of networks of growing depth on MNIST: TO section 2.1, Figure 2a.

    Parameters
    ----------
    config : Depth
    results : sequence of Result

    Returns
    -------
    Result
        For the deepest against the shallowest networks ``deaths_fall``, ``births_fall`` and ``score_falls``; the rank
        correlation ``spearman_death`` of depth and mean death; the same of the minimax closure, ``..._closed``.
        Arrays: one row a depth.
    """
    return by_depth(config, results)


@sweep_item("TO-Fig2b", split=split_depths, task=measure, **of_dataset(FASHION))
def depth_fashion(config: Depth, results: Sequence[Result]) -> Result:
    r"""Bars :math:`[L(p), h_p]` of networks of growing depth on Fashion-MNIST: TO section 2.1, Figure 2b.

    Parameters
    ----------
    config : Depth
    results : sequence of Result

    Returns
    -------
    Result
        As `depth_mnist`.
    """
    return by_depth(config, results)


def by_depth(config: Depth, results: Sequence[Result]) -> Result:
    """The comparison of depths on one data set; with groups, tables are those of the first, means over all."""
    first = results[: len(config.depths)]
    groups = [
        compared(config.depths, results[i : i + len(first)]) for i in range(0, len(results), len(first))
    ]
    values, arrays = groups[0].values, dict(groups[0].arrays)
    shared = first[0].values
    facts = {
        "n_depths": len(config.depths),
        "n_minima": config.minima,
        "n_pairs": config.minima * (config.minima - 1) // 2,
        "n_points": config.pivots,
        "side": config.side,
        **{name: shared[name] for name in ("n_train", "data", "fingerprint")},
        "groups_that_fall": sum(bool(group.values["deaths_fall"]) for group in groups),
    }
    return Result({**facts, **values}, arrays | {"depths": np.array(config.depths)})


def compared(sizes: Sequence[int], results: Sequence[Result]) -> Result:
    """Networks of growing size: means of births, deaths, lengths and scores, and whether the last is below the first.

    Parameters
    ----------
    sizes : depths or widths
    results : one a size, from `measure`

    Returns
    -------
    Result
        Values as `depth_mnist` says. Arrays: one row a size; ``births`` and deaths have a row of K minima.
    """
    columns = {name: np.array(column) for name, column in _columns(results).items()}
    bars = [MinimaBarcode.from_tops(r.arrays["births"], r.arrays["tops"]) for r in results]
    columns |= {
        "births": np.stack([b.births for b in bars]),
        "deaths": np.stack([b.direct_deaths for b in bars]),
        "closed_deaths": np.stack([b.closed_deaths for b in bars]),
        "accuracies": np.stack([r.arrays["accuracies"] for r in results]),
        "test_accuracies": np.stack([r.arrays["test_accuracies"] for r in results]),
    }
    fall = columns["mean_death"][0] - columns["mean_death"][-1]
    noise = float(np.hypot(columns["error_death"][0], columns["error_death"][-1]))
    values: dict[str, Any] = {
        "deaths_fall": bool(fall > 0),
        "births_fall": bool(columns["mean_birth"][-1] < columns["mean_birth"][0]),
        "score_falls": bool(columns["score"][-1] < columns["score"][0]),
        "lengths_fall": bool(columns["mean_length"][-1] < columns["mean_length"][0]),
        "deaths_fall_closed": bool(columns["mean_closed_death"][-1] < columns["mean_closed_death"][0]),
        "spearman_death": rank_correlation(np.array(sizes), columns["mean_death"]),
        "spearman_birth": rank_correlation(np.array(sizes), columns["mean_birth"]),
        "spearman_closed": rank_correlation(np.array(sizes), columns["mean_closed_death"]),
        "fall_over_error": float(fall / noise) if noise > 0 else float("nan"),
        "lowered_share": float(np.mean([b.lowered.sum() / (len(b.births) - 1) for b in bars])),
        "failures": int(sum(r.values["failures"] for r in results)),
        "smallest_accuracy": float(columns["accuracies"].min()),
    }
    for size, *row in zip(sizes, *(columns[name] for name in MEANS), strict=True):
        values |= {f"{name}_{size}": float(value) for name, value in zip(MEANS, row, strict=True)}
    return Result(values, columns)


MEANS = (
    "mean_birth",
    "mean_death",
    "mean_closed_death",
    "mean_length",
    "mean_straight",
    "mean_pivot_death",
    "score",
    "error_death",
    "error_birth",
    "parameters",
)


def _columns(results: Sequence[Result]) -> dict[str, list[float]]:
    """What `MEANS` names, one entry a size."""
    found: dict[str, list[float]] = {name: [] for name in MEANS}
    for result in results:
        births, tops = result.arrays["births"], result.arrays["tops"]
        row = {
            "mean_birth": mean_birth(births, tops),
            "mean_death": mean_death(births, tops),
            "mean_closed_death": mean_closed_death(births, tops),
            "mean_length": mean_death(births, tops) - float(np.sort(births)[1:].mean()),
            "mean_straight": mean_death(births, result.arrays["straight_tops"]),
            "mean_pivot_death": mean_death(births, result.arrays["pivot_tops"]),
            "score": score(births, tops),
            "error_death": jackknife(births, tops, mean_death),
            "error_birth": jackknife(births, tops, mean_birth),
            "parameters": float(result.values["parameters"]),
        }
        for name, value in row.items():
            found[name].append(value)
    return found
