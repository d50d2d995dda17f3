"""The state of one path while it is relaxed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch

from lossbar_core.paths.optimisers import State
from lossbar_core.paths.profile import arc_lengths


class Norms(NamedTuple):
    """Norms (n,) of forces, and of the parts of the gradients along and across the path: what a history keeps."""

    force: torch.Tensor
    tangential: torch.Tensor
    normal: torch.Tensor


@dataclass
class Forces:
    """Forces on inner pivots and the two parts of their gradients.

    Attributes
    ----------
    force : (n, M) tensor
        What the pivots follow, uphill gradients already turned.
    tangential, normal : (n,) tensors
        Norms of the parts of the gradient along and across the path (TO, Figures G.8 and G.9).
    is_normal : bool
        Whether the force is minus the normal part, so that its norm is known.
    """

    force: torch.Tensor
    tangential: torch.Tensor
    normal: torch.Tensor
    is_normal: bool = False

    def norms(self) -> Norms:
        return Norms(self.normal if self.is_normal else self.force.norm(dim=1), self.tangential, self.normal)


@dataclass
class Band:
    """Pivots that move, those that are frozen on both sides, and what happened so far.

    Attributes
    ----------
    pivots : (N, M) tensor
        The first and the last do not move.
    losses : (N,) tensor
        As last evaluated: the ends once, on all data; the others at each step, on its rows.
    weights : (N - 1,) tensor
        Relative lengths that stiff springs keep; they sum to 1.
    left, right : (l, M), (r, M) tensors
        Pivots before and after, frozen by TO's Algorithm 3 (its array B).
    good : (N, M) tensor
        Pivots whose losses were last seen to be finite and below the bound; fewer before an insertion is seen.
    limit : float
        Loss above which the band has diverged.
    state : dict of tensors
        Of the optimiser.
    moves : int
        Steps of the optimiser since its start.
    ended : str or None
        Why it no longer moves in this stage; failure is for good.
    """

    pivots: torch.Tensor
    losses: torch.Tensor
    weights: torch.Tensor
    left: torch.Tensor
    right: torch.Tensor
    good: torch.Tensor
    limit: float
    state: State = field(default_factory=dict)
    moves: int = 0
    evaluations: int = 0
    ended: str | None = None
    failure: str | None = None
    history: dict[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, chain: torch.Tensor, end_losses: torch.Tensor, limit: float) -> Band:
        """A band at its start: gaps as they are become the relative lengths."""
        gaps = (chain[1:] - chain[:-1]).norm(dim=1)
        losses = chain.new_full((len(chain),), float("nan"))
        losses[[0, -1]] = end_losses
        empty = chain[:0]
        return cls(chain, losses, gaps / gaps.sum(), empty, empty, chain, limit)

    @property
    def inner(self) -> int:
        """Pivots that move."""
        return len(self.pivots) - 2

    @property
    def steps(self) -> int:
        """Steps taken so far, which is also the length of its history."""
        return len(self.history.get("top", ()))

    @property
    def running(self) -> bool:
        return self.ended is None and self.failure is None

    @property
    def chain(self) -> torch.Tensor:
        """The whole path, frozen pivots too."""
        return torch.cat([self.left, self.pivots, self.right])

    def replace_chain(self, pivots: torch.Tensor, losses: torch.Tensor, weights: torch.Tensor) -> None:
        """Other pivots, after an insertion; the optimiser starts anew. They are not good before they have been seen."""
        self.pivots = pivots
        self.losses, self.weights = losses, weights / weights.sum()
        self.state, self.moves = {}, 0

    def note(self, norms: Norms) -> None:
        """One more entry of the history."""
        row = {
            "top": float(self.losses.max()),
            "force": float(norms.force.max()),
            "length": float(arc_lengths(self.pivots)[-1]),
            "tangential": norms.tangential.double().cpu().numpy(),
            "normal": norms.normal.double().cpu().numpy(),
        }
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)

    def history_arrays(self) -> dict[str, np.ndarray]:
        """The history as arrays; (steps, n) for what each inner pivot has, NaN where there were fewer."""
        return {name: _stacked(values) for name, values in self.history.items()}

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """State as arrays and plain values, for a checkpoint."""
        tensors = {name: getattr(self, name) for name in TENSORS}
        tensors |= {f"state/{name}": value for name, value in self.state.items()}
        arrays = {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}
        arrays |= {f"history/{name}": values for name, values in self.history_arrays().items()}
        return arrays, {name: getattr(self, name) for name in PLAIN}

    @classmethod
    def from_arrays(cls, arrays: dict[str, np.ndarray], facts: dict[str, Any], like: torch.Tensor) -> Band:
        """The band that :meth:`to_arrays` wrote, with the kind of the tensor ``like``."""
        tensors = {
            name: torch.from_numpy(array).to(device=like.device)
            for name, array in arrays.items()
            if not name.startswith("history/")
        }
        state = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("state/")}
        history = {name[8:]: _unstacked(a) for name, a in arrays.items() if name.startswith("history/")}
        known: dict[str, Any] = {name: tensors[name] for name in TENSORS} | facts
        return cls(**known, state=state, history=history)


TENSORS = ("pivots", "losses", "weights", "left", "right", "good")
PLAIN = ("limit", "moves", "evaluations", "ended", "failure")


def _stacked(values: list[Any]) -> np.ndarray:
    if not values or np.ndim(values[0]) == 0:
        return np.array(values, np.float64)
    table = np.full((len(values), max(map(len, values))), np.nan)
    for row, value in zip(table, values, strict=True):
        row[: len(value)] = value
    return table


def _unstacked(array: np.ndarray) -> list[Any]:
    return array.tolist() if array.ndim == 1 else [row[~np.isnan(row)] for row in array]
