"""Relaxing many paths at once against one path, one network after another, at equal results; and the memory of it."""

from __future__ import annotations

import sys
from itertools import combinations
from statistics import median

import torch
from record import Row, child, faster, seconds
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from lossbar_core.landscapes import Landscape, MiniBatches
from lossbar_core.networks import MLP, initialise
from lossbar_core.paths import SGD, GradientFlow

WIDTHS = (784, 32, 32, 32, 32, 10)  # the TO paper's network of four hidden layers
N_ROWS, BATCH = 1024, 150  # the batch of the TO paper's table D.5
MINIMA, PIVOTS, RATE = 10, 19, 2e-3
STEPS = 60  # they outweigh the losses on all data at both ends of a run, as they do in practice
LIMIT = 4e9  # bytes: the landscape's default
SIDES, TURNS = ("together", "alone"), 3


class OneByOne:
    """The ordinary training loop: one network, one gradient at a time; nothing of our paths in it."""

    def __init__(self, surface: Landscape):
        self.module = surface.module(surface.vector())
        self.inputs, self.targets = surface.data.arguments[0], surface.data.targets

    def gradient(self, theta: Tensor, rows: Tensor) -> Tensor:
        vector_to_parameters(theta, self.module.parameters())
        self.module.zero_grad(set_to_none=True)
        cross_entropy(self.module(self.inputs[rows]), self.targets[rows]).backward()
        return parameters_to_vector(parameter.grad for parameter in self.module.parameters())

    def relaxed(self, a: Tensor, b: Tensor) -> Tensor:
        """TO's Algorithm 2, all gradients first: the pivots of one path."""
        batches = MiniBatches(N_ROWS, BATCH)
        path = list(torch.lerp(a, b, torch.linspace(0, 1, PIVOTS, device=a.device)[:, None]))
        for step in range(STEPS):
            rows = batches.rows(step).to(a.device)
            moved = list(path)
            for i in range(1, PIVOTS - 1):
                gradient = self.gradient(path[i], rows)
                left, right = path[i] - path[i - 1], path[i + 1] - path[i]
                left, right = left / left.norm(), right / right.norm()
                normal = gradient - (gradient @ left * left + gradient @ right * right) / 2
                moved[i] = path[i] - RATE * normal
            path = moved
        return torch.stack(path)


def landscape(device: str) -> Landscape:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(N_ROWS, WIDTHS[0], generator=generator)
    targets = torch.randint(0, WIDTHS[-1], (N_ROWS,), generator=generator)
    return Landscape(MLP(WIDTHS), "cross_entropy", (inputs, targets), device=device)


def together(surface: Landscape, pairs: list[tuple[Tensor, Tensor]]) -> list[Tensor]:
    """The pivots of all paths, relaxed at once on the same batches."""
    method = GradientFlow(PIVOTS, STEPS, optimiser=SGD(RATE), batch=BATCH, independent=False)
    return [path.pivots for path in method.connect_many(surface, pairs)]


def bench_device(device: str, n_minima: int = MINIMA) -> list[Row]:
    surface = landscape(device)
    minima = torch.stack([surface.vector(initialise(MLP(WIDTHS), seed)) for seed in range(n_minima)])
    pairs = list(combinations(minima, 2))
    alone = OneByOne(surface)
    wait = torch.cuda.synchronize if device == "cuda" else int
    surface.losses_and_gradients(minima, torch.arange(BATCH))  # the first call of a device is slower
    found: dict[str, list[Tensor]] = {}

    def run(side: str) -> None:
        if side == "together":
            found[side] = together(surface, pairs)
        else:
            found[side] = [alone.relaxed(*pair) for pair in pairs]
        wait()

    # In turns: the machine's speed drifts within the minutes that a side takes.
    times = [[seconds(lambda side=side: run(side), repeats=1) for side in SIDES] for _ in range(TURNS)]
    ours, theirs = (float(median(column)) for column in zip(*times, strict=True))
    gap = max(float((a - b).abs().max()) for a, b in zip(found["together"], found["alone"], strict=True))
    assert gap < 1e-5, f"pivots differ by {gap:.1e}"
    what = f"{STEPS} steps of {len(pairs)} paths x {PIVOTS} pivots, {'-'.join(map(str, WIDTHS))}, {device}"
    rows = [faster(what, ours, "one network after another", theirs, 3)]
    thetas, chosen = torch.cat([chain[1:-1] for chain in found["together"]]), torch.arange(BATCH)

    def each() -> None:
        torch.stack([alone.gradient(theta, chosen) for theta in thetas])
        wait()

    ours = seconds(lambda: (surface.losses_and_gradients(thetas, chosen), wait()))
    what = f"gradients of {len(thetas)} such networks on {BATCH} rows, {device}"
    return [*rows, faster(what, ours, "one network after another", seconds(each), 2)]


def bench_memory_of_paths() -> list[Row]:
    """Peak beyond arguments and results, in a process of its own."""
    code = (
        "import torch, paths\n"
        "from record import peak_memory\n"
        "surface = paths.landscape('cpu')\n"
        "thetas = torch.randn(4000, surface.dimension).mul_(0.05)\n"
        "surface.losses_and_gradients(thetas[:2])\n"
        "before = peak_memory()\n"
        "surface.losses_and_gradients(thetas)\n"
        "print(peak_memory() - before - thetas.numel() * 4)"  # the gradients are as large as thetas
    )
    peak = float(child(code))
    what = f"peak memory of losses and gradients of 4000 networks on {N_ROWS} rows, default bound, in GB"
    return [Row(what, peak / 1e9, "bound", LIMIT / 1e9, peak / LIMIT, "< 4 GB", 0 < peak < LIMIT)]


def bench_memory_on_a_gpu() -> Row:
    """The same by the device's own count of what was allocated."""
    surface = landscape("cuda")
    thetas = torch.randn(4000, surface.dimension, device="cuda").mul_(0.05)
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    surface.losses_and_gradients(thetas)
    peak = float(torch.cuda.max_memory_allocated() - before - thetas.numel() * 4)
    what = (
        f"peak memory of losses and gradients of 4000 networks on {N_ROWS} rows, default bound, cuda, in GB"
    )
    return Row(what, peak / 1e9, "bound", LIMIT / 1e9, peak / LIMIT, "< 4 GB", peak < LIMIT)


def bench_paths(n: int) -> list[Row]:
    n_minima = MINIMA if n >= 10**6 else 4
    rows = bench_device("cpu", n_minima)
    if torch.cuda.is_available():
        rows += [*bench_device("cuda", n_minima), bench_memory_on_a_gpu()]
    else:
        print("paths: no CUDA device, its rows are left out", file=sys.stderr)
    return rows + bench_memory_of_paths()
