"""Barcodes as summary of objective function's topology (BSL)."""

from lossbar_core.papers.bsl import (
    algorithm,
    boundary,
    canonical,
    cartoon,
    consistency,
    convergence,
    definitions,
    figures,
    morse,
    stability,
)

__all__ = [
    "algorithm",
    "boundary",
    "canonical",
    "cartoon",
    "consistency",
    "convergence",
    "definitions",
    "figures",
    "morse",
    "stability",
]
