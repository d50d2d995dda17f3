"""The state of strings while they are sampled, and its plain form for a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.landscapes import Surface
from lossbar_core.paths.beads import Training

BEADS = ("thetas", "left", "right", "mean", "square", "steps", "open")
ON_SURFACE = 5  # the first five are parameter vectors
NUMBERS = ("depth", "certificate", "training_steps")


@dataclass
class String:
    """A chain of beads between two ends.

    Attributes
    ----------
    pivots : (N, M) tensor
    depth : (N,) int64 array
        At which halving a bead came in; 0 for the ends.
    certificate : (N - 1,) float64 array
        Highest loss found on a segment, NaN where it was not examined.
    training_steps : (N,) int64 array
    depths : int
        Halvings that are allowed.
    evaluations : int
        Gradients spent.
    failure : str or None
    """

    pivots: torch.Tensor
    depth: np.ndarray
    certificate: np.ndarray
    training_steps: np.ndarray
    depths: int
    evaluations: int = 0
    failure: str | None = None

    @classmethod
    def between(cls, a: torch.Tensor, b: torch.Tensor, depths: int) -> String:
        """The segment from a to b, not examined."""
        none = np.zeros(2, np.int64)
        return cls(torch.stack([a, b]), none, np.array([np.nan]), none.copy(), depths)

    def insert(self, segment: int, bead: torch.Tensor, steps: int) -> None:
        """Put a bead into a segment; its halves are not examined yet."""
        depth = self.depth[segment : segment + 2].max() + 1
        self.pivots = torch.cat([self.pivots[: segment + 1], bead[None], self.pivots[segment + 1 :]])
        self.depth = np.insert(self.depth, segment + 1, depth)
        self.training_steps = np.insert(self.training_steps, segment + 1, steps)
        self.certificate = np.insert(self.certificate, segment, np.nan)
        self.certificate[segment + 1] = np.nan

    def history(self) -> dict[str, np.ndarray]:
        """What the path keeps of the sampling."""
        added = np.bincount(self.depth[1:-1], minlength=self.depths + 1)
        return {
            "beads_added": added,
            "depth": self.depth,
            "certificate": self.certificate,
            "training_steps": self.training_steps,
        }


def to_state(strings: list[String], training: Training) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and plain values from which :func:`from_state` makes the same strings and beads."""
    arrays = {f"beads/{name}": getattr(training, name).cpu().numpy() for name in BEADS}
    for index, string in enumerate(strings):
        arrays[f"{index}/pivots"] = string.pivots.cpu().numpy()
        arrays |= {f"{index}/{name}": getattr(string, name) for name in NUMBERS}
    facts = {
        "owners": training.owners,
        "failures": list(training.failures.items()),
        "step": training.step,
        "strings": [[string.depths, string.evaluations, string.failure] for string in strings],
    }
    return arrays, facts


def from_state(
    arrays: dict[str, np.ndarray], facts: dict[str, Any], surface: Surface
) -> tuple[list[String], Training]:
    """Strings and beads of a checkpoint, on the surface's device."""
    strings = []
    for index, (depths, evaluations, failure) in enumerate(facts["strings"]):
        pivots = torch.from_numpy(arrays[f"{index}/pivots"]).to(surface.device)
        numbers: dict[str, Any] = {name: arrays[f"{index}/{name}"] for name in NUMBERS}
        strings.append(String(pivots, **numbers, depths=depths, evaluations=evaluations, failure=failure))
    beads: dict[str, Any] = {name: torch.from_numpy(arrays[f"beads/{name}"]) for name in BEADS}
    beads |= {name: beads[name].to(surface.device) for name in BEADS[:ON_SURFACE]}
    owners = [(int(string), int(segment)) for string, segment in facts["owners"]]
    failures = {int(bead): str(reason) for bead, reason in facts["failures"]}
    return strings, Training(**beads, owners=owners, failures=failures, step=facts["step"])
