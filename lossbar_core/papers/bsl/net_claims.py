"""BSL-Claim1 to BSL-Claim3: bars of small networks lie low, lower with depth and with width (BSL section 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.bsl.net_models import NETS, VARIANTS
from lossbar_core.papers.bsl.net_sweep import DEEPER, PROFILES, Networks, split
from lossbar_core.papers.bsl.net_table import CloudBars, read_clouds, select
from lossbar_core.papers.bsl.net_tasks import measure

STATED = {(2,): (0.55, 0.65), (2, 2): (0.35, 0.45), (2, 2, 2): (0.1, 0.3)}  # upper ends, section 4.2
WIDER = (((2,), (3,)), ((2, 2), (3, 2)), ((2, 2), (3, 3)), ((2, 2, 2), (3, 2, 2)))
KINDS = ((False, "whole"), (True, "reduced"))


@sweep_item("BSL-Claim1", split=split, task=measure, **PROFILES)
def low_in_the_range(config: Networks, results: Sequence[Result]) -> Result:
    r"""Largest finite death over the largest loss in the same box: BSL section 4.2, observation 1.

    Parameters
    ----------
    config : Networks
    results : sequence of Result

    Returns
    -------
    Result
        ``largest_ratio`` among the networks with fixed biases, whole losses, kept bars; the same for the other
        variants and with noise; ``smallest_maximum`` of the loss in a box. Arrays: one row a network and seed.
    """
    clouds = read_clouds(split(config), results, config.runs)
    values: dict[str, Any] = {"n_networks": len(config.nets), "n_points": max(config.sizes)}
    arrays: dict[str, np.ndarray] = {}
    for variant in VARIANTS:
        chosen = select(clouds, variant, reduced=False)
        tail = "" if variant == "fixed" else f"_{variant}"
        ratios = np.array([_highest_end(c) / c.values["highest"] for c in chosen])
        noisy = np.array([c.values["highest_death"] / c.values["highest"] for c in chosen])
        arrays |= {
            f"ratio_{variant}": ratios,
            f"maximum_{variant}": np.array([c.values["highest"] for c in chosen]),
        }
        values |= {
            f"largest_ratio{tail}": float(ratios.max()),
            f"largest_ratio_with_noise{tail}": float(noisy.max()),
            f"smallest_maximum{tail}": float(arrays[f"maximum_{variant}"].min()),
        }
    return Result(values, arrays)


def _highest_end(cloud: CloudBars) -> float:
    """Highest upper end of a kept bar; of all bars where only the infinite one is kept."""
    return float(cloud.ends.max()) if len(cloud.ends) else float(cloud.values["highest_death"])


@sweep_item("BSL-Claim2", split=split, task=measure, **PROFILES)
def lower_with_depth(config: Networks, results: Sequence[Result]) -> Result:
    r"""Upper ends of (2), (2x2) and (2x2x2), and whether they descend: BSL section 4.2, observation 2.

    The bars are those of the reduced losses, whose output layer is at its best everywhere: they are the bars of
    the whole losses in fewer dimensions. What clouds of the whole losses give stands beside them.

    Parameters
    ----------
    config : Networks
    results : sequence of Result

    Returns
    -------
    Result
        ``repeats``; ``ordered_repeats`` in which the mean upper ends descend, ``disjoint_repeats`` in which
        the intervals do so too; ``largest_gap`` of a mean to the paper's interval; all for fixed biases at the
        largest N, ``..._before`` at half of it, and for every variant and kind.
    """
    clouds = read_clouds(split(config), results, config.runs)
    values: dict[str, Any] = {"repeats": config.repeats[0], "n_points": max(config.sizes)}
    arrays: dict[str, np.ndarray] = {}
    for variant in VARIANTS:
        for reduced, kind in KINDS:
            for last in (True, False):
                means, low, high = (
                    _by_net(clouds, variant, reduced, last, part) for part in (np.mean, np.min, np.max)
                )
                when = "" if last else "_before"
                name = f"_{variant}_{kind}{when}"
                arrays |= {f"mean{name}": means, f"low{name}": low, f"high{name}": high}
                found = _depth_values(means, low, high)
                values |= {f"{key}{name}": value for key, value in found.items()}
                if (variant, kind) == ("fixed", "reduced"):
                    values |= {f"{key}{when}": value for key, value in found.items()}
    return Result(values, arrays | _descents(config, results))


def _descents(config: Networks, results: Sequence[Result]) -> dict[str, np.ndarray]:
    """Mean upper ends (3, runs) of the three depths for growing numbers of descents, the configured one last."""
    rows = [NETS.index(widths) for widths in DEEPER]
    runs = (*config.ladder, config.runs)
    columns: dict[str, list[np.ndarray]] = {kind: [] for _, kind in KINDS}
    for count in runs:
        clouds = read_clouds(split(config), results, count)
        for reduced, kind in KINDS:
            means = _by_net(clouds, "fixed", reduced, True, np.mean)[rows]
            columns[kind].append(
                np.array(
                    [row[np.isfinite(row)].mean() if np.isfinite(row).any() else np.nan for row in means]
                )
            )
    return {"ladder_runs": np.array(runs)} | {
        f"ladder_{kind}": np.stack(found, axis=1) for kind, found in columns.items()
    }


def _by_net(
    clouds: Sequence[CloudBars], variant: str, reduced: bool, last: bool, part: Callable[[np.ndarray], float]
) -> np.ndarray:
    """A number of the upper ends, (7, repeats); NaN where no finite bar is kept."""
    rows = []
    for widths in NETS:
        chosen = select(clouds, variant, reduced=reduced, last=last, widths=widths)
        rows.append([float(part(cloud.ends)) if len(cloud.ends) else np.nan for cloud in chosen])
    table = np.full((len(NETS), max(map(len, rows))), np.nan)
    for row, found in zip(table, rows, strict=True):
        row[: len(found)] = found
    return table


def _depth_values(means: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    """How many repeats descend, by means and as intervals, and how far means are from the stated intervals."""
    rows = [NETS.index(widths) for widths in DEEPER]
    ordered = (np.diff(means[rows], axis=0) < 0).all(axis=0)
    disjoint = ordered & (high[rows[1:]] < low[rows[:-1]]).all(axis=0)
    values: dict[str, Any] = {
        "ordered_repeats": int(ordered.sum()),
        "disjoint_repeats": int(disjoint.sum()),
    }
    gaps = []
    for row, (least, most) in zip(rows, STATED.values(), strict=True):
        mean = float(np.nanmean(means[row])) if np.isfinite(means[row]).any() else np.nan
        values["mean_end_" + "x".join(map(str, NETS[row]))] = mean
        gaps.append(max(least - mean, mean - most, 0.0))
    return values | {"largest_gap": float(np.max(gaps))}


@sweep_item("BSL-Claim3", split=split, task=measure, **PROFILES)
def lower_with_width(config: Networks, results: Sequence[Result]) -> Result:
    r"""Sign tests on mean upper end and mean birth of narrower against wider networks: BSL sections 4.2.2 and 5.

    The clouds are those of the reduced losses with fixed biases, as for the depth; others stand beside them.

    Parameters
    ----------
    config : Networks
    results : sequence of Result

    Returns
    -------
    Result
        ``comparisons``; ``lower_ends`` and ``lower_births`` among them and the one-sided ``p_ends`` and
        ``p_births`` that so many fall by chance; for every variant and kind too.
    """
    clouds = read_clouds(split(config), results, config.runs)
    values: dict[str, Any] = {"n_points": max(config.sizes)}
    for variant in VARIANTS:
        for reduced, kind in KINDS:
            for last in (True, False):
                when = "" if last else "_before"
                found = _width_values(clouds, variant, reduced, last)
                values |= {f"{key}_{variant}_{kind}{when}": value for key, value in found.items()}
                if (variant, kind) == ("fixed", "reduced"):
                    values |= {f"{key}{when}": value for key, value in found.items()}
    return Result(values)


def _width_values(clouds: Sequence[CloudBars], variant: str, reduced: bool, last: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    ends = _by_net(clouds, variant, reduced, last, np.mean)
    births = np.array(
        [
            [
                cloud.births.mean()
                for cloud in select(clouds, variant, reduced=reduced, last=last, widths=widths)
            ]
            for widths in NETS
        ]
    )
    for name, table in (("ends", ends), ("births", births)):
        change = np.concatenate([table[NETS.index(b)] - table[NETS.index(a)] for a, b in WIDER])
        change = change[np.isfinite(change)]
        lower, count = int((change < 0).sum()), len(change)
        values |= {f"comparisons_{name}": count, f"lower_{name}": lower}
        values[f"p_{name}"] = float(binomtest(lower, count, alternative="greater").pvalue) if count else 1.0
    return values
