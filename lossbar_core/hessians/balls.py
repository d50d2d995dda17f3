"""Numbers with a bound on their rounding error: midpoints and radii (Rump, Acta Numerica 2010, section 10)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor

VAGUE = 20.0  # exponents: with so large an error nothing is known of a softmax but that it lies in [0, 1]
SLACK = 1.01  # the radii are rounded too: a relative error far below this


def unit_roundoff(dtype: torch.dtype) -> float:
    """:math:`u`, half the distance from 1 to the next number: 1.1e-16 in float64, 6.0e-8 in float32."""
    return torch.finfo(dtype).eps / 2


def growth(operations: int, dtype: torch.dtype) -> float:
    r""":math:`\gamma_n = n u / (1 - n u)`, the relative error of a sum of n products in any order.

    Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.

    Raises
    ------
    ValueError
        If there are so many operations that nothing is certain any more.

    Examples
    --------
    >>> f"{growth(100, torch.float64):.2e}"
    '1.11e-14'
    """
    total = operations * unit_roundoff(dtype)
    if total >= 0.5:
        raise ValueError(
            f"expected sums of fewer than {0.5 / unit_roundoff(dtype):.0f} numbers in {dtype}, got {operations}; "
            "use float64, or fewer rows a block"
        )
    return total / (1 - total)


@dataclass(frozen=True)
class Ball:
    r"""All arrays x with :math:`|x - m| \le r` entry by entry; an operation gives a ball that holds all its results.

    Attributes
    ----------
    mid, rad : tensors of one shape

    Examples
    --------
    >>> third = Ball.exact(torch.tensor([[1.0]], dtype=torch.float64)) * Ball.exact(torch.tensor([[1 / 3]]).double())
    >>> bool(third.rad < 1e-16)
    True
    """

    mid: Tensor
    rad: Tensor

    @classmethod
    def exact(cls, mid: Tensor) -> Ball:
        """Numbers that are given, so have no error."""
        return cls(mid, torch.zeros_like(mid))

    @property
    def parts(self) -> tuple[Tensor, Tensor]:
        """Midpoints and radii."""
        return self.mid, self.rad

    @property
    def high(self) -> Tensor:
        """Largest absolute values."""
        return self.mid.abs() + self.rad

    def __add__(self, other: Ball) -> Ball:
        mid = self.mid + other.mid
        return Ball(mid, SLACK * (self.rad + other.rad + unit_roundoff(mid.dtype) * mid.abs()))

    def __sub__(self, other: Ball) -> Ball:
        return self + Ball(-other.mid, other.rad)

    def __mul__(self, other: Ball) -> Ball:
        mid = self.mid * other.mid
        spread = self.high * other.rad + self.rad * other.mid.abs()
        return Ball(mid, SLACK * (spread + unit_roundoff(mid.dtype) * mid.abs()))

    def __matmul__(self, other: Ball) -> Ball:
        return product(self, other, self.mid.shape[-1])

    def switched(self, gates: Tensor) -> Ball:
        """Times 0 or 1, without any error."""
        return Ball(self.mid * gates, self.rad * gates)

    def moved(self, change: Callable[[Tensor], Tensor]) -> Ball:
        """The same numbers in other places: a function that picks, copies or reshapes, but does not compute."""
        return Ball(change(self.mid), change(self.rad))

    def shaped(self, shape: Sequence[int]) -> Ball:
        """In another shape."""
        return Ball(self.mid.reshape(*shape), self.rad.reshape(*shape))

    def expand(self, *shape: int) -> Ball:
        """Repeated, as torch's."""
        return Ball(self.mid.expand(*shape), self.rad.expand(*shape))

    def __getitem__(self, index: object) -> Ball:
        return Ball(self.mid[index], self.rad[index])  # type: ignore[index]

    @property
    def mT(self) -> Ball:
        """The last two axes exchanged."""
        return Ball(self.mid.mT, self.rad.mT)


def reciprocal(count: int, like: Tensor) -> Ball:
    """1 / count, rounded."""
    mid = like.new_tensor(1 / count)
    return Ball(mid, unit_roundoff(like.dtype) * mid)


def joined(balls: Sequence[Ball], axis: int) -> Ball:
    """Balls one behind the other along an axis."""
    return Ball(
        torch.cat([ball.mid for ball in balls], dim=axis), torch.cat([ball.rad for ball in balls], dim=axis)
    )


def product(left: Ball, right: Ball, terms: int) -> Ball:
    """The matrix product, where each sum has at most so many terms that are not 0."""
    mid = left.mid @ right.mid
    rad = left.mid.abs() @ (right.rad + growth(terms + 1, mid.dtype) * right.mid.abs())
    if left.rad.any():
        rad = rad + left.rad @ right.high
    return Ball(mid, SLACK * rad)


def einsum(equation: str, left: Ball, right: Ball) -> Ball:
    """Sums of products of two balls, as torch's."""
    mid = torch.einsum(equation, left.mid, right.mid)
    names, result = equation.split("->")
    sizes = {
        name: size
        for part, ball in zip(names.split(","), (left, right), strict=True)
        for name, size in zip(part, ball.mid.shape, strict=True)
    }
    gamma = growth(1 + prod(size for name, size in sizes.items() if name not in result), mid.dtype)
    rad = torch.einsum(equation, left.mid.abs(), right.rad + gamma * right.mid.abs())
    if left.rad.any():
        rad = rad + torch.einsum(equation, left.rad, right.high)
    return Ball(mid, SLACK * rad)


def softmax(outputs: Ball) -> Ball:
    r"""Softmax over the last axis: :math:`p_c` is within a factor :math:`e^{2 \max r}`, and in [0, 1]."""
    mid = outputs.mid.softmax(dim=-1)
    rounding = growth(mid.shape[-1] + 16, mid.dtype)  # two exponentials of a few ulp each, a sum, a quotient
    shift = 2 * unit_roundoff(mid.dtype) * outputs.mid.abs().amax(dim=-1, keepdim=True)  # z - max z, rounded
    exponent = 2 * (outputs.rad.amax(dim=-1, keepdim=True) + shift)
    rad = SLACK * mid * (torch.expm1(exponent.clamp(max=VAGUE)) + rounding) + torch.finfo(mid.dtype).tiny
    return Ball(mid, torch.where(exponent < VAGUE, rad, 1.0).clamp(max=1.0))
