"""Topological obstructions in neural networks' learning (TO)."""

from lossbar_core.papers.to import cartoon, escape_heights

__all__ = ["cartoon", "escape_heights"]
