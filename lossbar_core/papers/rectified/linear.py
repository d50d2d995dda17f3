"""Linear networks: paths on which the product follows a segment (FB Proposition 2.2, its proof mended)."""

from __future__ import annotations

from functools import reduce

import numpy as np
from scipy.linalg import null_space

from lossbar_core.papers.rectified.curve import Curve, Weights, straight
from lossbar_core.papers.rectified.rotations import full_rank_path

RANK = 1e-9  # of the largest singular value: what counts as zero
JUMP = 1e-6  # of the largest weight: more is no path


def product(weights: Weights) -> np.ndarray:
    r"""The linear map :math:`W_K \cdots W_1`, (n_K, n_0): FB equation 4."""
    return reduce(lambda map, layer: layer @ map, weights)


def transposed(weights: Weights) -> Weights:
    """The network that has the transposed product."""
    return tuple(layer.T for layer in weights[::-1])


def check_widths(start: Weights, end: Weights) -> None:
    """Refuse what the proposition excludes.

    Raises
    ------
    ValueError
        If the networks differ in shape, or a hidden layer is not wider than the smaller of first and last.
    """
    if not all(np.isfinite(layer).all() for layer in (*start, *end)):
        raise ValueError("expected finite weights, got NaN or infinity; train again")
    shapes = [[layer.shape for layer in weights] for weights in (start, end)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"expected two networks of one shape, got {shapes[0]} and {shapes[1]}")
    least = min(start[0].shape[1], start[-1].shape[0])
    narrow = [layer.shape[0] for layer in start[:-1] if layer.shape[0] <= least]
    if narrow:
        raise ValueError(
            f"expected hidden layers of more than min(n_0, n_K) = {least} units, got {narrow}: determinants of "
            "different sign can part the level sets then; take wider layers"
        )


def linear_path(start: Weights, end: Weights) -> Curve:
    r"""A path along which the product goes straight from one product to the other, or stands still.

    The risk is convex in the product, so it is nowhere above the larger of both ends: FB Proposition 2.2. The
    last layer is made onto (columns of the layer below that it forgets are emptied, and used for what its range lacks);
    the two last layers then act as one, whose path exists by induction, and the last one follows through matrices of
    full rank, the layer below being :math:`W_K(t)^T (W_K(t) W_K(t)^T)^{-1}` times the product of both.

    Parameters
    ----------
    start, end : tuple of arrays
        W_1, ..., W_K, layer k of shape (n_k, n_{k-1}), float64.

    Returns
    -------
    Curve

    Raises
    ------
    ValueError
        If shapes differ, a hidden layer has no more than min(n_0, n_K) units, or a layer is so near to a lower rank
        that rounding would tear the path.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> draw = lambda: (rng.normal(size=(3, 2)), rng.normal(size=(1, 3)))
    >>> a, b = draw(), draw()
    >>> path = linear_path(a, b)
    >>> low, high = sorted([product(a)[0, 0], product(b)[0, 0]])
    >>> all(low - 1e-12 <= product(w)[0, 0] <= high + 1e-12 for w in path.sampled(50))
    True
    """
    check_widths(start, end)
    if start[0].shape[1] < start[-1].shape[0]:
        path = _joined(transposed(start), transposed(end)).mapped(transposed)
    else:
        path = _joined(start, end)
    scale = max(float(np.abs(layer).max()) for layer in (*start, *end))
    if path.jumps() > JUMP * scale:
        raise ValueError(
            f"expected layers whose rank is clear, got a path that jumps by {path.jumps():.1g}: some singular value is "
            "nearly 0; set it to 0 or move the weights a little"
        )
    return path


def _joined(start: Weights, end: Weights) -> Curve:
    """By induction over the layers; no more outputs than inputs, and fewer than units in every layer between."""
    if len(start) == 1:
        return straight(start, end, "the product goes straight")
    opening, start = _opened(start)
    closing, end = _opened(end)
    inner = _joined(_merged(start), _merged(end))
    right, first = np.linalg.pinv(start[-1]), _merged(start)[-1]

    def lifted(weights: Weights) -> Weights:
        return (*weights[:-1], start[-2] + right @ (weights[-1] - first), start[-1])

    turn, last, below = full_rank_path(start[-1], end[-1]), _merged(end)[-1], end[:-2]
    turning = Curve((lambda t: (*below, np.linalg.pinv(turn(t)) @ last, turn(t)),), ("the last layer turns",))
    return opening + inner.mapped(lifted) + turning + closing.reversed()


def _merged(weights: Weights) -> Weights:
    """The two last layers as one."""
    return (*weights[:-2], weights[-1] @ weights[-2])


def _opened(weights: Weights) -> tuple[Curve, Weights]:
    """Empty what the last layer forgets, then make it onto; the product stays."""
    *below, inner, outer = weights
    left, values, right = np.linalg.svd(outer, full_matrices=False)
    kept = values > RANK * max(values.max(), np.finfo(float).tiny)
    seen = right[kept]
    emptied = seen.T @ (seen @ inner)
    shed = straight(weights, (*below, emptied, outer), "what the last layer forgets is emptied")
    if kept.all():
        return shed, (*below, emptied, outer)
    missing, free = null_space(left[:, kept].T) if kept.any() else np.eye(len(outer)), null_space(seen)
    onto = outer + missing @ free[:, : missing.shape[1]].T
    start, end = (*below, emptied, outer), (*below, emptied, onto)
    return shed + straight(start, end, "the last layer is made onto"), end
