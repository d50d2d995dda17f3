"""The measured indexes beside the printed ones: one case a network, a data set and a kind of parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lossbar_core.papers.hi.index_nets import STEPS
from lossbar_core.papers.hi.index_tables import CHOICES, FASHION, MNIST, NETWORKS
from lossbar_core.papers.hi.printed import SIZES, printed

FOLLOWS = 0.1  # relative distance from the prediction; chosen here
DEVIATIONS = 2.0  # printed standard deviations that count as near: the register's


class Table(Protocol):
    """A record of `index_tables`, or its result."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Numbers."""
        ...

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """Counts of all runs."""
        ...


@dataclass(frozen=True)
class Case:
    """The runs of one network on one data set.

    Attributes
    ----------
    network, dataset : str
    trained : bool
    table : Table
        Of random parameters it holds both data sets.
    """

    network: str
    dataset: str
    trained: bool
    table: Table

    @property
    def printed(self) -> tuple[float, float]:
        """Mean and standard deviation of the printed index."""
        return printed(self.network, self.dataset, self.trained)

    def runs(self, name: str) -> np.ndarray:
        """A count of every run, (runs,)."""
        counts = np.asarray(self.table.arrays[name])
        return counts[0 if len(counts) == 1 else (MNIST, FASHION).index(self.dataset)]

    @property
    def share(self) -> float:
        """Negative eigenvalues in float32 over parameters, mean of the runs."""
        return float(self.runs("count32").mean()) / self.table.values["dimension"]

    @property
    def shares(self) -> dict[str, float]:
        """The same for each choice that was tried: on the first data set of a table alone."""
        values, size = self.table.values, self.table.values["dimension"]
        first = self.trained or self.dataset == MNIST
        tried = (choice for choice in CHOICES if first and f"count32_{choice}" in values)
        return {choice: values[f"count32_{choice}"] / size for choice in tried}

    @property
    def near(self) -> list[str]:
        """Choices whose share is within two printed standard deviations of the printed one."""
        mean, deviation = (number / SIZES[self.network] for number in self.printed)
        return [name for name, share in self.shares.items() if abs(share - mean) <= DEVIATIONS * deviation]


def all_cases(tables: Mapping[str, Table]) -> list[Case]:
    """The twelve cases, trained ones first, from tables by the ids of their items."""
    names = {MNIST: "MNIST", FASHION: "FMNIST"}
    return [
        Case(network, dataset, trained, tables[f"HI-{network.upper()}-{name if trained else 'rand'}"])
        for trained in (True, False)
        for network in NETWORKS
        for dataset, name in names.items()
    ]


def against_printed(cases: Sequence[Case]) -> dict[str, float]:
    """Printed indexes over the theorems' bounds, and float32 counts over printed indexes, smallest and largest.

    Returns
    -------
    dict
        ``smallest_factor``, ``largest_factor``, ``lowest_share``, ``highest_share``; ``tried`` combinations of a case
        with a choice, and ``reached`` of them near the printed index; ``least_printed`` and ``most_printed``, the
        printed standard deviations over their means, of trained networks.
    """
    factors = [case.printed[0] / case.table.values["bound"] for case in cases]
    spreads = [case.printed[1] / case.printed[0] for case in cases if case.trained]
    shares = [case.share * SIZES[case.network] / case.printed[0] for case in cases]
    return {
        "smallest_factor": min(factors),
        "largest_factor": max(factors),
        "lowest_share": min(shares),
        "highest_share": max(shares),
        "tried": sum(len(case.shares) for case in cases),
        "reached": sum(len(case.near) for case in cases),
        "least_printed": min(spreads),
        "most_printed": max(spreads),
    }


def smooth_indexes(cases: Sequence[Case]) -> dict[str, float]:
    """What tanh makes of the index of the dense networks: its share of the parameters, and the theorem's bound.

    Returns
    -------
    dict
        ``low`` and ``high``, certain and possible share of the parameters, smallest and largest over the cases;
        ``layer``, the largest index of a single layer; ``bound`` and ``size``, the largest.
    """
    tables = [case.table.values for case in cases if case.network != "cnn" and "tanh" in case.shares]
    return {
        "low": min(v["low_tanh"] / v["dimension"] for v in tables),
        "high": max(v["high_tanh"] / v["dimension"] for v in tables),
        "layer": max(v["layers_index_tanh"] for v in tables),
        "bound": max(v["bound_tanh"] for v in tables),
        "size": max(v["dimension"] for v in tables),
    }


def descent(case: Case) -> dict[str, float]:
    """How far the loss falls along the lowest eigenvector, of the first run.

    Returns
    -------
    dict
        ``last``: the longest step at which the mean of both sides follows the prediction; ``gain`` of that mean and
        ``better`` of the better side at the longest step of all.
    """
    mean, predicted, better = case.table.arrays["descent"][0]
    held = STEPS[np.abs(mean / predicted - 1) < FOLLOWS]
    return {
        "last": float(held.max(initial=0.0)),
        "gain": float(-mean[-1]),
        "better": float(-better[-1]),
    }
