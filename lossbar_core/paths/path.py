"""A path between two points of a loss surface: a chain of pivots."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lossbar_core.checks import as_count, as_real
from lossbar_core.paths.checkpoint import read_arrays, write_arrays
from lossbar_core.paths.profile import POINTS, Profile, arc_lengths, profile_of, subdivided

if TYPE_CHECKING:
    from lossbar_core.landscapes import Surface

KIND = "lossbar path 1"  # first fact of a saved file
PROFILE = ("position", "share", "losses", "accuracies", "is_pivot")


@dataclass
class Path:
    r"""Polygon through pivots :math:`p_0, \dots, p_{N-1}`, straight between them. Made by the path methods.

    Attributes
    ----------
    pivots : (N, M) tensor
        First and last are the two ends.
    surface : Surface or None
        What the losses are evaluated on; None after loading without one.
    settings : dict
        Of the method and of the surface, plain values.
    history : dict of arrays
        What the method recorded, one entry a step: ``top`` (highest loss on the pivots), ``force`` (largest
        force on a pivot), ``length``; methods may add more.
    failure : str or None
        Why and at which step the relaxation was given up; the pivots are then the last good ones.
    gradient_evaluations : int
        Gradients of single parameter vectors that the method spent on this path.

    Examples
    --------
    >>> path = Path(torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 0.0]]))
    >>> path.length, path.chord
    (10.0, 6.0)
    >>> path.at([0.25]).tolist()
    [[1.5, 2.0]]
    """

    pivots: torch.Tensor
    surface: Surface | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    history: dict[str, np.ndarray] = field(default_factory=dict)
    failure: str | None = None
    gradient_evaluations: int = 0
    _profiles: dict[int, Profile] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.pivots, torch.Tensor) or not self.pivots.dtype.is_floating_point:
            raise TypeError(
                f"expected pivots as a floating tensor, got {type(self.pivots).__name__}; use torch.tensor(...)"
            )
        if self.pivots.ndim != 2 or len(self.pivots) < 2:
            raise ValueError(
                f"expected pivots of shape (N, M) with N >= 2, got {tuple(self.pivots.shape)}; give both ends"
            )

    def __len__(self) -> int:
        return len(self.pivots)

    def profile(self, points: int = POINTS) -> Profile:
        """Losses on the pivots and on ``points`` equally spaced points inside every segment, on all data.

        The default, 9, is AutoNEB's code (``saddle analysis``); it is the same for all methods, so that their
        tops can be compared. Each grid is evaluated once and kept.

        Raises
        ------
        ValueError
            If the path has no surface and the grid was not saved with it, or points is negative.
        """
        points = as_count(points, "points", low=0)
        if points not in self._profiles:
            self._profiles[points] = profile_of(self._surface(), self.pivots, points)
        return self._profiles[points]

    def _surface(self) -> Surface:
        if self.surface is None:
            raise ValueError(
                "expected a path with a surface to evaluate losses, got one without; "
                "load it as Path.load(file, surface)"
            )
        return self.surface

    @property
    def top(self) -> float:
        """Highest loss of the dense profile."""
        return self.profile().top

    @property
    def top_at(self) -> float:
        """Where the top is, as a share of the arc length."""
        return self.profile().top_at

    @property
    def barrier(self) -> float:
        """Top less the loss of the higher end."""
        return self.profile().barrier

    @property
    def length(self) -> float:
        """Arc length."""
        return float(arc_lengths(self.pivots)[-1])

    @property
    def chord(self) -> float:
        """Distance of the two ends."""
        return float((self.pivots[-1] - self.pivots[0]).norm())

    @property
    def normalised_length(self) -> float:
        """Length over chord, at least 1; infinite for a closed path."""
        if self.length == 0:
            return 1.0
        return self.length / self.chord if self.chord > 0 else math.inf

    def at(self, shares: Any) -> torch.Tensor:
        """Points at shares 0..1 of the arc length, (t, M).

        Raises
        ------
        ValueError
            If a share is outside 0..1.
        """
        wanted = as_real(np.atleast_1d(np.asarray(shares)), "shares")
        if wanted.ndim != 1 or np.any(wanted < 0) or np.any(wanted > 1):
            raise ValueError(f"expected shares in 0..1 of shape (t,), got {shares}; divide by the length")
        lengths = arc_lengths(self.pivots)
        places = torch.as_tensor(wanted, dtype=lengths.dtype, device=lengths.device) * lengths[-1]
        return points_at(self.pivots, lengths, places)

    def resampled(self, n: int) -> Path:
        """The same polygon with n pivots, equally spaced in arc length; corners between them are cut.

        Raises
        ------
        TypeError
            If n is no integer.
        ValueError
            If n < 2.
        """
        n = as_count(n, "n", low=2)
        return self._with(self.at(np.linspace(0, 1, n)))

    def straightened(self, tolerance: float = 0.0, points: int = POINTS) -> Path:
        """A path with fewer pivots and a top at most ``tolerance`` higher.

        As in Douglas and Peucker's simplification of lines: a stretch is replaced by its chord if no loss on the
        chord exceeds the limit, else it is split at the pivot that is farthest from the chord. The chord is
        sampled as densely as the stretch was.

        Raises
        ------
        TypeError
            If tolerance is no number.
        ValueError
            If tolerance is negative or not finite, or the path has no surface.
        """
        if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)):
            raise TypeError(f"expected a number as tolerance, got {tolerance!r}; pass a loss difference")
        if not 0 <= tolerance < math.inf:
            raise ValueError(f"expected a finite tolerance >= 0, got {tolerance}; pass a loss difference")
        surface, limit = self._surface(), self.profile(points).top + tolerance
        kept, open_stretches = [0, len(self) - 1], [(0, len(self) - 1)]
        while open_stretches:
            first, last = open_stretches.pop()
            if last - first < 2:
                continue
            chord = subdivided(self.pivots[[first, last]], (last - first) * (points + 1) - 1)
            with torch.no_grad():
                if bool(surface.losses(chord).max() <= limit):
                    continue
            middle = first + _farthest(self.pivots[first : last + 1])
            kept.append(middle)
            open_stretches += [(first, middle), (middle, last)]
        return self._with(self.pivots[sorted(kept)])

    def reversed(self) -> Path:
        """The same path from the other end."""
        return self._with(self.pivots.flip(0))

    def _with(self, pivots: torch.Tensor) -> Path:
        return replace(self, pivots=pivots, _profiles={})

    def plot(self, kind: str = "profile", ax: Any = None) -> Any:
        """Draw the path with `lossbar_core.plotting`.

        Parameters
        ----------
        kind : {"profile", "plane", "relaxation"}
            Losses along the path; its pivots over the loss on the plane of their two main directions; the profile
            at every recorded step with a slider, see :class:`lossbar_core.paths.recording.Recording`.
        ax : matplotlib Axes, optional
            Not for "relaxation", which plotly draws.

        Returns
        -------
        list of Axes, Axes or plotly figure

        Raises
        ------
        ValueError
            If the kind is unknown, the path has no surface to evaluate, or nothing was recorded.
        """
        if kind == "profile":
            from lossbar_core.plotting.path_profile import ProfileCurve, plot_profile

            found = self.profile()
            return plot_profile(
                ProfileCurve(found.share, found.losses, found.accuracies, found.is_pivot), ax=ax
            )
        if kind == "plane":
            from lossbar_core.paths.plane import path_plane
            from lossbar_core.plotting.path_plane import plot_plane

            plane, found = path_plane(self._surface(), self.pivots), self.profile()
            return plot_plane(
                plane.coordinates, plane.x, plane.y, plane.losses, path_losses=found.losses, ax=ax
            )
        if kind == "relaxation":
            if "recorded_losses" not in self.history:
                raise ValueError(
                    "expected a recorded path, got one without; pass stop=Recording() to the method and call its add_to"
                )
            from lossbar_core.plotting.path_animation import relaxation_figure

            names = ("recorded_shares", "recorded_losses", "recorded_steps")
            return relaxation_figure(*(self.history[name] for name in names))
        raise ValueError(
            f"expected kind 'profile', 'plane' or 'relaxation', got {kind!r}; choose one of them"
        )

    def save(self, file: str | os.PathLike[str]) -> None:
        """Write pivots, history, settings and the profiles so far to one .npz file, whole or not at all."""
        arrays = {"pivots": self.pivots.detach().cpu().numpy()}
        arrays |= {f"history/{name}": np.asarray(values) for name, values in self.history.items()}
        for points, profile in self._profiles.items():
            for name in PROFILE:
                if getattr(profile, name) is not None:
                    arrays[f"profile/{points}/{name}"] = getattr(profile, name)
        facts = {
            "kind": KIND,
            "settings": json.loads(json.dumps(self.settings, default=str)),
            "failure": self.failure,
            "gradient_evaluations": self.gradient_evaluations,
        }
        write_arrays(file, arrays, facts)

    @classmethod
    def load(cls, file: str | os.PathLike[str], surface: Surface | None = None) -> Path:
        """Read what :meth:`save` wrote; with a surface, further profiles can be evaluated.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, holds no path, or the surface has another dimension.
        """
        arrays, facts = read_arrays(file, "path")
        if facts.get("kind") != KIND:
            raise ValueError(
                f"expected a saved path in {file}, got another content; pass a file of Path.save"
            )
        pivots = torch.from_numpy(arrays["pivots"])
        if surface is not None:
            if surface.dimension != pivots.shape[1]:
                raise ValueError(
                    f"expected a surface of dimension {pivots.shape[1]}, got {surface.dimension}; "
                    "pass the surface that the path was made on"
                )
            pivots = pivots.to(dtype=surface.dtype, device=surface.device)
        history = {name[8:]: array for name, array in arrays.items() if name.startswith("history/")}
        grids = sorted({int(name.split("/")[1]) for name in arrays if name.startswith("profile/")})
        profiles = {
            points: Profile(**{name: arrays.get(f"profile/{points}/{name}") for name in PROFILE})  # type: ignore[arg-type]
            for points in grids
        }
        return cls(
            pivots,
            surface,
            facts["settings"],
            history,
            facts["failure"],
            facts["gradient_evaluations"],
            profiles,
        )


def points_at(pivots: torch.Tensor, lengths: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
    """Points of a chain at arc lengths ``places`` (t,), with ``lengths`` those of its pivots; (t, M).

    The ends come out as they are, bit for bit.
    """
    segment = (torch.searchsorted(lengths, places, right=True) - 1).clamp(0, len(pivots) - 2)
    gap = lengths[segment + 1] - lengths[segment]
    inside = (places - lengths[segment]) / torch.where(gap > 0, gap, torch.ones_like(gap))
    return torch.lerp(pivots[segment], pivots[segment + 1], inside.clamp(0, 1)[:, None])


def _farthest(stretch: torch.Tensor) -> int:
    """Index of the inner pivot that is farthest from the chord of the stretch."""
    start, chord = stretch[0], stretch[-1] - stretch[0]
    offsets = stretch[1:-1] - start
    along = (offsets @ chord / chord.dot(chord).clamp_min(torch.finfo(chord.dtype).tiny)).clamp(0, 1)
    return 1 + int((offsets - along[:, None] * chord).norm(dim=1).argmax())
