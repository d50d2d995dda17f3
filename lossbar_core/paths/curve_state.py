"""The state of curves while they are trained, and its plain form for a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lossbar_core.landscapes import Surface

TENSORS = ("control", "mean", "square", "good", "limits", "spent", "open")
ON_SURFACE = 5  # the first five live on the surface's device

Look = tuple[int, float, float]  # step, mean loss, highest loss


@dataclass
class CurveState:
    """K curves in training, each with C control points.

    Attributes
    ----------
    control : (K, C, M) tensor
    mean, square : (K, C - 2, M) tensors
        Moments of the optimiser.
    good : (K, C, M) tensor
        Control points at the last look at which all losses were finite.
    limits : (K,) tensor
        Losses above which a curve has diverged.
    spent : (K,) int64 tensor
        Gradients.
    open : (K,) bool tensor
        Whether it still trains.
    looks : list of (step, mean, top), one list a curve
    failures : dict from curve to text
    step : int
    """

    control: torch.Tensor
    mean: torch.Tensor
    square: torch.Tensor
    good: torch.Tensor
    limits: torch.Tensor
    spent: torch.Tensor
    open: torch.Tensor
    looks: list[list[Look]]
    failures: dict[int, str] = field(default_factory=dict)
    step: int = 0

    @classmethod
    def begin(cls, control: torch.Tensor) -> CurveState:
        """Nothing done yet."""
        count, zeros = len(control), torch.zeros_like(control[:, 1:-1])
        return cls(
            control,
            zeros,
            zeros.clone(),
            control.clone(),
            control.new_full((count,), torch.inf),
            torch.zeros(count, dtype=torch.int64),
            torch.ones(count, dtype=torch.bool),
            [[] for _ in range(count)],
        )

    def fail(self, index: int, reason: str) -> None:
        """Give a curve up; the others go on."""
        self.open[index] = False
        self.failures[index] = reason

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values from which :meth:`from_arrays` makes the same state."""
        arrays = {name: getattr(self, name).cpu().numpy() for name in TENSORS}
        return arrays, {"looks": self.looks, "failures": list(self.failures.items()), "step": self.step}

    @classmethod
    def from_arrays(
        cls, arrays: dict[str, np.ndarray], facts: dict[str, Any], surface: Surface
    ) -> CurveState:
        """The state of a checkpoint, on the surface's device."""
        state: dict[str, Any] = {name: torch.from_numpy(arrays[name]) for name in TENSORS}
        state |= {name: state[name].to(surface.device) for name in TENSORS[:ON_SURFACE]}
        looks = [[(int(step), mean, top) for step, mean, top in seen] for seen in facts["looks"]]
        failures = {int(index): str(text) for index, text in facts["failures"]}
        return cls(**state, looks=looks, failures=failures, step=facts["step"])
