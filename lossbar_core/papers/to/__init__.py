"""Topological obstructions in neural networks' learning (TO)."""

from lossbar_core.papers.to import cartoon

__all__ = ["cartoon"]
