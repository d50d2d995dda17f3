"""TO-FigG.8 and TO-FigG.9: the two parts of the gradient along one path while it relaxes (TO appendix G)."""

from __future__ import annotations

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.image_nets import Training, minima_of
from lossbar_core.papers.to.path_points import FEW, PAPER, QUICK, SMOKE, Points, paths_of

MOMENTS = 6  # epochs that are drawn


@item("TO-FigG.8", smoke=SMOKE, quick=QUICK, paper=PAPER)
def tangential_norm(config: Points) -> Result:
    r"""Norm of the tangential part of the gradient at each point, averaged over an epoch: TO Figure G.8.

    Parameters
    ----------
    config : Points

    Returns
    -------
    Result
        The mean over the middle third of the path in the last epoch over that in the first: ``largest_middle_ratio``
        over all paths and repeats with other mini-batches, ``middle_ratio`` on average; ``ends_ratio`` of the other two
        thirds and ``ratio`` of all points, on average. Arrays: ``norms`` (epochs, points) of the first path, and
        ``epochs``.
    """
    return _norms(config, "tangential")


@item("TO-FigG.9", smoke=SMOKE, quick=QUICK, paper=PAPER)
def normal_norm(config: Points) -> Result:
    r"""Norm of the normal part of the gradient, averaged over an epoch: TO Figure G.9.

    Parameters
    ----------
    config : Points

    Returns
    -------
    Result
        The mean over all points in the last epoch over that in the first: ``largest_ratio`` over all paths and repeats
        with other mini-batches, ``ratio`` on average; parts of the path and arrays as `tangential_norm`.
    """
    return _norms(config, "normal")


def _norms(config: Points, part: str) -> Result:
    """Both figures: the path has 19 points and no insertion, which would change the points."""
    n_rows = minima_of(Training.part_of(config)).landscape.n_rows
    per_epoch = -(-n_rows // config.path_batch)
    found = [paths_of(config, FEW, repeat=repeat) for repeat in range(config.repeats)]
    tables = [by_epoch(path.history[part], per_epoch) for tried in found for path in tried.paths]
    middle = middle_third(tables[0].shape[1])
    ratios, middles, ends = (
        [float(table[-1, where].mean() / table[0, where].mean()) for table in tables]
        for where in (np.ones_like(middle), middle, ~middle)
    )
    shown = np.unique(np.linspace(0, len(tables[0]) - 1, MOMENTS).astype(int))
    return Result(
        {
            "ratio": float(np.mean(ratios)),
            "largest_ratio": max(ratios),
            "middle_ratio": float(np.mean(middles)),
            "smallest_middle_ratio": min(middles),
            "largest_middle_ratio": max(middles),
            "ends_ratio": float(np.mean(ends)),
            "n_epochs": len(tables[0]),
            "n_paths": len(found[0].paths),
            "n_repeats": config.repeats,
            "convolutional": config.hidden[0] == "cnn",
        },
        {"norms": tables[0][shown], "epochs": shown + 1, "all_norms": tables[0]},
    )


def middle_third(points: int) -> np.ndarray:
    """Which of the free points of a path are its middle third.

    Examples
    --------
    >>> middle_third(5).tolist()
    [False, True, True, True, False]
    """
    places = np.arange(points)
    return (places >= points // 3) & (places < points - points // 3)


def by_epoch(norms: np.ndarray, per_epoch: int) -> np.ndarray:
    """Means over the steps of each epoch, (epochs, points); a last epoch that is not complete is left out.

    Examples
    --------
    >>> by_epoch(np.array([[1.0], [3.0], [5.0], [7.0], [9.0]]), 2).tolist()
    [[2.0], [6.0]]
    """
    epochs = max(1, len(norms) // per_epoch)
    return np.stack([part.mean(axis=0) for part in np.array_split(norms[: epochs * per_epoch], epochs)])
