"""HI's claims on indexes, at a fixed relative threshold in float64: random against trained, spread, what matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.hi.index_nets import IndexTask, measure
from lossbar_core.papers.hi.index_tables import FASHION, MNIST, NETWORKS, Runs, profiles, usual_runs

CASES = [(network, dataset) for network in NETWORKS for dataset in (MNIST, FASHION)]


@dataclass(frozen=True)
class Claims:
    """All networks and data sets, trained and at random, in the settings of the tables."""

    profile: str
    seed: int = 0

    def runs(self, network: str, dataset: str, trained: bool) -> Runs:
        """The runs of one case."""
        return replace(profiles(network, (dataset,), trained)[self.profile], seed=self.seed)


PROFILES: dict[str, Any] = {name: Claims(name) for name in ("smoke", "quick", "paper")}


def split(config: Claims) -> list[IndexTask]:
    """The tasks of the tables: trained ones of all cases first, then those at random.

    Examples
    --------
    >>> len(split(PROFILES["smoke"]))
    24
    """
    return split_trained(config) + _tasks(config, False)


def split_trained(config: Claims) -> list[IndexTask]:
    """The trained ones alone.

    Examples
    --------
    >>> len(split_trained(PROFILES["smoke"]))
    12
    """
    return _tasks(config, True)


def _tasks(config: Claims, trained: bool) -> list[IndexTask]:
    cases = (config.runs(network, dataset, trained) for network, dataset in CASES)
    return [task for case in cases for task in usual_runs(case)]


def table(config: Claims, results: Sequence[Result], name: str) -> np.ndarray:
    """A value of all runs, (cases, runs), or (2, cases, runs) where those at random follow the trained ones."""
    found = np.array([result.values[name] for result in results], dtype=float)
    shape = (len(CASES), config.runs(*CASES[0], True).runs)
    return found.reshape(shape if len(found) == shape[0] * shape[1] else (2, *shape))


@sweep_item("HI-Claim-rand", split=split, task=measure, **PROFILES)
def random_against_trained(config: Claims, results: Sequence[Result]) -> Result:
    """Mean index at trained less that at random parameters: HI sections 5.5 and 6 say it is positive.

    Parameters
    ----------
    config : Claims
    results : sequence of Result

    Returns
    -------
    Result
        ``cases_up`` of ``n_cases`` where the trained index is larger, at the threshold; ``cases_up_32`` the same for
        the float32 counts without one; ``largest_difference`` and ``smallest_difference``. Arrays (cases,):
        ``difference``, its standard error ``error``, ``difference_32``; ``trained`` and ``random`` (cases, runs).
    """
    counts, rounded = (table(config, results, name) for name in ("at_threshold", "count32"))
    difference = counts[0].mean(axis=1) - counts[1].mean(axis=1)
    difference_32 = rounded[0].mean(axis=1) - rounded[1].mean(axis=1)
    variance = counts.var(axis=2, ddof=1).sum(axis=0) / counts.shape[2]
    return Result(
        {
            "n_cases": len(CASES),
            "n_runs": counts.shape[2],
            "cases_up": int((difference > 0).sum()),
            "cases_down": int((difference < 0).sum()),
            "cases_up_32": int((difference_32 > 0).sum()),
            "largest_difference": float(difference.max()),
            "smallest_difference": float(difference.min()),
            **_setting(results),
        },
        {
            "difference": difference,
            "error": np.sqrt(variance),
            "difference_32": difference_32,
            "trained": counts[0],
            "random": counts[1],
        },
    )


@sweep_item("HI-Claim-robust", split=split_trained, task=measure, **PROFILES)
def spread_over_runs(config: Claims, results: Sequence[Result]) -> Result:
    """Standard deviation over mean of the index of trained networks, at the threshold: HI section 5.2.

    Parameters
    ----------
    config : Claims
    results : sequence of Result

    Returns
    -------
    Result
        ``largest_variation`` over the cases, ``largest_variation_32`` for the float32 counts. Arrays (cases,):
        ``variation``, ``variation_32``, ``mean``.
    """
    variation, variation_32 = (
        counts.std(axis=1, ddof=1) / counts.mean(axis=1)
        for counts in (table(config, results, name) for name in ("at_threshold", "count32"))
    )
    return Result(
        {
            "largest_variation": float(variation.max()),
            "largest_variation_32": float(variation_32.max()),
            "n_runs": table(config, results, "low").shape[1],
            **_setting(results),
        },
        {
            "variation": variation,
            "variation_32": variation_32,
            "mean": table(config, results, "at_threshold").mean(axis=1),
        },
    )


@sweep_item("HI-Claim-arch", split=split_trained, task=measure, **PROFILES)
def network_and_data(config: Claims, results: Sequence[Result]) -> Result:
    """Mean index of trained networks by network and data, at the threshold: HI section 5.

    Parameters
    ----------
    config : Claims
    results : sequence of Result

    Returns
    -------
    Result
        ``fashion_above``: networks, of three, whose mean index on Fashion-MNIST is above that on MNIST;
        ``fashion_above_32`` for the float32 counts; ``mlp_ratio``: mean index of the 3-MLP over that of the 2-MLP.
        Arrays: ``mean`` and ``mean_32`` (networks, data sets).
    """
    mean, mean_32 = (
        table(config, results, name).mean(axis=1).reshape(len(NETWORKS), 2)
        for name in ("at_threshold", "count32")
    )
    return Result(
        {
            "fashion_above": int((mean[:, 1] > mean[:, 0]).sum()),
            "fashion_above_32": int((mean_32[:, 1] > mean_32[:, 0]).sum()),
            "mlp_ratio": float(mean[1].mean() / mean[0].mean()),
            "mlp_ratio_32": float(mean_32[1].mean() / mean_32[0].mean()),
            "n_runs": table(config, results, "low").shape[1],
            **_setting(results),
        },
        {"mean": mean, "mean_32": mean_32},
    )


def _setting(results: Sequence[Result]) -> dict[str, float]:
    return {"n_images": min(result.values["n_images"] for result in results)}
