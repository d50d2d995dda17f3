"""Topological obstructions in neural networks' learning (TO)."""

from lossbar_core.papers.to import barcode_from_paths, cartoon, escape_heights, flow, insertion, simplices

__all__ = ["barcode_from_paths", "cartoon", "escape_heights", "flow", "insertion", "simplices"]
