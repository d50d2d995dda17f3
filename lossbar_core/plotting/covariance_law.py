"""Histograms of eigenvalues with the densities of limit laws over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.panels import stacked
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MAXIMUM,
    SADDLE,
    SMALL_SIZE,
    house_style,
)

LOOKS = ((SADDLE, "--"), (MAXIMUM, "-"))


@dataclass(frozen=True)
class LawPanel:
    """One spectrum.

    Attributes
    ----------
    title : str
    eigenvalues : (M,) array
    places : (n,) array
        Where the densities are given.
    laws : mapping from a name to an (n,) array
        Densities, at most two.
    """

    title: str
    eigenvalues: ArrayLike
    places: ArrayLike
    laws: Mapping[str, ArrayLike] = field(default_factory=dict)


@house_style
def plot_laws(panels: Sequence[LawPanel], *, bins: int = 30, panel_height: float = 2.2) -> list[Axes]:
    """Draw panels one above the other, each with its own axes.

    Parameters
    ----------
    panels : sequence of LawPanel
    bins : int
        From 0 to the largest eigenvalue of each panel.
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel, a density has not one value a place, or there are more laws than looks.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_laws([LawPanel("w = 0", [0.1, 0.2, 0.2], [0.1, 0.2], {"law": [1.0, 2.0]})], bins=2)
    >>> axes[0].lines[0].get_label()
    'law'
    >>> plt.close(axes[0].figure)
    """
    return stacked(panels, lambda ax, panel: _draw(ax, panel, bins), "eigenvalue", height=panel_height)


def _draw(ax: Axes, panel: LawPanel, bins: int) -> None:
    eigenvalues = np.asarray(panel.eigenvalues, dtype=np.float64)
    places = np.asarray(panel.places, dtype=np.float64)
    top = float(eigenvalues.max())
    heights, edges = np.histogram(eigenvalues, bins=bins, range=(0.0, top), density=True)
    ax.stairs(heights, edges, fill=True, color=GREY, alpha=0.45, label="eigenvalues")
    if len(panel.laws) > len(LOOKS):
        raise ValueError(
            f"expected at most {len(LOOKS)} laws in {panel.title!r}, got {len(panel.laws)}; drop some"
        )
    for (name, given), (color, line) in zip(panel.laws.items(), LOOKS, strict=False):
        density = np.asarray(given, dtype=np.float64)
        if density.shape != places.shape:
            raise ValueError(
                f"expected {len(places)} values of the law {name!r}, got shape {density.shape}; give one a place"
            )
        ax.plot(places, density, color=color, ls=line, lw=1.8, label=name)
    ax.set(xlim=(0, None), ylim=(0, 1.35 * float(heights.max())))
    ax.set_title(panel.title, size=FONT_SIZE, loc="left")
    ax.set_ylabel("density", size=FONT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE)
