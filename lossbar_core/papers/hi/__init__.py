"""Connectedness of loss landscapes via the lens of Morse theory (HI)."""

from lossbar_core.papers.hi import bezier, index_claims, index_plots, index_tables, line, parameters

__all__ = ["bezier", "index_claims", "index_plots", "index_tables", "line", "parameters"]
