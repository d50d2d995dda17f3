"""The house style: one look, legible on light and dark pages, on a phone and for colour-blind readers.

Every colour for text and lines keeps a contrast of at least 3:1 against a white page and against dark pages
(``#121212`` and the book's ``#14181e``), so that transparent figures can lie on either. That leaves a narrow
band of lightness; within it the palette keeps CIE-Lab distances above 30 under normal vision, protanopia,
deuteranopia and tritanopia. Shape repeats what colour says: triangles are minima, squares are 1-saddles,
diamonds are maxima.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

GREY = "#797979"  # contrast 4.35 on white, 4.30 on #121212: as even as one colour can be
MINIMUM, SADDLE, MAXIMUM = "#1f78c8", "#d55e00", "#9c00fc"
PALETTE = (MINIMUM, SADDLE, MAXIMUM, "#9c6048", "#90849c")
COLOR_MAP = "viridis"  # perceptually uniform, lightness rises strictly, also for colour-blind readers

INK, PAPER = "#000000", "#ffffff"  # on a colour map one of them always stands out, so marks carry both

MAX_WIDTH = 6.0  # inches
WIDTH = 5.2  # inches: 11 pt are then still 10.5 px high on a page 390 px wide
FONT_SIZE, SMALL_SIZE = 12, 11  # points

LEGEND_ORDER = ("minimum", "1-saddle", "saddle", "maximum", "pair", "gradient path", "never dies", "noise")

SVG_METADATA = {"Date": None, "Creator": None}  # a date or a version would make the bytes change

RC: Any = {
    "axes.edgecolor": GREY,
    "axes.facecolor": "none",
    "axes.labelcolor": GREY,
    "axes.labelsize": FONT_SIZE,
    "axes.prop_cycle": cycler(color=PALETTE, linestyle=["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1))]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": GREY,
    "axes.titlesize": FONT_SIZE,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.edgecolor": "none",
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 3.6),
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that it is the same on every machine
    "font.size": FONT_SIZE,
    "grid.alpha": 0.4,
    "grid.color": GREY,
    "image.cmap": COLOR_MAP,
    "image.origin": "lower",
    "legend.fontsize": SMALL_SIZE,
    "legend.frameon": False,
    "legend.labelcolor": GREY,
    "lines.linewidth": 1.8,
    "savefig.dpi": 150,
    "savefig.facecolor": "none",
    "savefig.transparent": True,
    "svg.fonttype": "path",  # outlines: the same letters on every device, and byte-stable
    "svg.hashsalt": "lossbar",
    "text.color": GREY,
    "xtick.color": GREY,
    "xtick.labelsize": SMALL_SIZE,
    "ytick.color": GREY,
    "ytick.labelsize": SMALL_SIZE,
}

P = ParamSpec("P")
T = TypeVar("T")


def use_style(format: str = "svg") -> None:
    """Set the house style for the session; in a notebook, also set how figures are stored in it.

    Parameters
    ----------
    format : {"svg", "png", "retina"}
        Image format of the notebook's figures. SVG stays sharp on every screen and is byte-stable.

    Raises
    ------
    ValueError
        When the format is not one of the three.

    Examples
    --------
    >>> import matplotlib as mpl
    >>> from lossbar_core.plotting import use_style
    >>> with mpl.rc_context():
    ...     use_style()
    ...     mpl.rcParams["savefig.transparent"]
    True
    """
    if format not in ("svg", "png", "retina"):
        raise ValueError(f"format must be 'svg', 'png' or 'retina', got {format!r}; use 'svg' for the book.")
    mpl.rcParams.update(RC)
    shell = _notebook_shell()
    if shell is not None:
        _set_notebook_format(shell, format)


def house_style(function: Callable[P, T]) -> Callable[P, T]:
    """Run a plotting function under the house style and leave the caller's settings alone."""

    @functools.wraps(function)
    def styled(*args: P.args, **kwargs: P.kwargs) -> T:
        with mpl.rc_context(RC):
            return function(*args, **kwargs)

    return styled


def new_axes(ax: Axes | None, height: float = 3.6, width: float = WIDTH) -> Axes:
    """Return the given axes, or the axes of a new figure at most `MAX_WIDTH` inches wide.

    Raises
    ------
    TypeError
        If it is no matplotlib Axes.
    """
    if ax is not None:
        if not isinstance(ax, Axes):
            raise TypeError(f"ax must be a matplotlib Axes or None, got {type(ax).__name__}; pass plt.gca().")
        return ax
    return plt.subplots(figsize=(min(width, MAX_WIDTH), height))[1]


def svg_bytes(figure: Figure) -> bytes:
    """Return a figure as SVG, the same bytes for the same figure.

    Parameters
    ----------
    figure : matplotlib Figure
        What to write.

    Returns
    -------
    bytes
        The SVG document with outlined letters, without date and version.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from lossbar_core.plotting import svg_bytes
    >>> figure = plt.figure()
    >>> svg_bytes(figure) == svg_bytes(figure)
    True
    >>> plt.close(figure)
    """
    buffer = io.BytesIO()
    with mpl.rc_context(RC):
        figure.savefig(buffer, format="svg", metadata=SVG_METADATA)
    return buffer.getvalue()


def save_svg(figure: Figure, path: str | Path) -> Path:
    """Write `svg_bytes` of a figure to a file and return its path."""
    path = Path(path)
    path.write_bytes(svg_bytes(figure))
    return path


def legend_above(ax: Axes, room: float = 1.0) -> None:
    """Put the legend above the axes, where no data lies; ``room`` is the share of their width it may take."""
    handles, labels = ax.get_legend_handles_labels()
    entries = dict(zip(labels, handles, strict=True))
    order = sorted(entries, key=lambda label: LEGEND_ORDER.index(label) if label in LEGEND_ORDER else -1)
    if not order:
        return
    legend = ax.legend(
        [entries[label] for label in order],
        order,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=_columns(order, room * ax.get_window_extent().width * 72 / ax.figure.dpi),
        borderaxespad=0.2,
        borderpad=0.2,
        handletextpad=0.4,
        columnspacing=1.0,
        handlelength=1.5,
    )
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(max(6.5, float(handle.get_markersize())))
        elif isinstance(handle, LineCollection):
            handle.set_linewidth(1.8)


def _columns(labels: list[str], points: float) -> int:
    """Return how many entries fit side by side; a legend wider than its axes would squeeze them."""
    mean = sum(0.58 * SMALL_SIZE * len(label) + 24 for label in labels) / len(labels)
    return int(min(max(points // mean, 1), len(labels)))


def _notebook_shell() -> Any:
    """Return the shell of a running Jupyter kernel, or None; IPython is not needed for scripts."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return shell if shell is not None and hasattr(shell, "kernel") else None


def _set_notebook_format(shell: Any, format: str) -> None:
    from matplotlib_inline.backend_inline import set_matplotlib_formats
    from matplotlib_inline.config import InlineBackend

    # The backend reads its own options again when the first figure comes, so they are set there too.
    # bbox_inches=None keeps the width that was asked for: a cropped figure is scaled up by the page.
    options: dict[str, Any] = {"bbox_inches": None}
    if format == "svg":
        options["metadata"] = SVG_METADATA
    backend = InlineBackend.instance(parent=shell)
    backend.figure_formats = {format}
    backend.print_figure_kwargs = options
    set_matplotlib_formats(format, **options)
