"""Betti numbers of sublevel sets as the level rises, with the critical points that change them."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MAXIMUM,
    MINIMUM,
    SADDLE,
    SMALL_SIZE,
    WIDTH,
    house_style,
    legend_above,
)

KINDS = (("minimum", "^", MINIMUM), ("saddle", "s", SADDLE), ("maximum", "D", MAXIMUM))
NUMBERS = ("components $b_0$", "holes $b_1$")


@house_style
def plot_betti(
    value: ArrayLike,
    index: ArrayLike,
    betti: ArrayLike,
    *,
    level_label: str = "level",
    panel_height: float = 2.2,
) -> list[Axes]:
    r"""Draw :math:`b_0` and :math:`b_1` of :math:`\{f \le t\}` as steps over t, one panel each.

    Every critical value is marked in the panel of the number that it changes.

    Parameters
    ----------
    value : (m,) array
        Critical values, not falling.
    index : (m,) array
        0 for minima, 1 for saddles, 2 for maxima.
    betti : (m, 2) array
        Betti numbers from each critical value on.
    level_label : str
    panel_height : float
        In inches.

    Returns
    -------
    list of two matplotlib Axes

    Raises
    ------
    ValueError
        If the shapes do not fit, the values fall, or an index is not 0, 1 or 2.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> axes = plot_betti([0.0, 1.0, 2.0], [0, 0, 1], [[1, 0], [2, 0], [1, 0]])
    >>> axes[0].get_ylabel()
    'components $b_0$'
    >>> plt.close(axes[0].figure)
    """
    levels, kinds, numbers = _read(value, index, betti)
    axes = plt.subplots(2, 1, sharex=True, squeeze=False, figsize=(WIDTH, 2 * panel_height + 0.6))[1][:, 0]
    room = 0.06 * max(float(np.ptp(levels)), 1e-12)
    changes = np.diff(numbers, axis=0, prepend=[[0, 0]])
    for ax, column, change, name in zip(axes, numbers.T, changes.T, NUMBERS, strict=True):
        at = np.concatenate([[levels[0] - room], levels, [levels[-1] + room]])
        ax.step(at, np.concatenate([[0], column, column[-1:]]), where="post", color=GREY, lw=1.6, zorder=2)
        for kind, (label, marker, color) in enumerate(KINDS):
            here = (kinds == kind) & (change != 0)
            if here.any() or name == NUMBERS[0]:
                ax.plot(
                    levels[here], column[here], ls="", marker=marker, ms=6, color=color, label=label, zorder=3
                )
        ax.set_ylabel(name, size=FONT_SIZE)
        ax.set_ylim(-0.4, max(1, int(column.max())) + 0.5)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        ax.tick_params(labelsize=SMALL_SIZE)
    axes[1].set_xlabel(level_label, size=FONT_SIZE)
    legend_above(axes[0])
    axes[0].figure.align_ylabels(list(axes))
    return list(axes)


def _read(value: ArrayLike, index: ArrayLike, betti: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    levels, kinds = np.asarray(value, dtype=np.float64), np.asarray(index)
    numbers = np.asarray(betti, dtype=np.int64)
    if (
        levels.ndim != 1
        or not len(levels)
        or kinds.shape != levels.shape
        or numbers.shape != (len(levels), 2)
    ):
        raise ValueError(
            f"expected m values, m indices and (m, 2) Betti numbers, got {levels.shape}, {kinds.shape} and "
            f"{numbers.shape}; give one of each a critical point"
        )
    if (np.diff(levels) < 0).any():
        raise ValueError(
            "expected values that do not fall, got some that do; sort the critical points by value"
        )
    if not np.isin(kinds, (0, 1, 2)).all():
        raise ValueError(
            f"expected indices 0, 1 and 2, got {sorted(set(kinds.tolist()))}; only the plane is drawn"
        )
    return levels, kinds, numbers
