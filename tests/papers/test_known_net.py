"""The (2) network as a landscape with known deaths: the grid's minimax is one of the whole loss."""

import numpy as np
import pytest

from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.papers.bsl.net_exact import grid_losses, grid_points
from lossbar_core.papers.bsl.net_models import network
from lossbar_core.papers.to.known_net import LONG, REACH, known_net, minimax_of_bars

SHAPE = (401, 401)


@pytest.fixture(scope="module")
def net():
    return known_net(0, SHAPE[0])


def test_minima_are_lower_than_anything_near(net):
    rng = np.random.default_rng(0)
    for theta, birth in zip(net.thetas, net.births, strict=True):
        around = theta + 1e-3 * rng.standard_normal((500, 4))
        assert (net.model(around) >= birth - 1e-9).all()


def test_a_path_of_the_whole_loss_stays_below_the_minimax_of_the_grid(net):
    """The reduced loss' path with the best output layer everywhere is a path of the whole loss."""
    reduced = network("fixed", (2,), 0, reduced=True)
    box = np.array([[-REACH, REACH]] * 2)
    bars = grid_barcode(grid_losses(reduced, box, SHAPE))
    long = np.flatnonzero(bars.persistence >= LONG)
    for bar in long[1:]:
        corners = grid_points(box, SHAPE, bars.path(int(bar)))
        share = np.linspace(0, 1, 201)[:-1, None]
        hidden = (corners[:-1, None] * (1 - share) + corners[1:, None] * share).reshape(-1, 2)
        thetas = reduced.full(hidden)[:, net.model.positions]
        assert np.linalg.norm(np.diff(thetas, axis=0), axis=1).max() < 0.06  # it has no gaps
        middles = (thetas[:-1] + thetas[1:]) / 2
        highest = float(np.concatenate([net.model(thetas), net.model(middles)]).max())
        assert highest == pytest.approx(float(bars.death[bar]), abs=2e-4)


def test_a_finer_grid_changes_little(net):
    fine = known_net(0, 801)
    assert np.abs(fine.minimax - net.minimax).max() < 2e-3
    assert np.abs(fine.births - net.births).max() < 1e-6


def test_minimax_of_bars_against_brute_force():
    values = np.random.default_rng(3).random(60)
    bars = grid_barcode(values)
    table = minimax_of_bars(bars, np.arange(len(bars)))
    for i, p in enumerate(bars.minimum):
        for j, q in enumerate(bars.minimum):
            assert table[i, j] == values[min(p, q) : max(p, q) + 1].max()
