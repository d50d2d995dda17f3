"""Plots in one house style; the only place of the library that imports matplotlib and plotly.

The three-dimensional and linked figures need plotly, which is imported when one of them is first used.
"""

from typing import TYPE_CHECKING, Any

from lossbar_core.plotting.bars import plot_barcode, plot_barcodes
from lossbar_core.plotting.correspondence import plot_correspondence
from lossbar_core.plotting.diagram import plot_diagram
from lossbar_core.plotting.line import plot_line_merge
from lossbar_core.plotting.morse import plot_morse
from lossbar_core.plotting.pixels import show_pixels
from lossbar_core.plotting.style import save_svg, svg_bytes, use_style
from lossbar_core.plotting.tree import plot_merge_tree
from lossbar_core.plotting.words import alt_text, describe

if TYPE_CHECKING:
    from lossbar_core.plotting.interactive import show
    from lossbar_core.plotting.linked import linked_figure
    from lossbar_core.plotting.surface import surface_figure

__all__ = [
    "alt_text",
    "describe",
    "linked_figure",
    "plot_barcode",
    "plot_barcodes",
    "plot_correspondence",
    "plot_diagram",
    "plot_line_merge",
    "plot_merge_tree",
    "plot_morse",
    "save_svg",
    "show",
    "show_pixels",
    "surface_figure",
    "svg_bytes",
    "use_style",
]

_PLOTLY = {"show": "interactive", "linked_figure": "linked", "surface_figure": "surface"}


def __getattr__(name: str) -> Any:
    if name in _PLOTLY:
        from importlib import import_module

        return getattr(import_module(f"lossbar_core.plotting.{_PLOTLY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
