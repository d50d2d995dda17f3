"""What the parts of the small-network sweep measured, cloud by cloud, with the bars that are no noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.papers.bsl.net_tasks import CloudTask, GridTask, SlopeTask, Task

LEVEL = 0.95  # share of slopes on which no false component is as large as one that is kept
AUTHORS = (20, 25, 100)  # sizes from which the authors' notebooks keep a bar


@dataclass(frozen=True)
class CloudBars:
    """The bars of one cloud: its task, the place of its size among the task's, and what a slope makes of it.

    ``arrays`` holds ``birth``, ``death``, ``size``, ``rise`` and more of the bars with the largest components;
    ``least`` is the smallest size that is kept and ``steepest`` the rise that noise hardly reaches.
    """

    task: CloudTask
    j: int
    values: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    least: int
    steepest: float

    @property
    def n(self) -> int:
        """Points of the cloud."""
        return self.task.sizes[self.j]

    @property
    def last(self) -> bool:
        """Whether it is the longest cloud of its task."""
        return self.j == len(self.task.sizes) - 1

    @property
    def kept(self) -> np.ndarray:
        """Mask of the stored bars whose component is larger than a slope makes them."""
        return self.arrays["size"] >= self.least

    @property
    def ends(self) -> np.ndarray:
        """Upper ends of the finite bars that are kept."""
        death = self.arrays["death"][self.kept].astype(np.float64)
        return death[np.isfinite(death)]

    @property
    def births(self) -> np.ndarray:
        """Births of all bars that are kept, the infinite one included."""
        return self.arrays["birth"][self.kept].astype(np.float64)


def read_clouds(tasks: Sequence[Task], results: Sequence[Result], runs: int) -> list[CloudBars]:
    """One entry a cloud with so many descents, in the order of the tasks and their sizes.

    Raises
    ------
    KeyError
        If a cloud has no slopes beside it.
    """
    noise = {
        _place(task): result
        for task, result in zip(tasks, results, strict=True)
        if isinstance(task, SlopeTask)
    }
    clouds = []
    for task, result in zip(tasks, results, strict=True):
        if isinstance(task, CloudTask) and task.runs == runs:
            slopes = noise[_place(task)].arrays
            clouds += [_one(task, j, result, slopes) for j in range(len(task.sizes))]
    return clouds


def _place(task: CloudTask | SlopeTask) -> tuple[str, tuple[int, ...], bool]:
    return task.variant, task.widths, task.reduced


def _one(task: CloudTask, j: int, result: Result, slopes: Mapping[str, np.ndarray]) -> CloudBars:
    tail = f"_{j}"
    arrays = {name.removesuffix(tail): array for name, array in result.arrays.items() if name.endswith(tail)}
    values = {name.removesuffix(tail): value for name, value in result.values.items()}
    shared = ("deformed", "path_highest", "graph_highest", "paths")
    if j == len(task.sizes) - 1:
        arrays |= {name: result.arrays[name] for name in shared}
    return CloudBars(
        task,
        j,
        values,
        arrays,
        smallest_size(slopes["size"][j]),
        float(np.quantile(slopes["rise"][j], LEVEL)),
    )


def smallest_size(largest_false: np.ndarray) -> int:
    """Least number of points that a component must have: more than on 95 of 100 slopes, where all but one are false.

    Examples
    --------
    >>> smallest_size(np.arange(1, 101))
    96
    """
    return int(np.quantile(largest_false, LEVEL, method="inverted_cdf")) + 1


def select(
    clouds: Iterable[CloudBars],
    variant: str,
    *,
    reduced: bool,
    last: bool = True,
    widths: tuple[int, ...] | None = None,
) -> list[CloudBars]:
    """Clouds of a variant, the longest ones or the others, of one network or of all."""
    return [
        cloud
        for cloud in clouds
        if cloud.task.variant == variant
        and cloud.task.reduced == reduced
        and cloud.last == last
        and widths in (None, cloud.task.widths)
    ]


def read_grids(
    tasks: Sequence[Task], results: Sequence[Result], *, reduced: bool
) -> Iterator[tuple[GridTask, Result]]:
    """Grids of reduced losses, or of whole ones, with what they gave."""
    for task, result in zip(tasks, results, strict=True):
        if isinstance(task, GridTask) and task.reduced == reduced:
            yield task, result
