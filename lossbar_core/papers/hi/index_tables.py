"""The indexes of HI sections 5.2 and 5.5: three networks, two data sets, trained and at random."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.hi.index_nets import IndexTask, measure
from lossbar_core.papers.hi.printed import SIZES, printed

MNIST, FASHION = "mnist", "fashion-mnist"
NETWORKS = ("2mlp", "3mlp", "cnn")
RATES = {"2mlp": 0.1, "3mlp": 0.1, "cnn": 1e-3}


# What the paper does not state: each choice is tried beside ReLU, pixels on [0, 1] and our assembly of the Hessian,
# which stand first so that all are compared on the same images.
CHOICES: dict[str, dict[str, Any]] = {
    "relu": {},
    "tanh": {"activation": "tanh"},
    "sigmoid": {"activation": "sigmoid"},
    "standardised": {"standardise": True},
    "autograd": {"route": "products"},
}


@dataclass(frozen=True)
class Runs:
    """Networks of one kind on each data set, trained or at random: ``runs`` as PyTorch's defaults have it.

    Then, on ``tried_on`` images of the first data set, one for each of ``choices``, keys of `CHOICES`.
    """

    network: str
    datasets: tuple[str, ...]
    trained: bool
    runs: int
    n_train: int | None
    side: int
    epochs: int
    variant: str
    tried_on: int
    choices: tuple[str, ...] = tuple(CHOICES)
    seed: int = 0


def split(config: Runs) -> list[IndexTask]:
    """One task a run: the usual ones, then those with other choices.

    Examples
    --------
    >>> tasks = split(profiles("2mlp", (MNIST,), False)["smoke"])
    >>> [(task.run, task.activation, task.standardise, task.route) for task in tasks[:4]]
    [(0, 'relu', False, 'auto'), (1, 'relu', False, 'auto'), (0, 'relu', False, 'auto'), (0, 'tanh', False, 'auto')]
    """
    usual = usual_runs(config)
    tried = replace(usual[0], n_train=config.tried_on)
    return usual + [replace(tried, **CHOICES[choice]) for choice in config.choices]


def usual_runs(config: Runs) -> list[IndexTask]:
    """The tasks with ReLU, data set by data set; the first of each is looked at more closely."""
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
            closely=run == 0,
            variant=config.variant,
            seed=config.seed,
        )
        for dataset in config.datasets
        for run in range(config.runs)
    ]


def profiles(network: str, datasets: tuple[str, ...], trained: bool) -> dict[str, Any]:
    """Smoke and quick on few and pooled images (the CNN needs all pixels), paper on all 60,000 with 10 runs.

    In paper the choices are tried on 10,000 images. Automatic differentiation is slow: in paper it is tried for the
    2-MLP alone. Nothing but rounding depends on it, so trained networks are enough.
    """
    side = 28 if network == "cnn" else 14
    images = 200 if network == "cnn" else 1000
    without = tuple(choice for choice in CHOICES if choice != "autograd")
    choices = tuple(CHOICES) if trained else without
    quick = Runs(network, datasets, trained, 3, images, side, 30, "small", images, choices)
    epochs = 5 if network == "cnn" else 10  # Adam needs fewer, and the CNN's take longer; tuned here
    return {
        "smoke": replace(
            quick, runs=2, n_train=100, tried_on=100, side=28 if network == "cnn" else 7, epochs=2
        ),
        "quick": quick,
        "paper": replace(
            quick,
            runs=10,
            n_train=None,
            side=28,
            epochs=epochs,
            variant="any",
            tried_on=10_000,
            choices=choices if network == "2mlp" else without,
        ),
    }


COUNTED = ("low", "high", "at_threshold", "count32", "count64", "null32", "exact32", "zeros")
CANDIDATES = ("low", "high", "at_threshold", "count32", "count64")  # what may have been printed
AVERAGED = ("loss", "accuracy", "gradient_norm", "largest", "lowest", "unsure")


def gathered(config: Runs, results: Sequence[Result]) -> Result:
    """What the runs say together.

    Returns
    -------
    Result
        ``largest_high``, ``largest_uncapped`` (the same without the theorem: eigenvalues that rounding lets be
        negative, less the known zeros) and ``largest_at_threshold`` over all runs, ``smallest_count32``, ``bound``,
        ``n_runs`` a data set, ``n_images``, ``side``; ``sure_share``: of the runs, those whose index is certain.
        ``excess_low`` and ``excess_high``: of the eigenvalues that float32 cannot tell from 0, the share that it counts
        as negative, smallest and largest over runs; ``inexact_low`` and ``inexact_high`` the same without those that it
        has as 0
        itself. For each data set ``mean_...`` and ``std_...`` of the counts; ``<count>_<choice>`` of the runs with
        other choices, on ``n_images_tried``. ``nearest``: the smallest distance of any count, of the usual runs or with
        another choice, from the printed index, both as shares of the parameters, in printed standard deviations; on the
        data set where it is larger. ``layers_index``: largest certain index of a single layer's block. Arrays: the
        counts, (data sets, runs) each; ``curve64`` and ``curve32`` (data sets, runs, thresholds); of each first run
        ``eigenvalues`` (data sets, M), ``descent``, ``layers_low`` and ``layers_high``.
    """
    shape = (len(config.datasets), config.runs)
    results, chosen = results[: shape[0] * shape[1]], results[shape[0] * shape[1] :]
    tables = {name: _table(results, name, shape) for name in (*COUNTED, *AVERAGED)}
    excess = tables["count32"] - tables["at_threshold"]
    share, inexact = excess / tables["null32"], excess / (tables["null32"] - tables["exact32"])
    firsts = [results[i * config.runs].arrays for i in range(len(config.datasets))]
    values: dict[str, Any] = {
        "bound": max(result.values["bound"] for result in results),
        "largest_high": int(tables["high"].max()),
        "largest_uncapped": max(_uncapped(result) for result in results),
        "largest_at_threshold": int(tables["at_threshold"].max()),
        "smallest_count32": int(tables["count32"].min()),
        "excess_low": float(share.min()),
        "excess_high": float(share.max()),
        "inexact_low": float(inexact.min()),
        "inexact_high": float(inexact.max()),
        "layers_index": max(int(first["layers_low"].max()) for first in firsts),
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
    for choice, result in zip(config.choices, chosen, strict=True):
        values |= {f"{name}_{choice}": result.values[name] for name in (*COUNTED, "bound", "accuracy")}
        values["n_images_tried"] = result.values["n_images"]
        values[f"layers_index_{choice}"] = int(result.arrays["layers_low"].max())
    values["nearest"] = max(_nearest(config, values, dataset) for dataset in config.datasets)
    arrays = {
        **{name: tables[name] for name in (*COUNTED, *AVERAGED)},
        "shares": results[0].arrays["shares"],
        **{
            name: np.stack([result.arrays[name] for result in results]).reshape(*shape, -1)
            for name in ("curve64", "curve32")
        },
        "eigenvalues": np.stack([first["eigenvalues"] for first in firsts]).astype(np.float32),
        **{
            name: np.stack([first[name] for first in firsts])
            for name in ("descent", "layers_low", "layers_high")
        },
    }
    return Result(values, arrays)


def _uncapped(result: Result) -> int:
    possible = int((result.arrays["eigenvalues"] <= result.values["error"]).sum())
    return max(possible - int(result.values["zeros"]), int(result.values["low"]))


def _nearest(config: Runs, values: dict[str, Any], dataset: str) -> float:
    mean, deviation = printed(config.network, dataset, config.trained)
    found = [values[f"mean_{name}_{dataset}"] for name in CANDIDATES]
    if dataset == config.datasets[0]:
        others = [choice for choice in config.choices if CHOICES[choice]]
        found += [values[f"{name}_{choice}"] for name in CANDIDATES for choice in others]
    scale = SIZES[config.network] / values["dimension"]
    return min(abs(scale * count - mean) for count in found) / deviation


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
