"""Connectedness of loss landscapes via the lens of Morse theory (HI)."""

from lossbar_core.papers.hi import (
    bezier,
    compactness,
    handles,
    index_claims,
    index_plots,
    index_tables,
    inequality,
    line,
    parameters,
    projection,
    regression,
    solutions,
    thickening,
)

__all__ = [
    "bezier",
    "compactness",
    "handles",
    "index_claims",
    "index_plots",
    "index_tables",
    "inequality",
    "line",
    "parameters",
    "projection",
    "regression",
    "solutions",
    "thickening",
]
