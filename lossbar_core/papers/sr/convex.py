"""GN-convex: second differences and kinks of random convex functions, in exact arithmetic (SR section 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from lossbar_core.papers.base import Result, item


@dataclass(frozen=True)
class MaxAffine:
    """Random maxima of up to ``lines`` lines with integer slopes and offsets, on ``2 grid + 1`` integers."""

    functions: int
    lines: int = 12
    grid: int = 200
    seed: int = 0


@item("GN-convex", smoke=MaxAffine(20, grid=50), quick=MaxAffine(500))
def second_differences(config: MaxAffine) -> Result:
    r"""Convex :math:`\ell(s) = \max_k (a_k s + b_k)`: SR Lemma 5.1 and Proposition 5.2, in integers.

    Parameters
    ----------
    config : MaxAffine

    Returns
    -------
    Result
        ``negative``: second differences below 0, of ``differences`` in all; ``falling_slopes``: pieces in their
        order whose slope falls; ``kink_mismatches``: functions whose kinks, counted by slopes between all crossings,
        are not those of the upper envelope; ``most_kinks``, ``too_many_kinks``: functions with as many kinks as
        lines or more. ``flat_share``: of all second differences, those that are 0.
        ``control_negative``: differences of two such functions, not convex, that the same test finds out.
    """
    generator = np.random.default_rng(config.seed)
    places = np.arange(-config.grid, config.grid + 1)
    negative = flat = total = control = mismatches = falling = too_many = most = 0
    for _ in range(config.functions):
        slopes, offsets = _lines(generator, config.lines)
        second = np.diff(_values(slopes, offsets, places), 2)
        negative += int((second < 0).sum())
        flat += int((second == 0).sum())
        total += len(second)
        envelope = upper_envelope(slopes, offsets)
        passed = _slopes_between_crossings(slopes, offsets)
        kinks = len(envelope) - 1
        mismatches += envelope != passed
        falling += passed != sorted(passed)
        most = max(most, kinks)
        too_many += kinks >= len(slopes)
        other = _values(*_lines(generator, config.lines), places)
        control += bool((np.diff(_values(slopes, offsets, places) - other, 2) < 0).any())
    return Result(
        {
            "functions": config.functions,
            "differences": total,
            "negative": negative,
            "falling_slopes": falling,
            "kink_mismatches": mismatches,
            "most_kinks": most,
            "too_many_kinks": too_many,
            "flat_share": flat / total,
            "control_negative": control / config.functions,
        }
    )


def _lines(generator: np.random.Generator, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Different slopes and any offsets, int64: at least two lines."""
    count = int(generator.integers(2, most + 1))
    slopes = generator.choice(np.arange(-30, 31), size=count, replace=False)
    return slopes, generator.integers(-500, 501, size=count)


def _values(slopes: np.ndarray, offsets: np.ndarray, places: np.ndarray) -> np.ndarray:
    return (slopes[:, None] * places + offsets[:, None]).max(axis=0)


def upper_envelope(slopes: np.ndarray, offsets: np.ndarray) -> list[int]:
    """Slopes of the lines that are the largest somewhere on more than a point, in their order from left to right.

    Examples
    --------
    >>> upper_envelope(np.array([-1, 0, 1]), np.array([0, 0, 0]))   # the middle line touches at 0 only
    [-1, 1]
    """
    kept: list[tuple[int, int]] = []
    for slope, offset in sorted(zip(slopes.tolist(), offsets.tolist(), strict=True)):
        while len(kept) > 1 and _hidden(kept[-2], kept[-1], (slope, offset)):
            kept.pop()
        kept.append((slope, offset))
    return [slope for slope, _ in kept]


def _hidden(left: tuple[int, int], middle: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether the middle line is nowhere above both others."""
    to_right = (left[1] - right[1]) * (middle[0] - left[0])
    return to_right <= (left[1] - middle[1]) * (right[0] - left[0])


def _slopes_between_crossings(slopes: np.ndarray, offsets: np.ndarray) -> list[int]:
    """Slopes of the largest line in the middle between all neighbouring crossings of lines, repetitions left out."""
    lines = list(zip(slopes.tolist(), offsets.tolist(), strict=True))
    crossings = sorted({Fraction(q - b, a - p) for a, b in lines for p, q in lines if a > p})
    middles = [(x + y) / 2 for x, y in pairwise(crossings)]
    places = [crossings[0] - 1, *middles, crossings[-1] + 1]
    found = [max(lines, key=lambda line: line[0] * x + line[1])[0] for x in places]
    return [slope for k, slope in enumerate(found) if k == 0 or slope != found[k - 1]]
