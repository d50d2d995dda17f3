"""Straight lines between minima, as they are and after their hidden units are matched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from lossbar_core.alignment import weight_matching
from lossbar_core.landscapes import Landscape
from lossbar_core.paths import StraightLine
from lossbar_core.paths.pair_choice import all_pairs


def straight_tops(surface: Landscape, minima: torch.Tensor) -> np.ndarray:
    """Highest losses on the straight lines between minima, (K, K) float64; the minima's own on the diagonal."""
    pairs = all_pairs(len(minima))
    return _tops(surface, minima, [(minima[i], minima[j]) for i, j in pairs])


@dataclass(frozen=True)
class Matcher:
    """Permutes the hidden units of minima of one landscape; made only where that can be done."""

    surface: Landscape

    @classmethod
    def of(cls, surface: Landscape, starts: torch.Tensor, required: bool) -> Matcher | None:
        """A matcher, or None where the network is no plain chain; tried out on two starts.

        Raises
        ------
        ValueError
            If it is required and cannot be had.
        """
        try:
            weight_matching(surface, starts[0], starts[1])
        except ValueError as error:
            if required:
                raise ValueError(
                    f"expected an MLP or a plain convolutional network for align=True, got another ({error}); "
                    "use align=False"
                ) from None
            return None
        return cls(surface)

    def all_to_first(self, minima: torch.Tensor) -> torch.Tensor:
        """Minima with their hidden units permuted to match the first one's; the same functions."""
        matched = [weight_matching(self.surface, minima[0], other).theta for other in minima[1:]]
        return torch.stack([minima[0], *matched])

    def straight_tops(self, minima: torch.Tensor) -> np.ndarray:
        """As `straight_tops`, with the second end of each line matched to the first."""
        ends = [
            (minima[i], weight_matching(self.surface, minima[i], minima[j]).theta)
            for i, j in all_pairs(len(minima))
        ]
        return _tops(self.surface, minima, ends)


def _tops(
    surface: Landscape, minima: torch.Tensor, ends: list[tuple[torch.Tensor, torch.Tensor]]
) -> np.ndarray:
    tops = np.diag(surface.losses(minima).double().cpu().numpy())
    paths = StraightLine().connect_many(surface, [pair for pair in ends if not torch.equal(*pair)])
    found = iter(paths)
    for (i, j), pair in zip(all_pairs(len(minima)), ends, strict=True):
        same = torch.equal(*pair)  # two minima that differ by a permutation alone
        tops[i, j] = tops[j, i] = max(tops[i, i], tops[j, j]) if same else next(found).top
    return tops
