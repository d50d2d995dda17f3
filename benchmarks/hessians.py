"""The Hessian of the HI paper's 2-MLP on all of MNIST, assembled by structure, against a product a coordinate."""

from __future__ import annotations

import json

import torch
from record import Row, child, faster, seconds

from lossbar_core.datasets import load
from lossbar_core.hessians import exact_hessian
from lossbar_core.landscapes import Landscape
from lossbar_core.networks import MLP

WIDTHS = (784, 10, 10)  # HI section 5.1: 7,960 parameters
ALL, FEW = 60_000, 1000  # products alone would take an hour on all rows
TIME, MEMORY = 240.0, 6e9  # seconds and bytes
AGREEMENT = 1e-10  # of the largest entry


def landscape(rows: int) -> tuple[Landscape, str]:
    """Digits, repeated to as many rows where only the small set that the package carries can be had."""
    data = load("mnist", variant="any", flatten=True)
    chosen = torch.arange(rows) % len(data.train[1])
    train = tuple(part[chosen] for part in data.train)
    return Landscape(MLP(WIDTHS), "cross_entropy", train, dtype=torch.float64), data.variant


def measured(rows: int) -> str:
    """Seconds and peak memory of this process, as JSON; called in one of its own."""
    from record import peak_memory

    surface, variant = landscape(rows)
    took = seconds(lambda: exact_hessian(surface, surface.vector()), repeats=1)
    return json.dumps({"seconds": took, "memory": peak_memory(), "variant": variant})


def bench_hessians(n: int) -> list[Row]:
    rows, few = (ALL, FEW) if n >= 10**6 else (2000, 50)
    found = json.loads(child(f"import hessians\nprint(hessians.measured({rows}))"))
    what = f"Hessian of 784-10-10 on {rows} rows of {found['variant']}, float64"
    took, memory = found["seconds"], found["memory"]
    table = [
        Row(f"{what}, s", took, "bar", TIME, TIME / took, f"< {TIME:g} s", took < TIME),
        Row(
            "its whole process, GB",
            memory / 1e9,
            "bar",
            MEMORY / 1e9,
            MEMORY / memory,
            "< 6 GB",
            memory < MEMORY,
        ),
    ]
    surface, _ = landscape(few)
    theta = surface.vector()
    made = {}

    def run(route: str) -> None:
        made[route] = exact_hessian(surface, theta, route=route).matrix

    ours, theirs = seconds(lambda: run("layers")), seconds(lambda: run("products"), repeats=1)
    table.append(faster(f"the same on {few} rows", ours, "Hessian-vector products", theirs, 12))
    gap = float((made["layers"] - made["products"]).abs().max() / made["products"].abs().max())
    what = "largest difference of the two, of the largest entry"
    table.append(Row(what, gap, "bar", AGREEMENT, AGREEMENT / gap, "< 1e-10", gap < AGREEMENT))
    return table
