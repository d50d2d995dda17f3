"""How the parameters of a fully connected network lie in one vector, and what the network makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lossbar_core.checks import as_count, as_real

ACTIVATIONS = ("relu", "tanh")
ELIMINATE = (None, "bias", "layer")
MOST_LAYERS, MOST_UNITS = 8, 64  # small networks: a thousand parameter vectors fit in memory many times


@dataclass(frozen=True)
class Layers:
    r"""Layers of a network with one input and one output: :math:`h_l = \phi(W_l h_{l-1} + b_l)`, the last one linear.

    A parameter vector holds, layer by layer, the weights (row-major, out x in) and then the biases.

    Attributes
    ----------
    widths : tuple of int
        Of the hidden layers.
    activation : {"relu", "tanh"}

    Examples
    --------
    >>> layers = Layers((2,))
    >>> layers.n_parameters, layers.names
    (7, ('W1[0,0]', 'W1[1,0]', 'b1[0]', 'b1[1]', 'W2[0,0]', 'W2[0,1]', 'b2[0]'))
    """

    widths: tuple[int, ...]
    activation: str = "relu"

    @cached_property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(out, in) of every layer."""
        ends = (1, *self.widths, 1)
        return tuple(zip(ends[1:], ends[:-1], strict=True))

    @property
    def n_parameters(self) -> int:
        """Length F of a full parameter vector."""
        return sum(out * (into + 1) for out, into in self.shapes)

    def n_eliminated(self, eliminate: str | None) -> int:
        """Parameters that are eliminated, which lie last: none, the output bias or the output layer.

        Raises
        ------
        ValueError
            If it is not None, "bias" or "layer".
        """
        if eliminate not in ELIMINATE:
            raise ValueError(
                f"expected eliminate None, 'bias' or 'layer', got {eliminate!r}; choose one of them"
            )
        return {None: 0, "bias": 1}.get(eliminate, self.widths[-1] + 1)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One name a parameter, such as W1[0,0] or b1[0]: layer, row, column, from the input on."""
        names: list[str] = []
        for layer, (out, into) in enumerate(self.shapes, 1):
            names += [f"W{layer}[{i},{j}]" for i in range(out) for j in range(into)]
            names += [f"b{layer}[{i}]" for i in range(out)]
        return tuple(names)

    def positions(self, kind: str, layer: int | None = None) -> np.ndarray:
        """Positions of the weights ("W") or biases ("b"), of one layer (from 1 on) or of all.

        Examples
        --------
        >>> Layers((2,)).positions("b", 1)
        array([2, 3])
        """
        start = kind if layer is None else f"{kind}{layer}["
        return np.flatnonzero([name.startswith(start) for name in self.names])

    def as_template(self, template: Any) -> np.ndarray:
        """Full parameters as a float64 copy (F,), by default zeros.

        Raises
        ------
        ValueError
            If there are not F of them, or one is not finite.
        """
        count = self.n_parameters
        full = np.zeros(count) if template is None else as_real(template, "template").astype(np.float64)
        if full.shape != (count,):
            raise ValueError(
                f"expected a template of {count} parameters, got shape {full.shape}; "
                "give weights (out x in, row by row) and then biases, layer by layer"
            )
        return full

    def as_positions(self, free: Any, end: int) -> np.ndarray:
        """Positions (D,) of free parameters, by default all below ``end``, where the eliminated ones begin.

        Raises
        ------
        TypeError
            If they are no integers.
        ValueError
            If there are none, one occurs twice, or one is out of range.
        """
        if free is None:
            return np.arange(end, dtype=np.int64)
        positions = np.asarray(free)
        if positions.dtype.kind not in "iu":
            raise TypeError(
                f"expected integer positions free, got dtype {positions.dtype}; pass indices into the template"
            )
        inside = positions.size > 0 and positions.min() >= 0 and positions.max() < end
        if positions.ndim != 1 or not inside or len(np.unique(positions)) < len(positions):
            raise ValueError(
                f"expected different positions in 0..{end - 1} as free ({self.n_parameters} parameters, "
                f"{self.n_parameters - end} of them eliminated), got {positions.tolist()}; "
                "leave out what is fixed or eliminated"
            )
        return positions.astype(np.int64)

    def split(self, full: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Weights (n, out, in) and biases (n, out, 1) of every layer, as views of (n, F) parameters."""
        parts, begin = [], 0
        for out, into in self.shapes:
            middle, end = begin + out * into, begin + out * (into + 1)
            parts.append((full[:, begin:middle].reshape(-1, out, into), full[:, middle:end, None]))
            begin = end
        return parts

    def hidden(self, full: np.ndarray, x: np.ndarray) -> list[np.ndarray]:
        """What every layer but the last passes on: the inputs (1, 1, m), then activations (n, width, m)."""
        passed = [x[None, None, :]]
        for weights, biases in self.split(full)[:-1]:
            passed.append(self.activate(weights @ passed[-1] + biases))
        return passed

    def output(self, full: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Outputs (n, m) of n parameter vectors at m inputs."""
        weights, biases = self.split(full)[-1]
        return (weights @ self.hidden(full, x)[-1] + biases)[:, 0]

    def activate(self, z: np.ndarray) -> np.ndarray:
        """The activation, entry by entry."""
        return np.maximum(z, 0.0) if self.activation == "relu" else np.tanh(z)

    def slope(self, h: np.ndarray) -> np.ndarray:
        """Derivative of the activation where its value is h; 0 at the kink of a ReLU."""
        return (h > 0).astype(h.dtype) if self.activation == "relu" else 1.0 - h * h


def as_layers(widths: Any, activation: str) -> Layers:
    """Layers of given hidden widths, checked.

    Raises
    ------
    TypeError
        If the widths are no sequence of integers.
    ValueError
        If there are no hidden layers or more than 8, a width is not in 1..64, or the activation is unknown.
    """
    if isinstance(widths, (str, bytes)) or not isinstance(widths, (Sequence, np.ndarray)):
        raise TypeError(
            f"expected hidden widths such as (2, 2), got {widths!r}; write (2,) for one hidden layer"
        )
    if not 1 <= len(widths) <= MOST_LAYERS:
        raise ValueError(
            f"expected 1 to {MOST_LAYERS} hidden layers, got {len(widths)}; write (2,) for one layer of two units"
        )
    if activation not in ACTIVATIONS:
        raise ValueError(f"expected activation 'relu' or 'tanh', got {activation!r}; choose one of the two")
    return Layers(tuple(as_count(width, "width", high=MOST_UNITS) for width in widths), activation)
