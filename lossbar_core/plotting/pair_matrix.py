"""A symmetric matrix over pairs of minima, as numbers in coloured squares."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import FONT_SIZE, INK, PAPER, SMALL_SIZE, WIDTH, house_style, new_axes

MAX_NUMBERS = 8  # with more rows, numbers would not be legible on a phone


@house_style
def plot_pair_matrix(
    matrix: ArrayLike, *, label: str = "highest loss on the path", digits: int = 2, ax: Axes | None = None
) -> Axes:
    r"""Draw :math:`(T_{ij})` for pairs of minima i, j; the diagonal holds the minima's own values.

    Parameters
    ----------
    matrix : (K, K) array
        Symmetric; NaN where a pair has no path, which stays blank.
    label : str
        What the colours mean.
    digits : int
        Significant digits of the numbers; they are written for at most 8 minima.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    TypeError
        If ax is no Axes.
    ValueError
        If the matrix is not square, not symmetric, or has no finite entry.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_pair_matrix([[0.1, 0.7], [0.7, 0.2]])
    >>> [text.get_text() for text in ax.texts]
    ['0.1', '0.7', '0.7', '0.2']
    >>> plt.close(ax.figure)
    """
    values = np.asarray(matrix, np.float64)
    if values.ndim != 2 or values.shape[0] != values.shape[1] or not np.isfinite(values).any():
        raise ValueError(f"the matrix must be square with finite entries, got shape {values.shape}.")
    if not np.allclose(values, values.T, equal_nan=True):
        raise ValueError("the matrix must be symmetric: a path leads both ways; take the lower of both tops.")
    ax = new_axes(ax, height=0.82 * WIDTH)
    finite = np.where(np.isfinite(values), values, np.nan)
    image = ax.imshow(finite, cmap="viridis", origin="upper")
    bar = ax.figure.colorbar(image, ax=ax, pad=0.03, shrink=0.9)
    bar.set_label(label, size=FONT_SIZE)
    bar.ax.tick_params(labelsize=SMALL_SIZE)
    ticks = np.arange(len(values))
    names = [str(i + 1) for i in ticks] if len(values) <= 3 * MAX_NUMBERS else [""] * len(values)
    ax.set_xticks(ticks, names)
    ax.set_yticks(ticks, names)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_xlabel("minimum", size=FONT_SIZE)
    ax.set_ylabel("minimum", size=FONT_SIZE)
    if len(values) <= MAX_NUMBERS:
        _write(ax, finite, digits)
    return ax


def _write(ax: Axes, values: np.ndarray, digits: int) -> None:
    """Numbers in the squares, dark on light colours and light on dark ones."""
    low, high = np.nanmin(values), np.nanmax(values)
    middle = low + 0.6 * (high - low)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            color = INK if value > middle else PAPER
            text = np.format_float_positional(value, precision=digits, fractional=False, trim="-")
            ax.text(j, i, text, ha="center", va="center", color=color, size=SMALL_SIZE)
