"""Topological obstructions in neural networks' learning (TO)."""

from lossbar_core.papers.to import cartoon, claim, depth, path_norms, path_points, score

__all__ = ["cartoon", "claim", "depth", "path_norms", "path_points", "score"]
