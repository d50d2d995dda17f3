"""A network whose deaths are known: the (2) network with fixed biases, minima polished, minimax from a fine grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from lossbar_core.barcodes.barcode import Barcode
from lossbar_core.barcodes.from_grid import grid_barcode
from lossbar_core.functions.networks import SmallNetwork
from lossbar_core.papers.bsl.net_exact import grid_losses, grid_points
from lossbar_core.papers.bsl.net_models import network

WIDTHS = (2,)
REACH = 4.0  # half side of the grid: on twice of it, the deaths are the same to 1e-4
LONG = 0.01  # bars that count, as in the comparison of clouds with grids in `papers.bsl.small_networks`


@dataclass(frozen=True)
class KnownNet:
    """A network of D = 4 free weights and what is known of it.

    Attributes
    ----------
    model : SmallNetwork
        The whole loss, output bias eliminated.
    thetas : (K, 4) float64 array
        Its minima with long bars, lowest first.
    births : (K,) float64 array
    minimax : (K, K) float64 array
        Of the reduced loss on the grid, which has the same sublevel components; births on the diagonal.
    """

    model: SmallNetwork
    thetas: np.ndarray
    births: np.ndarray
    minimax: np.ndarray


def known_net(seed: int, points: int) -> KnownNet:
    """Grid of ``points`` squared over the two hidden weights, its minima polished in the whole loss.

    Examples
    --------
    >>> net = known_net(0, 101)
    >>> net.thetas.shape[1], bool((net.minimax >= net.births[:, None]).all())
    (4, True)
    """
    reduced, model = (network("fixed", WIDTHS, seed, reduced=flag) for flag in (True, False))
    box = np.array([[-REACH, REACH]] * reduced.dimension)
    bars = grid_barcode(grid_losses(reduced, box, (points, points)))
    chosen = np.flatnonzero(bars.persistence >= LONG)
    starts = grid_points(box, (points, points), bars.minimum[chosen])
    hidden = np.stack([_polished(reduced, start) for start in starts])
    thetas = reduced.full(hidden)[:, model.positions]
    births = model(thetas)
    order = np.argsort(births, kind="stable")
    table = minimax_of_bars(bars, chosen)[np.ix_(order, order)]
    births = births[order]
    np.fill_diagonal(table, births)
    return KnownNet(model, thetas[order], births, np.maximum(table, np.maximum.outer(births, births)))


def _polished(reduced: SmallNetwork, start: np.ndarray) -> np.ndarray:
    """Nelder and Mead's method: it needs no derivative, which jumps at the kinks of ReLU units."""
    options = {"xatol": 1e-10, "fatol": 1e-14, "initial_simplex": start + 0.01 * np.eye(3, 2)}
    found = minimize(lambda w: float(reduced(w[None])[0]), start, method="Nelder-Mead", options=options)
    return np.asarray(found.x)


def minimax_of_bars(bars: Barcode, chosen: np.ndarray) -> np.ndarray:
    """Lowest maxima on paths between the minima of some bars, read off a barcode; infinite between islands.

    Of two components the one that dies first joins its swallower, at its death, and goes on as that one.

    Examples
    --------
    >>> minimax_of_bars(grid_barcode([0.0, 5.0, 2.0, 4.0, 1.0]), np.arange(3))
    array([[0., 5., 5.],
           [5., 1., 4.],
           [5., 4., 2.]])
    """
    place = {int(vertex): i for i, vertex in enumerate(bars.minimum)}
    table = np.diag(bars.birth[chosen].astype(np.float64))
    for a, p in enumerate(chosen):
        for b, q in enumerate(chosen[:a]):
            table[a, b] = table[b, a] = _joined(bars, place, int(p), int(q))
    return table


def _joined(bars: Barcode, place: dict[int, int], p: int, q: int) -> float:
    level = -np.inf
    while p != q:
        p, q = (p, q) if bars.death[p] <= bars.death[q] else (q, p)
        if np.isinf(bars.death[p]):
            return np.inf
        level, p = float(bars.death[p]), place[int(bars.swallower[p])]
    return level
