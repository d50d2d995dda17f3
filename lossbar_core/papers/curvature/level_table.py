"""What all items report of strings at several levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result
from lossbar_core.papers.curvature.level_strings import TABLE
from lossbar_core.papers.fb.dss_sweep import mean_of


def gathered(results: Sequence[Result]) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What all items report of strings at several levels, highest level first.

    Returns
    -------
    values
        ``levels_reached``: levels at which all pairs have both ends; ``lowest_level`` of them, ``highest_level``;
        ``connected_share`` of the pairs that are there; ``longest``, ``shortest`` mean length over these levels;
        ``longest_straight`` after straightening; ``most_beads`` of a string and ``most_mean_beads`` of a level;
        ``straight_above``: share of pairs whose straight segment is above the certified level;
        ``fine_excess``: the highest of twice as many points over the certified level, less 1; ``parameters``.
    arrays
        `TABLE` and ``reached`` (levels, pairs), ``levels``, ``limits``, and means over connected pairs.
    """
    order = np.argsort([-result.values["level"] for result in results])
    parts = [results[i] for i in order]
    arrays = {name: np.stack([part.arrays[name] for part in parts]) for name in (*TABLE, "reached")}
    arrays["levels"] = np.array([part.values["level"] for part in parts])
    arrays["limits"] = np.array([part.values["limit"] for part in parts])
    known = np.where(arrays["connected"], 1.0, np.nan)
    for name in ("length", "straight_length", "beads"):
        arrays[f"mean_{name}"] = mean_of(arrays[name] * known)
    full = arrays["reached"].all(axis=1)
    kept = full & np.isfinite(arrays["mean_length"])
    values = {
        "pairs": arrays["connected"].shape[1],
        "levels_reached": int(full.sum()),
        "highest_level": float(arrays["levels"][0]),
        "lowest_level": float(arrays["levels"][full].min(initial=np.inf)),
        "connected_share": float(arrays["connected"][arrays["reached"]].mean()),
        "shortest": float(arrays["mean_length"][kept].min(initial=np.inf)),
        "longest": float(arrays["mean_length"][kept].max(initial=-np.inf)),
        "longest_straight": float(arrays["mean_straight_length"][kept].max(initial=-np.inf)),
        "most_beads": float(np.nanmax((arrays["beads"] * known)[full], initial=-np.inf)),
        "most_mean_beads": float(arrays["mean_beads"][kept].max(initial=-np.inf)),
        "straight_above": float(
            (arrays["straight_top"] > arrays["limits"][:, None])[arrays["reached"]].mean()
        ),
        "fine_excess": float(np.nanmax(arrays["fine_top"] / arrays["limits"][:, None]) - 1),
        "parameters": parts[0].values["parameters"],
    }
    return values, arrays
