"""Barcodes as summary of objective function's topology (BSL)."""

from lossbar_core.papers.bsl import (
    algorithm,
    boundary,
    canonical,
    cartoon,
    convergence,
    definitions,
    figures,
    morse,
)

__all__ = ["algorithm", "boundary", "canonical", "cartoon", "convergence", "definitions", "figures", "morse"]
