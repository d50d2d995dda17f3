"""How curved level sets are: strings of larger networks, and strings against geodesics (FB section 4, Figure 2)."""

from lossbar_core.papers.curvature import cubic_figure, headings, images, text

__all__ = ["cubic_figure", "headings", "images", "text"]
