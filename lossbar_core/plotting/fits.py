"""What networks predict: fits over a target, and the interactive view of a bar's fits and path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lossbar_core.plotting.style import (
    FONT_SIZE,
    GREY,
    MAXIMUM,
    MINIMUM,
    SADDLE,
    house_style,
    legend_above,
    new_axes,
)

FIT_LOOKS = {
    "minimum": (MINIMUM, "-"),
    "1-saddle": (SADDLE, "--"),
    "swallower": (MAXIMUM, "-."),
}


@house_style
def plot_fits(
    x: ArrayLike,
    target: ArrayLike,
    fits: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    legend: bool = True,
) -> Axes:
    """Draw what networks predict over what they should.

    Parameters
    ----------
    x : (n,) array
        Inputs.
    target : (n,) array
        Drawn as a wide grey line.
    fits : mapping from a name to an (n,) array
        "minimum", "1-saddle" and "swallower" have looks of their own.
    ax : matplotlib Axes, optional
        Where to draw; a new figure when absent.
    legend : bool
        Explain the lines above the axes.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> ax = plot_fits([0.0, 1.0], [0.0, 1.0], {"minimum": [0.1, 0.9]})
    >>> [line.get_label() for line in ax.lines]
    ['target', 'minimum']
    >>> plt.close(ax.figure)
    """
    x, curves = check_fits(x, target, fits)
    ax = new_axes(ax, height=2.4)
    ax.plot(x, curves.pop("target"), color=GREY, lw=4, alpha=0.45, ls="-", label="target")
    for name, values in curves.items():
        color, line = FIT_LOOKS.get(name, (GREY, ":"))
        ax.plot(x, values, color=color, ls=line, label=name)
    ax.set_xlabel("input $x$", size=FONT_SIZE)
    ax.set_ylabel("output", size=FONT_SIZE)
    if legend:
        legend_above(ax)
    return ax


def check_fits(
    x: ArrayLike, target: ArrayLike, fits: Mapping[str, ArrayLike]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Inputs and curves, the target first, as arrays of one length.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    inputs = np.asarray(x, dtype=np.float64)
    curves = {name: np.asarray(y, dtype=np.float64) for name, y in {"target": target, **fits}.items()}
    for name, values in curves.items():
        if inputs.ndim != 1 or values.shape != inputs.shape:
            raise ValueError(
                f"expected {name!r} of the shape of x, {inputs.shape}, got {values.shape}; "
                "evaluate it at the same inputs"
            )
    return inputs, curves


def bar_name(number: int, birth: float, death: float) -> str:
    """A bar in a list to choose from.

    Examples
    --------
    >>> bar_name(1, 0.12345, 0.5)
    'bar 1: 0.123 to 0.500'
    """
    return f"bar {number}: {birth:.3f} to {death:.3f}"


def way(highest: Sequence[float] | np.ndarray) -> np.ndarray:
    """Places 0 to 1 of the values along a path.

    Examples
    --------
    >>> way([3.0, 5.0, 4.0])
    array([0. , 0.5, 1. ])
    """
    return np.linspace(0.0, 1.0, len(highest))
