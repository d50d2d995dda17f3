"""The indexes of HI sections 5.2 and 5.5: three networks, two data sets, trained and at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.hi.index_nets import IndexTask, measure

MNIST, FASHION = "mnist", "fashion-mnist"
NETWORKS = ("2mlp", "3mlp", "cnn")
RATES = {"2mlp": 0.1, "3mlp": 0.1, "cnn": 1e-3}


@dataclass(frozen=True)
class Runs:
    """Networks of one kind on each data set, trained or at random: ``runs`` with ReLU, then one of each of ``others``.

    The paper names no activation, so the others are tried too.
    """

    network: str
    datasets: tuple[str, ...]
    trained: bool
    runs: int
    n_train: int | None
    side: int
    epochs: int
    variant: str
    others: tuple[str, ...] = ("tanh", "sigmoid")
    seed: int = 0


def split(config: Runs) -> list[IndexTask]:
    """One task a run: those with ReLU, then those with other activations.

    Examples
    --------
    >>> tasks = split(profiles("2mlp", (MNIST,), False)["smoke"])
    >>> [(task.run, task.activation) for task in tasks]
    [(0, 'relu'), (1, 'relu'), (0, 'tanh'), (0, 'sigmoid')]
    """
    usual = relu_runs(config)
    return usual + [
        replace(task, activation=activation)
        for activation in config.others
        for task in usual
        if task.run == 0
    ]


def relu_runs(config: Runs) -> list[IndexTask]:
    """The tasks with ReLU, data set by data set."""
    return [
        IndexTask(
            config.network,
            dataset,
            config.trained,
            run,
            config.n_train,
            config.side,
            config.epochs if config.trained else 0,
            RATES[config.network],
            variant=config.variant,
            seed=config.seed,
        )
        for dataset in config.datasets
        for run in range(config.runs)
    ]


def profiles(network: str, datasets: tuple[str, ...], trained: bool) -> dict[str, Any]:
    """Smoke and quick on few and pooled images (the CNN needs all pixels), paper on all 60,000 with 10 runs."""
    side = 28 if network == "cnn" else 14
    images = 400 if network == "cnn" else 2000
    quick = Runs(network, datasets, trained, 3, images, side, 30, "small")
    return {
        "smoke": replace(quick, runs=2, n_train=100, epochs=2),
        "quick": quick,
        "paper": replace(quick, runs=10, n_train=None, side=28, epochs=10, variant="any"),
    }


COUNTED = ("low", "high", "at_threshold", "count32", "count64", "null32", "zeros")
AVERAGED = ("loss", "accuracy", "gradient_norm", "largest", "lowest")


def gathered(config: Runs, results: Sequence[Result]) -> Result:
    """What the runs say together.

    Returns
    -------
    Result
        ``largest_high`` and ``largest_at_threshold`` over all runs, ``smallest_count32``, ``bound``, ``n_runs`` a data
        set, ``n_images``, ``side``; ``sure_share``: of the runs, those whose index is certain. ``excess_low`` and
        ``excess_high``: of the eigenvalues that float32 cannot tell from 0, the share that it counts as negative,
        smallest and largest over runs. For each data set ``mean_...`` and ``std_...`` of the counts; ``..._tanh`` and
        ``..._sigmoid``, means over the data sets, of the runs with other activations. Arrays: the
        counts, (data sets, runs) each; ``curve64`` and ``curve32`` (data sets, runs, thresholds); ``eigenvalues``
        (data sets, M) and ``descent`` of the first run.
    """
    shape = (len(config.datasets), config.runs)
    results, others = results[: shape[0] * shape[1]], results[shape[0] * shape[1] :]
    tables = {name: _table(results, name, shape) for name in (*COUNTED, *AVERAGED)}
    excess = (tables["count32"] - tables["at_threshold"]) / tables["null32"]
    values: dict[str, Any] = {
        "bound": max(result.values["bound"] for result in results),
        "largest_high": int(tables["high"].max()),
        "largest_at_threshold": int(tables["at_threshold"].max()),
        "smallest_count32": int(tables["count32"].min()),
        "excess_low": float(excess.min()),
        "excess_high": float(excess.max()),
        "sure_share": float((tables["low"] == tables["high"]).mean()),
        "n_runs": config.runs,
        "n_images": results[0].values["n_images"],
        "dimension": results[0].values["dimension"],
        "side": config.side,
        "data": ", ".join(dict.fromkeys(str(result.values["data"]) for result in results)),
        "smallest_accuracy": float(tables["accuracy"].min()),
    }
    for i, dataset in enumerate(config.datasets):
        for name, table in tables.items():
            values[f"mean_{name}_{dataset}"] = float(table[i].mean())
            values[f"std_{name}_{dataset}"] = float(table[i].std(ddof=1)) if config.runs > 1 else 0.0
    rows = np.array([[result.values[name] for name in COUNTED] for result in others], dtype=float)
    rows = rows.reshape(len(config.others), len(config.datasets), len(COUNTED))
    for activation, part in zip(config.others, rows, strict=True):
        for name, column in zip(COUNTED, part.T, strict=True):
            values[f"{name}_{activation}"] = float(column.mean())
    firsts = [results[i * config.runs].arrays for i in range(len(config.datasets))]
    arrays = {
        **{name: tables[name] for name in (*COUNTED, *AVERAGED)},
        "shares": results[0].arrays["shares"],
        **{
            name: np.stack([result.arrays[name] for result in results]).reshape(*shape, -1)
            for name in ("curve64", "curve32")
        },
        "eigenvalues": np.stack([first["eigenvalues"] for first in firsts]).astype(np.float32),
        "descent": np.stack([first["descent"] for first in firsts]),
    }
    return Result(values, arrays)


def _table(results: Sequence[Result], name: str, shape: tuple[int, int]) -> np.ndarray:
    return np.array([result.values[name] for result in results], dtype=float).reshape(shape)


for _network in NETWORKS:
    for _id, _datasets, _trained in (
        ("MNIST", (MNIST,), True),
        ("FMNIST", (FASHION,), True),
        ("rand", (MNIST, FASHION), False),
    ):
        _profiles = profiles(_network, _datasets, _trained)
        sweep_item(f"HI-{_network.upper()}-{_id}", split=split, task=measure, **_profiles)(gathered)
