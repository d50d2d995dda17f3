"""Betti numbers of the sublevel sets of a grid, pixel by pixel, without any gradient."""

from __future__ import annotations

import numpy as np

from lossbar_core.barcodes.pairs import vertex_ranks


def betti_sweep(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Numbers of components and of holes as the level passes each pixel.

    A pixel brings the edges and squares of which it is the highest corner. Components are counted by joining
    sets, holes by Euler's formula :math:`b_1 = b_0 - (V - E + F)`, for the plane has no :math:`b_2`.

    Parameters
    ----------
    values : (H, W) float array
        Equal values are ordered by flat pixel id.

    Returns
    -------
    order : (H W,) int64 array
        Flat pixel ids by height.
    betti : (H W + 1, 2) int64 array
        Entry k: Betti numbers 0 and 1 of the first k pixels.

    Examples
    --------
    >>> order, betti = betti_sweep(np.array([[0.0, 2.0, 1.0], [4.0, 5.0, 3.0]]))
    >>> betti[:, 0].tolist(), int(betti[:, 1].max())
    ([0, 1, 2, 1, 1, 1, 1], 0)
    """
    height, width = values.shape
    order, rank = vertex_ranks(np.ascontiguousarray(values, dtype=np.float64).ravel())
    frame = np.full((height + 2, width + 2), values.size)  # never lower than a pixel
    frame[1:-1, 1:-1] = rank.reshape(values.shape)
    ranks, stride = frame.ravel().tolist(), width + 2
    places = (order // width + 1) * stride + order % width + 1
    parent = list(range(len(ranks)))

    def top(place: int) -> int:
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    around = (-stride, 1, stride, -1)
    corners = (
        1 - stride,
        1 + stride,
        stride - 1,
        -1 - stride,
    )  # corner k lies between neighbours k and k + 1
    betti, components, euler = [(0, 0)], 0, 0
    for k, place in enumerate(places.tolist()):
        lower = [ranks[place + step] < k for step in around]
        squares = sum(lower[i] and lower[(i + 1) % 4] and ranks[place + corners[i]] < k for i in range(4))
        sets = {top(place + step) for step, is_lower in zip(around, lower, strict=True) if is_lower}
        for other in sets:
            parent[other] = place
        components += 1 - len(sets)
        euler += 1 - sum(lower) + squares
        betti.append((components, components - euler))
    return np.asarray(order, dtype=np.int64), np.array(betti)
