"""Barcodes as summary of objective function's topology (BSL)."""

from lossbar_core.papers.bsl import boundary, canonical, cartoon, definitions

__all__ = ["boundary", "canonical", "cartoon", "definitions"]
