"""A small symmetric matrix of heights with its numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import COLOR_MAP, FONT_SIZE, INK, PAPER, SMALL_SIZE, house_style, new_axes

MOST = 10  # more numbers a row cannot be read on a phone


@house_style
def plot_matrix(
    matrix: ArrayLike, names: list[str] | None = None, ax: Axes | None = None, *, title: str = ""
) -> Axes:
    """Draw a square matrix as coloured cells with their values.

    Parameters
    ----------
    matrix : (k, k) array, k at most 10
        NaN leaves a cell empty.
    names : list of str, optional
        Of rows and columns; numbers from 1 when absent.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    title : str

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the matrix is not square or too large.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_matrix([[0.0, 1.5], [1.5, 0.0]])
    >>> [text.get_text() for text in ax.texts]
    ['0.00', '1.50', '1.50', '0.00']
    >>> plt.close(ax.figure)
    """
    cells = np.asarray(matrix, dtype=np.float64)
    if cells.ndim != 2 or cells.shape[0] != cells.shape[1] or not 0 < len(cells) <= MOST:
        raise ValueError(f"matrix must be square with at most {MOST} rows, got shape {cells.shape}.")
    ax = new_axes(ax, height=3.9)
    ax.imshow(cells, cmap=COLOR_MAP, origin="upper", interpolation="none")
    middle = np.nanmin(cells) + 0.55 * np.ptp(cells[np.isfinite(cells)])
    for i, j in zip(*np.nonzero(np.isfinite(cells)), strict=True):
        look: dict[str, Any] = {"ha": "center", "va": "center", "size": SMALL_SIZE}
        ax.text(j, i, _number(cells[i, j]), color=INK if cells[i, j] > middle else PAPER, **look)
    labels = names or [str(i + 1) for i in range(len(cells))]
    ax.set_xticks(range(len(cells)), labels)
    ax.set_yticks(range(len(cells)), labels)
    ax.tick_params(length=0)
    for side in ax.spines.values():
        side.set_visible(False)
    ax.set_title(title, size=FONT_SIZE, loc="left")
    return ax


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")
