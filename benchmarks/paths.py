"""Relaxing many paths at once against one network after another, at equal results; and the memory of it.

Both sides run the same code of the same method: they differ in how losses and gradients of many parameter vectors
are evaluated.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations

import torch
from record import HERE, Row, faster, seconds
from torch import Tensor

from lossbar_core.landscapes import Landscape, Surface
from lossbar_core.networks import MLP, initialise
from lossbar_core.paths import GradientFlow

WIDTHS, N_ROWS, BATCH = (784, 32, 32, 32, 32, 10), 1024, 256  # the TO paper's network of four hidden layers
MINIMA, STEPS = (
    10,
    20,
)  # the steps outweigh the losses on all data at both ends of a run, as they do in practice
LIMIT = 4e9  # bytes: the landscape's default


class OneByOne(Surface):
    """The same losses and gradients, one network after another, as an ordinary training loop computes them."""

    def __init__(self, landscape: Landscape):
        super().__init__(landscape.dimension, landscape.dtype, landscape.device, landscape.n_rows)
        self.layout, self.data = landscape.layout, landscape.data
        self.module = landscape.module(landscape.vector())

    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        return torch.stack([self._loss(theta, rows) for theta in thetas])

    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        losses, gradients = [], []
        for theta in thetas:
            self.module.zero_grad(set_to_none=True)
            loss = self._loss(theta, rows)
            loss.backward()
            losses.append(loss.detach())
            gradients.append(torch.cat([parameter.grad.flatten() for parameter in self.module.parameters()]))
        return torch.stack(losses), torch.stack(gradients)

    def _loss(self, theta: Tensor, rows: Tensor | None) -> Tensor:
        self.layout.write(self.module, theta)
        arguments, _, targets = self.data.take(slice(None) if rows is None else rows)
        return torch.nn.functional.cross_entropy(self.module(*arguments), targets)


def landscape(device: str) -> Landscape:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(N_ROWS, WIDTHS[0], generator=generator)
    targets = torch.randint(0, WIDTHS[-1], (N_ROWS,), generator=generator)
    return Landscape(MLP(WIDTHS), "cross_entropy", (inputs, targets), device=device)


def relaxed(surface: Surface, minima: Tensor) -> list[Tensor]:
    """Pivots of all paths after a few steps on the same batches."""
    method = GradientFlow(
        pivots=19, steps=STEPS, batch=BATCH, independent=False
    )  # TO Algorithm 2, at its own rate
    pairs = [(minima[i], minima[j]) for i, j in combinations(range(len(minima)), 2)]
    return [path.pivots for path in method.connect_many(surface, pairs)]


def bench_device(device: str, n_minima: int = MINIMA) -> list[Row]:
    surface = landscape(device)
    minima = torch.stack([surface.vector(initialise(MLP(WIDTHS), seed)) for seed in range(n_minima)])
    alone = OneByOne(surface)
    wait = torch.cuda.synchronize if device == "cuda" else int
    found: dict[str, list[Tensor]] = {}

    def run(side: str, evaluated: Surface) -> None:
        found[side] = relaxed(evaluated, minima)
        wait()

    surface.losses_and_gradients(minima, torch.arange(BATCH))  # the first call of a device is slower
    ours = seconds(lambda: run("together", surface), repeats=1)  # long enough that one run is steady
    theirs = seconds(lambda: run("alone", alone), repeats=1)
    together = found["together"]
    gap = max(float((a - b).abs().max()) for a, b in zip(together, found["alone"], strict=True))
    assert gap < 1e-5, f"pivots differ by {gap:.1e}"
    what = f"{STEPS} steps of {len(together)} paths x 19 pivots, {'-'.join(map(str, WIDTHS))}, {device}"
    rows = [faster(what, ours, "one network after another", theirs, 3)]
    thetas = torch.cat([chain[1:-1] for chain in together])
    chosen = torch.arange(BATCH)
    ours, theirs = (
        seconds(lambda s=s: (s.losses_and_gradients(thetas, chosen), wait())) for s in (surface, alone)
    )
    what = f"losses and gradients of {len(thetas)} such networks on {BATCH} rows, {device}"
    return [*rows, faster(what, ours, "one network after another", theirs, 3)]


def bench_memory_of_paths() -> list[Row]:
    """Peak beyond arguments and results, in a process of its own."""
    code = (
        f"import resource, sys; sys.path.insert(0, {str(HERE)!r})\n"
        "import torch, paths\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024\n"
        "surface = paths.landscape('cpu')\n"
        "thetas = torch.randn(4000, surface.dimension).mul_(0.05)\n"
        "surface.losses_and_gradients(thetas[:2])\n"
        "before = peak()\n"
        "surface.losses_and_gradients(thetas)\n"
        "print(peak() - before - thetas.numel() * 4)"  # the gradients that it returns are as large as thetas
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak = float(done.stdout.strip().splitlines()[-1])
    what = f"peak memory of losses and gradients of 4000 networks on {N_ROWS} rows, default bound, in GB"
    return [Row(what, peak / 1e9, "bound", LIMIT / 1e9, peak / LIMIT, "< 4 GB", peak < LIMIT)]


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
