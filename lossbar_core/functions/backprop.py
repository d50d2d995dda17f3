"""Losses and gradients of a network in numpy, for any widths: what the kernel is tested against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from lossbar_core.functions.networks import SmallNetwork

CHUNK = 2**10  # parameter vectors a piece, so that temporaries stay in the cache


def eliminated(network: SmallNetwork, full: np.ndarray) -> np.ndarray:
    r"""Best values (n, q) of the eliminated parameters, which lie last: ridge regression on what the last layer gets.

    With :math:`A` the features of the q parameters (the last layer's inputs and the constant 1, or only the
    constant) and :math:`t` what they have to explain, :math:`(A A^T / m + \lambda_2 I) v = A t / m`.
    """
    layers, x, y = network.layers, network.x, network.y
    if network.eliminate is None:
        return np.empty((len(full), 0))
    if network.eliminate == "bias":
        weights, _ = layers.split(full)[-1]
        left = (weights @ layers.hidden(full, x)[-1])[:, 0] - y
        return -left.mean(axis=1, keepdims=True) / (1.0 + network.l2)
    features = layers.hidden(full, x)[-1]
    features = np.concatenate([features, np.ones((len(full), 1, len(x)))], axis=1)
    gram = features @ features.transpose(0, 2, 1) / len(x) + network.l2 * np.eye(features.shape[1])
    return np.linalg.solve(gram, (features @ y / len(x))[:, :, None])[:, :, 0]


def losses(network: SmallNetwork, thetas: np.ndarray) -> np.ndarray:
    r"""Losses (n,) in float64: :math:`\frac1m \sum_i r_i^2 + \lambda_2 |v|^2 + \lambda_1 |\theta|_1 +
    \lambda_2 |\theta|_2^2`, with v the eliminated parameters."""
    found = np.empty(len(thetas))
    for begin in range(0, len(thetas), CHUNK):
        part = thetas[begin : begin + CHUNK].astype(np.float64)
        full = network.full(part)
        residual = network.layers.output(full, network.x) - network.y
        loss = (residual**2).mean(axis=1) + network.l1 * np.abs(part).sum(axis=1)
        squares = (part**2).sum(axis=1) + (full[:, network.eliminated] ** 2).sum(axis=1)
        found[begin : begin + CHUNK] = loss + network.l2 * squares
    return found


def gradients(network: SmallNetwork, thetas: np.ndarray) -> np.ndarray:
    """Gradients (n, D) in float64, by back-propagation.

    The eliminated parameters are held at their best values: there the loss does not change with them to first
    order, so that the gradient in the others is that of the reduced function.
    """
    found = np.empty(thetas.shape)
    for begin in range(0, len(thetas), CHUNK):
        part = thetas[begin : begin + CHUNK].astype(np.float64)
        slopes = _of_all(network, network.full(part))[:, network.positions]
        found[begin : begin + CHUNK] = slopes + network.l1 * np.sign(part) + 2 * network.l2 * part
    return found


def _of_all(network: SmallNetwork, full: np.ndarray) -> np.ndarray:
    """Gradients (n, F) of the mean squared error in all parameters."""
    layers = network.layers
    passed, parts = layers.hidden(full, network.x), layers.split(full)
    weights, biases = parts[-1]
    error = 2.0 / len(network.x) * (weights @ passed[-1] + biases - network.y)  # (n, out, m)
    slopes: list[np.ndarray] = []
    for layer in range(len(parts) - 1, -1, -1):
        by_weight = error @ np.broadcast_to(passed[layer], (len(full), *passed[layer].shape[1:])).transpose(
            0, 2, 1
        )
        slopes = [by_weight.reshape(len(full), -1), error.sum(axis=2), *slopes]
        if layer:
            error = parts[layer][0].transpose(0, 2, 1) @ error * layers.slope(passed[layer])
    return np.concatenate(slopes, axis=1)
