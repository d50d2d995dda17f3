"""What all path methods share: one interface, checks before any work, settings for the provenance."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.landscapes import Surface
from lossbar_core.paths.checkpoint import Checkpoint, Keeper
from lossbar_core.paths.path import Path

Stop = Callable[[int, list[torch.Tensor]], bool]


@dataclass(frozen=True)
class Run:
    """How one call runs: its bar, its state on disk and the caller's wish to end early."""

    progress: bool
    keeper: Keeper
    stop: Stop | None = None

    def stops(self, step: int, chains: Callable[[], list[torch.Tensor]]) -> bool:
        """Whether the caller ends the run after this step; chains are only made where somebody looks at them."""
        return self.stop is not None and bool(self.stop(step, chains()))


class PathMethod(ABC):
    """A way to connect points of a loss surface. Methods are frozen dataclasses: their fields are the settings."""

    def connect(
        self,
        surface: Surface,
        a: Any,
        b: Any,
        *,
        progress: bool = False,
        checkpoint: Checkpoint | Any = None,
        stop: Stop | None = None,
    ) -> Path:
        """Path from a to b; see :meth:`connect_many`.

        Parameters
        ----------
        surface : Surface
        a, b : (M,) tensors or arrays

        Returns
        -------
        Path
        """
        return self.connect_many(surface, [(a, b)], progress=progress, checkpoint=checkpoint, stop=stop)[0]

    def connect_many(
        self,
        surface: Surface,
        pairs: Sequence[tuple[Any, Any]],
        *,
        progress: bool = False,
        checkpoint: Checkpoint | Any = None,
        stop: Stop | None = None,
    ) -> list[Path]:
        """Paths between the ends of every pair, all relaxed in one batch.

        Parameters
        ----------
        surface : Surface
        pairs : sequence of (a, b), (M,) tensors or arrays
        progress : bool
            Show one bar.
        checkpoint : Checkpoint or file name, optional
            The state is kept there while the run lasts; the same call continues from it, bit for bit.
        stop : callable, optional
            ``stop(step, chains)`` is called after every step with the (N_i, M) tensors of all paths, which it
            must not change. The run ends where it returns True.

        Returns
        -------
        list of Path
            In the order of the pairs.

        Raises
        ------
        TypeError
            If the surface is none, or a pair or stop is of another kind.
        ValueError
            If ends have another dimension, are not finite, or are equal.
        """
        ends = checked_pairs(surface, pairs)
        check_stop(stop)
        request = {"method": self.settings(), "surface": surface.settings(), "ends": fingerprint(ends)}
        keeper = Keeper(checkpoint, request)
        return self._connect_all(surface, ends, Run(bool(progress), keeper, stop)) if ends else []

    @abstractmethod
    def _connect_all(
        self, surface: Surface, ends: list[tuple[torch.Tensor, torch.Tensor]], run: Run
    ) -> list[Path]:
        """Paths between checked ends. Implementations load from, save to and remove ``run.keeper``."""

    def settings(self) -> dict[str, Any]:
        """Name and fields of the method in plain values: what belongs to a result's provenance.

        >>> from lossbar_core.paths import StraightLine
        >>> StraightLine().settings()
        {'method': 'StraightLine', 'pivots': 2}
        """
        return {"method": type(self).__name__, **_plain(self)}

    def _path(self, surface: Surface, pivots: torch.Tensor, **facts: Any) -> Path:
        """A path that says how it was made."""
        return Path(pivots, surface, {"method": self.settings(), "surface": surface.settings()}, **facts)


def _plain(value: Any) -> Any:
    """Plain values of a dataclass's fields; functions by their name."""
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: _plain_field(getattr(value, entry.name)) for entry in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain_field(entry) for entry in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return getattr(value, "__qualname__", None) or str(value)


def _plain_field(value: Any) -> Any:
    """As above, with the class's name, so that two kinds with the same fields differ."""
    plain = _plain(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {"kind": type(value).__name__, **plain}
    return plain


def checked_pairs(surface: Any, pairs: Any) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Pairs of ends as (M,) tensors of the surface's kind.

    Raises
    ------
    TypeError
        If the surface is none or pairs is no sequence of pairs.
    ValueError
        If ends have another dimension, are not finite, or are equal.
    """
    check_surface(surface)
    if isinstance(pairs, (str, bytes)) or not isinstance(pairs, Sequence):
        raise TypeError(
            f"expected a list of pairs (a, b), got {type(pairs).__name__}; for one pair call connect(surface, a, b)"
        )
    ends = []
    for index, pair in enumerate(pairs):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise TypeError(
                f"expected pair {index} as (a, b), got {type(pair).__name__}; give two (M,) vectors"
            )
        a, b = (_as_end(surface, end) for end in pair)
        if torch.equal(a, b):
            raise ValueError(
                f"expected two different ends in pair {index}, got the same point twice; leave that pair out"
            )
        ends.append((a, b))
    return ends


def check_surface(surface: Any) -> None:
    """Refuse what is no surface.

    Raises
    ------
    TypeError
        If it is none.
    """
    if not isinstance(surface, Surface):
        raise TypeError(
            f"expected a Surface, got {type(surface).__name__}; wrap a module in Landscape(module, loss, data) "
            "or a function in AnalyticLandscape(function, dimension)"
        )


def check_no_statistics(surface: Surface, method: str) -> None:
    """Refuse BatchNorm statistics as coordinates where a method would leave them as interpolation makes them.

    Raises
    ------
    ValueError
        If some coordinates are statistics.
    """
    if surface.statistics.stop > surface.statistics.start:
        raise ValueError(
            f"expected batchnorm='batch', 'recompute' or 'frozen' for {method}, got 'coordinates', "
            "whose statistics only bands move by training passes; choose another policy, or a band"
        )


def check_stop(stop: Any) -> None:
    """Refuse a stop that cannot be called.

    Raises
    ------
    TypeError
        If it is neither None nor callable.
    """
    if stop is not None and not callable(stop):
        raise TypeError(f"expected a function stop(step, chains), got {stop!r}; pass a callable or None")


def _as_end(surface: Surface, end: Any) -> torch.Tensor:
    """One end, (M,), copied to the surface's kind."""
    if not isinstance(end, torch.Tensor):
        end = np.asarray(end)  # keeps the 53 bits of a list of Python floats
    if end.ndim != 1 or len(end) != surface.dimension:
        raise ValueError(
            f"expected ends of shape ({surface.dimension},), got {tuple(end.shape)}; pass one parameter vector"
        )
    return surface.as_points(end[None])[0]


def fingerprint(ends: Sequence[Iterable[torch.Tensor]]) -> list[str]:
    """One sum a chain of points, for the key of a checkpoint."""
    return [
        hashlib.sha256(torch.stack(list(points)).detach().cpu().contiguous().numpy().tobytes()).hexdigest()
        for points in ends
    ]
