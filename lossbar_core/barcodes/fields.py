"""Exact coefficient fields for canonical forms: GF(p) and the rationals."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Scalar = Any  # an int, or a Fraction where a rational is not whole
Column = dict[int, Scalar]  # a sparse vector without zeros

LARGEST_PRIME = 2**31  # products of two residues must fit into int64


@dataclass(frozen=True)
class Field:
    """GF(p) for a prime ``p``, or the rationals for ``p = 0``."""

    p: int

    @property
    def name(self) -> str:
        """GF(p), or Q for the rationals."""
        return f"GF({self.p})" if self.p else "Q"

    def number(self, x: Scalar) -> Scalar:
        """The representative of an integer or rational: a residue in 0..p-1, or itself."""
        return x % self.p if self.p else x

    def ratio(self, a: Scalar, b: Scalar) -> Scalar:
        """Exact a / b for b not 0; whole rationals come back as int, which keeps later steps fast."""
        if self.p:
            return a * pow(b, -1, self.p) % self.p
        quotient = Fraction(a) / Fraction(b)
        return quotient.numerator if quotient.denominator == 1 else quotient

    def column(self, entries: Column) -> Column:
        """A sparse vector over this field; entries that vanish in it are dropped."""
        return {i: y for i, x in entries.items() if (y := self.number(x))}

    def subtract(self, target: Column, factor: Scalar, other: Column) -> None:
        """``target -= factor * other`` in place, zeros dropped."""
        for i, x in other.items():
            y = self.number(target.get(i, 0) - factor * x)
            if y:
                target[i] = y
            else:
                target.pop(i, None)

    def rank(self, matrix: np.ndarray) -> int:
        """Rank of an integer matrix by plain Gaussian elimination on a dense copy."""
        m = matrix.astype(np.int64) % self.p if self.p else matrix.astype(object)
        rank = 0
        for j in range(m.shape[1]):
            rows = rank + np.flatnonzero(m[rank:, j])
            if len(rows):
                m[[rank, rows[0]]] = m[[rows[0], rank]]
                below = rank + 1 + np.flatnonzero(m[rank + 1 :, j])
                pivot, *others = m[np.append(rank, below), j].tolist()
                factors = np.array([self.ratio(x, pivot) for x in others], dtype=m.dtype)
                m[below] = self.number(m[below] - np.multiply.outer(factors, m[rank]))
                rank += 1
        return rank


def as_field(field: int | str) -> Field:
    """The field that 2, 3, 5, ... or "Q" names.

    Raises
    ------
    ValueError
        If it is neither a prime below 2**31 nor "Q".

    Examples
    --------
    >>> as_field(3).name, as_field("Q").name
    ('GF(3)', 'Q')
    """
    if field == "Q":
        return Field(0)
    if isinstance(field, bool) or not isinstance(field, (int, np.integer)):
        raise ValueError(f'expected a prime or "Q" as the field, got {field!r}')
    p = int(field)
    if not 2 <= p < LARGEST_PRIME:
        raise ValueError(f"expected a prime from 2 to 2**31 - 1 as the field, got {p}")
    for q in range(2, int(p**0.5) + 1):
        if p % q == 0:
            raise ValueError(f"expected a prime as the field, got {p} = {q} * {p // q}; use 2 or 3")
    return Field(p)
