"""What a landscape tries once: it must see mistakes in the last rows too, and leave no trace."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from lossbar_core.landscapes import Landscape  # noqa: E402
from lossbar_core.landscapes.trials import can_be_vectorised, measured_footprint  # noqa: E402


class Centred(nn.Module):
    """A module that mixes its rows."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(2, 1)

    def forward(self, x):
        return self.out(x - x.mean(dim=0))


def test_a_module_that_mixes_rows_is_refused():
    x = torch.randn(20, 2, generator=torch.Generator().manual_seed(0))
    with pytest.raises(ValueError, match=r"a mean over rows, got .*each row alone"):
        Landscape(Centred(), "mse", (x, x[:, :1]))


def test_trials_repeat_and_count_nothing():
    surface = Landscape(nn.Linear(2, 1), "mse", (torch.rand(5, 2), torch.rand(5, 1)))
    assert surface.evaluations.gradients == surface.evaluations.losses == 0
    assert can_be_vectorised(surface) is surface.vectorised is True
    assert measured_footprint(surface) == surface.footprint


def test_a_footprint_counts_the_rows_that_each_vector_takes():
    wide = Landscape(nn.Linear(500, 1), "mse", (torch.rand(5, 500), torch.rand(5, 1)))
    assert wide.footprint.cell >= 500 * 4
