"""HI-line: accuracy on the straight segment between two trained networks (HI section 3.2)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.image_nets import Training, minima_of
from lossbar_core.paths import StraightLine


@dataclass(frozen=True)
class Line:
    """Dense networks with one hidden layer of ten units, the paper's 2-MLP, and segments between ``pairs`` of them."""

    n_train: int | None
    epochs: int
    minima: int = 7
    pairs: int = 20
    points: int = 29  # inside a segment
    side: int = 28
    variant: str = "small"
    dataset: str = "mnist"
    hidden: tuple[int, ...] = (10,)
    seed: int = 0


@item(
    "HI-line",
    smoke=Line(n_train=100, epochs=4, minima=3, pairs=2, points=4, side=14),
    quick=Line(n_train=2000, epochs=40),
    paper=Line(n_train=None, epochs=60, variant="any"),
)
def accuracy_on_the_line(config: Line) -> Result:
    r"""Accuracy at :math:`(1 - t) w_1 + t w_2`: HI section 3.2, where others are cited for a fall to 20 to 30 percent.

    Parameters
    ----------
    config : Line

    Returns
    -------
    Result
        ``share_below``: of the pairs, those whose smallest accuracy is below 60 percent of the lower end's;
        ``smallest_end`` accuracy, ``smallest_accuracy``, ``median_smallest``. Arrays: ``share`` (t,), ``accuracy`` and
        ``loss`` (pairs, t).

    Raises
    ------
    ValueError
        If there are not enough networks for so many pairs.
    """
    every = list(combinations(range(config.minima), 2))
    if config.pairs > len(every):
        raise ValueError(
            f"expected at most {len(every)} pairs of {config.minima} networks, got {config.pairs}; train more networks"
        )
    minima = minima_of(Training.part_of(config))
    ends = [(minima.thetas[a], minima.thetas[b]) for a, b in every[: config.pairs]]
    profiles = [p.profile(config.points) for p in StraightLine().connect_many(minima.landscape, ends)]
    accuracy = np.stack([np.asarray(p.accuracies) for p in profiles])
    lower_end = np.minimum(accuracy[:, 0], accuracy[:, -1])
    smallest = accuracy.min(axis=1)
    return Result(
        {
            "n_pairs": len(profiles),
            "share_below": float((smallest < 0.6 * lower_end).mean()),
            "smallest_end": float(lower_end.min()),
            "smallest_accuracy": float(smallest.min()),
            "median_smallest": float(np.median(smallest)),
            "largest_smallest": float(smallest.max()),
            "data": minima.data.variant,
            "n_train": minima.landscape.n_rows,
            "side": config.side,
        },
        {"share": profiles[0].share, "accuracy": accuracy, "loss": np.stack([p.losses for p in profiles])},
    )
