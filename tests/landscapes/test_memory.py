"""Footprints, blocks, and the stated bound against what a process really takes."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from lossbar_core.landscapes.memory import Footprint, even_blocks, footprint  # noqa: E402

MEASURE = """
import re, torch
from torch import nn
from lossbar_core.landscapes import Landscape, modules
modules.CACHED = 1e18  # so that the bound alone decides
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 16, 3, padding=1),
                    nn.ReLU(), nn.Flatten(), nn.Linear(4096, 10))
surface = Landscape(net, "cross_entropy", (torch.rand(128, 3, 16, 16), torch.arange(128) % 10), memory=3e8)
thetas = surface.vector().repeat(12, 1)
# Not ru_maxrss: a child starts with the peak of the process that forked it, here of all tests so far.
peak = lambda: 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = peak()
surface.losses_and_gradients(thetas)
print(surface.footprint.vectors(3e8, 128), peak() - before - thetas.nbytes)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads Linux's /proc")
def test_the_bound_holds_and_is_used():
    found = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True).stdout
    vectors, taken = map(int, found.split())
    assert 1 <= vectors < 12
    assert 3e7 < taken < 3e8


def test_a_footprint_grows_with_what_is_saved():
    weights = torch.ones(2, 50, requires_grad=True)

    def evaluate(rows):
        return torch.tanh(weights[:, :, None] * torch.ones(rows)).sum(dim=(1, 2))

    found = footprint(evaluate, 2, vector=200, row=8)
    assert found.cell >= 50 * 4
    assert found.vector >= 200


def test_blocks_cover_everything_once():
    for n in (1, 2, 7, 100):
        for size in (1, 3, 7, 1000):
            blocks = list(even_blocks(n, size))
            assert [row for block in blocks for row in range(n)[block]] == list(range(n))
            lengths = [block.stop - block.start for block in blocks]
            assert max(lengths) <= size
            assert max(lengths) - min(lengths) <= 1
            assert len(blocks) == -(-n // size)


def test_nothing_fits_in_nothing():
    assert Footprint(10.0, 1.0).rows(5.0) == 0
    assert Footprint(10.0, 1.0).vectors(5.0, 1) == 0
