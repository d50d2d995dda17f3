"""The polynomial regression tasks of FB section 4.1: targets, small networks, and their mean absolute error."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lossbar_core.landscapes import Surface

ACTIVATIONS = ("sigmoid", "relu")
CHUNK = 2**17  # activations of a layer that are computed together: tuned here, they fit the cache
CONSTANT_GRID = 10_000  # inputs on which the errors of the simplest predictors are computed


@dataclass(frozen=True)
class Polynomial:
    r"""A regression task: :math:`f(x) = \sum_i c_i x^i` on [0, 1] and the network that should predict it.

    Parameters
    ----------
    coefficients : tuple of float
        From the constant upwards.
    biases : bool
        Whether the layers have biases. Lengths never count them (authors' code).
    squashed : bool
        Whether the activation follows the output too.
    widths : tuple of int
        Units of the hidden layers; 4 and 4 in FB section 4.1.
    activation : {"sigmoid", "relu"}
        The text says ReLU, the code that made the plots has sigmoids.

    Raises
    ------
    ValueError
        If there are no coefficients or hidden layers, or the activation is another one.

    Examples
    --------
    >>> QUADRATIC.dimension, CUBIC.dimension
    (24, 33)
    >>> round(CUBIC.constant_error, 5), round(CUBIC.line_error, 5)
    (0.1582, 0.15625)
    """

    coefficients: tuple[float, ...]
    biases: bool
    squashed: bool
    widths: tuple[int, ...] = (4, 4)
    activation: str = "sigmoid"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"expected activation among {ACTIVATIONS}, got {self.activation!r}; choose one of them"
            )
        if not self.coefficients or not self.widths or min(self.widths) < 1:
            raise ValueError(
                f"expected coefficients and widths >= 1, got {self.coefficients} and {self.widths}; "
                "give at least one of each"
            )

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """(outputs, inputs) of every layer."""
        sizes = (1, *self.widths, 1)
        return list(zip(sizes[1:], sizes[:-1], strict=True))

    @property
    def is_weight(self) -> np.ndarray:
        """Which coordinates are weights, (M,) bool; a layer's biases follow its weights."""
        parts = [[True] * (o * i) + [False] * (o * self.biases) for o, i in self.shapes]
        return np.concatenate(parts).astype(bool)

    @property
    def dimension(self) -> int:
        """Number M of parameters."""
        return len(self.is_weight)

    def values(self, x: np.ndarray) -> np.ndarray:
        """The target at inputs x, of any shape."""
        return np.polynomial.polynomial.polyval(x, self.coefficients)

    @property
    def constant_error(self) -> float:
        r"""Smallest mean absolute error of a constant, :math:`\min_c \int_0^1 |f - c|`: that of the median."""
        y = self.values(midpoints(CONSTANT_GRID))
        return float(np.abs(y - np.median(y)).mean())

    @property
    def line_error(self) -> float:
        """Smallest mean absolute error of a straight line, by iteratively reweighted least squares."""
        x = midpoints(CONSTANT_GRID)
        y, lines = self.values(x), np.stack([np.ones_like(x), x], axis=1)
        rest = y - lines @ np.linalg.lstsq(lines, y, rcond=None)[0]
        for _ in range(200):
            root = 1 / np.sqrt(np.maximum(np.abs(rest), 1e-9))[:, None]
            rest = y - lines @ np.linalg.lstsq(lines * root, y * root[:, 0], rcond=None)[0]
        return float(np.abs(rest).mean())

    def start(self, *seed: int) -> np.ndarray:
        """A start of training, (M,) float64: weights uniform in [-1, 1], biases standard normal (authors' code)."""
        generator = np.random.default_rng(seed)
        uniform = generator.uniform(-1, 1, self.dimension)
        return np.where(self.is_weight, uniform, generator.standard_normal(self.dimension))


QUADRATIC = Polynomial((0.1, 0.25, 0.5), biases=False, squashed=True)
CUBIC = Polynomial((0.0, 3.0, -10.0, 8.0), biases=True, squashed=False)
TASKS = {"quadratic": QUADRATIC, "cubic": CUBIC}


def with_relu(task: Polynomial) -> Polynomial:
    """The task with the activation of FB section 4.1.

    The output is linear, and there are biases: without them a ReLU network is linear on [0, 1].
    """
    return replace(task, activation="relu", squashed=False, biases=True)


def midpoints(n: int) -> np.ndarray:
    """The middles of n equal parts of [0, 1], (n,): their mean is closer to the integral than that of a sample.

    >>> midpoints(2)
    array([0.25, 0.75])
    """
    return (np.arange(n) + 0.5) / n


class PolynomialLoss(Surface):
    r"""Mean absolute error :math:`L(\theta) = \frac1n \sum_i |N_\theta(x_i) - f(x_i)|` of P networks at once.

    Parameters
    ----------
    task : Polynomial
    inputs : int
        Number n of inputs.
    seed : int or None
        Of uniform inputs, as in the authors' code; None for the middles of n equal parts.
    dtype : torch.dtype
        float32 is the authors' too.

    Examples
    --------
    >>> loss = PolynomialLoss(QUADRATIC, 100, dtype=torch.float64)
    >>> loss.losses(torch.zeros(1, 24)).numpy().round(4)  # every weight 0: the constant 1/2
    array([0.2153])
    """

    def __init__(
        self, task: Polynomial, inputs: int, seed: int | None = None, dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__(task.dimension, dtype, "cpu")
        self.task, self.inputs, self.seed = task, inputs, seed
        x = midpoints(inputs) if seed is None else np.random.default_rng((seed, inputs)).uniform(size=inputs)
        self.x, self.y = torch.from_numpy(x).to(dtype), torch.from_numpy(task.values(x)).to(dtype)
        self.slices = self._slices()

    def settings(self) -> dict[str, Any]:
        return super().settings() | {"task": repr(self.task), "inputs": self.inputs, "seed": self.seed}

    def predictions(self, thetas: Any) -> Tensor:
        """Outputs (P, n) of the networks."""
        return self._layers(self.as_points(thetas))[-1][:, 0]

    def _slices(self) -> list[tuple[int, int, int, int]]:
        """(outputs, first weight, first bias, end) of every layer."""
        found, first = [], 0
        for outputs, inputs in self.task.shapes:
            bias = first + outputs * inputs
            end = bias + outputs * self.task.biases
            found.append((outputs, first, bias, end))
            first = end
        return found

    def _weights(self, thetas: Tensor, layer: int) -> Tensor:
        outputs, first, bias, _ = self.slices[layer]
        return thetas[:, first:bias].reshape(len(thetas), outputs, -1)

    def _layers(self, thetas: Tensor) -> list[Tensor]:
        """The inputs and the values of all layers, (P, units, n) each."""
        found = [self.x.expand(len(thetas), 1, -1)]
        for layer, (_, _, bias, end) in enumerate(self.slices):
            weights = self._weights(thetas, layer)
            z = weights * found[-1] if layer == 0 else torch.bmm(weights, found[-1])
            if end > bias:
                z += thetas[:, bias:end, None]
            if layer + 1 < len(self.slices) or self.task.squashed:
                z = z.sigmoid_() if self.task.activation == "sigmoid" else z.relu_()
            found.append(z)
        return found

    def _losses(self, thetas: Tensor, rows: Tensor | None) -> Tensor:
        parts = [(self._layers(part)[-1][:, 0] - self.y).abs().mean(1) for part in self._chunks(thetas)]
        return torch.cat(parts)

    def _losses_and_gradients(self, thetas: Tensor, rows: Tensor | None) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            parts = [self._backward(part) for part in self._chunks(thetas)]
        return torch.cat([loss for loss, _ in parts]), torch.cat([slope for _, slope in parts])

    def _chunks(self, thetas: Tensor) -> tuple[Tensor, ...]:
        return thetas.split(max(1, CHUNK // (max(self.task.widths) * self.inputs)))

    def _backward(self, thetas: Tensor) -> tuple[Tensor, Tensor]:
        """Losses and gradients by hand: half the time of autograd. The error |r| has the slope 0 at r = 0."""
        layers = self._layers(thetas)
        rest = layers[-1][:, 0] - self.y
        losses = rest.abs().mean(1)
        slope = (rest.sign_() / self.inputs)[:, None]
        gradient = torch.empty_like(thetas)
        for layer in reversed(range(len(self.slices))):
            _, first, bias, end = self.slices[layer]
            values, below = layers[layer + 1], layers[layer]
            if layer + 1 < len(self.slices) or self.task.squashed:
                sigmoid = self.task.activation == "sigmoid"
                slope = slope * (values - values * values if sigmoid else values > 0)
            gradient[:, first:bias] = torch.bmm(slope, below.transpose(1, 2)).flatten(1)
            gradient[:, bias:end] = slope.sum(2)[:, : end - bias]
            if layer:
                slope = torch.bmm(self._weights(thetas, layer).transpose(1, 2), slope)
        return losses, gradient


def weight_length(thetas: Any, task: Polynomial) -> tuple[float, float]:
    """Length and end distance of a chain (N, M), by weights alone (register: lengths leave biases out).

    Examples
    --------
    >>> one = Polynomial((0.0, 1.0), biases=True, squashed=False, widths=(1,))
    >>> weight_length([[0.0, 9.0, 0.0, 0.0], [3.0, 8.0, 4.0, 0.0]], one)
    (5.0, 5.0)
    """
    chain = np.asarray(thetas, dtype=np.float64)[:, task.is_weight]
    gaps = np.linalg.norm(np.diff(chain, axis=0), axis=1)
    return float(math.fsum(gaps)), float(np.linalg.norm(chain[-1] - chain[0]))
