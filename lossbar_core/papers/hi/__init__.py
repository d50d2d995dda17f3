"""Connectedness of loss landscapes via the lens of Morse theory (HI)."""

from lossbar_core.papers.hi import bezier, line

__all__ = ["bezier", "line"]
