"""A quantity at each point of a path, at several moments of its relaxation."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import COLOR_MAP, FONT_SIZE, SMALL_SIZE, WIDTH, house_style


@house_style
def plot_moments(
    panels: Mapping[str, ArrayLike], *, moment_label: str = "epoch", panel_height: float = 2.4
) -> Figure:
    """Draw tables (moments, points) as images: points from left to right, moments from below to above.

    Parameters
    ----------
    panels : mapping from the label of a colour bar to an (m, p) array of positive numbers
        Colours are logarithmic.
    moment_label : str
        What a row is.
    panel_height : float
        In inches.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    ValueError
        If there is no panel, or a table is not two-dimensional with positive entries.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = plot_moments({"norm": [[3.0, 4.0], [1.0, 0.5]]})
    >>> figure.axes[0].get_ylabel()
    'epoch'
    >>> plt.close(figure)
    """
    if not panels:
        raise ValueError("panels must hold at least one label, got none; pass {'norm': table}.")
    figure, grid = plt.subplots(
        len(panels), 1, sharex=True, squeeze=False, figsize=(WIDTH, panel_height * len(panels) + 0.5)
    )
    for ax, (label, given) in zip(grid[:, 0], panels.items(), strict=True):
        table = np.asarray(given, np.float64)
        if table.ndim != 2 or not (np.isfinite(table) & (table > 0)).all():
            raise ValueError(
                f"expected {label!r} as (moments, points) with positive entries, got shape {table.shape}; "
                "the colours are logarithmic."
            )
        extent = (0.5, table.shape[1] + 0.5, 0.5, len(table) + 0.5)
        norm = mpl.colors.LogNorm(table.min(), table.max())
        picture = ax.imshow(
            table, cmap=COLOR_MAP, norm=norm, aspect="auto", extent=extent, interpolation="nearest"
        )
        bar = figure.colorbar(picture, ax=ax)
        bar.set_label(label, size=SMALL_SIZE)
        ax.set_ylabel(moment_label, size=FONT_SIZE)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(MaxNLocator(6, integer=True))
    grid[-1, 0].set_xlabel("free points along the path", size=FONT_SIZE)
    return figure
