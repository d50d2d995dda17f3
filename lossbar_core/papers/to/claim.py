"""TO-Claim1: barcodes and scores fall with depth and with width (TO abstract, sections 1.5 and 2.1 to 2.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.to.depth import PROFILES, Depth, compared
from lossbar_core.papers.to.net_tasks import NetTask
from lossbar_core.papers.to.tasks import measure


def split_claim(config: Depth) -> list[NetTask]:
    """Depths, then widths, of every data set, first group; a shape that is both comes once.

    Examples
    --------
    >>> [task.hidden for task in split_claim(PROFILES["smoke"])[:3]]
    [(32,), (32, 32), (4,)]
    """
    tasks = [
        task for data in config.datasets for task in (*config.depth_tasks(data), *config.width_tasks(data))
    ]
    return list(dict.fromkeys(tasks))


@sweep_item("TO-Claim1", split=split_claim, task=measure, **PROFILES)
def falls_with_depth_and_width(config: Depth, results: Sequence[Result]) -> Result:
    """The orderings of Figure 2, and those of Figure 4 on dense instead of convolutional networks.

    Parameters
    ----------
    config : Depth
    results : sequence of Result

    Returns
    -------
    Result
        ``mnist_depth``, ``fashion_depth``: whether deaths, births and score fall from the shallowest to the deepest
        network and Spearman's correlation is at most -0.6; ``mnist_width``, ``fashion_width``: whether mean deaths fall
        from each width to the next. Arrays and values of each comparison with its name in front.
    """
    values: dict[str, Any] = {
        "convolutional": False,
        "n_depths": len(config.depths),
        "n_minima": config.minima,
    }
    arrays: dict[str, np.ndarray] = {}
    for name, found in comparisons(config, results).items():
        values |= {f"{name}_{key}": value for key, value in found.values.items()}
        arrays |= {f"{name}_{key}": array for key, array in found.arrays.items()}
        if name.endswith("width"):
            deaths = found.arrays["mean_death"]
            values[name] = bool((deaths[1:] < deaths[:-1]).all())
        else:
            values[name] = falls(found)
    return Result(values, arrays)


def comparisons(config: Depth, results: Sequence[Result]) -> dict[str, Result]:
    """Depth and width on every data set, from the results of `split_claim`."""
    table: Mapping[NetTask, Result] = dict(zip(split_claim(config), results, strict=True))
    found = {}
    for data in config.datasets:
        name = data.partition("-")[0]
        found[f"{name}_depth"] = compared(config.depths, [table[task] for task in config.depth_tasks(data)])
        found[f"{name}_width"] = compared(config.widths, [table[task] for task in config.width_tasks(data)])
    return found


def falls(found: Result) -> bool:
    """All that TO-Fig2a asks for: deaths, births, rank correlation, score."""
    v = found.values
    return bool(v["deaths_fall"] and v["births_fall"] and v["score_falls"] and v["spearman_death"] <= -0.6)
