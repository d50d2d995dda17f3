"""The loss along paths, with accuracies in a panel below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    PALETTE,
    SADDLE,
    WIDTH,
    house_style,
    legend_above,
    new_axes,
)
from lossbar_core.plotting.sweep import LINES

MAX_CURVES = len(PALETTE)


@dataclass(frozen=True)
class ProfileCurve:
    """Values along one path.

    Attributes
    ----------
    at : (T,) array
        Where: arc length or its share, not decreasing.
    losses : (T,) array
    accuracies : (T,) array, optional
        In [0, 1].
    is_pivot : (T,) bool array, optional
        Which points are pivots; they get a mark.
    """

    at: ArrayLike
    losses: ArrayLike
    accuracies: ArrayLike | None = None
    is_pivot: ArrayLike | None = None


@house_style
def plot_profile(
    curves: ProfileCurve | Mapping[str, ProfileCurve],
    *,
    ax: Axes | None = None,
    x_label: str = "share of the path's length",
    y_label: str = "loss",
) -> list[Axes]:
    r"""Draw :math:`L(\gamma(t))` along paths; a square marks each highest loss.

    Parameters
    ----------
    curves : ProfileCurve, or mapping from a name to one
        At most five, the palette's number of colours.
    ax : matplotlib Axes, optional
        Where to draw the losses, then without accuracies; new axes when absent.
    x_label, y_label : str

    Returns
    -------
    list of matplotlib Axes
        The losses', and below it the accuracies' where a curve has some.

    Raises
    ------
    TypeError
        If curves are neither one nor a mapping, or ax is no Axes.
    ValueError
        If there is no curve or more than five, arrays differ in length, hold NaN, or ``at`` decreases.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_profile(ProfileCurve([0, 0.5, 1], [0.1, 2.0, 0.2], accuracies=[1, 0.4, 1]))
    >>> [axis.get_ylabel() for axis in axes]
    ['loss', 'accuracy']
    >>> plt.close(axes[0].figure)
    """
    read = _read(curves)
    with_accuracy = ax is None and any(curve.accuracies is not None for curve in read.values())
    if with_accuracy:
        shape = {"height_ratios": [2, 1]}
        axes = list(plt.subplots(2, 1, sharex=True, figsize=(WIDTH, 4.6), gridspec_kw=shape)[1])
    else:
        axes = [new_axes(ax)]
    for index, (name, curve) in enumerate(read.items()):
        look = {"color": PALETTE[index], "ls": LINES[index % len(LINES)]}
        axes[0].plot(curve.at, curve.losses, label=name or None, zorder=3, **look)
        if with_accuracy and curve.accuracies is not None:
            axes[1].plot(curve.at, curve.accuracies, zorder=3, **look)
    for index, curve in enumerate(read.values()):  # behind the names in the legend
        _mark(axes[0], curve, PALETTE[index], few=len(read) == 1)
    axes[0].set_ylabel(y_label, size=FONT_SIZE)
    axes[-1].set_xlabel(x_label, size=FONT_SIZE)
    if with_accuracy:
        axes[1].set_ylabel("accuracy", size=FONT_SIZE)
    legend_above(axes[0])
    return axes


def _mark(ax: Axes, curve: ProfileCurve, color: str, few: bool) -> None:
    """Pivots as dots, the highest loss as a square."""
    at, losses = np.asarray(curve.at), np.asarray(curve.losses)
    if curve.is_pivot is not None:
        pivots = np.asarray(curve.is_pivot, bool)
        label = "pivot" if few else None
        ax.plot(at[pivots], losses[pivots], ls="", marker="o", ms=4, color=color, label=label, zorder=4)
    top = int(losses.argmax())
    ax.plot(at[top], losses[top], ls="", marker="s", ms=7, mfc=SADDLE, mec=GREY, label="highest", zorder=5)


def _read(curves: ProfileCurve | Mapping[str, ProfileCurve]) -> dict[str, ProfileCurve]:
    """Curves by name with float arrays; one alone has the empty name."""
    if isinstance(curves, ProfileCurve):
        curves = {"": curves}
    if not isinstance(curves, Mapping):
        raise TypeError(
            f"curves must be a ProfileCurve or map names to such, got {type(curves).__name__}; pass a dict."
        )
    if not 1 <= len(curves) <= MAX_CURVES:
        raise ValueError(f"there must be 1 to {MAX_CURVES} curves, got {len(curves)}; draw them in parts.")
    return {str(name): _checked(curve, name or "the curve") for name, curve in curves.items()}


def _checked(curve: ProfileCurve, name: str) -> ProfileCurve:
    if not isinstance(curve, ProfileCurve):
        raise TypeError(f"{name} must be a ProfileCurve, got {type(curve).__name__}; pass ProfileCurve(...).")
    at, losses = _line(curve.at, name), _line(curve.losses, name)
    accuracies = None if curve.accuracies is None else _line(curve.accuracies, name)
    pivots = None if curve.is_pivot is None else np.asarray(curve.is_pivot, bool)
    others = [part for part in (losses, accuracies, pivots) if part is not None]
    if len(at) < 2 or any(part.shape != at.shape for part in others):
        shapes = [at.shape, *(part.shape for part in others)]
        raise ValueError(f"{name} must have arrays of one length, at least 2, got {shapes}; cut them alike.")
    if (np.diff(at) < 0).any():
        raise ValueError(f"{name} must have places that do not decrease; sort by arc length.")
    return ProfileCurve(at, losses, accuracies, pivots)


def _line(values: ArrayLike, name: str) -> NDArray[np.float64]:
    line = np.asarray(values, np.float64)
    if line.ndim != 1 or not np.isfinite(line).all():
        raise ValueError(
            f"{name} must have finite 1-D arrays, got shape {line.shape}; leave failed paths out."
        )
    return line
