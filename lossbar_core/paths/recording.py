"""Profiles of paths while they relax, for the pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from lossbar_core.checks import as_count
from lossbar_core.paths.path import Path, points_at
from lossbar_core.paths.profile import arc_lengths

SHARES = 61  # points of a recorded profile: as many as a picture on a page can show


class Recording:
    """Notes the pivots of all paths every few steps; pass it as ``stop=`` to a method that calls it.

    Parameters
    ----------
    every : int
        Steps from one note to the next; the first step is always noted.

    Raises
    ------
    TypeError
        If every is no integer.
    ValueError
        If it is below 1.

    Examples
    --------
    >>> from lossbar_core.landscapes import BENT_DOUBLE_WELL
    >>> from lossbar_core.paths import ElasticBand
    >>> recording = Recording(every=5)
    >>> path = ElasticBand(steps=10).connect(BENT_DOUBLE_WELL.landscape(), *BENT_DOUBLE_WELL.minima, stop=recording)
    >>> recording.add_to([path])
    >>> path.history["recorded_steps"].tolist(), path.history["recorded_losses"].shape
    ([1, 5, 10], (3, 61))
    """

    def __init__(self, every: int = 10) -> None:
        self.every = as_count(every, "every")
        self.steps: list[int] = []
        self.chains: list[list[torch.Tensor]] = []

    def __call__(self, step: int, chains: list[torch.Tensor]) -> bool:
        """Note the chains where it is time; never ends the run."""
        if step == 1 or step % self.every == 0:
            self.steps.append(step)
            self.chains.append([chain.detach().clone() for chain in chains])
        return False

    def add_to(self, paths: Sequence[Path]) -> None:
        """Evaluate the noted chains and put their profiles into the paths' histories.

        ``recorded_steps`` (T,), ``recorded_shares`` (G,) and ``recorded_losses`` (T, G) are saved with a path.

        Raises
        ------
        ValueError
            If nothing was noted, the paths are others, or have no surface.
        """
        if not self.steps or any(len(chains) != len(paths) for chains in self.chains):
            noted = len(self.chains[0]) if self.chains else 0
            raise ValueError(
                f"expected the {noted} paths of the recorded run, got {len(paths)}; pass the recording as stop= and "
                "then all paths that come back"
            )
        shares = torch.linspace(0, 1, SHARES, dtype=torch.float64)
        for index, path in enumerate(paths):
            if path.surface is None:
                raise ValueError("expected paths with a surface, got one without; add before saving")
            rows = []
            for chains in self.chains:
                lengths = arc_lengths(chains[index])
                places = shares.to(lengths) * lengths[-1]
                rows.append(
                    path.surface.losses(points_at(chains[index], lengths, places)).double().cpu().numpy()
                )
            path.history["recorded_steps"] = np.array(self.steps, np.int64)
            path.history["recorded_shares"] = shares.numpy()
            path.history["recorded_losses"] = np.stack(rows)
