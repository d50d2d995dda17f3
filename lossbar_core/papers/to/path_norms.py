"""TO-FigG.8 and TO-FigG.9: the two parts of the gradient along one path while it relaxes (TO appendix G)."""

from __future__ import annotations

import numpy as np

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.image_nets import minima_of
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
        ``middle_ratio``: the mean over the middle third of the path in the last epoch over that in the first, for
        the first path; ``largest_middle_ratio`` over all. Arrays: ``norms`` (epochs, points) and ``epochs``.
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
        ``ratio``: the mean over all points in the last epoch over that in the first, for the first path;
        ``largest_ratio`` over all. Arrays: ``norms`` (epochs, points) and ``epochs``.
    """
    return _norms(config, "normal")


def _norms(config: Points, part: str) -> Result:
    """Both figures: the path has 19 points and no insertion, which would change the points."""
    found = paths_of(config, FEW)
    n_rows = minima_of(config.training()).landscape.n_rows
    per_epoch = -(-n_rows // config.path_batch)
    tables = [by_epoch(path.history[part], per_epoch) for path in found.paths]
    third = (FEW - 2) // 3
    ratios = [table[-1].mean() / table[0].mean() for table in tables]
    middles = [table[-1, third:-third].mean() / table[0, third:-third].mean() for table in tables]
    shown = np.unique(np.linspace(0, len(tables[0]) - 1, MOMENTS).astype(int))
    return Result(
        {
            "ratio": float(ratios[0]),
            "largest_ratio": float(max(ratios)),
            "middle_ratio": float(middles[0]),
            "largest_middle_ratio": float(max(middles)),
            "n_epochs": len(tables[0]),
            "n_paths": len(tables),
            "convolutional": config.hidden[0] == "cnn",
        },
        {"norms": tables[0][shown], "epochs": shown + 1, "all_norms": tables[0]},
    )


def by_epoch(norms: np.ndarray, per_epoch: int) -> np.ndarray:
    """Means over the steps of each epoch, (epochs, points); a last epoch that is not complete is left out.

    Examples
    --------
    >>> by_epoch(np.array([[1.0], [3.0], [5.0], [7.0], [9.0]]), 2).tolist()
    [[2.0], [6.0]]
    """
    epochs = max(1, len(norms) // per_epoch)
    return np.stack([part.mean(axis=0) for part in np.array_split(norms[: epochs * per_epoch], epochs)])
