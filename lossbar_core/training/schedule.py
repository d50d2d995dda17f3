"""Learning rates as pure functions of the running batch index."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from lossbar_core.checks import as_count, as_positive

MODES = ("triangular", "triangular2")


class Rates(ABC):
    """A learning rate for every batch. Batches are counted from 0, across epochs."""

    @abstractmethod
    def rate(self, batch: int, per_epoch: int) -> float:
        """The rate of a batch, where an epoch has `per_epoch` of them."""

    def settings(self) -> dict[str, Any]:
        """Name and parameters, as plain values."""
        return {"name": type(self).__name__} | asdict(self)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Schedule(Rates):
    r"""The TO paper's schedule S(m1, m2, high, low) of appendix A: high, then linear, then low.

    .. math:: S = \begin{cases} \mathrm{high} & i \le |D| m_1 \\
        (1 - \Delta_i)\, \mathrm{high} + \Delta_i\, \mathrm{low} & |D| m_1 < i < |D| m_2 \\
        \mathrm{low} & i \ge |D| m_2 \end{cases}, \quad \Delta_i = \frac{i - |D| m_1}{|D| (m_2 - m_1)}

    with i the running batch index and :math:`|D|` the batches of an epoch. With m1 = m2 the middle case, and with it
    the 0/0 in :math:`\Delta`, never happens: S(0, 0, r, r) is the constant r, the paper's S(r).

    Parameters
    ----------
    m1, m2 : float
        Epochs, 0 <= m1 <= m2.
    high, low : float
        Rates, high >= low > 0.

    Raises
    ------
    TypeError
        If one is no number.
    ValueError
        If the epochs or rates are not in order, or negative.

    Examples
    --------
    >>> S = Schedule(10, 80, 1e-2, 1e-4)  # table A.1, type 2
    >>> [round(S.rate(epoch * 196, 196), 6) for epoch in (0, 10, 45, 80, 299)]
    [0.01, 0.01, 0.00505, 0.0001, 0.0001]
    """

    m1: float
    m2: float
    high: float
    low: float

    def __post_init__(self) -> None:
        m1, m2 = as_epoch(self.m1, "m1"), as_epoch(self.m2, "m2")
        high, low = as_positive(self.high, "high"), as_positive(self.low, "low")
        if m1 > m2:
            raise ValueError(f"expected m1 <= m2, got {m1:g} and {m2:g}; the rate falls from epoch m1 to m2")
        if high < low:
            raise ValueError(f"expected high >= low, got {high:g} and {low:g}; the rate falls: exchange them")
        _keep(self, m1=m1, m2=m2, high=high, low=low)

    @classmethod
    def constant(cls, rate: float) -> Schedule:
        """The paper's S(rate): one rate for all batches.

        Examples
        --------
        >>> Schedule.constant(1e-4).rate(12345, 196)
        0.0001
        """
        return cls(0, 0, rate, rate)

    def rate(self, batch: int, per_epoch: int) -> float:
        if batch <= per_epoch * self.m1:
            return self.high
        if batch >= per_epoch * self.m2:
            return self.low
        delta = (batch - per_epoch * self.m1) / (per_epoch * (self.m2 - self.m1))
        return (1 - delta) * self.high + delta * self.low


@dataclass(frozen=True)
class Cyclical(Rates):
    r"""Smith's cyclical rate: up from low to high and down again, each within `half` epochs.

    .. math:: \mathrm{low} + a_k (\mathrm{high} - \mathrm{low})\, (1 - |i / s - 2 k - 1|)

    in cycle k = 0, 1, ... with :math:`s = \mathrm{half} \cdot |D|` batches; :math:`a_k = 1` for "triangular" and
    :math:`2^{-k}` for "triangular2". The TO paper trains its fully connected networks with it (section 2.1), and
    gives no numbers.

    Parameters
    ----------
    low, high : float
        Rates, 0 < low <= high.
    half : float
        Epochs of half a cycle. Smith's article recommends 2 to 10.
    mode : {"triangular", "triangular2"}

    Raises
    ------
    TypeError
        If one is no number.
    ValueError
        If the rates are not in order, half not positive, or the mode unknown.

    Examples
    --------
    >>> rates = Cyclical(0.1, 0.5, half=2)
    >>> [round(rates.rate(batch, 1), 3) for batch in range(6)]
    [0.1, 0.3, 0.5, 0.3, 0.1, 0.3]
    """

    low: float
    high: float
    half: float
    mode: str = "triangular"

    def __post_init__(self) -> None:
        low, high = as_positive(self.low, "low"), as_positive(self.high, "high")
        half = as_positive(self.half, "half")
        if high < low:
            raise ValueError(f"expected low <= high, got {low:g} and {high:g}; exchange them")
        if self.mode not in MODES:
            raise ValueError(f"expected a mode of {', '.join(MODES)}, got {self.mode!r}; choose one of them")
        _keep(self, low=low, high=high, half=half)

    def rate(self, batch: int, per_epoch: int) -> float:
        position = batch / (self.half * per_epoch)
        cycle = math.floor(position / 2)
        height = 1.0 if self.mode == "triangular" else 0.5**cycle
        return self.low + height * (self.high - self.low) * (1 - abs(position - 2 * cycle - 1))


@dataclass(frozen=True)
class StepDecay(Rates):
    r"""A rate that is multiplied by a factor at the start of some epochs: :math:`r\, f^{\#\{e: i \ge |D| e\}}`.

    The AutoNEB code divides by 10 at half and three quarters of the training; the FB paper's code for Penn Treebank
    halves rate 1 at every epoch from the fifth on.

    Parameters
    ----------
    start : float
        The rate r of the first batch.
    epochs : sequence of float
        In rising order; fractions are allowed.
    factor : float
        f > 0. 0.1, as in the AutoNEB code.

    Raises
    ------
    TypeError
        If one is no number, or epochs no sequence.
    ValueError
        If the rate or factor is not positive, or the epochs do not rise.

    Examples
    --------
    >>> rates = StepDecay(0.1, (2, 3))
    >>> [round(rates.rate(batch, 1), 6) for batch in range(5)]
    [0.1, 0.1, 0.01, 0.001, 0.001]
    """

    start: float
    epochs: Sequence[float]
    factor: float = 0.1

    def __post_init__(self) -> None:
        start, factor = as_positive(self.start, "start"), as_positive(self.factor, "factor")
        if isinstance(self.epochs, (str, bytes)) or not isinstance(self.epochs, Sequence):
            raise TypeError(f"expected epochs as a sequence, got {self.epochs!r}; write (e1, e2, ...)")
        epochs = tuple(as_epoch(epoch, "entry of epochs") for epoch in self.epochs)
        if any(later <= earlier for earlier, later in pairwise(epochs)):
            raise ValueError(f"expected rising epochs, got {epochs}; sort them, each once")
        _keep(self, start=start, factor=factor, epochs=epochs)

    def rate(self, batch: int, per_epoch: int) -> float:
        passed = sum(batch >= per_epoch * epoch for epoch in self.epochs)
        return self.start * self.factor**passed


def _keep(schedule: Rates, **checked: Any) -> None:
    """Put plain numbers in the place of what was given, numpy's scalars for example."""
    for name, value in checked.items():
        object.__setattr__(schedule, name, value)


def as_epoch(value: Any, name: str) -> float:
    """A number of epochs, 0 or more.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is negative, NaN or infinite.
    """
    return 0.0 if isinstance(value, (int, float)) and value == 0 else as_positive(value, name)


def as_rates(schedule: Any) -> Rates:
    """A schedule; a number stands for a constant rate.

    Raises
    ------
    TypeError
        If it is neither.
    ValueError
        If the number is not positive.
    """
    if isinstance(schedule, Rates):
        return schedule
    if isinstance(schedule, bool) or not isinstance(schedule, (int, float, np.floating)):
        raise TypeError(
            f"expected a schedule or a rate, got {schedule!r}; pass Schedule(m1, m2, high, low) or 0.01"
        )
    return Schedule.constant(float(schedule))


def batches_of(epochs: int, per_epoch: int) -> int:
    """Number of batches in all.

    Raises
    ------
    TypeError
        If epochs is no integer.
    ValueError
        If it is below 1.
    """
    return as_count(epochs, "epochs") * per_epoch
