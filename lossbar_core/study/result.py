"""What a study found: minima, the paths between them, their barcode, and straight lines for comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from lossbar_core.paths import Path
from lossbar_core.paths.minima import MinimaBarcode


@dataclass(frozen=True)
class StudyResult:
    """Result of :func:`lossbar_core.study.run_study`, or of an export that was loaded.

    Attributes
    ----------
    minima : (K, M) tensor
        The networks whose training did not diverge, in the order of their seeds.
    seeds : (K,) int64 array
    losses : (K,) float64 array
    accuracies : (K,) float64 array or None
        Of the training data; None where the loss knows none.
    history : (T, P) float64 array
        Training losses of all P networks.
    epochs : (T,) float64 array
        When they were measured.
    diverged : mapping from a seed to text
        Trainings that were given up, and why. They are no minima.
    found : MinimaBarcode
        Tops of all pairs, paths, deaths as TO's Algorithm 1 prints them and closed, barcode.
    straight : (K, K) float64 array
        Tops of the straight lines between the minima.
    straight_aligned : (K, K) float64 array or None
        The same after the hidden units of the second minimum were permuted to match the first's; None where the
        network is no chain of dense or convolutional layers.
    gradients : mapping
        Gradients of single networks spent on "training" and on "paths".
    layout : list of (name, shape)
        Which entries of a vector belong to which parameter, in order.
    settings, provenance : mappings of plain values
    """

    minima: torch.Tensor
    seeds: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray | None
    history: np.ndarray
    epochs: np.ndarray
    diverged: Mapping[int, str]
    found: MinimaBarcode
    straight: np.ndarray
    straight_aligned: np.ndarray | None
    gradients: Mapping[str, int]
    layout: list[tuple[str, tuple[int, ...]]]
    settings: Mapping[str, Any] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def barcode(self) -> Any:
        """The closed barcode: the lowest deaths that the paths prove together."""
        return self.found.barcode

    @property
    def to_scores(self) -> dict[str, float]:
        """TO-score of the closed barcode in both norms that TO's equation can mean."""
        return {norm: self.found.to_score(norm) for norm in ("sup", "euclidean")}

    @property
    def highest_pair(self) -> tuple[int, int] | None:
        """The pair whose path ends the bar that dies last; None where no path was found."""
        tree = self.found.tree
        return None if len(tree) == 0 else (int(tree[-1, 0]), int(tree[-1, 1]))

    @property
    def highest_path(self) -> Path | None:
        """The path of :attr:`highest_pair`."""
        pair = self.highest_pair
        return None if pair is None else self.found.paths[pair]

    def rows(self) -> list[dict[str, Any]]:
        """One row a minimum, lowest first: its number, seed, birth, both deaths, persistence, swallower."""
        bars, found = self.barcode, self.found
        rows = []
        for bar, minimum in enumerate(bars.minimum.tolist()):
            swallower = int(bars.swallower[bar])
            rows.append(
                {
                    "minimum": minimum,
                    "seed": int(self.seeds[minimum]),
                    "birth": float(bars.birth[bar]),
                    "death": float(bars.death[bar]),
                    "persistence": float(bars.persistence[bar]),
                    "death_algorithm_1": float(found.direct_deaths[minimum]),
                    "swallower": None if swallower < 0 else swallower,
                }
            )
        return rows

    def summary(self) -> str:
        """A few lines in words; the same in every run of the same study."""
        finite = self.barcode.persistence[~self.barcode.essential]
        lines = [
            f"{len(self.minima)} minima with losses {self.losses.min():.4g} to {self.losses.max():.4g}"
            + ("" if self.accuracies is None else f", accuracies from {self.accuracies.min():.1%}"),
            f"{len(self.found.connected)} pairs connected, {len(self.found.failures)} paths failed",
            f"TO-score {self.to_scores['sup']:.4g} (sup norm), {self.to_scores['euclidean']:.4g} (Euclidean)",
        ]
        if len(finite):
            lines.insert(2, f"finite bars from {finite.min():.4g} to {finite.max():.4g}")
        lines += [f"training of seed {seed} diverged: {why}" for seed, why in self.diverged.items()]
        lines += [f"path {i}-{j} failed: {why}" for (i, j), why in self.found.failures.items()]
        return "\n".join(lines)
