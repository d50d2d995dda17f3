"""Eigenvalues of Hessians, from the largest to the smallest: outliers, bulk and negative ones in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lossbar_core.plotting.panels import stacked
from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    PALETTE,
    SMALL_SIZE,
    house_style,
)


@house_style
def plot_spectra(
    panels: Mapping[str, Mapping[str, ArrayLike]], *, noise: float, panel_height: float = 2.0
) -> list[Axes]:
    """Draw one panel a network, one line a spectrum: eigenvalues over the largest, on a symmetric logarithmic axis.

    Parameters
    ----------
    panels : mapping of titles to mappings of names to (M,) arrays
        Eigenvalues in any order.
    noise : float
        Share of the largest below which the axis is linear, and shaded: what a precision cannot tell from 0.
    panel_height : float
        In inches.

    Returns
    -------
    list of matplotlib Axes

    Raises
    ------
    ValueError
        If there is no panel, or a spectrum is empty or 0.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_spectra({"CNN": {"digits": [2.0, 1e-3, 0.0, -0.1]}}, noise=1e-7)
    >>> axes[0].lines[0].get_ydata().tolist()
    [1.0, 0.0005, 0.0, -0.05]
    >>> plt.close(axes[0].figure)
    """
    return stacked(
        list(panels.items()),
        lambda ax, panel: _draw(ax, *panel, noise),
        "rank of the eigenvalue",
        height=panel_height,
    )


def _draw(ax: Axes, title: str, spectra: Mapping[str, ArrayLike], noise: float) -> None:
    lines: Sequence[str] = ("-", "--", "-.", ":")
    for i, (name, given) in enumerate(spectra.items()):
        ordered = np.sort(np.asarray(given, dtype=np.float64))[::-1]
        if not ordered.size or not ordered.any():
            raise ValueError(
                f"expected eigenvalues other than 0 for {name!r} of {title!r}, got {ordered.size}"
            )
        look: dict[str, Any] = {"color": PALETTE[i % len(PALETTE)], "ls": lines[i % len(lines)], "lw": 1.6}
        ax.plot(np.arange(1, len(ordered) + 1), ordered / np.abs(ordered).max(), label=name, **look)
    ax.axhspan(-noise, noise, color=GREY, alpha=0.25, lw=0)
    ax.set_yscale("symlog", linthresh=noise, linscale=0.6)
    ax.set_yticks([-1, -1e-3, 0, 1e-3, 1], ["$-1$", "$-10^{-3}$", "0", "$10^{-3}$", "1"])
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_title(title, size=FONT_SIZE, loc="left")
    ax.set_ylabel("over largest", size=FONT_SIZE)
    ax.tick_params(labelsize=SMALL_SIZE)
