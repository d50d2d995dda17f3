"""Sublevel sets of surfaces of two parameters, with paths inside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, GREY, PALETTE, SMALL_SIZE, WIDTH, house_style

STYLES: Any = (
    {"ls": "-", "lw": 2.4},
    {"ls": "--", "lw": 1.6, "marker": "o", "ms": 5},
    {"ls": ":", "lw": 1.4},
)
SHADE = 0.25  # of the set: lines must stand out on it, on light and dark pages


@dataclass(frozen=True)
class SublevelPanel:
    """One set.

    Attributes
    ----------
    inside : (m, n) bool array
        ``inside[i, j]`` belongs to the i-th value of the first parameter and the j-th of the second.
    extent : (left, right, bottom, top)
    paths : mapping from a name to an (N, 2) array
    title : str
    """

    inside: ArrayLike
    extent: tuple[float, float, float, float]
    paths: Mapping[str, ArrayLike] = field(default_factory=dict)
    title: str = ""


@house_style
def plot_sublevels(panels: Sequence[SublevelPanel], *, columns: int = 2, height: float = 2.6) -> list[Axes]:
    """Draw sets as shaded regions, and paths over them; a path's name has the same look in all panels.

    Parameters
    ----------
    panels : sequence of SublevelPanel
    columns : int
    height : float
        Of a row, in inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel.

    Examples
    --------
    >>> disc = np.hypot(*np.mgrid[-1:1:9j, -1:1:9j]) <= 1
    >>> axes = plot_sublevels([SublevelPanel(disc, (-1, 1, -1, 1), {"way": [[-1, 0], [1, 0]]}, "disc")])
    >>> len(axes), axes[0].get_title(loc="left")
    (1, 'disc')
    >>> plt.close(axes[0].figure)
    """
    if not panels:
        raise ValueError("expected at least one panel, got none; pass [SublevelPanel(...)]")
    rows = -(-len(panels) // columns)
    figure, grid = plt.subplots(rows, columns, squeeze=False, figsize=(WIDTH, height * rows + 0.5))
    axes = list(grid.flat)
    for ax in axes[len(panels) :]:
        ax.remove()
    names = list(dict.fromkeys(name for panel in panels for name in panel.paths))
    for ax, panel in zip(axes, panels, strict=False):
        _draw(ax, panel, names)
    known = {
        label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(
        known.values(), known, loc="outside upper left", ncols=3, handlelength=1.8, columnspacing=1.0
    )
    return axes[: len(panels)]


def _draw(ax: Axes, panel: SublevelPanel, names: Sequence[str]) -> None:
    inside = np.asarray(panel.inside, dtype=bool)
    left, right, bottom, top = panel.extent
    x, y = np.linspace(left, right, inside.shape[0]), np.linspace(bottom, top, inside.shape[1])
    ax.contourf(x, y, inside.T.astype(float), levels=[0.5, 1.5], colors=[GREY], alpha=SHADE)
    for name, path in panel.paths.items():
        k = names.index(name) % len(STYLES)
        ax.plot(*np.asarray(path, dtype=np.float64).T, color=PALETTE[k], label=name, **STYLES[k])
    ax.set_title(panel.title, size=FONT_SIZE, loc="left")
    ax.tick_params(labelsize=SMALL_SIZE)
