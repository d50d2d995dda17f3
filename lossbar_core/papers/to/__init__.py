"""Topological obstructions in neural networks' learning (TO)."""

from lossbar_core.papers.to import (
    barcode_from_paths,
    cartoon,
    claim,
    depth,
    escape_heights,
    flow,
    insertion,
    path_norms,
    path_points,
    score,
    simplices,
)

__all__ = [
    "barcode_from_paths",
    "cartoon",
    "claim",
    "depth",
    "escape_heights",
    "flow",
    "insertion",
    "path_norms",
    "path_points",
    "score",
    "simplices",
]
