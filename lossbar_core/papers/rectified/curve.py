"""A path in pieces, each given by a formula, and not by pivots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Weights = tuple[np.ndarray, ...]  # W_1, ..., W_K: layer k is (n_k, n_{k-1})
Piece = Callable[[float], Weights]


@dataclass(frozen=True)
class Curve:
    """Pieces that follow each other, each a function of t in [0, 1]; ``names`` say what a piece does."""

    pieces: tuple[Piece, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.pieces) != len(self.names):
            raise ValueError(f"expected one name a piece, got {len(self.pieces)} and {len(self.names)}")

    def __add__(self, other: Curve) -> Curve:
        return Curve(self.pieces + other.pieces, self.names + other.names)

    def at(self, t: float) -> Weights:
        """The weights at t in [0, 1], every piece taking the same time."""
        place = min(max(t, 0.0), 1.0) * len(self.pieces)
        piece = min(int(place), len(self.pieces) - 1)
        return self.pieces[piece](place - piece)

    def reversed(self) -> Curve:
        """The same way back."""
        return Curve(tuple(_backwards(piece) for piece in self.pieces[::-1]), self.names[::-1])

    def mapped(self, change: Callable[[Weights], Weights]) -> Curve:
        """The curve with every point changed."""
        return Curve(tuple(_changed(piece, change) for piece in self.pieces), self.names)

    def sampled(self, points: int) -> list[Weights]:
        """Weights at ``points`` places of every piece, ends included."""
        return [piece(float(t)) for piece in self.pieces for t in np.linspace(0.0, 1.0, points)]

    def jumps(self) -> float:
        """Largest distance between the end of a piece and the start of the next: 0 for a path."""
        ends = [(piece(1.0), after(0.0)) for piece, after in zip(self.pieces, self.pieces[1:], strict=False)]
        return max((distance(left, right) for left, right in ends), default=0.0)


def straight(start: Weights, end: Weights, name: str) -> Curve:
    """The segment."""
    return Curve((lambda t: tuple((1 - t) * a + t * b for a, b in zip(start, end, strict=True)),), (name,))


def distance(left: Weights, right: Weights) -> float:
    """Euclidean distance of all weights."""
    return float(np.sqrt(sum(np.sum((a - b) ** 2) for a, b in zip(left, right, strict=True))))


def flat(weights: Sequence[np.ndarray]) -> np.ndarray:
    """All weights in one vector (M,), layer by layer."""
    return np.concatenate([part.ravel() for part in weights])


def _backwards(piece: Piece) -> Piece:
    return lambda t: piece(1.0 - t)


def _changed(piece: Piece, change: Callable[[Weights], Weights]) -> Piece:
    return lambda t: change(piece(t))
